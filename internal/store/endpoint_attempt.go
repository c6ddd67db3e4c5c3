package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// EndpointAttempt is one HTTP request to an endpoint and its result.
type EndpointAttempt struct {
	Number    int64 // counts the endpoint's attempts from 1
	First     int64 // the Number of the first attempt of its delivery
	Attempt   int   // of its delivery, from 1
	At        time.Time
	Event     string
	MessageID string
	Request   webhook.Request

	Outcome Outcome
	Answer  webhook.Attempt
	Next    string        // what followed: done, retry, give_up, stop or pause
	Wait    time.Duration // of the provider, until the next attempt
	NextAt  time.Time     // when the next attempt was due; zero: there was none to come
}

// Outcome is how an attempt counts.
type Outcome int64

// The outcomes. Unknown is an attempt that is under way, or was when whk was
// killed.
const (
	Unknown Outcome = iota
	Success
	Failure
	Interrupted
)

// String is the outcome in one word.
func (o Outcome) String() string {
	switch o {
	case Success:
		return "success"
	case Failure:
		return "failure"
	case Interrupted:
		return "interrupted"
	}
	return "unknown"
}

// attemptVersion is the first byte of an attempt's data.
const attemptVersion = 1

func appendAttempt(b []byte, a *EndpointAttempt) []byte {
	b = append(b, attemptVersion)
	b = binary.AppendUvarint(b, uint64(max(a.Attempt, 0)))
	for _, text := range []string{a.Event, a.MessageID, a.Request.Method, a.Request.URL} {
		b = appendText(b, text)
	}
	b = appendHeader(b, a.Request.Header)
	b = appendAnswer(b, &a.Answer)
	b = appendText(b, a.Next)
	return binary.AppendVarint(b, int64(a.Wait))
}

func appendAnswer(b []byte, a *webhook.Attempt) []byte {
	b = binary.AppendUvarint(b, uint64(max(a.Status, 0)))
	for _, text := range []string{a.Error, a.Detail, a.Hint, a.Location, string(a.Body)} {
		b = appendText(b, text)
	}
	b = appendHeader(b, a.Header)
	b = binary.AppendVarint(b, a.BodySize)
	return binary.AppendVarint(b, int64(a.Duration))
}

func (a *EndpointAttempt) read(data []byte) error {
	r := reader{rest: data}
	if version := r.byte(); version != attemptVersion && !r.short {
		return fmt.Errorf("it has the unknown form %d", version)
	}
	a.Attempt = int(r.uint())
	a.Event, a.MessageID, a.Request.Method, a.Request.URL = r.text(), r.text(), r.text(), r.text()
	a.Request.Header = r.header()
	a.Answer = r.answer()
	a.Next, a.Wait = r.text(), time.Duration(r.int())
	if r.short {
		return errors.New("it ends early")
	}
	return nil
}

func (r *reader) answer() webhook.Attempt {
	return webhook.Attempt{
		Status: int(r.uint()), Error: r.text(), Detail: r.text(), Hint: r.text(), Location: r.text(), Body: bytesOrNil(r.text()),
		Header: r.header(), BodySize: r.int(), Duration: time.Duration(r.int()),
	}
}

// attemptSum is that of all but next_at, which says only for how long to wait.
func attemptSum(endpoint int64, a *EndpointAttempt, hash, data []byte) uint32 {
	sum := crc32.Update(crc32.Checksum(data, castagnoli()), castagnoli(), hash)
	for _, n := range []int64{endpoint, a.Number, a.First, stamp(a.At), int64(a.Outcome)} {
		sum = sealed(sum, n)
	}
	return sum
}

// attemptColumns are read by readAttempt, in this order, and after them the body,
// NULL where it is not asked for.
const attemptColumns = "a.number, a.delivery, a.at, a.outcome, a.next_at, a.sum, a.data, a.body"

const attemptWidth = 9

// readAttempt makes an attempt of a row's columns. The error is a *DamagedError.
func readAttempt(e *Endpoint, v []any) (*EndpointAttempt, error) {
	c := cells{ok: true}
	a := &EndpointAttempt{
		Number: c.number(v[0]), First: c.number(v[1]), At: c.time(v[2]), Outcome: Outcome(c.number(v[3])), NextAt: c.time(v[4]),
	}
	data, hash := []byte(c.text(v[6])), []byte(nil)
	if v[7] != nil {
		hash = []byte(c.text(v[7]))
	}
	damaged := func(detail string) error {
		return &DamagedError{Thing: "attempt", ID: fmt.Sprintf("%d of endpoint %s", a.Number, e.Name), Detail: detail}
	}
	switch {
	case !c.ok:
		return nil, damaged("its columns cannot be read")
	case attemptSum(e.row, a, hash, data) != uint32(c.number(v[5])):
		return nil, damaged("its checksum does not match")
	}
	if body, ok := v[8].([]byte); ok && hash != nil {
		if a.Request.Body = body; !bytes.Equal(bodyHash(body), hash) {
			return nil, damaged("its body is not the one that was sent")
		}
	}
	if err := a.read(data); err != nil {
		return nil, damaged(err.Error())
	}
	return a, nil
}

// bodyHash is the key of a body, nil for none.
func bodyHash(body []byte) []byte {
	if len(body) == 0 {
		return nil
	}
	sum := sha256.Sum256(body)
	return sum[:]
}
