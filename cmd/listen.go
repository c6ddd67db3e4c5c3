package cmd

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/receiver"
	"github.com/whk-cli/whk/internal/store"
	"github.com/whk-cli/whk/internal/webhook"
)

type listenOptions struct {
	providerFlags
	secretFlags
	networkFlags
	limitFlags
	retention
	scriptFlags
	expectFlags
	readyFlag
	endpointKeyFlags
	handshakeFlags
	retryFlags
	tlsFlags
	metricsFlags
	Address    string
	Command    []string // that runs beside
	To         []string
	Events     []string
	Header     webhook.Header
	Reply      string
	ForwardAll bool
	KeepHost   bool
	Compare    []string
	NoVerify   bool
	Strict     bool
	Tolerance  durationFlag
	URL        string
	Reveal     bool
	TUI        bool
}

func newListenCmd(app *App, run func(*cobra.Command, *App, *listenOptions) error) *cobra.Command {
	opts := &listenOptions{}
	cmd := &cobra.Command{
		Use:     "listen [<address>] [-- <command> [<argument>...]]",
		GroupID: groupLoop,
		Short:   "Receive, verify, capture and show deliveries",
		Long: `listen receives deliveries, verifies each one, keeps it, and shows it in a line. A
sender is answered 2xx only once its delivery is synced to disk: 200 when it is
authentic or no provider was recognised, 401 when its signature is wrong. A handshake
(a request with which a provider checks that an endpoint is its user's) is answered as
the provider wants it, before any script or target, and not forwarded.

With --respond, --script and --on it is a receiver that misbehaves on purpose, in the
same way each time. Once a delivery is kept, the next item of a script answers it; the
order is that of the deliveries' IDs. An item is a status from 200 to 599, redirect=URL
(a 302), truncate (the answer ends early), malformed (it is not HTTP), reset, close or
hang; xN repeats one. delay=6s, retry-after=5 and drip=6s (the bytes trickle) modify the
item after them. The last item repeats; a final * starts again. Over HTTP/2 a fault ends
its own stream.

With --expect it is the other half of a test. It ends as soon as the outcome is certain,
and prints what came, what is missing, and what came but does not count, with the reason.
Only authentic deliveries count (with --no-verify all), each message once, whatever -e
shows; a message without an ID is known by its body. Whether something came exactly N
times, or not at all, is certain only at the end of --within.

Forwards to --to wait on the disk. Those that a listener has not made when it ends, the
next one with the same target makes.

A command after -- is started when listen is ready, and listen ends when it ends. Its
environment has WHK_URL, and with -p also WHK_PROVIDER and WHK_SECRET (WHK_PUBLIC_KEY as
well where keys come in pairs). Signals are passed on to it; a second Ctrl-C ends both at
once. It is stopped when listen ends first. Its input is empty on a terminal, and under
--json what it prints goes to stderr. The exit code is listen's own if that is not 0, else the
command's (128 and the number of a signal), unless it was listen that stopped it.

The address is localhost:8080 unless given. A port alone, 8080 or :8080, is for this
machine only; 0.0.0.0:8080 is for containers and other machines too.`,
		Example: `  # on localhost:8080, for every provider that whk knows
  whk listen

  # with your own secret, passing what is authentic on to your app
  whk listen :8080 -p saas --secret-file secret.txt --to localhost:3000

  # does the sender try again? fail twice, then accept
  whk listen --script 503x2,200

  # in CI: run a command that sends the event; exit 0 once it came, 4 after a minute without it
  whk listen --expect invoice.paid --within 1m --junit result.xml -- sh -c 'whk trigger invoice.paid --to "$WHK_URL"'

  # headers and bodies too
  whk listen -v

  # a list to look through, with keys to replay and save
  whk listen --tui

  # for a script: JSON, one object a line, the first one says that it is ready
  whk listen --json`,
		Annotations: map[string]string{needsConfig: "", endsInOrder: ""},
		Args:        listenArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			args, opts.Command = splitCommand(cmd, args)
			if err := opts.settleArgs(args); err != nil {
				return err
			}
			return run(cmd, app, opts)
		},
	}
	flags := cmd.Flags()
	opts.providerFlags.add(cmd, app)
	opts.secretFlags.add(cmd)
	opts.endpointKeyFlags.add(cmd, app)
	flags.StringArrayVarP(&opts.To, "to", "f", nil, "forward to this `target`, or with PATTERN=URL only event types that fit (repeatable; also --forward-to)")
	flags.StringArrayVarP(&opts.Events, "event", "e", nil, "show and forward only event types that fit this `pattern`; ! in front excludes (repeatable)")
	addHeaderFlag(cmd, &opts.Header, "a header to set on what is forwarded (repeatable)")
	addOneOf(cmd, &opts.Reply, "reply", "whk", "who answers the sender", "whk", "target")
	flags.BoolVar(&opts.ForwardAll, "forward-all", false, "forward what is not authentic, too")
	flags.BoolVar(&opts.KeepHost, "keep-host", false, "forward with the Host that the sender used, not the target's")
	flags.StringArrayVar(&opts.Compare, "compare", nil, "forward to these two `targets` and say where their answers differ: --compare A B")
	opts.retryFlags.addForForwards(cmd)
	flags.BoolVar(&opts.NoVerify, "no-verify", false, "check no signature; everything is unverified")
	flags.BoolVar(&opts.Strict, "strict", false, "refuse what would be a warning")
	addToleranceFlag(cmd, &opts.Tolerance)
	flags.StringVar(&opts.URL, "url", "", "the public `URL` under which senders reach this listener")
	flags.BoolVar(&opts.Reveal, "reveal", false, "show the values of secret and signature headers, and secrets in URLs")
	flags.BoolVar(&opts.TUI, "tui", false, "show deliveries on a screen: a list, each in full, and keys to filter, replay and save")
	opts.scriptFlags.add(cmd)
	opts.expectFlags.add(cmd)
	opts.readyFlag.add(cmd)
	opts.networkFlags.add(cmd)
	opts.handshakeFlags.add(cmd)
	opts.tlsFlags.add(cmd)
	opts.metricsFlags.add(cmd)
	opts.limitFlags.add(cmd)
	opts.retention.add(cmd)
	return cmd
}

func runListen(cmd *cobra.Command, app *App, opts *listenOptions) error {
	ctx := cmd.Context()
	l, err := app.newListener(ctx, opts)
	if err != nil {
		return err
	}
	// The socket comes before the state, so that an occupied port changes nothing.
	if l.sockets, err = receiver.Listen(ctx, l.address); err != nil {
		return app.listenError(err)
	}
	defer l.sockets.Close()
	opts.refuse = l.sockets.Refuse // a name may turn out to be this machine's
	for _, f := range l.forwards {
		if err := f.refuseSelf(l.sockets); err != nil {
			return err
		}
	}
	if l.metrics, err = app.newMetrics(ctx, opts.Metrics); err != nil {
		return err
	}
	defer l.metrics.close()
	if l.dir, err = app.state(); err != nil {
		return err
	}
	lock, err := l.dir.Lock(l.sockets.Address.String())
	if err != nil {
		return failed(err)
	}
	defer lock.Close()
	if err := opts.tlsFlags.secure(app, l.dir, l.sockets, opts.URL); err != nil {
		return err
	}
	l.store, err = app.openCapturesWith(ctx, l.dir.Path(), store.Options{Remember: opts.remembers(), Committed: l.metrics.committed()})
	if err != nil {
		return err
	}
	return l.run(ctx)
}

// newListener settles what the command line asks for, and opens nothing yet.
func (app *App) newListener(ctx context.Context, opts *listenOptions) (*listener, error) {
	l := &listener{app: app, opts: opts}
	var err error
	if l.address, err = receiver.ParseAddress(opts.Address); err != nil {
		return nil, usageError(err, "whk listen :8080", "whk listen 0.0.0.0:8080   for other machines too")
	}
	if err := opts.settleURL(); err != nil {
		return nil, err
	}
	if err := opts.limitFlags.check(); err != nil {
		return nil, err
	}
	if most := receiver.Connectable(opts.Connections); most < opts.Connections {
		opts.Connections = most
		app.note("at most %d connections at a time: this process may open few files; ulimit -n shows and sets how many", most)
	}
	if slices.Contains(opts.Events, "") {
		return nil, usageError(errors.New("--event: the pattern is empty"), "whk listen --event 'invoice.*'")
	}
	if err := opts.checkScreen(app); err != nil {
		return nil, err
	}
	if err := opts.settle(ctx, app, &opts.providerFlags, &opts.secretFlags); err != nil {
		return nil, err
	}
	if err := opts.tlsFlags.load(app); err != nil {
		return nil, err
	}
	if l.judge, err = app.newListenJudge(ctx, opts); err != nil {
		return nil, err
	}
	if l.forwards, err = parseTargets(slices.Concat(opts.To, opts.Compare)); err != nil {
		return nil, err
	}
	if err := opts.retryFlags.check(app); err != nil {
		return nil, err
	}
	opts.preferTyped(app.held.typed)
	if err := opts.checkForwards(app); err != nil {
		return nil, err
	}
	if opts.Reply == "target" && len(l.forwards) == 0 {
		return nil, usageError(errors.New("--reply target needs a target"), "whk listen --to localhost:3000 --reply target")
	}
	if l.script, err = app.newScripted(opts); err != nil {
		return nil, err
	}
	if l.expecting, err = app.newExpecting(opts); err != nil {
		return nil, err
	}
	if l.command, err = app.newCompanion(opts); err != nil {
		return nil, err
	}
	return l, app.clearReady(opts.ReadyFile)
}
