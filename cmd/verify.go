package cmd

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/diagnosis"
	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/ui"
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
	addOneOf(cmd, &opts.As, "as", "", "the input's form, if whk is not to guess it", kinds...)
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
	report.flags = func(j *judged, without ...string) string {
		redactor := ui.NewRedactor(j.verdict.Provider.Sensitive()...)
		return app.scrub(app.typedFlags(cmd, redactor, append(without, "quiet", "verbose", "color")...) + opts.secretFlags.words())
	}
	report.why = func(j *judged) diagnosis.Explanation { return v.why(ctx, j) }
	if input.stream(app, v.scheme, opts); input.large != nil {
		report.why = func(j *judged) diagnosis.Explanation { return v.whyLarge(ctx, j, input.large) }
	}
	if input.lines != nil {
		return v.runBulk(ctx, report, input)
	}
	for entry, err := range input.deliveries {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		j := judged{line: entry.Line, number: entry.Number, err: err}
		if err == nil || (errors.Is(err, webhook.ErrChanged) && entry.Delivery != nil) {
			for _, w := range entry.Warnings {
				if entry.Number > 0 {
					w = fmt.Sprintf("entry %d: %s", entry.Number, w)
				}
				app.warn(w)
			}
			if j = v.judge(entry, input); err != nil {
				j.doubt(err)
			}
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
