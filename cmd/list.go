package cmd

import (
	"bufio"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/store"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

type listOptions struct {
	selectFlags
	Limit       int // 0 is all
	OldestFirst bool
	Reveal      bool
}

func newListCmd(app *App, run func(*cobra.Command, *App, *listOptions) error) *cobra.Command {
	opts := &listOptions{}
	cmd := &cobra.Command{
		Use:     "list",
		GroupID: groupCaptured,
		Short:   "List captured deliveries",
		Long: `list prints a line for each captured delivery, the newest first. The flags narrow it
down, and all that are given must hold.

--failed selects what somebody did not acknowledge: a delivery whose last forward to
a target got no 2xx, or that whk itself answered otherwise.

With --json each line is a delivery in whk's one form, body included.`,
		Example: `  # the newest
  whk list

  # what was refused today
  whk list --verdict not_authentic --since -24h

  # every invoice event that mentions a customer
  whk list -e 'invoice.*' --text cus_1042 -n 0

  # for a program
  whk list --json -n 100`,
		Annotations:       map[string]string{needsConfig: ""},
		Args:              cobra.NoArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return run(cmd, app, opts) },
	}
	opts.selectFlags.add(cmd, app)
	cmd.Flags().IntVarP(&opts.Limit, "limit", "n", 20, "the `number` of deliveries at most; 0 for all")
	cmd.Flags().BoolVar(&opts.OldestFirst, "oldest-first", false, "begin with the oldest")
	addRevealFlag(cmd, &opts.Reveal)
	return cmd
}

func runList(cmd *cobra.Command, app *App, opts *listOptions) error {
	if opts.Limit < 0 {
		return usageError(fmt.Errorf("--limit %d is below 0", opts.Limit), "-n 0 lists all")
	}
	opts.settle(app)
	s, err := app.reader(cmd.Context())
	if errors.Is(err, store.ErrNoStore) {
		app.nothingCaptured()
		return nil
	}
	if err != nil {
		return err
	}
	defer s.Close()
	l := newListing(app, opts)
	for d, err := range opts.deliveries(cmd.Context(), app, s, l.fetch(), opts.OldestFirst) {
		if more := l.add(d, err); !more {
			break
		}
	}
	return interruptedOr(cmd.Context(), l.end())
}

// listing prints deliveries as they come.
type listing struct {
	app      *App
	opts     *listOptions
	out      *bufio.Writer
	line     ui.Line
	redactor *ui.Redactor
	count    int
	code     int
	err      error
}

func newListing(app *App, opts *listOptions) *listing {
	l := &listing{app: app, opts: opts, redactor: app.shownBy(opts.Reveal)}
	l.out = bufio.NewWriterSize(app.IO.Out, 64<<10)
	l.line = ui.Line{Style: app.IO.Style(), Width: app.IO.Width, Date: true}
	return l
}

// fetch is how many deliveries to ask for: one more than are shown, to know
// whether there are others.
func (l *listing) fetch() int {
	if l.opts.Limit == 0 {
		return 0
	}
	return l.opts.Limit + 1
}

// add prints one delivery and reports whether another is wanted.
func (l *listing) add(d *webhook.Delivery, err error) bool {
	if l.opts.Limit > 0 && l.count == l.opts.Limit {
		l.noteMore()
		return false
	}
	if err != nil {
		l.code = exitFailed
		l.err = l.app.damagedOnly(err)
	} else {
		l.err = l.print(l.redactor.Delivery(d))
	}
	l.count++
	return l.err == nil
}

func (l *listing) print(d *webhook.Delivery) error {
	if l.app.global.JSON {
		return ui.JSON(l.out, d)
	}
	_, err := l.out.Write(l.line.Append(nil, d, -1))
	if err == nil && l.app.IO.OutTTY {
		err = l.out.Flush() // a person sees each line as it is found
	}
	return err
}

func (l *listing) noteMore() {
	which := "newest"
	if l.opts.OldestFirst {
		which = "oldest"
	}
	if !l.app.global.JSON {
		l.out.Flush()
		shown := fmt.Sprintf("the %d %s are", l.count, which)
		if l.count == 1 {
			shown = "the " + which + " is"
		}
		l.app.note("only %s shown; -n 0 lists all", shown)
	}
}

func (l *listing) end() error {
	if err := l.out.Flush(); l.err == nil {
		l.err = err
	}
	switch {
	case l.err != nil:
		return l.err
	case l.code != exitOK:
		return ended(l.code)
	case l.count == 0:
		l.opts.nothingSelected(l.app)
	}
	return nil
}
