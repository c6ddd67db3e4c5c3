package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/diagnosis"
	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/store"
	"github.com/whk-cli/whk/internal/webhook"
)

type verifyOptions struct {
	providerFlags
	secretFlags
	endpointKeyFlags
	Input     string // "", "-", "@file", a file, or a capture
	As        string
	Header    webhook.Header
	At        string // "" is as of now, or of a capture's own time
	Tolerance durationFlag
	Strict    bool
	URL       string
	Method    string
	Entry     entryFlag
	Dev       bool
	Reveal    bool
	Detect    bool
}

func newVerifyCmd(app *App, run func(*cobra.Command, *App, *verifyOptions) error) *cobra.Command {
	opts := &verifyOptions{}
	cmd := &cobra.Command{
		Use:     "verify [<input>]",
		GroupID: groupSign,
		Short:   "Check a delivery's signature, and say why it fails",
		Long: `verify says whether a delivery is authentic: exit 0 when it is, 3 when it is not.

The input is a body, with its headers given by -H; a raw HTTP request; a delivery
in JSON, or many, one a line; a HAR, as browsers and proxies export it; a curl
command, which is read and never run; or a captured delivery: its ID, the
beginning of one, last, last~1. It is a file, @file, or - for standard input.`,
		Example: `  # a body and the header that came with it
  whk verify -p saas --secret-file secret.txt -H "X-Webhook-Signature: 8982ff…" body.json

  # a raw request, as a proxy or nc wrote it down
  whk verify --secret-file secret.txt request.http

  # the requests to one path that a browser or a proxy recorded
  whk verify -p saas --secret-file secret.txt --entry '*/webhooks*' recorded.har

  # the newest captured delivery
  whk verify last

  # the headers that it should have had, besides why it fails
  whk verify --secret-file secret.txt --reveal request.http

  # whose it is, or by which scheme it is signed
  whk verify --detect --secret-file secret.txt request.http

  # a file of deliveries, in CI
  whk verify --secret-env SAAS_SECRET --json deliveries.ndjson`,
		Annotations: map[string]string{needsConfig: ""},
		Args:        cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				opts.Input = args[0]
			}
			return run(cmd, app, opts)
		},
	}
	opts.providerFlags.add(cmd, app)
	opts.secretFlags.add(cmd)
	opts.endpointKeyFlags.add(cmd, app)
	addDevFlag(cmd, &opts.Dev)
	kinds := make([]string, len(format.Kinds))
	for i, k := range format.Kinds {
		kinds[i] = string(k)
	}
	addOneOf(cmd, &opts.As, "as", "", "the input's form, where it is not to be guessed", kinds...)
	addHeaderFlag(cmd, &opts.Header, "a header that came with the body; the input is then the body (repeatable)")
	cmd.Flags().StringVar(&opts.At, "at", "", "judge as of this `time`: RFC 3339, Unix seconds, a difference such as -2h, or received for the input's own time")
	addToleranceFlag(cmd, &opts.Tolerance)
	opts.Entry.add(cmd)
	cmd.Flags().BoolVar(&opts.Strict, "strict", false, "refuse what would be a warning")
	cmd.Flags().StringVar(&opts.URL, "url", "", "the `URL` that was signed, where the receiver sees another")
	cmd.Flags().StringVar(&opts.Method, "method", "", "the request's `method`, for a body")
	cmd.Flags().BoolVar(&opts.Detect, "detect", false, "find out whose delivery it is, or the scheme that it is signed by")
	cmd.Flags().BoolVar(&opts.Reveal, "reveal", false, "print the headers that the delivery should have had")
	return cmd
}

// judged is one delivery with its verdict.
type judged struct {
	delivery *webhook.Delivery
	verdict  provider.Verdict
	line     int    // of the input
	number   int    // of the requests in an archive; 0 elsewhere
	source   string // of the secret
	err      error  // instead of a verdict

	message *signing.Message // what was judged, and as of when
	at      time.Time
}

func runVerify(cmd *cobra.Command, app *App, opts *verifyOptions) error {
	ctx := cmd.Context()
	if err := opts.settle(ctx, app, &opts.providerFlags, &opts.secretFlags); err != nil {
		return err
	}
	if opts.Detect {
		return runDetect(ctx, app, opts)
	}
	input, err := app.openDeliveries(ctx, opts)
	if err != nil {
		return err
	}
	defer input.close()
	v, err := app.newVerification(ctx, opts, input.captured)
	if err != nil {
		return err
	}
	report := newVerifyReport(app, opts, input)
	report.why = func(j *judged) diagnosis.Explanation { return v.why(ctx, j) }
	if input.stream(app, v.scheme, opts); input.large != nil {
		report.why = func(*judged) diagnosis.Explanation { return diagnosis.Explanation{} }
	}
	if input.lines != nil {
		return v.runBulk(ctx, report, input)
	}
	for entry, err := range input.deliveries {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		j := judged{line: entry.Line, number: entry.Number, err: err}
		if err == nil {
			for _, w := range entry.Warnings {
				if entry.Number > 0 {
					w = fmt.Sprintf("entry %d: %s", entry.Number, w)
				}
				app.warn(w)
			}
			j = v.judge(entry, input)
		}
		if isUsage(j.err) {
			return j.err
		}
		if err := report.add(j); err != nil {
			return err
		}
	}
	return report.end()
}

// deliveries is what is to be judged.
type deliveries struct {
	kind       format.Kind
	captured   bool // from the own store
	deliveries iter.Seq2[format.Entry, error]
	lines      *format.BatchReader // the same, for those that stand one to a line
	large      *largeFile          // the body, where it stays in its file
	name       string              // as typed, for messages
	close      func()
}

// openDeliveries finds out whether the input is a file or a capture.
func (app *App) openDeliveries(ctx context.Context, opts *verifyOptions) (*deliveries, error) {
	if err := opts.secretFlags.claimsStdin(opts.Input); err != nil {
		return nil, err
	}
	word := opts.Input
	if looksLikeRef(word) {
		s, err := app.reader(ctx)
		switch {
		case errors.Is(err, store.ErrNoStore):
			if !app.isFile(word) {
				return nil, failed(fmt.Errorf("no file %q, and nothing has been captured yet", word), "whk listen captures deliveries")
			}
		case err != nil:
			return nil, err
		default:
			id, err := s.Resolve(ctx, word)
			if app.isFile(word) {
				s.Close()
				if err == nil {
					return nil, usageError(fmt.Errorf("%q is a file and a captured delivery", word),
						"whk verify ./"+word+"   for the file", "whk verify "+id+"   for the capture")
				}
				break
			}
			if err != nil {
				s.Close()
				return nil, resolveError(word, err)
			}
			if err := opts.Entry.check(""); err != nil {
				s.Close()
				return nil, err
			}
			return capturedDelivery(ctx, s, id), nil
		}
	}
	return app.openFile(opts)
}

func capturedDelivery(ctx context.Context, s *store.Store, id string) *deliveries {
	return &deliveries{captured: true, name: id, close: func() { s.Close() },
		deliveries: func(yield func(format.Entry, error) bool) {
			d, err := s.Get(ctx, id)
			yield(format.Entry{Delivery: d, Line: 1}, err)
		}}
}

func (app *App) openFile(opts *verifyOptions) (*deliveries, error) {
	const example = `whk verify -p saas --secret-file secret.txt -H "X-Webhook-Signature: …" body.json`
	r, err := app.openInput(opts.Input, example)
	if err != nil {
		return nil, err
	}
	kind := format.Kind(opts.As)
	if len(opts.Header) > 0 {
		if kind != "" && kind != format.Body {
			return nil, usageError(fmt.Errorf("with --header the input is a body, and --as says %s", kind), "leave one of them out")
		}
		kind = format.Body
	}
	in := &deliveries{name: opts.Input, close: func() { r.Close() }}
	if kind == format.Body {
		in.large = asLarge(r)
	}
	if err := in.open(r, kind, app.formatOptions(opts)); err != nil {
		r.Close()
		return nil, inputError(opts.Input, err)
	}
	if err := opts.Entry.check(in.kind); err != nil {
		r.Close()
		return nil, err
	}
	if in.kind == format.Body && len(opts.Header) == 0 && kind == "" && opts.Provider == "" {
		r.Close()
		return nil, usageError(errors.New("the input is a body without headers, so there is no signature to check"),
			"give the headers that came with it: "+example, "a raw request begins with a line such as POST /path HTTP/1.1",
			"if it was meant for a delivery in JSON, --as json says what is wrong with it")
	}
	return in, nil
}

// open finds out the input's form, unless kind is given, and how to read it.
func (in *deliveries) open(r io.Reader, kind format.Kind, options format.Options) (err error) {
	if kind == "" {
		if kind, r, err = format.Detect(r, options); err != nil {
			return err
		}
	}
	if in.kind = kind; kind == format.NDJSON {
		in.lines = format.NewBatchReader(r, options)
	}
	_, in.deliveries, err = format.Open(r, kind, options)
	return err
}

func inputError(name string, err error) error {
	if errors.Is(err, format.ErrEmpty) {
		return failed(readError(name, err), "an empty body needs its headers: -H \"Name: value\"")
	}
	return failed(readError(name, err), "--as says which form it has, where whk is to be told")
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
		keys.Development = keys.Development && !opts.Dev // who asks for it does not lack another
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

// judgeAs judges a delivery whose header is given in net/http's form, in memory
// that the caller gives for the verdict and the message. It is safe for concurrent
// use.
func (v *verification) judgeAs(j *judged, entry format.Entry, in *deliveries, header http.Header, m *signing.Message) {
	d := entry.Delivery
	*j = judged{delivery: d, line: entry.Line, number: entry.Number}
	if name, ok := format.Redacted(d); ok {
		j.err = failed(fmt.Errorf("the header %s was redacted when this was written, so it can not be judged", name),
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
