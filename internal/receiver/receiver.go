// Package receiver takes deliveries from strangers over HTTP: it reads each one
// under limits, has it judged and kept, and answers only then.
//
// A [Receiver] is an http.Handler that knows nothing of signatures and disks:
// these are functions in its [Options]. [Receiver.Serve] puts it behind a
// net/http server with time and size limits; [Listen] opens the sockets; a
// [Forwarder] passes kept deliveries on without making any sender wait.
//
// What it guarantees: a 2xx leaves only after Keep returned without an error; a
// message that ended early is never judged, kept or acknowledged; the body is
// the exact bytes; no request is redirected, proxied, upgraded or echoed; and
// after a request whose framing two parsers could read differently the
// connection is closed, so that no tail of it becomes a request.
package receiver

import (
	"container/list"
	"context"
	"log"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// Options are what a [Receiver] does with a delivery. Only Keep is required.
//
// All functions are called concurrently, once per request at most, in the order
// Judge, Keep, InOrder, Reply, Kept.
type Options struct {
	// Judge sets the delivery's Provider, Event, MessageID and Verification. It
	// sees the whole body in d.Body; r is for its headers and is not kept. A
	// delivery whose Verification has no status after it is unverified.
	//
	// It may return its own answer in place of an empty 200. InOrder and Reply
	// can not replace a firm one, and are not called; and a firm refusal (4xx,
	// 5xx) also replaces the 401 for what is not authentic.
	Judge func(r *http.Request, d *webhook.Delivery) (own *Answer, firm bool)

	// Keep stores the delivery, sets its ID and returns once it is durable. Its
	// context outlives the request: a sender that closes its side, or the whole
	// connection, does not undo a capture. An error makes the answer a 503.
	Keep func(ctx context.Context, d *webhook.Delivery) error

	// InOrder sees the kept deliveries one at a time, in the order of their
	// IDs, which must ascend as text and in time: a delivery that begins to be
	// kept after another was kept has a higher one. It may give the answer,
	// also to what is not authentic, but not to a web page elsewhere, which
	// gets a 403. While it runs, all others wait. With InOrder set, a delivery
	// that it sees is kept with an empty Response.
	InOrder func(d *webhook.Delivery) (Answer, bool)

	// Reply may give the answer to an authentic or unverified delivery that is
	// kept, instead of Judge's or an empty 200, unless InOrder did. ctx ends with the
	// request, and when the server gives up waiting at its end. With Reply set, a
	// delivery's Response is still empty while it is kept.
	Reply func(ctx context.Context, d *webhook.Delivery) (Answer, bool)

	// Kept is called for every kept delivery once its answer is decided, before
	// that is sent: it must not block. From then on the receiver does not touch
	// d or d.Body. With replied, InOrder or Reply was asked, so that the answer
	// was decided only after the delivery was kept.
	Kept func(d *webhook.Delivery, took time.Duration, replied bool)

	// Refused is called for every request that was not kept. Over plain HTTP
	// these include what net/http itself refuses before there is a request.
	Refused func(Refusal)

	// Trouble is called with Keep's error when keeping begins to fail, and with
	// nil when it works again: once for each change.
	Trouble func(err error)

	// Panicked is called for a panic in one of these functions. The request is
	// answered 500 and the server goes on.
	Panicked func(value any, stack []byte)

	// BaseURL is what a delivery's URL begins with: the socket's URL or the
	// public one, without a final slash. The request's target follows it as it
	// stood on the wire. "" means that of the first listener.
	BaseURL string

	Limits   Limits
	Now      func() time.Time // nil is time.Now
	ErrorLog *log.Logger      // net/http's complaints; nil discards them
}

// Refusal is a request that was not kept, or a connection that never became a
// request; then Method and Target are empty, and Line may say what came
// instead.
type Refusal struct {
	Status int    // 0 when there was nothing to answer
	Class  string // one of the Class constants
	Reason string // one sentence without data of the request
	Method string
	Target string // as it stood in the request line
	Line   string // the request line, or its beginning; "" where it is not known
	Remote string
}

// Receiver reads, checks and hands on deliveries. Use it from any number of
// goroutines.
type Receiver struct {
	opts    Options
	limits  Limits
	budget  budget
	page    origins
	life    context.Context // of a request in flight; nil outside Serve
	ending  <-chan struct{} // closed as soon as Serve is to end; nil outside Serve
	order   order
	running sync.RWMutex // read-locked by each request inside ServeHTTP
	failing atomic.Bool  // Keep failed last time
	panics  atomic.Int64
	gate    atomic.Pointer[gate] // of Serve; nil before
}

// New makes a receiver. Zero limits mean the defaults.
func New(opts Options) *Receiver {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	limits := opts.Limits.orDefaults()
	rc := &Receiver{opts: opts, limits: limits}
	rc.budget.free.Store(limits.Memory)
	rc.page = originsOf(opts.BaseURL)
	return rc
}

// Failing reports whether the last delivery could not be kept.
func (rc *Receiver) Failing() bool { return rc.failing.Load() }

// Memory is how many bytes are held for bodies under way.
func (rc *Receiver) Memory() int64 { return rc.limits.Memory - rc.budget.free.Load() }

// Connections counts those that are open.
func (rc *Receiver) Connections() int {
	gate := rc.gate.Load()
	if gate == nil {
		return 0
	}
	gate.mu.Lock()
	defer gate.mu.Unlock()
	return len(gate.conns)
}

// Panics counts the requests that ended in a panic: each is a bug.
func (rc *Receiver) Panics() int64 { return rc.panics.Load() }

// ServeHTTP takes one delivery.
//
// Authentic and unverified deliveries are answered 200, others 401 with a text
// that tells nothing about the reason; one that a web page elsewhere sent is
// kept and answered 403. What is not kept gets another 4xx or 5xx.
func (rc *Receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rc.running.RLock()
	defer rc.running.RUnlock()
	defer rc.recover(w, r)
	start := rc.opts.Now()

	if ref := rc.unfit(r); ref != nil {
		rc.refuse(w, r, ref)
		return
	}
	body, ref := rc.readBody(r)
	defer rc.budget.release(body)
	if ref != nil {
		rc.refuse(w, r, ref)
		return
	}
	d := rc.delivery(r, body.bytes, start)
	accepts, firm := accepted, false
	if rc.opts.Judge != nil {
		var own *Answer
		if own, firm = rc.opts.Judge(r, d); own != nil {
			accepts = own
		}
	}
	if d.Verification.Status == "" {
		d.Verification.Status = webhook.Unverified
	}
	answer := rc.verdict(r, d, accepts, firm)
	accepting := answer == accepts
	open := answer != fromElsewhere && !(firm && accepting) && (rc.opts.InOrder != nil || rc.opts.Reply != nil && accepting)
	if !open {
		d.Response = answer.response()
	}
	given, ok := rc.keep(context.WithoutCancel(r.Context()), d, open)
	if !ok {
		rc.refuse(w, r, notKept)
		return
	}
	if open {
		answer = rc.reply(r, d, answer, given, accepting)
		d.Response = answer.response()
	}
	if rc.opts.Kept != nil {
		rc.opts.Kept(d, rc.opts.Now().Sub(start), open)
	}
	ownAnswer(r, answer)
	rc.play(w, r, answer)
}

func (rc *Receiver) delivery(r *http.Request, body []byte, at time.Time) *webhook.Delivery {
	return &webhook.Delivery{
		ReceivedAt: at.UTC(),
		Method:     r.Method,
		URL:        rc.opts.BaseURL + originForm(r.RequestURI),
		Remote:     r.RemoteAddr,
		Header:     headerOf(r),
		Body:       body,
	}
}

// verdict is the answer to a delivery that is judged: accepts, unless it is
// refused.
func (rc *Receiver) verdict(r *http.Request, d *webhook.Delivery, accepts *Answer, firm bool) *Answer {
	switch {
	case rc.page.foreign(r):
		return fromElsewhere
	case d.Verification.Status == webhook.NotAuthentic && !(firm && accepts.Status >= http.StatusBadRequest):
		return notAuthentic
	}
	return accepts
}

// reply is the answer to a delivery that was kept before its answer was
// decided.
func (rc *Receiver) reply(r *http.Request, d *webhook.Delivery, usual, given *Answer, accepting bool) *Answer {
	switch {
	case given != nil:
		return given
	case rc.opts.Reply == nil || !accepting:
		return usual
	}
	if custom, ok := rc.opts.Reply(rc.replyContext(r), d); ok {
		return &custom
	}
	return usual
}

func (rc *Receiver) replyContext(r *http.Request) context.Context {
	if rc.life != nil {
		return rc.life
	}
	return context.WithoutCancel(r.Context())
}

// keep returns the answer that InOrder gave, if any, and whether d was kept. Unless
// the answer is open, InOrder is not asked.
func (rc *Receiver) keep(ctx context.Context, d *webhook.Delivery, open bool) (given *Answer, ok bool) {
	if rc.opts.InOrder == nil {
		return nil, rc.kept(rc.opts.Keep(ctx, d))
	}
	begun := rc.order.begin()
	if ok := rc.kept(rc.keepOrDrop(ctx, d, begun)); !ok {
		return nil, false
	}
	rc.order.pass(begun, d.ID, func() {
		if !open {
			return
		}
		if answer, ok := rc.opts.InOrder(d); ok {
			given = &answer
		}
	})
	return given, true
}

// keepOrDrop keeps d, and lets others pass if it is not kept.
func (rc *Receiver) keepOrDrop(ctx context.Context, d *webhook.Delivery, begun *list.Element) error {
	kept := false
	defer func() {
		if !kept {
			rc.order.drop(begun)
		}
	}()
	err := rc.opts.Keep(ctx, d)
	kept = err == nil
	return err
}

// kept reports when keeping begins to fail, and when it works again.
func (rc *Receiver) kept(err error) bool {
	if failed := err != nil; rc.failing.Load() != failed && rc.failing.Swap(failed) != failed && rc.opts.Trouble != nil {
		rc.opts.Trouble(err)
	}
	return err == nil
}

func (rc *Receiver) refuse(w http.ResponseWriter, r *http.Request, ref *refusal) {
	if rc.opts.Refused != nil {
		rc.opts.Refused(Refusal{
			Status: ref.answer.Status, Class: ref.class, Reason: ref.reason,
			Method: r.Method, Target: r.RequestURI, Remote: r.RemoteAddr,
		})
	}
	ref.answer.write(w, lastOf(r))
}

// lastOf reports whether a request that is not read to its end has to be its
// connection's last. Over HTTP/2 it ends its own stream, and the others go on.
func lastOf(r *http.Request) bool { return r.TLS == nil || r.TLS.NegotiatedProtocol != "h2" }

func (rc *Receiver) recover(w http.ResponseWriter, r *http.Request) {
	v := recover()
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler {
		panic(v) // wanted: the connection is dropped without an answer
	}
	rc.panics.Add(1)
	if rc.opts.Panicked != nil {
		rc.opts.Panicked(v, debug.Stack())
	}
	broken.write(w, lastOf(r))
}
