package cmd

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/whk-cli/whk/internal/payload"
	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/webhook"
)

// recipe is what all deliveries of one event type have in common, settled once.
// It is immutable, and safe for concurrent use.
type recipe struct {
	*chosenSample
	opts    buildOptions
	body    *payload.Template // nil where the data is given
	sets    []setText
	claims  func() (*payload.Template, error) // of the provider's claims file
	claimed []setText
	method  string
	url     string
	signURL string
	headers []headerText
	fixed   http.Header // the headers, where no delivery's differ; not to be changed
	silent  bool        // the request has no body: the token holds the message
}

// headerText is a header whose value may differ from delivery to delivery.
type headerText struct {
	name  string
	value text
}

func newRecipe(c *chosenSample, opts buildOptions) (*recipe, error) {
	p := c.provider
	r := &recipe{chosenSample: c, opts: opts, method: p.Method(), url: asRequested(opts.url), signURL: opts.signURL}
	if opts.method != "" {
		r.method = strings.ToUpper(opts.method)
	}
	if r.signURL == "" {
		r.signURL = r.url
	}
	r.silent = p.Scheme().Token() && (r.method == http.MethodGet || r.method == http.MethodHead)
	for _, step := range []func() error{r.readSample, r.readSets, r.readHeaders} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *recipe) readSample() (err error) {
	if r.opts.data != nil {
		return nil
	}
	if r.sample == nil {
		return usageError(fmt.Errorf("%s has no sample of %q", r.provider.Name, r.name), "give its body with --data @FILE")
	}
	if r.body, err = payload.Parse(r.sample.File, r.sample.Source); err != nil {
		return usageError(err, sampleHint)
	}
	return nil
}

func (r *recipe) readSets() (err error) {
	if r.sets, err = setTexts(r.provider.BodySets); err != nil {
		return err
	}
	if r.claimed, err = setTexts(r.provider.ClaimSets); err != nil {
		return err
	}
	r.claims = sync.OnceValues(func() (*payload.Template, error) { return claimsFile(r.provider) })
	return nil
}

// readHeaders puts a person's headers in place of the provider's.
func (r *recipe) readHeaders() error {
	p := r.provider
	if err := checkOwnHeaders(p, r.opts.header); err != nil {
		return err
	}
	for _, h := range p.Request.Headers {
		isType := strings.EqualFold(h.Name, "Content-Type")
		if r.opts.header.Has(h.Name) || isType && r.silent {
			continue
		}
		value, err := newText(h.Value)
		if err != nil {
			return fmt.Errorf("%s: request.headers: %w", p.Name, err)
		}
		if own := p.ContentType(r.name); own != "" && isType {
			value = text{plain: own}
		}
		r.headers = append(r.headers, headerText{h.Name, value})
	}
	for _, f := range r.opts.header {
		r.headers = append(r.headers, headerText{f.Name, text{plain: f.Value}})
	}
	if !slices.ContainsFunc(r.headers, func(h headerText) bool { return h.value.template != nil }) {
		var h webhook.Header
		for _, f := range r.headers {
			h.Add(f.name, f.value.plain)
		}
		r.fixed = h.HTTP()
	}
	return nil
}

// fill makes b a delivery with these values, unsigned. It reuses b's memory, so
// what an earlier fill made there is overwritten.
func (r *recipe) fill(b *built, values *payload.Payload) error {
	values.Event = r.name
	body, err := r.makePayload(b.scratch[:0], values)
	if err != nil {
		return err
	}
	next := built{provider: r.provider, event: r.name, payload: body, own: values.ID()}
	if r.opts.data == nil { // the data that was given must not be overwritten
		next.scratch = body
	}
	if b.signature != nil {
		next.spare = b.request.Header
	}
	next.unsigned, err = r.makeHeaders(b.unsigned[:0], values)
	if err != nil {
		return err
	}
	*b = next
	b.request = webhook.Request{Method: r.method, URL: r.url, Header: b.unsigned, Body: body}
	if r.silent {
		b.request.Body = nil
	}
	if b.message.Header = r.fixed; r.fixed == nil {
		b.message.Header = b.request.Header.HTTP()
	}
	b.messageID = r.provider.MessageIDOf(&signing.Message{Header: b.message.Header, Body: body})
	b.message.Method, b.message.Body, b.message.ID = r.method, b.request.Body, b.messageID
	b.message.URL = r.signURL
	b.message.Claims, err = r.makeClaims(body, values)
	return err
}

// makePayload is the exact data if there is any, else a fresh sample with the
// fields that variants set; both are then edited.
func (r *recipe) makePayload(dst []byte, values *payload.Payload) (body []byte, err error) {
	if r.opts.data == nil {
		if body, err = r.body.Append(dst, values); err != nil {
			return nil, usageError(err, sampleHint)
		}
		if body, err = applySets(body, r.sets, values); err != nil {
			return nil, err
		}
		if body, err = r.opts.about.in(body, values); err != nil {
			return nil, err
		}
	} else {
		body = r.opts.data
	}
	if len(r.opts.edits) > 0 {
		if body, err = payload.Apply(body, r.opts.edits); err != nil {
			return nil, editError(err)
		}
	}
	if r.opts.data == nil && r.provider.Form(r.name) {
		if body, err = formOf(body); err != nil {
			return nil, err
		}
	}
	if r.opts.edit != nil {
		return r.opts.edit(editName(r.chosenSample, body), body, r.opts.data != nil)
	}
	return body, nil
}

// exactly fixes the body: all later deliveries have that of b.
func (r *recipe) exactly(b *built) {
	r.opts.data, r.opts.edits, r.opts.edit = b.payload, nil, nil
	b.scratch = nil
}

func (r *recipe) makeHeaders(dst webhook.Header, values *payload.Payload) (webhook.Header, error) {
	for i := range r.headers {
		h := &r.headers[i]
		value, err := h.value.render(values)
		if err != nil {
			return nil, fmt.Errorf("%s: request.headers: %w", r.provider.Name, err)
		}
		if value == "" && h.value.template != nil {
			continue // what it is made from, such as the event type, is not known
		}
		dst.Add(h.name, value)
	}
	return dst, nil
}

func (r *recipe) makeClaims(body []byte, values *payload.Payload) ([]byte, error) {
	return makeClaims(r.provider, body, values, r.claims, r.opts.about, r.claimed)
}

// claimsOf is what a token of p says about a body: the body's own fields, or
// those of the provider's claims file when the body is another kind of object.
// It is nil for schemes without a token.
func claimsOf(p *provider.Provider, body []byte, values *payload.Payload) ([]byte, error) {
	sets, err := setTexts(p.ClaimSets)
	if err != nil {
		return nil, err
	}
	return makeClaims(p, body, values, func() (*payload.Template, error) { return claimsFile(p) }, nil, sets)
}

func makeClaims(p *provider.Provider, body []byte, values *payload.Payload, file func() (*payload.Template, error), about aboutFunc, sets []setText) ([]byte, error) {
	spec := p.Signature.Claims
	if spec == nil {
		return nil, nil
	}
	claims := body
	if spec.Alone {
		claims = []byte("{}")
	}
	if spec.Else != "" && (spec.Alone || lacksClaims(spec, body)) {
		template, err := file()
		if err != nil {
			return nil, err
		}
		values.Body = body
		if claims, err = template.Append(nil, values); err != nil {
			return nil, usageError(err, claimsHint(p))
		}
		if claims, err = about.in(claims, values); err != nil {
			return nil, err
		}
	}
	return applySets(claims, sets, values)
}

// claimsFile reads the claims that a provider makes of a body without them.
func claimsFile(p *provider.Provider) (*payload.Template, error) {
	name := p.Signature.Claims.Else
	src, err := p.File(name)
	if err != nil {
		return nil, usageError(fmt.Errorf("%s: signature.claims.else: %w", p.Name, err), "correct "+p.Path()+"/provider.yaml")
	}
	template, err := payload.Parse(p.Path()+"/"+name, src)
	if err != nil {
		return nil, usageError(err, "correct "+p.Path()+"/"+name)
	}
	return template, nil
}
