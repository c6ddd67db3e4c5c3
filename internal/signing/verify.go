package signing

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Verifier judges messages of one scheme under some secrets. It holds prepared
// keys and is safe for concurrent use.
type Verifier struct {
	scheme    *Scheme
	secrets   []Secret
	keys      [][]byte
	macs      []*macs
	tolerance time.Duration
}

// Verifier prepares secrets for judging; a message is authentic when any of them
// fits. tolerance replaces the scheme's own in both directions; a negative one
// keeps it. No secret, or an empty one, is [ErrEmptySecret]; one that the scheme
// can not decode is another error, which does not quote it.
func (s *Scheme) Verifier(secrets []Secret, tolerance time.Duration) (*Verifier, error) {
	if len(secrets) == 0 {
		return nil, ErrEmptySecret
	}
	v := &Verifier{scheme: s, secrets: secrets, tolerance: tolerance}
	for _, secret := range secrets {
		key, err := keyOf(secret, s.spec.Key, s.spec.KeyPrefix)
		if err != nil {
			return nil, err
		}
		v.keys = append(v.keys, key)
		if s.algorithm.size > 0 {
			v.macs = append(v.macs, s.algorithm.keyedWith(key))
		}
	}
	return v, nil
}

// Scheme returns what v judges by.
func (v *Verifier) Scheme() *Scheme { return v.scheme }

// Verify judges m as of now. A nil error means authentic; otherwise it is an
// *[Error]. The signature is looked at before the clock, so that a stale or
// future message is one whose signature is right.
func (v *Verifier) Verify(m *Message, now time.Time) (Result, error) {
	s := v.scheme
	value, err := s.signatureValue(m.Header)
	if err != nil {
		return Result{}, err
	}
	signatures, fields, err := s.grammar.split(value)
	if err != nil {
		return Result{}, err
	}
	if err := s.checkGuards(m); err != nil {
		return Result{}, err
	}
	switch {
	case s.token:
		return v.verifyToken(m, signatures[0], now)
	case s.static:
		return v.verifyStatic(signatures[0])
	}
	return v.verifyMAC(m, signatures, fields, now)
}

// signatureValue finds the header, or the first of its stand-ins, that carries
// the signature.
func (s *Scheme) signatureValue(h http.Header) (string, *Error) {
	value, err := oneHeader(h, s.spec.Header)
	for _, name := range s.spec.Accept {
		if err == nil || err.Reason != Missing {
			break
		}
		if other, e := oneHeader(h, name); e == nil || e.Reason != Missing {
			value, err = other, e
		}
	}
	if err != nil {
		if err.Reason == Missing && err.Next == "" {
			err.Next = "send the request as the provider does, or check that no proxy drops the header"
		}
		return "", err
	}
	if len(value) > MaxSignatureHeader {
		return "", refuse(Malformed, "the signature header has %d bytes, %d are looked at", len(value), MaxSignatureHeader)
	}
	return value, nil
}

func (s *Scheme) checkGuards(m *Message) *Error {
	for _, g := range s.spec.Guards {
		value, err := oneHeader(m.Header, g.Header)
		if err != nil {
			return err
		}
		if value != g.Is {
			return &Error{Reason: WrongAlgorithm, Detail: fmt.Sprintf("%s is not %q", g.Header, g.Is), Found: fmt.Sprintf("%q", shorten(value))}
		}
	}
	return nil
}

// verifyStatic compares digests, so that not even the secret's length shows in
// the time taken.
func (v *Verifier) verifyStatic(value string) (Result, error) {
	got := sha256.Sum256([]byte(value))
	match := -1
	for i, key := range v.keys {
		want := sha256.Sum256(key)
		if hmac.Equal(got[:], want[:]) {
			match = i
		}
	}
	if match < 0 {
		return Result{}, &Error{Reason: Mismatch,
			Detail:   v.scheme.spec.Header + " is not the secret",
			Expected: "the secret itself, " + plural(len(v.secrets), "one was", "%d were") + " tried",
			Found:    describe(value),
			Next:     "compare the secret in the provider's settings with the one given here"}
	}
	return Result{Secret: match}, nil
}

func (v *Verifier) verifyMAC(m *Message, signatures []string, fields map[string]string, now time.Time) (Result, error) {
	s := v.scheme
	candidates, err := s.decode(signatures)
	if err != nil {
		return Result{}, err
	}
	in := values{m: m, fields: fields}
	var result Result
	if in.timestamp, result.Timestamp, err = s.readTimestamp(m, fields); err != nil {
		return Result{}, err
	}
	if in.id, err = s.readID(m, fields); err != nil {
		return Result{}, err
	}
	result.Secret = -1
	var sum [64]byte
	for i, macs := range v.macs {
		in.secret = v.secrets[i]
		want := macs.sum(sum[:0], s.signed, &in)
		for _, got := range candidates {
			if hmac.Equal(got, want) {
				result.Secret = i
			}
		}
	}
	if result.Secret < 0 {
		return Result{}, v.mismatch(m, signatures)
	}
	if s.clock.signed {
		if err := s.clock.check(result.Timestamp, now, v.tolerance); err != nil {
			return Result{}, err
		}
	}
	return result, nil
}

// decode turns the texts into signatures of the right length. One that is not
// well formed is passed over when others are, as during a rotation.
func (s *Scheme) decode(signatures []string) ([][]byte, *Error) {
	candidates := make([][]byte, 0, 1)
	var first *Error
	for _, text := range signatures {
		got, err := s.encoding.decode(text)
		if err == nil && len(got) == s.algorithm.size {
			candidates = append(candidates, got)
		} else if first == nil {
			first = &Error{Reason: Malformed, Detail: "malformed signature",
				Expected: fmt.Sprintf("%d characters of %s", s.encoding.length(s.algorithm.size), s.encoding.name),
				Found:    describe(text),
				Next:     "send the signature as the provider writes it, nothing before or after it"}
		}
	}
	if len(candidates) == 0 {
		return nil, first
	}
	return candidates, nil
}

func (s *Scheme) readTimestamp(m *Message, fields map[string]string) (string, time.Time, *Error) {
	if !s.clock.signed {
		return "", time.Time{}, nil
	}
	text, err := s.clock.from.read(m, fields)
	if err != nil {
		return "", time.Time{}, err
	}
	at, err := s.clock.parse(text)
	return text, at, err
}

// readID refuses an ID that could lend a byte to its neighbour: with "id.time.body"
// signed, a dot in the ID lets the same MAC stand for another time and body.
func (s *Scheme) readID(m *Message, fields map[string]string) (string, *Error) {
	if s.id.kind == sourceNone {
		return "", nil
	}
	id, err := s.id.read(m, fields)
	if err != nil {
		return "", err
	}
	return id, s.checkID(id)
}

func (s *Scheme) checkID(id string) *Error {
	switch {
	case len(id) > MaxID:
		return refuse(Malformed, "the message ID has %d bytes, %d are allowed", len(id), MaxID)
	case strings.ContainsFunc(id, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return refuse(Malformed, "the message ID holds a control character")
	case s.idStop != "" && strings.Contains(id, s.idStop):
		return refuse(Malformed, "the message ID holds %q, which separates the signed parts", s.idStop)
	}
	return nil
}

func (v *Verifier) mismatch(m *Message, signatures []string) *Error {
	s := v.scheme
	over := "what the scheme signs"
	if s.Covers().Body {
		over = fmt.Sprintf("the %d bytes of the body", len(m.Body))
		if len(s.signed) > 1 {
			over += " and what goes with it"
		}
	}
	e := &Error{Reason: Mismatch,
		Detail: fmt.Sprintf("the signature is not that of this body under %s",
			plural(len(v.secrets), "this secret", "any of %d secrets")),
		Expected: fmt.Sprintf("%s, %s, over %s", s.algorithm.title, s.encoding.name, over),
		Found:    describe(signatures[0]) + " that differ",
		Next:     "check that the secret is this endpoint's, and that the body is the bytes that arrived, before any parsing",
	}
	if s.Covers().Body && len(m.Body) > 0 && m.Body[len(m.Body)-1] == '\n' {
		e.Next = "the body ends in a line break: check that it arrived with it (an editor or echo may have added it); " +
			"else " + e.Next
	}
	return e
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	if strings.Contains(many, "%d") {
		return fmt.Sprintf(many, n)
	}
	return many
}

// AsError returns err as an *Error, nil when it is none.
func AsError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}
