package cmd

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"

	"github.com/whk-cli/whk/internal/chaos"
	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/sender"
	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/webhook"
)

// faulty makes the requests of a run that misbehaves.
type faulty struct {
	app    *App
	opts   *triggerOptions
	plan   *plan
	faults chaos.Faults
	seed   uint64
	left   map[int]int           // requests of each delivery that are yet to be made
	made   map[int]*faultRequest // deliveries that are made, while copies are to come
	wrong  map[string]signing.Secret
}

// faultRequest is one request as it goes out, with what was done to it.
type faultRequest struct {
	chaos.Op
	b      *built
	done   []string
	wanted wanted
}

// newFaulty plans a run of n deliveries.
func (app *App) newFaulty(p *plan, opts *triggerOptions, n int) (*faulty, []chaos.Op) {
	f := &faulty{
		app: app, opts: opts, plan: p, faults: opts.Faults, seed: *opts.Seed.value,
		left: map[int]int{}, made: map[int]*faultRequest{}, wrong: map[string]signing.Secret{},
	}
	ops := chaos.Plan(f.seed, n, f.faults)
	if f.faults.Duplicate > 0 {
		for _, op := range ops {
			f.left[op.Delivery]++
		}
	}
	return f, ops
}

// check finds out whether all that is asked for can be done, before anything is
// sent: it makes a faulty delivery of each event type with each fault.
func (f *faulty) check() error {
	targets := f.faults.Tamper
	if len(targets) == 0 {
		targets = []chaos.Target{""}
	}
	for i := range f.plan.steps {
		for _, target := range targets {
			r, err := f.first(chaos.Op{Delivery: i + 1, Tamper: target})
			if err != nil {
				return err
			}
			if err := sender.Check(&r.b.request); err != nil {
				return usageError(err, "--dry-run prints the request")
			}
		}
	}
	return nil
}

// make makes a request. The copies of a delivery have the bytes of the first.
func (f *faulty) make(op chaos.Op) (*faultRequest, error) {
	r := f.made[op.Delivery]
	if r == nil {
		var err error
		if r, err = f.first(op); err != nil {
			return nil, err
		}
	}
	if f.left[op.Delivery]--; f.left[op.Delivery] > 0 {
		f.made[op.Delivery] = r
	} else {
		delete(f.made, op.Delivery)
		delete(f.left, op.Delivery)
	}
	made := *r
	made.Op, made.done = op, f.said(op, r.done)
	made.wanted.once = op.Copy > 0
	return &made, nil
}

// first makes a delivery with all its faults.
func (f *faulty) first(op chaos.Op) (*faultRequest, error) {
	r := &faultRequest{b: new(built)}
	now := f.plan.now().Add(f.faults.Shift)
	if err := f.plan.build(r.b, op.Delivery, now); err != nil {
		return nil, err
	}
	if op.Drop {
		return r, nil
	}
	switch {
	case f.faults.NoSignature:
		r.done = append(r.done, "no signature")
	case op.Tamper == chaos.Secret:
		secret, err := f.wrongSecret(r.b.provider)
		if err != nil {
			return nil, err
		}
		if err := r.b.sign(secret, now); err != nil {
			return nil, err
		}
		r.done = append(r.done, "signed with another secret")
	default:
		if err := r.b.signWith(f.plan.step(op.Delivery).signer, now); err != nil {
			return nil, err
		}
	}
	switch {
	case f.faults.Shift < 0:
		r.done = append(r.done, "made "+webhook.ShortDuration(-f.faults.Shift)+" ago")
	case f.faults.Shift > 0:
		r.done = append(r.done, "made "+webhook.ShortDuration(f.faults.Shift)+" ahead")
	}
	if err := f.tamper(r, op); err != nil {
		return nil, err
	}
	if (f.faults.Split || f.faults.Abort) && len(r.b.request.Body) == 0 {
		return nil, usageError(fmt.Errorf("%s sends no body here, and --split and --abort are about bodies", r.b.provider.Name), "--method POST sends one")
	}
	r.wanted = f.judge(r)
	return r, nil
}

// said adds what is done to one request of a delivery.
func (f *faulty) said(op chaos.Op, done []string) []string {
	if op.Drop {
		return []string{"never sent"}
	}
	all := append([]string{}, done...)
	if op.Copy > 0 {
		all = append(all, fmt.Sprintf("copy %d", op.Copy))
	}
	if op.Delay > 0 {
		all = append(all, "held back "+webhook.ShortDuration(op.Delay.Round(1e6)))
	}
	if f.faults.Split {
		all = append(all, "in slow pieces")
	}
	if f.faults.Abort {
		all = append(all, "closed half-way")
	}
	return all
}

// wrongSecret is another secret in the provider's form; a seed always gives the
// same one.
func (f *faulty) wrongSecret(p *provider.Provider) (signing.Secret, error) {
	if s, ok := f.wrong[p.Name]; ok {
		return s, nil
	}
	text, _, err := p.Generate(f.random(), 0)
	if err != nil {
		return signing.Secret{}, genSecretError(err)
	}
	f.wrong[p.Name] = signing.NewSecret([]byte(text))
	return f.wrong[p.Name], nil
}

func (f *faulty) random() io.Reader {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], f.seed)
	return rand.NewChaCha8(key)
}
