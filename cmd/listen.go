package cmd

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"runtime/debug"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/receiver"
	"github.com/whk-cli/whk/internal/sender"
	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/statedir"
	"github.com/whk-cli/whk/internal/store"
	"github.com/whk-cli/whk/internal/ui"
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
(a challenge by which a provider makes sure of an endpoint) is answered as its provider
wants it, before any script or target, and not forwarded.

With --respond, --script and --on it is a receiver that misbehaves on purpose, and in
the same way each time: one delivery after the other, in the order of their IDs, is
answered by the next item of a script, once it is kept. An item is a status from 200
to 599, redirect=URL (a 302), truncate (the answer ends early), malformed (it is not
HTTP), reset, close or hang; xN repeats one. delay=6s, retry-after=5 and drip=6s (the
bytes trickle) modify the item after them. The last one repeats; a final * starts
again. Over HTTP/2 a fault ends its own stream.

With --expect it is the other half of a test: it ends as soon as it is certain whether
all that has to come comes, and prints what came, what is missing and why what came
near does not count. Only authentic deliveries count (with --no-verify all), each
message once, whatever -e shows; a message without an ID is known by its body. What
has to come exactly N times, or not at all, takes all of --within.

What is forwarded with --to waits on the disk: what a listener does not come to, the
next one with the same target makes.

A command after -- is started when listen is ready, with WHK_URL in its environment and
with -p WHK_PROVIDER and WHK_SECRET (for pairs of keys WHK_PUBLIC_KEY, too), and listen
ends when it ends. Signals are passed on to it; a second Ctrl-C ends both at once. It is
stopped when listen ends first. Its input is empty on a terminal, and under --json what
it prints goes to stderr. The exit code is listen's own if that is not 0, else the
command's (128 and the number of a signal), unless it was listen that stopped it.

The address is localhost:8080 unless given. A port alone, 8080 or :8080, is for this
machine only; 0.0.0.0:8080 is for containers and other machines too.`,
		Example: `  # on localhost:8080, for every provider that whk knows
  whk listen

  # with your own secret, passing what is authentic on to your app
  whk listen :8080 -p saas --secret-file secret.txt --to localhost:3000

  # does the sender try again? fail twice, then accept
  whk listen --script 503x2,200

  # in CI: run what is to send the event; 0 once it came, 4 after a minute without
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
	flags.StringArrayVarP(&opts.To, "to", "f", nil, "forward to this target, or with PATTERN=URL only event types that fit (repeatable; also --forward-to)")
	flags.StringArrayVarP(&opts.Events, "event", "e", nil, "show and forward only event types that fit this pattern; ! in front excludes (repeatable)")
	addHeaderFlag(cmd, &opts.Header, "a header to set on what is forwarded (repeatable)")
	addOneOf(cmd, &opts.Reply, "reply", "whk", "who answers the sender", "whk", "target")
	flags.BoolVar(&opts.ForwardAll, "forward-all", false, "forward what is not authentic, too")
	flags.BoolVar(&opts.KeepHost, "keep-host", false, "forward with the Host that the sender used, not the target's")
	flags.StringArrayVar(&opts.Compare, "compare", nil, "forward to these two targets and say where their answers differ: --compare A B")
	opts.retryFlags.addForForwards(cmd)
	flags.BoolVar(&opts.NoVerify, "no-verify", false, "check no signature; everything is unverified")
	flags.BoolVar(&opts.Strict, "strict", false, "refuse what would be a warning")
	addToleranceFlag(cmd, &opts.Tolerance)
	flags.StringVar(&opts.URL, "url", "", "the public URL under which senders reach this listener")
	flags.BoolVar(&opts.Reveal, "reveal", false, "show the values of secret and signature headers")
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
	address, err := receiver.ParseAddress(opts.Address)
	if err != nil {
		return usageError(err, "whk listen :8080", "whk listen 0.0.0.0:8080   for other machines too")
	}
	if err := opts.limitFlags.check(); err != nil {
		return err
	}
	if slices.Contains(opts.Events, "") {
		return usageError(errors.New("--event: the pattern is empty"), "whk listen --event 'invoice.*'")
	}
	if err := opts.checkScreen(app); err != nil {
		return err
	}
	if err := opts.settle(ctx, app, &opts.providerFlags, &opts.secretFlags); err != nil {
		return err
	}
	if err := opts.tlsFlags.load(app); err != nil {
		return err
	}
	judge, err := app.newListenJudge(ctx, opts)
	if err != nil {
		return err
	}
	forwards, err := parseTargets(slices.Concat(opts.To, opts.Compare))
	if err != nil {
		return err
	}
	if err := opts.retryFlags.check(app); err != nil {
		return err
	}
	if opts.Reply == "target" && len(forwards) == 0 {
		return usageError(errors.New("--reply target needs a target"), "whk listen --to localhost:3000 --reply target")
	}
	script, err := app.newScripted(opts)
	if err != nil {
		return err
	}
	expecting, err := app.newExpecting(opts)
	if err != nil {
		return err
	}
	command, err := app.newCompanion(opts)
	if err != nil {
		return err
	}
	if err := app.clearReady(opts.ReadyFile); err != nil {
		return err
	}
	// The socket comes before the state, so that an occupied port changes nothing.
	sockets, err := receiver.Listen(ctx, address)
	if err != nil {
		return app.listenError(err)
	}
	defer sockets.Close()
	for _, f := range forwards {
		if err := f.refuseSelf(sockets); err != nil {
			return err
		}
	}
	counts, err := app.newMetrics(ctx, opts.Metrics)
	if err != nil {
		return err
	}
	defer counts.close()
	dir, err := app.state()
	if err != nil {
		return err
	}
	lock, err := dir.Lock(sockets.Address.String())
	if err != nil {
		return failed(err)
	}
	defer lock.Close()
	if err := opts.tlsFlags.secure(app, dir, sockets, opts.URL); err != nil {
		return err
	}
	captures, err := app.openCapturesWith(ctx, dir.Path(), store.Options{Remember: opts.remembers(), Committed: counts.committed()})
	if err != nil {
		return err
	}
	l := &listener{app: app, opts: opts, judge: judge, store: captures, sockets: sockets, dir: dir, script: script, expecting: expecting, command: command, metrics: counts}
	return l.run(ctx, forwards)
}

// newListenJudge prepares the verdicts. With -p its secret is looked up at once,
// so that a wrong source is an error before anything is received.
func (app *App) newListenJudge(ctx context.Context, opts *listenOptions) (*provider.Judge, error) {
	tokens, err := opts.tokens()
	if err != nil {
		return nil, err
	}
	options := provider.JudgeOptions{
		Keys: func(p *provider.Provider) (provider.Keys, error) {
			found, err := app.secretsFor(ctx, p, opts.secretFlags, true)
			return found.Keys, err
		},
		Tolerance: opts.Tolerance.or(-1), Strict: opts.Strict, NoVerify: opts.NoVerify, Greet: true, VerifyTokens: tokens,
	}
	if opts.Provider == "" {
		if len(opts.Variants) > 0 {
			return nil, variantAlone()
		}
		app.providers().ReadSigns()
		return app.providers().Judge(options, app.warnOfFile()), nil
	}
	p, err := app.loadProvider(opts.providerFlags)
	if err != nil {
		return nil, err
	}
	if !opts.NoVerify {
		if _, err := options.Keys(p); err != nil {
			return nil, err
		}
	}
	return provider.NewJudge([]*provider.Provider{p}, true, options), nil
}

// warnOfFile tells once of each provider whose file is wrong.
func (app *App) warnOfFile() func(error) {
	return func(err error) { app.warnOnce(err.Error()) }
}

// listenError says who has the port.
func (app *App) listenError(err error) error {
	var used *receiver.InUseError
	if !errors.As(err, &used) {
		return failed(err, "whk listen :8080", "whk listen 0.0.0.0:8080   for other machines too")
	}
	hints := []string{fmt.Sprintf("whk listen :%d   or :0 for any free port", used.Address.Port+1)}
	if path, e := app.statePath(); e == nil && app.isFile(path) {
		if dir, e := statedir.Open(path, nil); e == nil {
			if pid, held := holder(dir, used.Address); held {
				hints = append([]string{fmt.Sprintf("another whk, process %d, listens there with this state directory", pid)}, hints...)
			}
			dir.Close()
		}
	}
	return failed(err, hints...)
}

// holder finds the listener of this state directory that has a port. It may have
// asked for it by another name: localhost is two addresses.
func holder(dir *statedir.Dir, a receiver.Address) (pid int, held bool) {
	hosts := []string{a.Host}
	if a.Loopback() || a.Host == "0.0.0.0" || a.Host == "::" {
		hosts = append(hosts, "localhost", "127.0.0.1", "::1", "0.0.0.0", "::")
	}
	for _, host := range hosts {
		a.Host = host
		if pid, held = dir.Holder(a.String()); held {
			break
		}
	}
	return pid, held
}

// listener is one run of listen.
type listener struct {
	app     *App
	opts    *listenOptions
	judge   *provider.Judge
	store   *store.Store
	sockets *receiver.Sockets
	dir     *statedir.Dir

	view      *listenView
	forwarder *receiver.Forwarder
	recorder  *recorder
	queue     *forwardQueue
	compare   *comparison      // nil without --compare
	reply     *receiver.Target // who answers the sender; nil is whk
	script    *scripted        // what whk answers on purpose; nil is nothing
	expecting *expecting       // what has to come; nil is nothing
	command   *companion       // runs beside; nil is none
	metrics   *listenMetrics   // nil without --metrics
	end       func()           // ends the run in order
}

// run serves until ctx ends, then finishes what is under way: first requests,
// then forwards, then what they left to record and to print.
func (l *listener) run(ctx context.Context, forwards []forwardTarget) error {
	defer rarerCollections()()
	asked, interrupt := context.WithCancel(ctx) // ends when somebody wants it to
	defer interrupt()
	ctx, l.end = context.WithCancel(asked)
	defer l.end()
	l.view = newListenView(l)
	attempts, err := l.app.newSender(l.opts.networkFlags, 0)
	if err != nil {
		return errors.Join(err, l.store.Close())
	}
	defer attempts.Close()
	if l.queue, err = l.newForwardQueue(ctx, forwards); err != nil {
		return errors.Join(err, l.store.Close())
	}
	l.recorder = newRecorder(ctx, l)
	targets := l.targets(forwards)
	if l.opts.Reply == "target" {
		l.reply, targets = splitReply(targets)
	}
	if len(l.opts.Compare) > 0 {
		l.compare = newComparison(l.view, len(targets))
	}
	options := receiver.ForwardOptions{Load: l.queue.load, Next: l.queue.next, Done: l.recorder.done, Shown: sender.Printable}
	if l.compare == nil { // which needs the whole answer
		options.Worker = func() receiver.Worker { return attempts.Lane() }
	}
	l.forwarder = receiver.NewForwarder(ctx, attempts, targets, options)
	janitor := l.startRetention(ctx)
	rc := receiver.New(l.receiverOptions())
	l.metrics.watch(l, rc)
	defer l.metrics.serve()()
	told := l.view.tellStopping(asked)
	err = l.serve(ctx, rc, forwards, interrupt)
	told()
	l.end()
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	left := l.forwarder.Close(end)
	l.recorder.close()
	if left > 0 {
		l.view.say(countText(left, "forward") + " left to make: the next whk listen with the same --to makes what is left")
	}
	l.compare.end()
	l.command.stop(ctx, asked.Err() != nil)
	<-janitor
	closeErr := l.store.Close()
	written, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	l.view.end(written, rc.Panics())
	var verdict error
	if l.expecting != nil {
		verdict = l.expecting.finish(asked.Err() != nil)
	}
	if err := errors.Join(err, closeErr); err != nil {
		return hinted(err)
	}
	if verdict == nil {
		verdict = l.command.verdict()
	}
	return verdict
}

// serve says that it is ready, starts the command, and takes deliveries until ctx
// ends, what is expected is certain to come or not, or the command has ended.
func (l *listener) serve(ctx context.Context, rc *receiver.Receiver, forwards []forwardTarget, interrupt func()) error {
	if l.expecting != nil {
		l.expecting.start(ctx, l)
	}
	l.view.ready(forwards)
	remove, err := l.app.tellReady(l.opts.ReadyFile, l.sockets.URL())
	if err != nil {
		return err
	}
	defer remove()
	if err := l.queue.resume(ctx, l.dir); err != nil && ctx.Err() == nil {
		l.view.say("forwards of before could not be resumed: " + err.Error())
	}
	if l.command != nil {
		if err := l.command.start(ctx, l, interrupt); err != nil {
			return err
		}
	}
	defer l.view.take(ctx)()
	return rc.Serve(ctx, l.sockets)
}

// rarerCollections spends some memory on throughput: a delivery is garbage as soon
// as it is answered, and the heap that lives on is small. The limit keeps large
// bodies from multiplying. What the environment says goes before.
func rarerCollections() (restore func()) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	percent, limit := debug.SetGCPercent(400), debug.SetMemoryLimit(96<<20)
	return func() {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	}
}

func (l *listener) receiverOptions() receiver.Options {
	o := receiver.Options{
		Judge:    l.verdict,
		Keep:     l.queue.keep,
		Kept:     l.kept,
		Refused:  l.view.refused,
		Trouble:  l.view.trouble,
		Panicked: l.view.panicked,
		BaseURL:  l.opts.URL,
		Limits:   l.opts.limitFlags.limits(),
		Now:      l.app.Now,
	}
	if l.reply != nil {
		o.Reply = l.answerByTarget
	}
	if l.script != nil || l.expecting != nil {
		o.InOrder = l.inOrder
	}
	return o
}

// inOrder sees the kept deliveries in the order of their IDs.
func (l *listener) inOrder(d *webhook.Delivery) (receiver.Answer, bool) {
	if l.expecting != nil {
		l.expecting.saw(d)
	}
	if l.script == nil {
		return receiver.Answer{}, false
	}
	return l.script.answer(d)
}

// verdict judges a delivery as of now, over the bytes that arrived, and gives the
// answer that its provider wants.
func (l *listener) verdict(r *http.Request, d *webhook.Delivery) (own *receiver.Answer, firm bool) {
	m := signing.Message{Method: d.Method, URL: d.URL, Header: r.Header, Body: d.Body}
	v := l.judge.Judge(&m, d.ReceivedAt)
	d.Verification, d.Event, d.MessageID = v.Verification, v.Event, v.MessageID
	if v.Provider != nil {
		d.Provider = v.Provider.Name
	}
	l.noteRepeat(r.Context(), d)
	return l.wish(&v, &m, d)
}

func (l *listener) kept(d *webhook.Delivery, took time.Duration, replied bool) {
	if replied {
		l.recorder.answered(d)
		if d.Response.Status/100 != 2 {
			l.store.Forget(d) // its sender is to come again
		}
	}
	l.learn(d)
	l.metrics.kept(d)
	if l.shown(d) {
		l.view.delivery(d, took)
	}
	l.queue.pass(d)
}

// shown reports whether -e selects a delivery.
func (l *listener) shown(d *webhook.Delivery) bool {
	return len(l.opts.Events) == 0 || l.app.matchesEvent(l.opts.Events, d)
}

func (l *listener) answerByTarget(ctx context.Context, d *webhook.Delivery) (receiver.Answer, bool) {
	if !l.shown(d) || (l.reply.Match != nil && !l.reply.Match(d)) {
		return receiver.Answer{}, false
	}
	return receiver.AnswerOf(l.forwarder.Send(ctx, d, *l.reply)), true
}

// matchesEvent matches patterns with the event type that arrived. A pattern that
// names a type which can not be told apart on receipt matches its group.
func (app *App) matchesEvent(patterns []string, d *webhook.Delivery) bool {
	if webhook.Patterns(patterns).Match(d.Event) {
		return true
	}
	p, err := app.providers().Load(d.Provider)
	if err != nil || len(p.Event.Groups) == 0 {
		return false
	}
	arriving := make(webhook.Patterns, len(patterns))
	for i, pattern := range patterns {
		arriving[i] = p.Arrives(pattern)
	}
	return arriving.Match(d.Event)
}

// startRetention removes what is over the limits, now and then.
func (l *listener) startRetention(ctx context.Context) <-chan struct{} {
	done := make(chan struct{})
	limits, on := l.opts.retention.limits()
	if !on {
		close(done)
		return done
	}
	go func() {
		defer close(done)
		tick := time.NewTicker(10 * time.Minute)
		defer tick.Stop()
		for {
			if removed, err := l.store.Prune(ctx, limits); err != nil && ctx.Err() == nil {
				l.view.say("old captures could not be removed: " + err.Error())
			} else if removed.Deliveries > 0 {
				l.view.say(fmt.Sprintf("removed %s over the limits, %s%s", countText(removed.Deliveries, "capture"), ui.Size(removed.Bytes), lostText(removed.Forwards)))
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	}()
	return done
}
