package cmd

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/whk-cli/whk/internal/payload"
	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/webhook"
)

// unsigned prepares a fresh signature: it makes the edits, takes the old
// signature off, and finds out whose the new one is.
func (r *replayer) unsigned(ctx context.Context, d, sent *webhook.Delivery, url string, out *replayRequest) (*built, error) {
	p, err := r.signer(d)
	if err != nil {
		return nil, err
	}
	keys, ok := r.keys[p.Name]
	if !ok {
		if keys, err = r.app.secretsFor(ctx, p, r.opts.secretFlags, true); err != nil {
			return nil, err
		}
		r.keys[p.Name] = keys
	}
	out.signer, out.keys = p, keys
	b := &built{provider: p, event: d.Event, messageID: d.MessageID}
	b.message.Renew = p.Scheme().Token()
	if b.message.URL = r.opts.URL; b.message.URL == "" {
		b.message.URL = url
	}
	edits := r.opts.Edits
	if len(d.Body) == 0 && p.Scheme().Token() {
		edits = nil // they are for the claims
	}
	if len(edits) > 0 {
		if sent.Body, err = payload.Apply(d.Body, edits); err != nil {
			return nil, editError(err)
		}
	}
	if b.message.Claims, err = r.claims(p, d, sent.Body); err != nil {
		return nil, err
	}
	for _, name := range p.Sensitive() {
		sent.Header.Del(name)
	}
	return b, nil
}

// sign puts the fresh signature into a request.
func (r *replayer) sign(b *built, out *replayRequest) error {
	b.request = out.Request
	b.request.Header = nil
	if err := addOwnHeaders(b, r.opts.Header); err != nil {
		return err
	}
	b.request.Header = out.Header
	b.message.Method, b.message.Body = out.Method, out.Body
	b.message.Header = out.Header.HTTP()
	if b.provider.Scheme().MessageID(&b.message) == "" {
		b.message.ID = b.messageID
	}
	if err := b.sign(out.keys.Secrets[0], r.now()); err != nil {
		return err
	}
	out.Request = b.request
	return nil
}

func (r *replayer) now() time.Time { return r.app.asOf(r.opts.At) }

// signer is whose signature a delivery gets: that of -p, else of the provider
// that it was recognised as, in the variant that signs in the same headers.
func (r *replayer) signer(d *webhook.Delivery) (*provider.Provider, error) {
	name := cmp.Or(r.opts.SignAs, d.Provider, r.opts.Provider, r.app.held.preferred)
	if name == "" {
		return nil, usageError(errors.New("no provider was recognised, so it is not known how to sign it"),
			"say whose it is: whk replay "+d.ID+" --resign -p NAME", "whk providers lists them")
	}
	p, err := r.app.loadProvider(providerFlags{name, r.opts.Variants})
	if err != nil || len(r.opts.Variants) > 0 || signsLike(p, d) {
		return p, err
	}
	for _, variant := range p.VariantNames() {
		if v, err := r.app.loadProvider(providerFlags{name, []string{variant}}); err == nil && signsLike(v, d) {
			return v, nil
		}
	}
	return p, nil
}

// signsLike reports whether p sends its signatures in those headers that d has.
func signsLike(p *provider.Provider, d *webhook.Delivery) bool {
	spec := p.Scheme().Spec()
	sends := spec.Send
	if len(sends) == 0 {
		sends = []string{spec.Header}
	}
	for _, name := range p.Sensitive() {
		sent := slices.ContainsFunc(sends, func(s string) bool { return http.CanonicalHeaderKey(s) == http.CanonicalHeaderKey(name) })
		if sent != d.Header.Has(name) {
			return false
		}
	}
	return true
}

// claims are those of a fresh token. They come from the body that is sent, or,
// where a token does not repeat the body, from the old token, as of now. They
// are nil for schemes without a token.
func (r *replayer) claims(p *provider.Provider, d *webhook.Delivery, body []byte) ([]byte, error) {
	spec := p.Signature.Claims
	if spec == nil {
		return nil, nil
	}
	old := p.Scheme().UnverifiedClaims(&signing.Message{Header: d.Header.HTTP()})
	if len(body) == 0 && old == nil {
		return nil, usageError(errors.New("it has neither a body nor a token, so there is nothing to make a token of"), "whk trigger makes a new delivery")
	}
	if repeats(spec, body) || old == nil {
		generator, err := r.app.generator(nil)
		if err != nil {
			return nil, err
		}
		values := generator.Payload(1)
		values.Now, values.Event = r.now(), d.Event
		made, err := claimsOf(p, body, values)
		if err != nil {
			return nil, err
		}
		return withoutClaim(made, "exp")
	}
	if len(body) == 0 {
		var err error
		if old, err = payload.Apply(old, r.opts.Edits); err != nil {
			return nil, editError(err)
		}
	}
	return renewedClaims(spec, old, r.now())
}
