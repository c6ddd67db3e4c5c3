package cmd

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/chaos"
	"github.com/whk-cli/whk/internal/sender"
	"github.com/whk-cli/whk/internal/ui"
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

	telling  sync.Mutex // what is said and counted of one request stands together
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
		r.app.note("%s to %s, as seed %d has it", deliveriesText(r.deliveries), sender.Printable(first.request.URL), r.seed)
		if r.plan.keys.Development {
			r.app.note("signed with the development secret: whk gen-secret -p %s --development prints it", first.provider.Name)
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

// chaosAttemptJSON is an attempt of a run that misbehaves.
type chaosAttemptJSON struct {
	attemptJSON
	Number int      `json:"number"`         // of the delivery, from 1
	Copy   int      `json:"copy,omitempty"` // which repetition of it
	Done   []string `json:"done"`           // what was done to it
	Wanted string   `json:"wanted"`         // what a good receiver does
	Fits   bool     `json:"fits"`           // it did
}

// lostJSON is a delivery that was not sent.
type lostJSON struct {
	Type     string `json:"type"` // dropped
	Delivery string `json:"delivery"`
	Provider string `json:"provider"`
	Event    string `json:"event"`
	Number   int    `json:"number"`
}

type chaosSummaryJSON struct {
	summaryJSON
	Dropped  int    `json:"dropped"`  // deliveries that were not sent
	Unwanted int    `json:"unwanted"` // answers that a good receiver does not give
	Seed     uint64 `json:"seed"`
	Repeat   string `json:"repeat"` // the command line that does it all again
}

// name is a delivery for a person.
func (q *faultRequest) name(st *ui.Styler) string {
	text := fmt.Sprintf("#%d  %s", q.Delivery, st.Event(ui.Safe(q.b.event)))
	if q.b.messageID != "" {
		text += "  " + ui.Safe(q.b.messageID)
	}
	return text
}

func (r *chaosRun) lost(q *faultRequest) error {
	if r.app.global.JSON {
		return ui.JSON(r.app.IO.Out, lostJSON{"dropped", q.b.id(), q.b.provider.Name, q.b.event, q.Delivery})
	}
	st := r.app.IO.Style()
	_, err := fmt.Fprintf(r.app.IO.Out, "%s  %s  never sent\n", st.Dim("- dropped"), q.name(st))
	return err
}

func (r *chaosRun) report(q *faultRequest, a *webhook.Attempt) error {
	b := q.b
	r.app.hideSent(b.provider.Name, &b.request)
	if r.app.global.JSON {
		line := newAttemptJSON(b.id(), b.provider.Name, b.event, &b.request, a)
		line.Detail, line.Location = r.app.scrub(line.Detail), r.app.scrub(line.Location)
		return ui.JSON(r.app.IO.Out, chaosAttemptJSON{line, q.Delivery, q.Copy, q.done, q.wanted.String(), q.wanted.fits(a)})
	}
	st := r.app.IO.Style()
	mark := st.Good("✓ " + statusText(a.Status))
	switch {
	case a.Error != "":
		mark = st.Bad("✗ " + a.Error)
	case !a.Acknowledged():
		mark = st.Bad("✗ " + statusText(a.Status))
	}
	line := mark + "  " + ui.Took(a.Duration) + "  " + q.name(st)
	if len(q.done) > 0 {
		line += "  " + ui.Safe(r.app.scrub(strings.Join(q.done, ", ")))
	}
	note := "(" + q.wanted.String() + ")"
	if a.Error == "" && !q.wanted.fits(a) {
		note = st.Bad("(" + q.wanted.String() + ", and that is not what it got)")
	}
	line += "  " + note
	if a.Error != "" && a.Error != webhook.ClassAborted {
		line += "  " + ui.Safe(r.app.scrub(a.Detail))
	}
	if _, err := fmt.Fprintln(r.app.IO.Out, line); err != nil {
		return err
	}
	if r.app.global.Verbose {
		r.app.showAnswer(a)
	}
	if a.Hint != "" && r.app.held.warned.first(a.Hint) {
		r.app.note("hint: %s", r.app.scrub(a.Hint))
	}
	return nil
}

func (r *chaosRun) summary() error {
	if r.app.global.JSON {
		return ui.JSON(r.app.IO.Out, chaosSummaryJSON{r.all.summaryJSON, r.dropped, r.unwanted, r.seed, r.command})
	}
	text := fmt.Sprintf("%d acknowledged", r.all.Acknowledged)
	for _, part := range []struct {
		n    int
		what string
	}{{r.all.NotAcknowledged, "not acknowledged"}, {r.all.Unanswered, "without an answer"}, {r.dropped, "dropped"}, {r.unwanted, "not as a good receiver does it"}} {
		if part.n > 0 {
			text += fmt.Sprintf(", %d %s", part.n, part.what)
		}
	}
	r.app.note("requests: %s", text)
	r.app.note("repeat it: %s", r.command)
	return nil
}

// print prints the requests as they would go out.
func (r *chaosRun) print() error {
	as := r.opts.Print
	asJSON := as == "json" || as == "" && r.app.global.JSON
	first := true
	for _, op := range r.ops {
		q, err := r.make(op)
		if err != nil {
			return err
		}
		if !asJSON {
			text := fmt.Sprintf("### #%d %s", op.Delivery, ui.Safe(q.b.event))
			if len(q.done) > 0 {
				text += ": " + ui.Safe(r.app.scrub(strings.Join(q.done, ", ")))
			}
			if !op.Drop {
				text += " (" + ui.Safe(q.wanted.String()) + ")"
			}
			switch {
			case !first && as != "curl" && !r.app.IO.OutTTY:
				text = "\n\n" + text // behind a body, which ends without a line break
			case !first:
				text = "\n" + text
			}
			if _, err := fmt.Fprintln(r.app.IO.Out, text); err != nil {
				return err
			}
			first = false
		}
		if op.Drop {
			continue
		}
		if err := r.app.printDry(q.b, as); err != nil {
			return err
		}
	}
	r.app.note("repeat it: %s", r.command)
	return nil
}
