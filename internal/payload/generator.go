package payload

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
	"math/rand/v2"
	"time"
)

// Seed decides all random values of a run: equal seeds and equal clocks make
// equal bytes, on every machine and with every version of Go. The zero value
// is a seed like any other.
type Seed struct{ hi, lo uint64 }

// FixedSeed is the seed of a repeatable run.
func FixedSeed(n uint64) Seed { return Seed{mix(n), mix(^n)} }

// RandomSeed reads a seed of 128 bits. r is crypto/rand.Reader except in tests.
func RandomSeed(r io.Reader) (Seed, error) {
	var b [16]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return Seed{}, fmt.Errorf("read randomness: %w", err)
	}
	return Seed{binary.LittleEndian.Uint64(b[:8]), binary.LittleEndian.Uint64(b[8:])}, nil
}

// Generator gives the payloads of one run their values. It is immutable, and
// safe for concurrent use if its functions are.
type Generator struct {
	Seed Seed

	// Now is asked once for each payload; it must be set.
	Now func() time.Time

	// LookupEnv answers ${env:NAME}. Its error says why there is no value: not
	// set, or not allowed. Nil allows none.
	LookupEnv func(name string) (string, error)
}

// Payload is what the placeholders of one delivery stand for. Several
// templates that are written with one Payload share labels, clock and number.
type Payload struct {
	Seq   int       // ${seq}
	Now   time.Time // ${now}; any zone, written as UTC
	Event string    // ${event}: the event type
	Body  []byte    // ${body:…} looks here: the JSON that was made before; nil has no paths

	// Step answers ${steps.REF} with the JSON text of a value of an earlier step of
	// a flow; REF is what follows the first dot. Nil has no steps.
	Step func(ref string) ([]byte, error)

	seed      Seed
	labels    Seed // of what has a label
	lookupEnv func(string) (string, error)
}

// Payload returns the n-th payload's values; n counts from 1. It depends on
// nothing but n, the seed and the clock, so that concurrent senders need no
// order among them. The caller sets Event, and Body when a template needs it.
func (g *Generator) Payload(n int) *Payload {
	seed := Seed{mix(g.Seed.hi ^ mix(uint64(n))), mix(g.Seed.lo + uint64(n))}
	return &Payload{Seq: n, Now: g.Now(), seed: seed, labels: seed, lookupEnv: g.LookupEnv}
}

// ID identifies a payload among those of all runs. It depends on the seed and n
// alone, so that a payload that is made again has the same one. The zero value
// identifies none.
type ID struct{ hi, lo uint64 }

// ID returns the payload's name.
func (p *Payload) ID() ID {
	const stream = 0x6964 // away from those of placeholders, which are hashes
	return ID{mix(p.seed.hi ^ stream), mix(p.seed.lo + stream)}
}

// String is 32 hex digits, "" for the zero value.
func (id ID) String() string {
	if id == (ID{}) {
		return ""
	}
	return fmt.Sprintf("%016x%016x", id.hi, id.lo)
}

// ShareLabels gives p's labels the same values as those of the other payload;
// what has no label stays p's own.
func (p *Payload) ShareLabels(of *Payload) { p.labels = of.labels }

// random is the stream of one placeholder, or of all that share a label.
type random struct{ rand.PCG }

func (p *Payload) random(at place) random {
	seed := p.seed
	if at.labelled {
		seed = p.labels
	}
	return random{*rand.NewPCG(mix(seed.hi^at.stream), mix(seed.lo+at.stream))}
}

// below returns a number in [0, n). Its bias, under n/2^64, does not matter in
// sample data.
func (r *random) below(n uint64) uint64 {
	hi, _ := bits.Mul64(r.Uint64(), n)
	return hi
}

// mix is the finalizer of SplitMix64: neighbouring numbers come out unrelated.
// https://prng.di.unimi.it/splitmix64.c
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
