package cmd

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/whk-cli/whk/internal/sender"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

// replayRun sends what was planned, and says what became of it.
type replayRun struct {
	*replayer
	sender attempter
	many   bool
	said   firsts
	all    outcomes
}

func (r *replayer) send(ctx context.Context) error {
	s, err := r.app.newSender(r.opts.networkFlags, 0)
	if err != nil {
		return err
	}
	defer s.Close()
	run := &replayRun{replayer: r, sender: s, many: r.many()}
	if run.many {
		lanes := s.Lanes()
		defer lanes.Close()
		run.sender = lanes
	}
	run.all.Type = "summary"
	err = run.run(ctx)
	if err := run.summary(); err != nil {
		return err
	}
	if err != nil {
		return err
	}
	return ended(worse(r.code, run.all.code()))
}

// many reports whether more than one request is to be made.
func (r *replayer) many() bool { return len(r.items) != 1 || r.items[0].targets > 1 }

func (r *replayRun) run(ctx context.Context) error {
	pace := pacer{flags: r.opts.Pace}
	for i, item := range r.items {
		wait := pace.due(time.Now(), item.received)
		if wait > 10*time.Second && !r.app.global.JSON {
			r.app.note("the next one in %s", webhook.ShortDuration(wait.Round(time.Second)))
		}
		if sender.Sleep(ctx, wait) != nil {
			return r.interrupted(ctx, i, "")
		}
		d, err := r.delivery(ctx, i)
		if err != nil {
			if ctx.Err() != nil {
				return r.interrupted(ctx, i, "")
			}
			r.code = exitFailed
			r.app.report(err, "it was there when the run began, and was not sent")
			continue
		}
		requests, err := r.requests(ctx, d)
		if err != nil {
			return err
		}
		for _, request := range requests {
			r.announce(d, request)
			a := request.sentBy(ctx, r.sender)
			if a.Error == webhook.ClassCanceled {
				return r.interrupted(ctx, i+1, item.id)
			}
			r.all.add(&a)
			if err := r.report(d, request, &a); err != nil {
				return err
			}
		}
		r.items[i].delivery = nil // it was sent: free the memory
	}
	return nil
}

// announce says what goes where, and what does not.
func (r *replayRun) announce(d *webhook.Delivery, request *replayRequest) {
	if r.app.global.JSON {
		r.warnDevelopment(request)
		return
	}
	if !r.many {
		r.app.note("%s %s  %s, %s", request.Method, r.app.shownURL(request.URL), what(d), ui.Size(int64(len(request.Body))))
	}
	if names := strings.Join(request.leftOut, ", "); names != "" && r.said.first(names+hostOf(request.URL)) {
		r.app.note("left out for %s: %s", hostOf(request.URL), names)
		if request.signer == nil {
			r.app.note("hint: %s", leftOutHint)
		}
	}
	r.warnDevelopment(request)
}

// warnDevelopment notes when the development secret has signed, and warns when
// that leaves this machine.
func (r *replayRun) warnDevelopment(request *replayRequest) {
	p := request.signer
	if p == nil || !request.keys.Development {
		return
	}
	if !r.app.global.JSON && r.said.first("development "+p.Name) {
		r.app.noteDevelopment(p.Name)
	}
	if !sender.IsLoopback(request.URL) && r.said.first("leaves "+p.Name) {
		r.app.warnRemoteDevelopment(&built{provider: p, request: request.Request}, request.keys)
	}
}

func hostOf(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		return sender.Printable(rawURL)
	}
	return u.Host
}

// what names a delivery: its ID, and what it is as far as that is known.
func what(d *webhook.Delivery) string {
	return strings.TrimSpace(d.ID + "  " + strings.Trim(d.Provider+"/"+d.Event, "/"))
}

func (r *replayRun) report(d *webhook.Delivery, request *replayRequest, a *webhook.Attempt) error {
	hints := r.hints(d, request, a)
	switch {
	case r.app.global.JSON:
		line := r.app.newAttemptJSON(d.ID, d.Provider, d.Event, &request.Request, a)
		line.LeftOut = request.leftOut
		return ui.JSON(r.app.IO.Out, line)
	case !r.many:
		return r.app.reportAttempt(d.ID, d.Provider, d.Event, &request.Request, a, hints...)
	}
	if err := r.line(d, request, a); err != nil {
		return err
	}
	for _, hint := range append(answerHints(a, &request.Request), hints...) {
		if r.said.first(hint) {
			r.app.note("hint: %s", hint)
		}
	}
	return nil
}

// line prints the outcome of one of many.
func (r *replayRun) line(d *webhook.Delivery, request *replayRequest, a *webhook.Attempt) error {
	st := r.app.IO.Style()
	mark := st.Good("✓ " + statusText(a.Status))
	detail := ""
	switch {
	case a.Error != "":
		mark, detail = st.Bad("✗ "+a.Error), "  "+ui.Safe(a.Detail)
	case !a.Acknowledged():
		mark = st.Bad("✗ " + statusText(a.Status))
	}
	_, err := fmt.Fprintf(r.app.IO.Out, "%s  %s  %s  %s%s\n", mark, ui.Took(a.Duration), ui.Safe(what(d)), ui.Safe(r.app.shownURL(request.URL)), detail)
	return err
}

// hints say what a refusal of a signature usually means.
func (r *replayRun) hints(d *webhook.Delivery, request *replayRequest, a *webhook.Attempt) []string {
	if a.Status != 401 && a.Status != 403 {
		return nil
	}
	switch {
	case request.signer != nil:
		b := &built{provider: request.signer}
		return r.app.secretHints(b, request.keys, a)
	case len(request.leftOut) > 0:
		return []string{"it was sent without its signature: --keep-signature sends the old one, --resign makes a new one"}
	case d.Verification.Status == webhook.NotAuthentic:
		return []string{"it was not authentic when it was captured; --resign makes a signature of your own secret"}
	}
	return []string{"the stored signature may be too old, or of another secret: --resign makes a new one"}
}

// interrupted says what was not sent: the items from next on. sending is what
// was under way.
func (r *replayRun) interrupted(ctx context.Context, next int, sending string) error {
	const most = 10
	var hints []string
	if sending != "" {
		hints = append(hints, sending+" was being sent and may have arrived")
	}
	rest := r.items[next:]
	if len(rest) > 0 {
		var ids []string
		for _, item := range rest[:min(most, len(rest))] {
			ids = append(ids, item.id)
		}
		text := fmt.Sprintf("not sent: %s: %s", deliveriesText(len(rest)), strings.Join(ids, " "))
		if len(rest) > most {
			text += " …"
		}
		hints = append(hints, text)
	}
	err := ctx.Err()
	if err == nil {
		err = context.Canceled
	}
	return hinted(err, hints...)
}

// summary counts the outcomes: always in JSON, else where there are many.
func (r *replayRun) summary() error {
	if r.app.global.JSON {
		return ui.JSON(r.app.IO.Out, r.all.summaryJSON)
	}
	if !r.many {
		return nil
	}
	parts := []string{fmt.Sprintf("%d acknowledged", r.all.Acknowledged)}
	if n := r.all.NotAcknowledged; n > 0 {
		parts = append(parts, fmt.Sprintf("%d not acknowledged", n))
	}
	if n := r.all.Unanswered; n > 0 {
		parts = append(parts, fmt.Sprintf("%d without an answer", n))
	}
	r.app.note("%s sent: %s", deliveriesText(r.all.Deliveries), strings.Join(parts, ", "))
	return nil
}

// print prints what would be sent: one request in full, many with a line each
// unless a form was asked for.
func (r *replayer) print(ctx context.Context) error {
	as := r.opts.Print
	switch {
	case as == "" && r.app.global.JSON:
		as = "json"
	case as == "" && !r.many():
		as = "http"
	}
	shown := &shown{app: r.app, as: as, force: r.opts.Force}
	if !r.opts.Reveal {
		shown.redactor = r.hides
	}
	for i := range r.items {
		d, err := r.delivery(ctx, i)
		if err != nil {
			return err
		}
		requests, err := r.requests(ctx, d)
		if err != nil {
			return err
		}
		for _, request := range requests {
			if err := r.printRequest(shown, d, request); err != nil {
				return err
			}
		}
	}
	return ended(r.code)
}

// leftOutHint is what to do about headers that do not go to another host.
const leftOutHint = "--keep-signature sends them as they were captured, --resign makes a fresh signature"

func (r *replayer) printRequest(shown *shown, d *webhook.Delivery, request *replayRequest) error {
	if len(request.leftOut) > 0 && !r.app.global.JSON {
		var hints []string
		if request.signer == nil {
			hints = []string{leftOutHint}
		}
		r.app.warnOnce(fmt.Sprintf("left out for %s: %s", hostOf(request.URL), strings.Join(request.leftOut, ", ")), hints...)
	}
	if shown.as == "" {
		_, err := fmt.Fprintf(r.app.IO.Out, "%s %s  %s  %s\n", ui.Safe(request.Method), ui.Safe(r.app.shownURL(request.URL)), ui.Safe(what(d)), ui.Size(int64(len(request.Body))))
		return err
	}
	url, header := sender.Sent(&request.Request)
	out := &webhook.Delivery{
		ID: d.ID, Method: request.Method, URL: url, Header: header, Body: request.Body,
		Provider: d.Provider, Event: d.Event, MessageID: d.MessageID,
	}
	return shown.print(out)
}
