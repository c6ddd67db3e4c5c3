package receiver

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// Attempter sends one request and says what became of it.
type Attempter interface {
	Attempt(context.Context, *webhook.Request) webhook.Attempt
}

// Target is where kept deliveries are passed on to.
type Target struct {
	// URL is the one for a delivery: always the same, or with its path and
	// query.
	URL func(d *webhook.Delivery) string

	Match    func(d *webhook.Delivery) bool // which deliveries it gets; nil is all
	Header   webhook.Header                 // replaces fields of these names
	KeepHost bool                           // send the delivery's Host, not the target's
}

// Request is a delivery as the target gets it: the same method, body and
// end-to-end headers. Expect is left out, since the body is here already.
func (t Target) Request(d *webhook.Delivery) *webhook.Request {
	h := EndToEnd(d.Header)
	h.Del("Expect")
	if !t.KeepHost {
		h.Del("Host")
	}
	for _, f := range t.Header {
		h.Del(f.Name)
	}
	return &webhook.Request{Method: d.Method, URL: t.URL(d), Header: append(h, t.Header...), Body: d.Body}
}

// ForwardOptions bound and observe a [Forwarder]. The zero value has the
// defaults.
type ForwardOptions struct {
	Workers    int   // attempts at a time to one target; 16. 1 keeps the order of deliveries.
	Queue      int   // deliveries that wait for one target; 1,000
	QueueBytes int64 // their bodies; 64 MiB. A single larger one waits alone.

	// Done is told of every forward, once, in no order. It must not block: for
	// what was dropped it runs within [Forwarder.Forward].
	Done func(d *webhook.Delivery, f webhook.Forward, a webhook.Attempt)

	// Shown is a URL as it may be recorded and printed, without a password; nil
	// records it whole.
	Shown func(url string) string
}

// Forwarder passes deliveries on to targets without making anyone wait. Each
// target has its own queue in memory and its own workers, so that a dead one
// delays no other. What does not fit the queue is not sent, and reported as
// [webhook.ClassDropped].
type Forwarder struct {
	attempter Attempter
	opts      ForwardOptions
	lanes     []*lane
	ctx       context.Context // of attempts; ends when Close gives up
	cancel    func()
	workers   sync.WaitGroup
}

// NewForwarder makes a forwarder; Close ends it. The end of ctx does not stop
// it: what was taken is to be finished.
func NewForwarder(ctx context.Context, a Attempter, targets []Target, opts ForwardOptions) *Forwarder {
	set(&opts.Workers, 16)
	set(&opts.Queue, 1000)
	set(&opts.QueueBytes, 64<<20)
	f := &Forwarder{attempter: a, opts: opts}
	f.ctx, f.cancel = context.WithCancel(context.WithoutCancel(ctx))
	for _, t := range targets {
		f.lanes = append(f.lanes, &lane{forwarder: f, target: t})
	}
	return f
}

// Forward queues a delivery for every target that it matches. It does not
// block, and d must not be changed afterwards.
func (f *Forwarder) Forward(d *webhook.Delivery) {
	for _, l := range f.lanes {
		if l.target.Match != nil && !l.target.Match(d) {
			continue
		}
		if reason := l.push(d); reason != nil {
			f.done(d, l.target.URL(d), webhook.Attempt{Error: webhook.ClassDropped, Detail: reason.Error()})
		}
	}
}

// Send passes a delivery on to one target at once and waits for the answer.
func (f *Forwarder) Send(ctx context.Context, d *webhook.Delivery, t Target) webhook.Attempt {
	r := t.Request(d)
	a := f.attempter.Attempt(ctx, r)
	f.done(d, r.URL, a)
	return a
}

// Close takes nothing more and finishes what waits, until ctx ends. What is
// left then is interrupted and reported as [webhook.ClassCanceled]. When Close
// returns, everything was reported.
func (f *Forwarder) Close(ctx context.Context) {
	for _, l := range f.lanes {
		l.close()
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f.workers.Wait()
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
	f.cancel()
	<-done
}

func (f *Forwarder) done(d *webhook.Delivery, url string, a webhook.Attempt) {
	if f.opts.Done == nil {
		return
	}
	if f.opts.Shown != nil {
		url = f.opts.Shown(url)
	}
	f.opts.Done(d, webhook.Forward{
		URL: url, Status: a.Status, Error: a.Error,
		DurationMS: float64(a.Duration) / float64(time.Millisecond),
	}, a)
}

// AnswerOf is a target's answer as one to the sender of the delivery: 504 where
// there was none in time, 502 where there was none at all. A body that the
// attempt did not keep whole is left out.
func AnswerOf(a webhook.Attempt) Answer {
	switch {
	case a.Error == webhook.ClassTimeout:
		return *text(http.StatusGatewayTimeout, "the target did not answer in time\n")
	case a.Error != "" || a.Status < 200:
		return *text(http.StatusBadGateway, "the target did not answer\n")
	case a.BodySize > int64(len(a.Body)):
		return Answer{Status: a.Status}
	}
	return Answer{Status: a.Status, Header: a.Header, Body: a.Body}
}

// lane is one target's queue. Workers live while there is something in it.
type lane struct {
	forwarder *Forwarder
	target    Target

	mu      sync.Mutex
	waiting []*webhook.Delivery
	bytes   int64
	running int
	closed  bool
}

var (
	errQueueFull = errors.New("not sent: too many deliveries wait for this target")
	errEnding    = errors.New("not sent: forwarding has ended")
)

func (l *lane) push(d *webhook.Delivery) error {
	opts := l.forwarder.opts
	l.mu.Lock()
	defer l.mu.Unlock()
	size := int64(len(d.Body))
	switch {
	case l.closed:
		return errEnding
	case len(l.waiting) >= opts.Queue || len(l.waiting) > 0 && l.bytes+size > opts.QueueBytes:
		return errQueueFull
	}
	l.waiting = append(l.waiting, d)
	l.bytes += size
	if l.running < opts.Workers {
		l.running++
		l.forwarder.workers.Go(l.work)
	}
	return nil
}

// pop takes the oldest delivery; nil ends the worker.
func (l *lane) pop() *webhook.Delivery {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) == 0 {
		l.waiting = nil
		l.running--
		return nil
	}
	d := l.waiting[0]
	l.waiting[0] = nil
	l.waiting = l.waiting[1:]
	l.bytes -= int64(len(d.Body))
	return d
}

func (l *lane) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
}

func (l *lane) work() {
	f := l.forwarder
	for d := l.pop(); d != nil; d = l.pop() {
		if f.ctx.Err() != nil {
			f.done(d, l.target.URL(d), webhook.Attempt{Error: webhook.ClassCanceled, Detail: errEnding.Error()})
			continue
		}
		f.Send(f.ctx, d, l.target)
	}
}
