package cmd

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/whk-cli/whk/internal/diagnosis"
	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/webhook"
)

// judged is one delivery with its verdict.
type judged struct {
	delivery *webhook.Delivery
	verdict  provider.Verdict
	line     int    // of the input
	number   int    // of the requests in an archive; 0 elsewhere
	source   string // of the secret
	err      error  // instead of a verdict
	changed  error  // the body is not the one that was captured

	message *signing.Message // what was judged, and as of when
	at      time.Time
}

// verification judges deliveries one after the other.
type verification struct {
	app      *App
	opts     *verifyOptions
	judges   *provider.Judge
	scheme   *signing.Scheme   // of the provider, where it is given
	known    []diagnosis.Known // all providers, once one was asked for
	at       time.Time
	received bool // each as of its own time

	found sync.Map // of *foundSecret, by *provider.Provider
}

// foundSecret are a provider's secrets and where they came from, or why there
// are none.
type foundSecret struct {
	source  string
	secrets []signing.Secret
	err     error
}

func (app *App) newVerification(ctx context.Context, opts *verifyOptions, captured bool) (*verification, error) {
	v := &verification{app: app, opts: opts, received: captured && opts.At == ""}
	switch opts.At {
	case "":
		v.at = app.Now()
	case "received":
		v.received = true
		if !captured {
			app.warn("each delivery is judged as of the time that the input itself states, which anybody can write")
		}
	default:
		at, err := parseTime(opts.At, app.Now())
		if err != nil {
			return nil, usageError(fmt.Errorf("--at %q: %w, or received", opts.At, err), "--at -2h   judges as of two hours ago")
		}
		v.at = at
	}
	options := provider.JudgeOptions{Tolerance: opts.Tolerance.or(-1), Strict: opts.Strict}
	options.Keys = func(p *provider.Provider) (provider.Keys, error) {
		keys, err := app.secretsFor(ctx, p, opts.secretFlags, opts.Dev || captured)
		keys.Development = keys.Development && !opts.Dev // with --dev-secret it is the secret that the user wants
		v.found.Store(p, &foundSecret{keys.source, keys.Secrets, err})
		return keys.Keys, err
	}
	if opts.Provider == "" {
		if len(opts.Variants) > 0 {
			return nil, variantAlone()
		}
		v.judges = app.providers().Judge(options, app.warnOfFile())
		return v, nil
	}
	p, err := app.loadProvider(opts.providerFlags)
	if err != nil {
		return nil, err
	}
	if _, err := options.Keys(p); err != nil {
		return nil, err
	}
	v.scheme = p.Scheme()
	v.judges = provider.NewJudge([]*provider.Provider{p}, true, options)
	return v, nil
}

func (v *verification) judge(entry format.Entry, in *deliveries) judged {
	var j judged
	v.judgeAs(&j, entry, in, entry.Delivery.Header.HTTP(), new(signing.Message))
	return j
}

// doubt settles what a delivery's record says against its body. A signature that
// covers the body proves it, whatever is beside it; one that is wrong is explained;
// any other verdict would be about a body that nobody sent.
func (j *judged) doubt(changed error) {
	switch {
	case j.err != nil || j.provesBody():
	case j.verdict.Failure != nil:
		j.changed = changed
	default:
		*j = judged{line: j.line, number: j.number, err: failed(changed, exportAgain(j.delivery))}
	}
}

// exportAgain is how to have a delivery as it was captured.
func exportAgain(d *webhook.Delivery) string {
	id := "ID"
	if d != nil && d.ID != "" {
		id = format.ShellWord(d.ID)
	}
	return "whk show " + id + " --print json --reveal   writes it as it was captured, where it was"
}

// judgeAs judges a delivery whose header is given in net/http's form, in memory
// that the caller gives for the verdict and the message. It is safe for concurrent
// use.
func (v *verification) judgeAs(j *judged, entry format.Entry, in *deliveries, header http.Header, m *signing.Message) {
	d := entry.Delivery
	*j = judged{delivery: d, line: entry.Line, number: entry.Number}
	if what, ok := format.Redacted(d); ok && !(what == format.RedactedURL && v.opts.URL != "") {
		j.err = failed(fmt.Errorf("%s was redacted when this was written, so it cannot be judged", what),
			"write it again with its true values: --reveal of whk list and whk show")
		return
	}
	at := v.at
	if v.received {
		if at = d.ReceivedAt; at.IsZero() {
			j.err = failed(errors.New("the input does not say when it was received"), "give the time: --at 2026-01-31T08:15:00Z")
			return
		}
	}
	url := v.opts.URL
	if url == "" {
		url = d.URL
	}
	*m = signing.Message{Method: d.Method, URL: url, Header: header, Body: d.Body}
	if in.large != nil {
		m.BodyFrom = in.large.section()
	}
	j.message, j.at = m, at
	j.verdict = v.judges.Judge(m, at)
	if p := j.verdict.Provider; p != nil {
		found := v.foundFor(p)
		j.source, j.err = found.source, found.err
	}
	if in.large != nil && in.large.err != nil {
		j.err = failed(in.large.err)
	}
}

// foundFor is what was found for a provider when it was first recognised.
func (v *verification) foundFor(p *provider.Provider) *foundSecret {
	if found, ok := v.found.Load(p); ok {
		return found.(*foundSecret)
	}
	return new(foundSecret)
}
