package cmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

type signOptions struct {
	providerFlags
	secretFlags
	endpointKeyFlags
	Body   string // "", "-", "@file" or a file
	Method string
	URL    string
	Event  string
	ID     string // of the message; "" is a fresh one, or the header's
	At     time.Time
	Print  string
	Header webhook.Header
	Dev    bool
}

func newSignCmd(app *App, run func(*cobra.Command, *App, *signOptions) error) *cobra.Command {
	opts := &signOptions{}
	cmd := &cobra.Command{
		Use:     "sign --provider <name> [<body>]",
		GroupID: groupSign,
		Short:   "Print the headers that a provider would send with a body",
		Long: `sign prints the headers that a provider would send with a body, as
"Name: value" lines. It signs the bytes as they are, a final line break included.
The body is a file, @file, or - for standard input. Where a provider's signature
travels in the body, --print http, curl or json has the body with it.`,
		Example: `  # the headers of a file
  whk sign -p saas --secret-file secret.txt body.json

  # send it yourself
  whk sign -p saas --secret-file secret.txt body.json | curl -H @- --data-binary @body.json http://localhost:8080/webhooks/saas

  # the bare signature
  printf '{"event":"invoice.paid"}' | whk sign -p saas --secret-env SAAS_SECRET --print value`,
		Annotations: map[string]string{needsConfig: ""},
		Args:        cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				opts.Body = args[0]
			}
			return run(cmd, app, opts)
		},
	}
	opts.providerFlags.add(cmd, app)
	opts.secretFlags.add(cmd)
	opts.endpointKeyFlags.add(cmd, app)
	addDevFlag(cmd, &opts.Dev)
	cmd.Flags().StringVar(&opts.Method, "method", "", "the request's `method`, in place of the provider's usual one")
	cmd.Flags().StringVar(&opts.URL, "url", "", "the `URL` that is signed, for schemes that sign it")
	cmd.Flags().StringVarP(&opts.Event, "event", "e", "", "the event `type`, where the body does not say it")
	cmd.Flags().StringVar(&opts.ID, "id", "", "the message `ID`, for schemes that sign it; a fresh one unless given")
	addTimeFlag(cmd, app, &opts.At, "at", "take this time as now: RFC 3339, Unix seconds, or a difference such as -2h")
	addHeaderFlag(cmd, &opts.Header, "a header of the request (repeatable)")
	addOneOf(cmd, &opts.Print, "print", "headers", "what to print", "headers", "value", "json", "curl", "http")
	return cmd
}

func addDevFlag(cmd *cobra.Command, dev *bool) {
	cmd.Flags().BoolVar(dev, "dev-secret", false, "use whk's own development secret")
}

func runSign(cmd *cobra.Command, app *App, opts *signOptions) error {
	if err := opts.settle(cmd.Context(), app, &opts.providerFlags, &opts.secretFlags); err != nil {
		return err
	}
	if opts.Provider == "" {
		return usageError(errors.New("whose signature? name the provider"), "whk sign -p saas body.json", "whk providers lists them")
	}
	p, err := app.loadProvider(opts.providerFlags)
	if err != nil {
		return err
	}
	if err := opts.secretFlags.claimsStdin(opts.Body); err != nil {
		return err
	}
	keys, err := app.secretsFor(cmd.Context(), p, opts.secretFlags, opts.Dev)
	if err != nil {
		return err
	}
	large, err := app.openLarge(opts, p.Scheme())
	if err != nil {
		return err
	}
	if large != nil {
		defer large.file.Close()
		return app.signLarge(p, large, keys, opts)
	}
	body, err := app.readBody(opts.Body, "whk sign -p "+p.Name+" body.json")
	if err != nil {
		return err
	}
	now := app.asOf(opts.At)
	b, err := app.buildToSign(p, body, opts, now)
	if err != nil {
		return err
	}
	if err := app.signAs(b, keys, now); err != nil {
		return err
	}
	app.noteSigned(p, b)
	if opts.URL == "" && p.Scheme().SignsURL() {
		app.note("the URL is signed, too: %s; --url names another", b.message.URL)
	}
	if p.Scheme().InBody() && opts.Print == "headers" {
		app.note("the signature is not a header but %s: --print http, curl or json prints that body", p.Scheme().Where())
	}
	return app.printSigned(b, opts.Print)
}

// signLarge signs a body that stays in its file.
func (app *App) signLarge(p *provider.Provider, large *largeFile, keys foundKeys, opts *signOptions) error {
	now := app.asOf(opts.At)
	b, err := app.buildToSign(p, nil, opts, now)
	if err != nil {
		return err
	}
	b.message.Body, b.message.BodyFrom = nil, large.section()
	err = app.signAs(b, keys, now)
	if large.err != nil {
		return failed(readError(opts.Body, large.err), "save the whole of it, and leave it as it is meanwhile")
	}
	if err != nil {
		return err
	}
	app.note("signed %d bytes, read in pieces", large.size)
	b.size = large.size
	return app.printSigned(b, opts.Print)
}

// buildToSign makes a request with a body that is signed as it is.
func (app *App) buildToSign(p *provider.Provider, body []byte, opts *signOptions, now time.Time) (*built, error) {
	event := opts.Event
	if event == "" {
		event = p.EventOf(&signing.Message{Body: body})
	}
	url := opts.URL
	if url == "" {
		url = "http://localhost:8080" + p.Request.Path
	}
	if body == nil {
		body = []byte{}
	}
	b, err := app.build(&chosenSample{provider: p, name: event}, buildOptions{
		now: now, method: opts.Method, url: url, signURL: opts.URL, data: body, header: opts.Header,
	})
	if err != nil || opts.ID == "" {
		return b, err
	}
	if !p.Scheme().Covers().ID {
		return nil, usageError(fmt.Errorf("--id: %s signs no message ID", p.Name), "whk providers show "+p.Name+" tells what it signs")
	}
	b.messageID, b.message.ID = opts.ID, opts.ID
	return b, nil
}

// noteSigned says what was signed: a newline from an editor or echo is the most
// common reason for a signature that does not match.
func (app *App) noteSigned(p *provider.Provider, b *built) {
	scheme := p.Scheme()
	switch n := len(b.payload); {
	case scheme.Token():
		app.note("signed the claims of a %d-byte body%s; the body itself is not covered", n, newlineNote(b.payload))
	case scheme.InBody():
		app.note("signed parts of a %d-byte body: %s", n, strings.Join(scheme.SignedParts(), ", "))
	case !scheme.Covers().Body:
		app.note("nothing is computed over the body (%d bytes)", n)
	default:
		app.note("signed %d bytes%s", n, newlineNote(b.payload))
	}
}

func newlineNote(body []byte) string {
	if strings.HasSuffix(string(body[max(0, len(body)-1):]), "\n") {
		return ", ending in a newline"
	}
	return ", not ending in a newline"
}

// printSigned prints the signed request in the form that --print names.
func (app *App) printSigned(b *built, as string) error {
	switch as {
	case "value":
		m := signing.Message{URL: b.request.URL, Header: b.request.Header.HTTP(), Body: b.message.Body}
		_, err := fmt.Fprintln(app.IO.Out, strings.Join(b.provider.Scheme().Signatures(&m), "\n"))
		return err
	case "json":
		return ui.JSON(app.IO.Out, b.delivery())
	case "curl":
		return format.WriteCurl(app.IO.Out, b.delivery())
	case "http":
		return format.WriteHTTP(app.IO.Out, b.delivery())
	}
	if app.global.JSON {
		headers, err := json.Marshal(b.request.Header)
		if err != nil {
			return err
		}
		return ui.JSON(app.IO.Out, struct {
			Provider string          `json:"provider"`
			Event    string          `json:"event,omitempty"`
			Headers  json.RawMessage `json:"headers"`
			BodySize int64           `json:"body_size"`
		}{b.provider.Name, b.event, headers, max(b.size, int64(len(b.payload)))})
	}
	var out []byte
	for _, f := range b.request.Header {
		out = fmt.Appendf(out, "%s: %s\n", f.Name, f.Value)
	}
	_, err := app.IO.Out.Write(out)
	return err
}
