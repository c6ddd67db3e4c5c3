package cmd

import (
	"context"
	"errors"
	"os"
	"runtime/debug"
	"time"

	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/receiver"
	"github.com/whk-cli/whk/internal/sender"
	"github.com/whk-cli/whk/internal/statedir"
	"github.com/whk-cli/whk/internal/store"
)

// listener is one run of listen.
type listener struct {
	app     *App
	opts    *listenOptions
	judge   *provider.Judge
	address receiver.Address
	sockets *receiver.Sockets
	dir     *statedir.Dir
	store   *store.Store

	view      *listenView
	forwards  []forwardTarget // of --to and --compare
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
func (l *listener) run(ctx context.Context) error {
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
	if l.queue, err = l.newForwardQueue(ctx, l.forwards); err != nil {
		return errors.Join(err, l.store.Close())
	}
	l.recorder = newRecorder(ctx, l)
	targets := l.targets(l.forwards)
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
	err = l.serve(ctx, rc, interrupt)
	told()
	l.end()
	limit := time.Now().Add(5 * time.Second)
	end, cancel := context.WithDeadline(context.WithoutCancel(ctx), limit)
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
	// Who reads the lines may be slow: what is left of the time is theirs.
	written, cancel := context.WithTimeout(context.WithoutCancel(ctx), max(time.Second, time.Until(limit)))
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

// serve says that it is ready, starts the command, and takes deliveries until
// ctx ends, the outcome of what is expected is certain, or the command has
// ended.
func (l *listener) serve(ctx context.Context, rc *receiver.Receiver, interrupt func()) error {
	if l.expecting != nil {
		l.expecting.start(ctx, l)
	}
	l.view.ready(l.forwards)
	remove, err := l.app.tellReady(l.opts.ReadyFile, l.sockets.URL())
	if err != nil {
		return err
	}
	defer remove()
	if err := l.queue.resume(ctx, l.dir); err != nil && ctx.Err() == nil {
		l.view.say("earlier forwards could not be resumed: " + err.Error())
	}
	if l.command != nil {
		if err := l.command.start(ctx, l, interrupt); err != nil {
			return err
		}
	}
	defer l.view.take(ctx)()
	return rc.Serve(ctx, l.sockets)
}

// rarerCollections trades memory for throughput: a delivery is garbage as soon
// as it is answered, and the live heap is small. The limit keeps large bodies
// from piling up. GOGC and GOMEMLIMIT in the environment take precedence.
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
