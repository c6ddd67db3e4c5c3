package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/receiver"
	"github.com/whk-cli/whk/internal/sender"
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

// sentBy makes one attempt, and notes in it what acknowledges it.
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

// success is what acknowledges d: the rule of the provider whose signature it
// carries, else of the one that it was recognised as.
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

// withoutSecrets removes the headers that another host must not see, and names
// them.
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
