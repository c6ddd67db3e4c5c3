// Package chaos says what a sender does wrong on purpose: which deliveries it
// loses, repeats, holds back or sends out of order, and what it changes in them
// after they were signed.
//
// All of it follows from a seed, so that a run can be repeated. Nothing here
// sends, waits or reads a clock.
package chaos

import (
	"errors"
	"math/rand/v2"
	"slices"
	"time"
)

// Target is the part of a delivery that is changed so that its signature no
// longer fits.
type Target string

// The targets. Secret changes nothing in the request: it is signed with another
// secret.
const (
	Body      Target = "body"
	Signature Target = "signature"
	Timestamp Target = "timestamp"
	Secret    Target = "secret"
	Event     Target = "event"
)

// Targets are all of them.
var Targets = []Target{Body, Signature, Timestamp, Secret, Event}

// Faults are what a sender does wrong. The zero value does nothing wrong.
type Faults struct {
	Duplicate   int           // how often each delivery is sent again, byte for byte
	Shuffle     bool          // all requests of the run go out in another order
	Drop        float64       // the part of the deliveries that are never sent, 0 to 1
	From, To    time.Duration // how long each request is held back, at random
	Tamper      []Target      // what is changed: one of these in each delivery
	Shift       time.Duration // how far from now deliveries are made and signed
	Split       bool          // bodies go out in slow pieces
	Abort       bool          // connections are closed half-way through the body
	NoSignature bool
}

// Any reports whether anything is done wrong.
func (f Faults) Any() bool {
	return f.Duplicate > 0 || f.Shuffle || f.Drop > 0 || f.To > 0 || len(f.Tamper) > 0 || f.Shift != 0 || f.Split || f.Abort || f.NoSignature
}

// Check refuses faults that contradict each other.
func (f Faults) Check() error {
	switch {
	case f.NoSignature && len(f.Tamper) > 0:
		return errors.New("--no-signature and --tamper: without a signature nobody can notice a change")
	case f.Split && f.Abort:
		return errors.New("--split and --abort: a connection that is closed half-way has no slow rest to send")
	}
	return nil
}

// Op is one request of a run, or one that is not made.
type Op struct {
	Delivery int // which one, from 1
	Copy     int // 0 is the delivery itself, 1 its first repetition
	Drop     bool
	Delay    time.Duration // before it
	Tamper   Target        // "" is nothing
	Choice   uint64        // decides what exactly is changed; the same for all copies
}

// Plan returns what becomes of n deliveries, in the order in which it happens.
// It depends on its arguments alone; what becomes of the n-th delivery, but for
// the order, does not depend on how many there are.
func Plan(seed uint64, n int, f Faults) []Op {
	ops := make([]Op, 0, n*(1+f.Duplicate))
	for i := range n {
		ops = f.deliver(ops, seed, i+1)
	}
	if f.Shuffle {
		r := rand.New(rand.NewPCG(seed, 0))
		r.Shuffle(len(ops), func(i, j int) { ops[i], ops[j] = ops[j], ops[i] })
		original(ops)
	}
	return ops
}

// deliver appends what becomes of one delivery. Every random number is drawn
// whether it is used or not, so that one flag does not change what another
// does.
func (f Faults) deliver(ops []Op, seed uint64, n int) []Op {
	r := rand.New(rand.NewPCG(seed, uint64(n)))
	drop, choice, which := r.Float64() < f.Drop, r.Uint64(), r.Uint64()
	op := Op{Delivery: n, Drop: drop, Choice: choice}
	if len(f.Tamper) > 0 {
		op.Tamper = f.Tamper[which%uint64(len(f.Tamper))]
	}
	if drop {
		return append(ops, Op{Delivery: n, Drop: true})
	}
	for c := range 1 + f.Duplicate {
		op.Copy = c
		op.Delay = f.From + time.Duration(r.Float64()*float64(f.To-f.From))
		ops = append(ops, op)
	}
	return ops
}

// original makes the first of a delivery's requests the delivery, and the others
// its repetitions, after the order has changed.
func original(ops []Op) {
	seen := map[int]int{}
	for i := range ops {
		ops[i].Copy = seen[ops[i].Delivery]
		seen[ops[i].Delivery]++
	}
}

// ParseTarget reads the name of a target.
func ParseTarget(text string) (Target, bool) {
	t := Target(text)
	return t, slices.Contains(Targets, t)
}
