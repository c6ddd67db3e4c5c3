package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/whk-cli/whk/internal/payload"
	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/receiver"
	"github.com/whk-cli/whk/internal/sender"
	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/store"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

// replayer makes requests of captured deliveries again.
type replayer struct {
	app    *App
	opts   *replayOptions
	store  *store.Store
	target *forwardTarget // of --to; nil: where each one went
	hides  *ui.Redactor   // the headers that other hosts do not get
	keys   map[string]foundKeys

	acknowledges map[string]webhook.Answers // by provider

	items []replayItem
	ahead readAhead
	local struct { // the last target, and whether it is on this machine
		url string
		is  bool
	}
	code int // of what could not be read
}

func (app *App) newReplayer(opts *replayOptions) (*replayer, error) {
	r := &replayer{app: app, opts: opts, hides: app.redactor(), keys: map[string]foundKeys{}, acknowledges: map[string]webhook.Answers{}}
	if opts.To != "" {
		t, err := parseTarget(opts.To)
		if err != nil {
			return nil, err
		}
		r.target = &t
	}
	return r, nil
}

// replayRequest is a delivery on its way to one target.
type replayRequest struct {
	webhook.Request
	leftOut []string           // headers that this target does not get
	signer  *provider.Provider // of the fresh signature; nil: the stored one is sent
	keys    foundKeys
	success webhook.Answers // what acknowledges it; nil is 2xx
}

// attempter makes attempts.
type attempter interface {
	Attempt(context.Context, *webhook.Request) webhook.Attempt
}

// sentBy makes one attempt, which knows what acknowledges it.
func (out *replayRequest) sentBy(ctx context.Context, s attempter) webhook.Attempt {
	a := s.Attempt(ctx, &out.Request)
	a.Success = out.success
	return a
}

// requests are what is to be sent of d: one for each target, none when no target
// is known.
func (r *replayer) requests(ctx context.Context, d *webhook.Delivery) ([]*replayRequest, error) {
	var all []*replayRequest
	for _, url := range r.targets(d) {
		request, err := r.request(ctx, d, url)
		if err != nil {
			return nil, aboutCapture(d.ID, err)
		}
		all = append(all, request)
	}
	return all, nil
}

// aboutCapture says which delivery a mistake is about.
func aboutCapture(id string, err error) error {
	var e *exitError
	if errors.As(err, &e) && e.err != nil {
		return &exitError{code: e.code, err: fmt.Errorf("delivery %s: %w", id, e.err), hints: e.hints}
	}
	return err
}

// targets are the URLs that d goes to: that of --to, else each that it was
// forwarded to, in order.
func (r *replayer) targets(d *webhook.Delivery) []string {
	if r.target != nil {
		return []string{r.target.url(d)}
	}
	var urls []string
	for _, f := range d.Forwards {
		if !slices.Contains(urls, f.URL) {
			urls = append(urls, f.URL)
		}
	}
	return urls
}

func (r *replayer) request(ctx context.Context, d *webhook.Delivery, url string) (*replayRequest, error) {
	out := new(replayRequest)
	sent := *d
	if r.opts.Method != "" {
		sent.Method = strings.ToUpper(r.opts.Method)
	}
	var signed *built
	if r.opts.resigns() {
		var err error
		if signed, err = r.unsigned(ctx, d, &sent, url, out); err != nil {
			return nil, err
		}
	}
	if !r.opts.KeepSignature && !r.isLoopback(url) {
		sent.Header, out.leftOut = r.withoutSecrets(sent.Header)
	}
	to := receiver.Target{URL: func(*webhook.Delivery) string { return url }, Header: r.opts.Header}
	out.Request = *to.Request(&sent)
	if signed != nil {
		if err := r.sign(signed, out); err != nil {
			return nil, err
		}
	}
	if err := sender.Check(&out.Request); err != nil {
		return nil, usageError(err)
	}
	out.success = r.success(out.signer, d)
	return out, nil
}

// success is what acknowledges d, as the provider has it whose signature it
// carries, or as which it was recognised.
func (r *replayer) success(signer *provider.Provider, d *webhook.Delivery) webhook.Answers {
	if signer != nil {
		return webhook.Answers(signer.DeliveryOf(d.Event).Success)
	}
	known, ok := r.acknowledges[d.Provider]
	if !ok && d.Provider != "" {
		if p, err := r.app.providers().Load(d.Provider); err == nil {
			known = webhook.Answers(p.DeliveryOf(d.Event).Success)
		}
		r.acknowledges[d.Provider] = known
	}
	return known
}

// isLoopback is [sender.IsLoopback]; most deliveries go where the last one went.
func (r *replayer) isLoopback(url string) bool {
	if r.local.url != url {
		r.local.url, r.local.is = url, sender.IsLoopback(url)
	}
	return r.local.is
}

// withoutSecrets takes away what another host must not see, and names it.
func (r *replayer) withoutSecrets(h webhook.Header) (kept webhook.Header, leftOut []string) {
	for _, f := range h {
		switch {
		case !r.hides.Hides(f.Name):
			kept = append(kept, f)
		case !slices.Contains(leftOut, f.Name):
			leftOut = append(leftOut, f.Name)
		}
	}
	return kept, leftOut
}

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
		edits = nil // the token says it all
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

func (r *replayer) now() time.Time {
	if r.opts.At.IsZero() {
		return r.app.Now()
	}
	return r.opts.At
}

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

// claims are those of a fresh token: the body's as it is sent, else, where it is
// not the body that the token repeats, the old token's as of now. They are nil
// for schemes without a token.
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
