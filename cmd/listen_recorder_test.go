package cmd

import (
	"context"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/receiver"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

// refusing is a target that answers 418.
type refusing struct{}

func (refusing) Attempt(context.Context, *webhook.Request) webhook.Attempt {
	return webhook.Attempt{Status: 418}
}

// shownFirst wants that nothing is told of a delivery before the delivery is.
type shownFirst struct {
	listenOutput
	t        *testing.T
	recorder *recorder
	shown    int
}

func (o *shownFirst) delivery(d *webhook.Delivery, _ time.Duration) {
	o.shown++
	if early := o.recorder.take(); len(early) > 0 {
		o.t.Errorf("%s is told what its target answered before it is shown", d.ID)
	}
}

// With --reply target there is an answer before there is a line of the delivery:
// it is told behind that.
func TestTheTargetsAnswerStandsBehindTheDelivery(t *testing.T) {
	streams, _, _ := ui.Buffers("")
	l := &listener{app: &App{IO: streams, Now: time.Now}, opts: &listenOptions{}, queue: &forwardQueue{}}
	l.recorder = &recorder{listener: l, woken: make(chan struct{}, 1)}
	out := &shownFirst{t: t, recorder: l.recorder}
	l.view = &listenView{app: l.app, listener: l, out: out}
	l.reply = &receiver.Target{URL: func(*webhook.Delivery) string { return "http://target" }}
	l.forwarder = receiver.NewForwarder(t.Context(), refusing{}, nil, receiver.ForwardOptions{Done: l.recorder.done})
	defer l.forwarder.Close(t.Context())

	d := &webhook.Delivery{ID: "d1"}
	if answer, ok := l.answerByTarget(t.Context(), d); !ok || answer.Status != 418 {
		t.Fatalf("the sender is answered %+v, %v", answer, ok)
	}
	l.kept(d, 0, false)
	told := l.recorder.take()
	if out.shown != 1 || len(told) != 1 || told[0].ID != "d1" || told[0].Result.URL != "http://target" || told[0].Result.Status != 418 {
		t.Errorf("shown %d times, then told %+v", out.shown, told)
	}
	if l.recorder.release(d); len(l.recorder.take()) > 0 {
		t.Error("it is told twice")
	}
}
