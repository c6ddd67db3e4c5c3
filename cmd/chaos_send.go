package cmd

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/chaos"
	"github.com/whk-cli/whk/internal/sender"
	"github.com/whk-cli/whk/internal/webhook"
)

// How a body is sent in pieces.
const (
	slowPieces = 8
	slowPause  = 100 * time.Millisecond
)

func runChaos(cmd *cobra.Command, app *App, opts *triggerOptions) error {
	if err := opts.chaosFlags.check(opts, app.held.typed); err != nil {
		return err
	}
	if err := opts.secretFlags.claimsStdin(stdinName(opts.Data)); err != nil {
		return err
	}
	if err := app.settleSeed(&opts.Seed); err != nil {
		return err
	}
	plan, first, err := app.planTrigger(cmd, opts)
	if err != nil {
		return err
	}
	n := opts.deliveries()
	maker, ops := app.newFaulty(plan, opts, n)
	if err := maker.check(); err != nil {
		return err
	}
	run := &chaosRun{faulty: maker, ops: ops, deliveries: n, command: app.again(cmd, opts)}
	run.all.Type = "summary"
	if opts.dry() {
		return run.print()
	}
	return run.send(cmd.Context(), first)
}

// settleSeed draws a seed where none was given: a run that misbehaves can always
// be repeated.
func (app *App) settleSeed(seed *seedFlag) error {
	if seed.value != nil {
		return nil
	}
	var raw [4]byte
	if _, err := io.ReadFull(app.Random, raw[:]); err != nil {
		return failed(fmt.Errorf("read randomness: %w", err))
	}
	n := uint64(binary.LittleEndian.Uint32(raw[:]))
	seed.value = &n
	return nil
}

// chaosRun sends what was planned, and says what became of it.
type chaosRun struct {
	*faulty
	ops        []chaos.Op
	deliveries int
	command    string // repeats the run

	telling  sync.Mutex // so that the lines about one request stay together, and are counted with it
	all      outcomes
	dropped  int
	unwanted int
	underWay int // when the run was interrupted
}

func (r *chaosRun) send(ctx context.Context, first *built) error {
	s, err := r.app.newSender(r.opts.networkFlags, first.provider.Timeout())
	if err != nil {
		return err
	}
	defer s.Close()
	if !r.app.global.JSON {
		r.app.note("%s to %s, with seed %d", deliveriesText(r.deliveries), r.app.shownURL(first.request.URL), r.seed)
		if r.plan.keys.Development {
			r.app.noteDevelopment(first.provider.Name)
		}
	}
	r.app.warnRemoteDevelopment(first, r.plan.keys)
	err = r.each(ctx, s)
	if err := r.summary(); err != nil {
		return err
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return r.interrupted()
	case err != nil:
		return err
	}
	if code := r.all.code(); code != exitOK {
		return ended(code)
	}
	return nil
}

// interrupted says what was not sent. What was under way may have arrived.
func (r *chaosRun) interrupted() error {
	var hints []string
	if r.underWay > 0 {
		hints = append(hints, fmt.Sprintf("being sent, and perhaps arrived: %d", r.underWay))
	}
	rest := len(r.ops) - r.all.Attempts - r.dropped - r.underWay
	return hinted(context.Canceled, append(hints, fmt.Sprintf("not sent: %d of %d requests", rest, len(r.ops)))...)
}

// each carries out the plan. Requests are handed out in its order; how many are
// under way at once is up to --concurrency.
func (r *chaosRun) each(ctx context.Context, s *sender.Sender) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	queue := make(chan *faultRequest)
	var workers sync.WaitGroup
	for range r.opts.atOnce() {
		workers.Go(func() {
			for q := range queue {
				if err := r.one(ctx, s, q); err != nil {
					stop(err)
				}
			}
		})
	}
	err := r.handOut(ctx, queue)
	close(queue)
	workers.Wait()
	if err == nil {
		err = context.Cause(ctx)
	}
	return err
}

func (r *chaosRun) handOut(ctx context.Context, queue chan<- *faultRequest) error {
	start, every := time.Now(), r.opts.interval()
	for i, op := range r.ops {
		if err := sender.Sleep(ctx, time.Until(start.Add(time.Duration(i)*every))); err != nil {
			return context.Cause(ctx)
		}
		q, err := r.make(op)
		if err != nil {
			return err
		}
		select {
		case queue <- q:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// one carries out one op.
func (r *chaosRun) one(ctx context.Context, s *sender.Sender, q *faultRequest) error {
	if q.Drop {
		r.telling.Lock()
		defer r.telling.Unlock()
		r.dropped++
		return r.lost(q)
	}
	if err := sender.Sleep(ctx, q.Delay); err != nil {
		return err
	}
	a := r.attempt(ctx, s, &q.b.request)
	r.telling.Lock()
	defer r.telling.Unlock()
	if a.Error == webhook.ClassCanceled {
		r.underWay++
		return ctx.Err()
	}
	r.app.showRequest(q.b)
	r.all.add(&a)
	if a.Error == "" && !q.wanted.fits(&a) {
		r.unwanted++
	}
	return r.report(q, &a)
}

func (r *chaosRun) attempt(ctx context.Context, s *sender.Sender, request *webhook.Request) webhook.Attempt {
	switch {
	case r.faults.Split:
		return s.AttemptOn(ctx, request, sender.Wire{Pieces: slowPieces, Pause: slowPause})
	case r.faults.Abort:
		return s.AttemptOn(ctx, request, sender.Wire{Cut: true})
	}
	return s.Attempt(ctx, request)
}
