package cmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/whk-cli/whk/internal/payload"
	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/webhook"
)

// buildOptions are what a person wants different in a sample.
type buildOptions struct {
	now     time.Time
	values  *payload.Payload // nil: fresh random ones
	method  string           // "" is the provider's
	url     string           // where it is sent
	signURL string           // what is signed for the URL; "" is url
	data    []byte           // exact bytes in place of the sample; nil is the sample
	edits   []payload.Edit
	edit    editFunc       // by hand, after the edits; nil is not
	header  webhook.Header // in place of the provider's own of those names, and besides
}

// built is a request that lacks only its signature.
type built struct {
	provider  *provider.Provider
	event     string
	payload   []byte // what the message says; also where a method has no body to carry it
	request   webhook.Request
	message   signing.Message
	messageID string
	signature []signing.Field // what signing added
	size      int64           // of a body that is not in payload
}

// build makes a request out of a sample: the payload, its edits, the claims that
// a token repeats, the headers.
func (app *App) build(c *chosenSample, opts buildOptions) (*built, error) {
	values := opts.values
	if values == nil {
		generator, err := app.generator(nil)
		if err != nil {
			return nil, err
		}
		values = generator.Payload(1)
		values.Now = opts.now
	}
	values.Event = c.name
	p := c.provider
	body, err := makePayload(c, values, opts)
	if err != nil {
		return nil, err
	}
	b := &built{provider: p, event: c.name, payload: body}
	b.request = webhook.Request{Method: p.Method(), URL: asRequested(opts.url), Body: body}
	if opts.method != "" {
		b.request.Method = strings.ToUpper(opts.method)
	}
	bodyless := b.request.Method == http.MethodGet || b.request.Method == http.MethodHead
	if bodyless && p.Scheme().Token() {
		b.request.Body = nil // the token says it all
	}
	for _, h := range p.Request.Headers {
		text, err := renderText(h.Value, values)
		if err != nil {
			return nil, fmt.Errorf("%s: request.headers: %w", p.Name, err)
		}
		if own := p.ContentType(c.name); own != "" && strings.EqualFold(h.Name, "Content-Type") {
			text = own
		}
		if text == "" && h.Value != "" {
			continue // the event type or whatever else it is made from is not known
		}
		if b.request.Body != nil || !strings.EqualFold(h.Name, "Content-Type") {
			b.request.Header.Add(h.Name, text)
		}
	}
	if err := addOwnHeaders(b, opts.header); err != nil {
		return nil, err
	}
	if b.message.Claims, err = claimsOf(p, body, values); err != nil {
		return nil, err
	}
	b.messageID = p.MessageIDOf(&signing.Message{Header: b.request.Header.HTTP(), Body: body})
	b.message.Method, b.message.Body, b.message.ID = b.request.Method, b.request.Body, b.messageID
	b.message.URL = asRequested(opts.url)
	if opts.signURL != "" {
		b.message.URL = opts.signURL
	}
	return b, nil
}

// asRequested is a URL as its receiver sees it: a request line always has a
// path. https://www.rfc-editor.org/rfc/rfc9112#section-3.2.1
func asRequested(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil || u.Path != "" {
		return rawURL
	}
	rest := strings.IndexAny(rawURL, "?#")
	if rest < 0 {
		rest = len(rawURL)
	}
	return rawURL[:rest] + "/" + rawURL[rest:]
}

// makePayload is the exact data when there is some, else a fresh sample with what
// the variants set, edited.
func makePayload(c *chosenSample, values *payload.Payload, opts buildOptions) ([]byte, error) {
	body := opts.data
	if body == nil {
		if c.sample == nil {
			return nil, usageError(fmt.Errorf("%s has no sample of %q", c.provider.Name, c.name), "give its body with --data @FILE")
		}
		template, err := payload.Parse(c.sample.File, c.sample.Source)
		if err != nil {
			return nil, usageError(err, sampleHint)
		}
		if body, err = template.Append(nil, values); err != nil {
			return nil, usageError(err, sampleHint)
		}
		if body, err = applySets(body, c.provider.BodySets, values); err != nil {
			return nil, err
		}
	}
	if len(opts.edits) > 0 {
		var err error
		if body, err = payload.Apply(body, opts.edits); err != nil {
			return nil, editError(err)
		}
	}
	if opts.data == nil && c.provider.Form(c.name) {
		var err error
		if body, err = formOf(body); err != nil {
			return nil, err
		}
	}
	if opts.edit != nil {
		return opts.edit(editName(c, body), body, opts.data != nil)
	}
	return body, nil
}

// formOf writes the fields of a JSON object as a form, in their order. A list is
// a field for each item; an object is its JSON.
func formOf(body []byte) ([]byte, error) {
	object := gjson.ParseBytes(body)
	if !object.IsObject() {
		return nil, usageError(errors.New("this provider sends a form, and the sample is no JSON object"))
	}
	var items []string
	object.ForEach(func(name, value gjson.Result) bool {
		all := []gjson.Result{value}
		if value.IsArray() {
			all = value.Array()
		}
		for _, v := range all {
			items = append(items, url.QueryEscape(name.String())+"="+url.QueryEscape(v.String()))
		}
		return true
	})
	return []byte(strings.Join(items, "&")), nil
}

// editError gives an edit that does not fit the body its hint and code.
func editError(err error) error {
	var path *payload.PathError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &path):
		return usageError(err, path.Hint())
	case errors.Is(err, payload.ErrNotJSON):
		return usageError(err, "--override, --add and --remove edit JSON")
	}
	return usageError(err, "only JSON can be edited; --data @FILE sends exact bytes")
}

// sampleHint is what to do about a sample that makes no body.
const sampleHint = "correct the sample, or give a body of your own: --data @FILE"

// applySets sets the fields that a variant sets, where the body has them.
func applySets(body []byte, sets provider.Sets, values *payload.Payload) ([]byte, error) {
	for _, set := range sets {
		if !gjson.GetBytes(body, set.Name).Exists() {
			continue
		}
		text, err := renderText(set.Value, values)
		if err != nil {
			return nil, err
		}
		quoted, err := json.Marshal(text)
		if err != nil {
			return nil, err
		}
		if body, err = payload.Apply(body, []payload.Edit{{Op: payload.Override, Path: set.Name, Value: string(quoted)}}); err != nil {
			return nil, err
		}
	}
	return body, nil
}

// renderText fills the placeholders of a text from provider.yaml.
func renderText(text string, values *payload.Payload) (string, error) {
	if !strings.Contains(text, "${") {
		return text, nil
	}
	quoted, err := json.Marshal(text)
	if err != nil {
		return "", err
	}
	template, err := payload.Parse(text, quoted)
	if err != nil {
		return "", err
	}
	out, err := template.Append(nil, values)
	if err != nil {
		return "", err
	}
	return gjson.ParseBytes(out).String(), nil
}

// claimsOf is what a token of p says of a body: the body's own fields, or those
// of the provider's claims file when the body is another kind of object. It is
// nil for schemes without a token.
func claimsOf(p *provider.Provider, body []byte, values *payload.Payload) ([]byte, error) {
	spec := p.Signature.Claims
	if spec == nil {
		return nil, nil
	}
	claims := body
	if spec.Alone {
		claims = []byte("{}")
	}
	if spec.Else != "" && (spec.Alone || lacksClaims(spec, body)) {
		src, err := p.File(spec.Else)
		if err != nil {
			return nil, usageError(fmt.Errorf("%s: signature.claims.else: %w", p.Name, err), "correct "+p.Path()+"/provider.yaml")
		}
		template, err := payload.Parse(p.Path()+"/"+spec.Else, src)
		if err != nil {
			return nil, usageError(err, "correct "+p.Path()+"/"+spec.Else)
		}
		values.Body = body
		if claims, err = template.Append(nil, values); err != nil {
			return nil, usageError(err, claimsHint(p))
		}
	}
	return applySets(claims, p.ClaimSets, values)
}

// lacksClaims reports whether a body is not the object that a token repeats.
func lacksClaims(spec *signing.ClaimsSpec, body []byte) bool {
	return len(spec.Compare) > 0 && !gjson.GetBytes(body, spec.Compare[0]).Exists()
}

// claimsHint names a body that a token of p can be made from.
func claimsHint(p *provider.Provider) string {
	event := "EVENT"
	if all := p.EventTypes(); len(all) > 0 {
		event = p.Name + "/" + all[0].Name
	}
	return "the token says what the body says, so the body must be one that " + p.Name + " sends; one such: whk events show " + event
}

// addOwnHeaders puts a person's headers in place of the provider's. The headers
// that carry the signature are the scheme's alone: with two of a name, sender
// and receiver would choose differently.
func addOwnHeaders(b *built, header webhook.Header) error {
	sensitive := b.provider.Scheme().Names()
	for _, f := range header {
		if slices.ContainsFunc(sensitive, func(name string) bool { return strings.EqualFold(name, f.Name) }) {
			return usageError(fmt.Errorf("--header %s: that header carries the signature of %s", f.Name, b.provider.Name),
				"leave it to whk, or send your own request with curl")
		}
		b.request.Header.Del(f.Name)
	}
	b.request.Header = append(b.request.Header, header...)
	return nil
}

// sign signs b as of now and puts what carries the signature first among its
// headers.
func (b *built) sign(secret signing.Secret, now time.Time) error {
	b.message.Header = b.request.Header.HTTP()
	fields, err := b.provider.Scheme().Sign(&b.message, secret, now)
	if err != nil {
		return usageError(fmt.Errorf("sign as %s: %w", b.provider.Name, err), append(signHint(err), "whk providers show "+b.provider.Name+" tells what it signs")...)
	}
	b.take()
	signed := make(webhook.Header, 0, len(fields)+len(b.request.Header))
	for _, f := range fields {
		b.request.Header.Del(f.Name)
		signed.Add(f.Name, f.Value)
	}
	b.request.Header = append(signed, b.request.Header...)
	b.signature = fields
	return nil
}

// take puts into the request what signing has put into the message: a signature
// that travels in the body, and what a scheme adds to the query.
func (b *built) take() {
	if b.request.Body != nil {
		b.request.Body = b.message.Body
	}
	for _, f := range b.message.Query {
		b.request.URL = signing.WithQuery(b.request.URL, f.Name, f.Value)
	}
}

func signHint(err error) []string {
	if errors.Is(err, signing.ErrPublicKey) {
		return []string{"sign with the private key: whk gen-secret makes a pair for tests"}
	}
	return nil
}

// delivery is b in the one form of deliveries.
func (b *built) delivery() *webhook.Delivery {
	return &webhook.Delivery{
		Method: b.request.Method, URL: b.request.URL, Header: b.request.Header, Body: b.request.Body,
		Provider: b.provider.Name, Event: b.event, MessageID: b.messageID,
	}
}
