package cmd

import (
	"errors"
	"fmt"
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

// buildOptions are how a request is to differ from the sample.
type buildOptions struct {
	now     time.Time
	method  string // "" is the provider's
	url     string // where it is sent
	signURL string // what is signed for the URL; "" is url
	data    []byte // exact bytes in place of the sample; nil is the sample
	edits   []payload.Edit
	edit    editFunc       // by hand, after the edits; nil is not
	header  webhook.Header // in place of the provider's own of those names, and besides them
	about   aboutFunc      // what a payload says of the endpoint that it goes to; nil is what the sample says
}

// built is a request that lacks only its signature.
type built struct {
	provider  *provider.Provider
	event     string
	payload   []byte // what the message says; also where a method has no body to carry it
	request   webhook.Request
	message   signing.Message
	messageID string
	own       payload.ID      // what whk calls the delivery where there is no message ID
	signature []signing.Field // what signing added
	size      int64           // of a body that is not in payload

	// Memory that the next fill and signing may use.
	scratch         []byte
	unsigned, spare webhook.Header
}

// build makes a request out of a sample: the payload, its edits, the claims that
// a token repeats, the headers. Nothing is signed yet.
func (app *App) build(c *chosenSample, opts buildOptions) (*built, error) {
	r, err := newRecipe(c, opts)
	if err != nil {
		return nil, err
	}
	generator, err := app.generator(nil)
	if err != nil {
		return nil, err
	}
	values := generator.Payload(1)
	values.Now = opts.now
	b := new(built)
	err = r.fill(b, values)
	b.message.Header = nil // signing reads the request's, which callers may change
	return b, err
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

// lacksClaims reports whether a body is not the object that a token repeats.
func lacksClaims(spec *signing.ClaimsSpec, body []byte) bool {
	return len(spec.Compare) > 0 && !gjson.GetBytes(body, spec.Compare[0]).Exists()
}

// claimsHint names a body that a token of p can be made from.
func claimsHint(p *provider.Provider) string {
	event := "EVENT"
	if all := p.EventTypes(); len(all) > 0 {
		event = eventWord(p.Name, all[0].Name)
	}
	return "the token says what the body says, so the body must be one that " + p.Name + " sends; one such: whk events show " + event
}

// checkOwnHeaders refuses a person's header of a name that carries the
// signature: of two such headers sender and receiver might choose different
// ones.
func checkOwnHeaders(p *provider.Provider, header webhook.Header) error {
	sensitive := p.Scheme().Names()
	for _, f := range header {
		if slices.ContainsFunc(sensitive, func(name string) bool { return strings.EqualFold(name, f.Name) }) {
			return usageError(fmt.Errorf("--header %s: that header carries the signature of %s", f.Name, p.Name),
				"leave it to whk, or send your own request with curl")
		}
	}
	return nil
}

// addOwnHeaders puts a person's headers in place of those that b has.
func addOwnHeaders(b *built, header webhook.Header) error {
	if err := checkOwnHeaders(b.provider, header); err != nil {
		return err
	}
	for _, f := range header {
		b.request.Header.Del(f.Name)
	}
	b.request.Header = append(b.request.Header, header...)
	return nil
}

// sign signs b as of now and puts what carries the signature first among its
// headers, in place of what an earlier signing put there.
func (b *built) sign(secret signing.Secret, now time.Time) error {
	signer, err := b.provider.Scheme().Signer(secret)
	if err != nil {
		return b.signError(err)
	}
	return b.signWith(signer, now)
}

func (b *built) signWith(signer *signing.Signer, now time.Time) error {
	if b.message.Header == nil {
		b.message.Header = b.request.Header.HTTP()
	}
	fields, err := signer.Sign(&b.message, now)
	if err != nil {
		return b.signError(err)
	}
	b.take()
	signed := b.spare[:0]
	for _, f := range fields {
		signed.Add(f.Name, f.Value)
	}
	for _, f := range b.request.Header {
		if !slices.ContainsFunc(fields, func(own signing.Field) bool { return strings.EqualFold(own.Name, f.Name) }) {
			signed = append(signed, f)
		}
	}
	b.request.Header, b.spare = signed, nil
	b.signature, b.message.Header = fields, nil // of the next signing, if there is one
	return nil
}

func (b *built) signError(err error) error {
	return usageError(fmt.Errorf("sign as %s: %w", b.provider.Name, err), append(signHint(err), "whk providers show "+b.provider.Name+" tells what it signs")...)
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

// id names the delivery for programs, the same in all its attempts: by the message
// ID, else by whk's own.
func (b *built) id() string {
	if b.messageID != "" {
		return b.messageID
	}
	return b.own.String()
}
