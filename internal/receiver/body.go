package receiver

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"sync/atomic"
)

// firstRead is the memory that a body gets before any of it has arrived, unless
// it declares less. It gets more only as bytes arrive, so that a declared
// length costs nothing.
const firstRead = 4 << 10

// body is the bytes of one message and the memory reserved for them.
type body struct {
	bytes    []byte
	reserved int64
}

// budget is the memory for all bodies in flight.
type budget struct{ free atomic.Int64 }

func (b *budget) take(n int64) bool {
	if b.free.Add(-n) >= 0 {
		return true
	}
	b.free.Add(n)
	return false
}

func (b *budget) release(body body) { b.free.Add(body.reserved) }

// readBody reads the whole body, or says why there is none. The caller
// releases what it reserved in either case; the bytes are never reused.
func (rc *Receiver) readBody(r *http.Request) (body, *refusal) {
	var b body
	if r.Body == http.NoBody || r.ContentLength == 0 {
		return b, nil
	}
	for {
		if len(b.bytes) == cap(b.bytes) && !rc.grow(&b, r.ContentLength) {
			return b, memoryFull
		}
		n, err := r.Body.Read(b.bytes[len(b.bytes):cap(b.bytes)])
		b.bytes = b.bytes[:len(b.bytes)+n]
		if int64(len(b.bytes)) > rc.limits.Body {
			return b, bodyTooLarge
		}
		if err == io.EOF {
			return b, nil
		}
		if err != nil {
			return b, readError(r, err)
		}
	}
}

// grow makes room: for four times what has arrived if the length is known, but
// no more than that length, else for twice as much.
func (rc *Receiver) grow(b *body, declared int64) bool {
	size := int64(firstRead)
	if have := int64(len(b.bytes)); have > 0 {
		size = 2 * have
		if declared > 0 {
			size = 4 * have
		}
	}
	// One byte more than allowed shows that a body is too large.
	size = min(size, rc.limits.Body+1)
	if declared > int64(len(b.bytes)) {
		size = min(size, declared)
	}
	if !rc.budget.take(size) {
		return false
	}
	next := make([]byte, len(b.bytes), size)
	copy(next, b.bytes)
	rc.budget.free.Add(b.reserved)
	b.bytes, b.reserved = next, size
	return true
}

func isNetwork(err error) bool {
	_, ok := errors.AsType[net.Error](err)
	return ok
}

func readError(r *http.Request, err error) *refusal {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return bodyTooSlow
	case errors.Is(err, io.ErrUnexpectedEOF), isNetwork(err), r.ProtoMajor == 2:
		return bodyCut // a stream has no chunks, and ends or breaks off
	}
	return bodyMalformed
}
