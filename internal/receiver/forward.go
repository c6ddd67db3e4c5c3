package receiver

import (
	"context"
	"sync"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// Attempter sends one request and says what became of it.
type Attempter interface {
	Attempt(context.Context, *webhook.Request) webhook.Attempt
}

// Worker is an [Attempter] that makes one attempt at a time.
type Worker interface {
	Attempter
	Close()
}

// Target is where kept deliveries are forwarded to.
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
	h = append(h, t.Header...)
	if !h.Has("User-Agent") {
		h = append(h, webhook.Field{Name: "User-Agent"}) // whk adds none of its own
	}
	return &webhook.Request{Method: d.Method, URL: t.URL(d), Header: h, Body: d.Body}
}

// Forward is a kept delivery on its way to one target.
type Forward struct {
	ID       string            // the delivery's
	Delivery *webhook.Delivery // nil where it is to be loaded first
	Key      int64             // the caller's own
	Attempts int               // that were made
	Failures int               // of these, those that count
	Due      time.Time         // of the next attempt; zero is at once
}

// Forwarded is the result of one attempt at a forward.
type Forwarded struct {
	Forward                 // with this attempt
	Target  int             // its index among the forwarder's; -1 for one of Send's
	Result  webhook.Forward // as it is to be kept and shown
	Attempt webhook.Attempt
	Again   bool // another one follows, when it is due
	Gone    bool // the delivery is no more: nothing was sent, and there is no result
}

// ForwardOptions bound and observe a [Forwarder]. The zero value has the
// defaults.
type ForwardOptions struct {
	Workers    int   // attempts at a time to one target; 16. 1 keeps the order of deliveries.
	Queue      int   // forwards that wait for one target; 100,000
	QueueBytes int64 // of their bodies, those that are held in memory; 64 MiB

	// Worker makes an attempter for one worker at a time; the next worker uses
	// it again, and it is closed in the end. If it is nil, all use the
	// forwarder's.
	Worker func() Worker

	// Load reads a delivery that is not held in memory; nil without an error means
	// that it is no more. Without Load all are held.
	Load func(ctx context.Context, id string) (*webhook.Delivery, error)

	// Next says whether another attempt follows the one that has just ended,
	// which f does not count yet, and updates f for it. Nil is never. It is not
	// asked about an attempt that Close interrupts.
	Next func(f *Forward, a *webhook.Attempt) (again bool)

	// Done is called once for every attempt but Send's, in no particular order.
	// It must not block: for a dropped forward it runs within [Forwarder.Push].
	Done func(Forwarded)

	// Shown is a URL as it may be recorded and printed, without a password; nil
	// records it whole.
	Shown func(url string) string
}

// Forwarder passes deliveries on to targets without making anyone wait. Each
// target has its own queue in memory and its own workers, so that a dead one
// delays no other. What does not fit into the queue is not sent, and reported
// as [webhook.ClassDropped].
type Forwarder struct {
	attempter Attempter
	opts      ForwardOptions
	lanes     []*lane
	ctx       context.Context // of attempts; ends when Close gives up
	cancel    func()
	workers   sync.WaitGroup
}

// NewForwarder makes a forwarder; Close ends it. The end of ctx does not stop
// it, so that what was queued can be finished.
func NewForwarder(ctx context.Context, a Attempter, targets []Target, opts ForwardOptions) *Forwarder {
	set(&opts.Workers, 16)
	set(&opts.Queue, 100_000)
	set(&opts.QueueBytes, 64<<20)
	f := &Forwarder{attempter: a, opts: opts}
	f.ctx, f.cancel = context.WithCancel(context.WithoutCancel(ctx))
	for i, t := range targets {
		f.lanes = append(f.lanes, &lane{forwarder: f, target: t, index: i})
	}
	return f
}

// Targets returns the indexes of the targets that a delivery goes to.
func (f *Forwarder) Targets(d *webhook.Delivery) []int {
	var places []int
	for i, l := range f.lanes {
		if l.target.Match == nil || l.target.Match(d) {
			places = append(places, i)
		}
	}
	return places
}

// Push queues a forward to the target with this index. It does not block, and
// the delivery must not be changed afterwards. After Close it does nothing.
func (f *Forwarder) Push(target int, w Forward) {
	if f.lanes[target].push(w) {
		return
	}
	a := webhook.Attempt{Error: webhook.ClassDropped, Detail: "not sent: too many deliveries wait for this target"}
	url := ""
	if w.Delivery != nil {
		url = f.lanes[target].target.URL(w.Delivery)
	}
	f.done(w, target, url, a, false)
}

// Send passes a delivery on to one target at once and waits for the answer. Done
// is not called.
func (f *Forwarder) Send(ctx context.Context, d *webhook.Delivery, t Target) Forwarded {
	r := t.Request(d)
	a := f.attempter.Attempt(ctx, r)
	return f.forwarded(Forward{ID: d.ID, Delivery: d, Attempts: 1}, -1, r.URL, a, false)
}

// Waiting counts the forwards that are still to be made, except those under
// way.
func (f *Forwarder) Waiting() int {
	n := 0
	for _, l := range f.lanes {
		l.mu.Lock()
		n += len(l.ready) + len(l.later)
		l.mu.Unlock()
	}
	return n
}

// Close accepts nothing more and makes the forwards that are due, until ctx
// ends; attempts that are then under way are interrupted. It returns how many
// forwards were not made; Done is not called for those.
func (f *Forwarder) Close(ctx context.Context) (left int) {
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
	for _, l := range f.lanes {
		left += l.end()
	}
	return left
}

func (f *Forwarder) done(w Forward, target int, url string, a webhook.Attempt, again bool) {
	if f.opts.Done != nil {
		f.opts.Done(f.forwarded(w, target, url, a, again))
	}
}

func (f *Forwarder) forwarded(w Forward, target int, url string, a webhook.Attempt, again bool) Forwarded {
	if f.opts.Shown != nil {
		url = f.opts.Shown(url)
	}
	return Forwarded{
		Forward: w, Target: target, Attempt: a, Again: again,
		Result: webhook.Forward{
			URL: url, Status: a.Status, Error: a.Error,
			DurationMS: float64(a.Duration) / float64(time.Millisecond),
		},
	}
}
