package cmd

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/receiver"
	"github.com/whk-cli/whk/internal/sender"
	"github.com/whk-cli/whk/internal/statedir"
	"github.com/whk-cli/whk/internal/store"
	"github.com/whk-cli/whk/internal/webhook"
)

// forwardQueue joins the forwarder, which knows what is to be sent, with the
// store, which still knows it when this process is gone.
type forwardQueue struct {
	listener *listener
	owner    string   // the listener's address
	routes   []int64  // in the store, of the forwarder's targets
	specs    []string // of the same, as given
	kept     sync.Map // *webhook.Delivery to keptFor: from its being kept to its being passed on
	random   func() float64
	mu       sync.Mutex // of random
}

// keptFor is where a delivery that was just kept goes.
type keptFor struct {
	targets []int
	keys    []int64
}

// newForwardQueue finds the routes of targets. With --reply target the first of
// them stands for what whk answers itself.
func (l *listener) newForwardQueue(ctx context.Context, forwards []forwardTarget) (*forwardQueue, error) {
	q := &forwardQueue{listener: l, owner: l.sockets.Address.String()}
	for _, f := range forwards {
		spec := f.text
		if f.pattern != "" {
			spec = f.pattern + "=" + f.text
		}
		route, err := l.store.Route(ctx, q.owner, spec)
		if err != nil {
			return nil, failed(err)
		}
		q.routes, q.specs = append(q.routes, route), append(q.specs, spec)
	}
	if l.opts.Retry {
		var err error
		if q.random, err = l.app.jitter(nil); err != nil {
			return nil, err
		}
	}
	return q, nil
}

// keep keeps a delivery, and with it to which targets it is to go.
func (q *forwardQueue) keep(ctx context.Context, d *webhook.Delivery) error {
	targets := q.targets(d)
	if len(targets) == 0 {
		return q.listener.store.Keep(ctx, d)
	}
	routes := make([]int64, len(targets))
	for i, target := range targets {
		routes[i] = q.routes[target]
	}
	keys, err := q.listener.store.KeepFor(ctx, d, routes)
	if err == nil {
		q.kept.Store(d, keptFor{targets, keys})
	}
	return err
}

// targets are those that a delivery is forwarded to. It is forwarded when it is
// authentic or could not be checked, unless a web page elsewhere sent it, or it
// is a handshake that whk answers.
func (q *forwardQueue) targets(d *webhook.Delivery) []int {
	if d.Handshake && q.listener.opts.Handshakes == "answer" {
		return nil
	}
	if d.Verification.Status == webhook.NotAuthentic && !q.listener.opts.ForwardAll ||
		d.Response.Status == http.StatusForbidden || !q.listener.shown(d) {
		return nil
	}
	return q.listener.forwarder.Targets(d)
}

// pass sends a delivery that was kept on its way.
func (q *forwardQueue) pass(d *webhook.Delivery) {
	found, ok := q.kept.LoadAndDelete(d)
	if !ok {
		return
	}
	to := found.(keptFor)
	for i, target := range to.targets {
		q.listener.forwarder.Push(target, receiver.Forward{ID: d.ID, Delivery: d, Key: to.keys[i]})
	}
}

// load reads a delivery that waited too long to stay in memory. One that is
// damaged can not be sent, ever.
func (q *forwardQueue) load(ctx context.Context, id string) (*webhook.Delivery, error) {
	d, err := q.listener.store.Get(ctx, id)
	var damaged *store.DamagedError
	switch {
	case errors.As(err, &damaged):
		q.listener.view.say("not forwarded: " + err.Error())
		return nil, nil
	case errors.Is(err, store.ErrNotFound):
		return nil, nil
	}
	return d, err
}

// next decides by the provider's own rules whether a forward is made again.
func (q *forwardQueue) next(f *receiver.Forward, a *webhook.Attempt) bool {
	opts := q.listener.opts
	if !opts.Retry {
		f.Attempts++
		return false
	}
	p, err := q.listener.app.providers().Load(f.Delivery.Provider)
	if err != nil {
		p = &provider.Provider{} // whose rules are the usual ones
	}
	policy := opts.retryFlags.policy(p, f.Delivery.Event)
	a.Success = policy.Success
	at, step := policy.Next(sender.Progress{Attempts: f.Attempts, Failures: f.Failures}, a, time.Now(), q.chance)
	f.Attempts, f.Failures = at.Attempts, at.Failures
	f.Due = time.Now().Add(opts.retryFlags.pace(policy.Longest()).Of(step.Wait))
	return step.Kind == sender.Retry
}

func (q *forwardQueue) chance() float64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.random()
}

// longestDue is the longest that an earlier listener's forward waits: the clock
// may have changed since its time was set.
const longestDue = time.Hour

// resume makes the forwards that earlier listeners have left, and reports those
// that wait for targets which this one does not have.
func (q *forwardQueue) resume(ctx context.Context, dir *statedir.Dir) error {
	elsewhere, err := q.adopt(ctx, dir)
	if err != nil {
		return err
	}
	count := 0
	for target, route := range q.routes {
		list, err := q.listener.store.Pending(ctx, route)
		if err != nil {
			return err
		}
		for _, p := range list {
			if limit := time.Now().Add(longestDue); p.Due.After(limit) {
				p.Due = limit
			}
			q.listener.forwarder.Push(target, receiver.Forward{ID: p.Delivery, Key: p.Key, Attempts: p.Attempts, Failures: p.Failures, Due: p.Due})
		}
		count += len(list)
	}
	if count > 0 {
		q.listener.view.say("resuming " + countText(count, "earlier forward"))
	}
	for _, r := range elsewhere {
		q.listener.view.say(countText(r.Pending, "earlier forward") + " still to make: whk listen --to " + format.ShellWord(sender.Printable(r.Target)))
	}
	return nil
}

// adopt takes over the forwards that ended listeners have left for the targets
// of this one, and returns those for others.
func (q *forwardQueue) adopt(ctx context.Context, dir *statedir.Dir) (elsewhere []store.Route, err error) {
	routes, err := q.listener.store.Routes(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range routes {
		own := r.Owner == q.owner
		to, same := q.route(r.Target)
		if own && same {
			continue
		}
		if !own { // while this has its lock, nobody takes that address
			lock, err := dir.Lock(r.Owner)
			if err != nil {
				continue // it is at work
			}
			if same {
				err = q.listener.store.Reroute(ctx, r.ID, to)
			}
			if err := errors.Join(err, lock.Close()); err != nil {
				return nil, err
			}
		}
		if !same {
			elsewhere = append(elsewhere, r)
		}
	}
	return elsewhere, nil
}

func (q *forwardQueue) route(spec string) (int64, bool) {
	for i, own := range q.specs {
		if own == spec {
			return q.routes[i], true
		}
	}
	return 0, false
}
