package cmd

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/payload"
	"github.com/whk-cli/whk/internal/store"
	"github.com/whk-cli/whk/internal/webhook"
)

type replayOptions struct {
	selectFlags
	secretFlags
	networkFlags
	Variants      []string
	Refs          []string
	To            string
	Method        string
	URL           string
	Header        webhook.Header
	Edits         []payload.Edit
	Resign        bool
	SignAs        string // the provider of the command line; "" is the delivery's own
	KeepSignature bool
	At            time.Time
	Pace          paceFlags
	DryRun        bool
	Print         string
	Reveal        bool
	Force         bool
}

func newReplayCmd(app *App, run func(*cobra.Command, *App, *replayOptions) error) *cobra.Command {
	opts := &replayOptions{}
	cmd := &cobra.Command{
		Use:     "replay {<id> | last | last~<n>}... | --since <time> ...",
		GroupID: groupLoop,
		Short:   "Deliver captured deliveries again",
		Long: `replay sends captured deliveries again: the same method, body and headers, byte for
byte, each once. They are named, or selected by --event, --since, --until, --failed,
--verdict, --text and --provider; what is selected goes oldest first. Nothing is sent
before it is clear that all of it can be.

Without --to each one goes to the targets that it was forwarded to when it was
captured. A target without a path gets the path and query that the delivery came
with. Host, Content-Length and headers about the connection itself are made anew.

A target on this machine gets the headers as they came, signature included. To another
host, headers that carry a signature, token, secret or cookie are left out unless
--keep-signature is given. --resign makes a fresh signature in their place, with a
timestamp of now and your own secret; changing the body does the same.

Which answers acknowledge a delivery depends on its provider, where that is known: 2xx
for most.`,
		Example: `  # once more to where it went
  whk replay last

  # to your handler
  whk replay last~2 --to localhost:3000

  # what failed during the last hour, five a second
  whk replay --failed --since -1h --rate 5/s

  # changed, and signed anew
  whk replay last --to localhost:3000 --override data.amount=0`,
		Annotations: map[string]string{needsConfig: "", endsInOrder: ""},
		Args: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("provider") {
				opts.SignAs = opts.Provider
			}
			return checkReplay(cmd, args)
		},
		ValidArgsFunction: app.completeCaptures,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Refs = args
			return run(cmd, app, opts)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&opts.To, "to", "f", "", "the `target` (also --forward-to)")
	opts.selectFlags.add(cmd, app)
	flags.Lookup("provider").Usage = "only deliveries of the provider of this `name`; with IDs, whose signature --resign makes"
	flags.BoolVar(&opts.Resign, "resign", false, "sign anew, as of now")
	flags.BoolVar(&opts.KeepSignature, "keep-signature", false, "send signature, token, secret and cookie headers to other hosts too")
	addEditFlags(cmd, &opts.Edits)
	addHeaderFlag(cmd, &opts.Header, "a header to send, in place of captured ones of its name (repeatable)")
	flags.StringVar(&opts.Method, "method", "", "another `method` than the captured one")
	opts.secretFlags.add(cmd)
	flags.StringArrayVar(&opts.Variants, "variant", nil, "a variant of the provider, by `name`, for --resign (repeatable)")
	flags.StringVar(&opts.URL, "url", "", "the `URL` that --resign signs, for schemes that sign it, where the target sees another")
	addTimeFlag(cmd, app, &opts.At, "at", "the time that --resign takes as now: RFC 3339, Unix seconds, or a difference such as -2h")
	opts.Pace.add(cmd)
	flags.BoolVar(&opts.DryRun, "dry-run", false, "print what would be sent, and send nothing")
	addOneOf(cmd, &opts.Print, "print", "", "how --dry-run prints; implies it", "http", "curl", "json")
	addRevealFlag(cmd, &opts.Reveal)
	flags.BoolVar(&opts.Force, "force", false, "print to a terminal, control characters and all")
	opts.networkFlags.add(cmd)
	return cmd
}

func runReplay(cmd *cobra.Command, app *App, opts *replayOptions) error {
	ctx := cmd.Context()
	opts.settle(app)
	r, err := app.newReplayer(opts)
	if err != nil {
		return err
	}
	r.store, err = app.reader(ctx)
	if errors.Is(err, store.ErrNoStore) {
		return noCaptures()
	}
	if err != nil {
		return err
	}
	defer r.store.Close()
	if err := r.plan(ctx); err != nil {
		return interruptedOr(ctx, err)
	}
	if len(r.items) == 0 && r.code == exitOK && !app.global.JSON {
		opts.nothingSelected(app)
		return nil
	}
	defer r.stopReading()
	if opts.dry() {
		return r.print(ctx)
	}
	return r.send(ctx)
}

func (opts *replayOptions) dry() bool { return opts.DryRun || opts.Print != "" }

// resigns reports whether a fresh signature is made. An edited body needs one.
func (opts *replayOptions) resigns() bool { return opts.Resign || len(opts.Edits) > 0 }

// checkReplay wants deliveries to be either named or selected, and refuses
// flags that would do nothing. It looks at the command line alone: events,
// providers and URLs that a configuration file or the environment sets are
// meant for other commands too, and must neither start a replay nor prevent
// one.
func checkReplay(cmd *cobra.Command, args []string) error {
	given := func(names ...string) string {
		for _, name := range names {
			if cmd.Flags().Changed(name) {
				return "--" + name
			}
		}
		return ""
	}
	provider, selects := given("provider"), given("event", "verdict", "failed", "since", "until", "text")
	fresh, named := given("resign", "override", "add", "remove"), len(args) > 0
	switch idle := given("secret-file", "secret-env", "secret", "variant", "url", "at"); {
	case !named && provider == "" && selects == "":
		return usageError(errors.New("which deliveries? name them, or select some"),
			"whk replay last --to localhost:3000", "whk replay --failed --since -1h", "whk list shows them")
	case named && selects != "":
		return usageError(fmt.Errorf("deliveries are named, and %s selects some: choose one way", selects),
			"whk replay "+strings.Join(args, " "), "whk list shows what the same flags select")
	case fresh != "" && given("keep-signature") != "":
		return usageError(fmt.Errorf("--keep-signature sends the old signature, and %s makes a new one", fresh), "choose one of them")
	case fresh == "" && named && provider != "":
		return usageError(errors.New("--provider selects, and here deliveries are named"), "with --resign it says whose signature is made")
	case fresh == "" && idle != "":
		return usageError(fmt.Errorf("the stored signature is sent, so there is nothing for %s to do", idle), "--resign makes a new signature")
	case given("rate") != "" && given("speed") != "":
		return usageError(errors.New("--rate and --speed both say when to send"), "choose one of them")
	}
	return nil
}

func (r *replayer) noTarget(ids []string) error {
	switch {
	case len(r.opts.Refs) == 1:
		return usageError(fmt.Errorf("where to? %s was not forwarded when it was captured", ids[0]),
			"whk replay "+r.opts.Refs[0]+" --to localhost:3000")
	case len(r.opts.Refs) > 1:
		return usageError(fmt.Errorf("where to? %s of these were not forwarded when they were captured, %s among them", deliveriesText(len(ids)), ids[0]),
			"whk replay "+strings.Join(r.opts.Refs, " ")+" --to localhost:3000")
	}
	return usageError(fmt.Errorf("where to? %s of those selected had no target when captured, %s among them", deliveriesText(len(ids)), ids[0]),
		"--to localhost:3000 sends them all there")
}
