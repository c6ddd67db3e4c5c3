package cmd

import (
	"context"
	"net/http"
	"time"

	"github.com/whk-cli/whk/internal/receiver"
	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/webhook"
)

// receiverOptions say what becomes of a delivery, step by step.
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
			l.store.Forget(d) // its sender is to try again
		}
	}
	l.learn(d)
	l.metrics.kept(d)
	if l.shown(d) {
		l.view.delivery(d, took)
	}
	l.recorder.release(d)
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
	f := l.forwarder.Send(ctx, d, *l.reply)
	l.recorder.hold(d, f)
	return receiver.AnswerOf(f.Attempt), true
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
