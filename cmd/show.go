package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/store"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

type showOptions struct {
	Refs   []string
	Raw    bool
	Print  string
	Reveal bool
	Force  bool
}

func newShowCmd(app *App, run func(*cobra.Command, *App, *showOptions) error) *cobra.Command {
	opts := &showOptions{}
	cmd := &cobra.Command{
		Use:     "show {<id> | last | last~<n>}...",
		GroupID: groupCaptured,
		Short:   "Show a captured delivery: headers, verdict, answers, body",
		Long: `show prints all that is known of a captured delivery. It is named by its ID, the
beginning of one, last for the newest, or last~1 for the one before it.

The values of headers that carry secrets or signatures are [redacted] unless --reveal
is given. Bodies are never changed; --raw writes one exactly as it arrived.`,
		Example: `  # the newest
  whk show last

  # the body, byte for byte
  whk show last --raw > body.json

  # as a command that sends it again
  whk show last~1 --print curl --reveal`,
		Annotations:       map[string]string{needsConfig: ""},
		Args:              someCaptures("show"),
		ValidArgsFunction: app.completeCaptures,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Refs = args
			return run(cmd, app, opts)
		},
	}
	cmd.Flags().BoolVar(&opts.Raw, "raw", false, "write the exact body and nothing else")
	addOneOf(cmd, &opts.Print, "print", "", "the request in this form", "http", "curl", "json")
	addRevealFlag(cmd, &opts.Reveal)
	cmd.Flags().BoolVar(&opts.Force, "force", false, "write what a sender sent to a terminal, control characters and all")
	return cmd
}

// someCaptures wants at least one capture to be named.
func someCaptures(command string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usageError(errors.New("which delivery? name it"), "whk "+command+" last", "whk list shows them")
		}
		return nil
	}
}

func runShow(cmd *cobra.Command, app *App, opts *showOptions) error {
	as, err := opts.form(app)
	if err != nil {
		return err
	}
	s, err := app.reader(cmd.Context())
	if errors.Is(err, store.ErrNoStore) {
		return noCaptures()
	}
	if err != nil {
		return err
	}
	defer s.Close()
	shown := &shown{app: app, as: as, force: opts.Force, redactor: app.shownBy(opts.Reveal)}
	if len(opts.Refs) == 1 {
		d, err := capture(cmd.Context(), s, opts.Refs[0])
		if err != nil {
			return err
		}
		return shown.print(d)
	}
	code := exitOK
	for _, ref := range opts.Refs {
		d, err := capture(cmd.Context(), s, ref)
		if err == nil {
			err = shown.print(d)
		}
		var coded *exitError
		switch {
		case err == nil:
		case errors.As(err, &coded) && coded.code == exitFailed && cmd.Context().Err() == nil:
			code = exitFailed
			app.report(err, hintsOf(err)...)
		default:
			return err
		}
	}
	return ended(code)
}

// form is what the flags ask for: one of --print, raw, or "" for people.
func (opts *showOptions) form(app *App) (string, error) {
	as := opts.Print
	if app.global.JSON && as == "" {
		as = "json"
	}
	if !opts.Raw {
		return as, nil
	}
	switch {
	case as != "":
		return "", usageError(errors.New("--raw is the body alone, and --print or --json the whole request"), "choose one of them")
	case len(opts.Refs) > 1:
		return "", usageError(fmt.Errorf("--raw writes one body, and %d deliveries are named", len(opts.Refs)), "whk show "+opts.Refs[0]+" --raw > body")
	case app.IO.OutTTY && !opts.Force:
		return "", usageError(errors.New("a body may hold what a terminal acts on"),
			"whk show "+opts.Refs[0]+" --raw > body   writes it to a file", "--force prints it all the same")
	}
	return "raw", nil
}

// capture reads the delivery that a person means by ref.
func capture(ctx context.Context, s *store.Store, ref string) (*webhook.Delivery, error) {
	id, err := s.Resolve(ctx, ref)
	if err != nil {
		return nil, resolveError(ref, err)
	}
	d, err := s.Get(ctx, id)
	switch {
	case err == nil:
		return d, nil
	case errors.Is(err, store.ErrNotFound):
		return nil, resolveError(ref, err) // pruned just now
	}
	return nil, failed(err)
}

// shown prints deliveries one after the other.
type shown struct {
	app      *App
	as       string
	force    bool
	redactor *ui.Redactor
	count    int
	hinted   bool
}

func (s *shown) print(d *webhook.Delivery) error {
	s.count++
	if s.as == "raw" {
		_, err := s.app.IO.Out.Write(d.Body)
		return err
	}
	out := s.redactor.Delivery(d)
	if s.as == "json" {
		return ui.JSON(s.app.IO.Out, out)
	}
	if s.count > 1 {
		if _, err := io.WriteString(s.app.IO.Out, "\n"); err != nil {
			return err
		}
	}
	if s.as == "" {
		_, err := s.app.IO.Out.Write(ui.AppendDetail(nil, s.app.IO.Style(), out, nil))
		return err
	}
	if err := s.app.printRequest(out, s.as, s.force); err != nil {
		return err
	}
	if _, redacted := format.Redacted(out); redacted && !s.hinted {
		s.hinted = true
		s.app.note("hint: values are [redacted]; --reveal prints the true ones")
	}
	return nil
}

// printRequest prints a stranger's request as http or curl. To a terminal, http
// is printed only if it holds no control characters, or by force; the curl
// command never holds any.
func (app *App) printRequest(d *webhook.Delivery, as string, force bool) error {
	var b bytes.Buffer
	write := format.WriteHTTP
	if as == "curl" {
		write = format.WriteCurl
	}
	if err := write(&b, d); err != nil {
		return failed(err)
	}
	if as == "http" && app.IO.OutTTY {
		lines := bytes.ReplaceAll(b.Bytes(), []byte("\r\n"), []byte("\n"))
		if !force && !bytes.Equal(ui.SafeBody(lines), lines) {
			return usageError(errors.New("the request holds characters that a terminal acts on"),
				"send it to a file: --print http > request.http", "--print curl writes them so that they do nothing", "--force prints it all the same")
		}
		b.WriteByte('\n') // the body ends without a line break, and the prompt follows
	}
	_, err := app.IO.Out.Write(b.Bytes())
	return err
}
