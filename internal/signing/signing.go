// Package signing is the core of whk: it signs messages and judges signatures,
// for any scheme that a [Spec] can state.
//
// It is pure. It does no I/O, reads no clock (callers say what now is) and keeps
// no state but keys, so a published example can be recomputed exactly. What is
// signed is always the bytes as they are: nothing is parsed, trimmed, decoded or
// written anew on the way to a MAC.
//
// A [Scheme] comes from [Compile]; [Scheme.Sign] makes the headers that carry a
// signature, and a [Verifier], which holds prepared keys and is safe for
// concurrent use, judges them.
package signing

import (
	"net/http"
	"net/url"
	"time"
)

// Message is one request, as it arrived or as it is to be sent.
type Message struct {
	Method string
	URL    string // absolute, as the sender knows it; only some schemes sign it
	Header http.Header
	Body   []byte

	// ID is the message ID for schemes that sign one. When verifying it is
	// taken from where the scheme has it instead. When signing, "" means the
	// one that Header holds.
	ID string

	// Claims is the JSON object that a token repeats; nil means Body. Renew
	// lets a token start now rather than when the claims say, for bodies that
	// are sent again. Both are for signing only.
	Claims []byte
	Renew  bool
}

// Field is one header field that carries a part of a signature.
type Field struct{ Name, Value string }

// Result is what an authentic message tells.
type Result struct {
	Secret    int       // index of the secret that matched
	Timestamp time.Time // when it was signed; zero for schemes without a clock
	Claims    []byte    // a token's claims, JSON; nil for other schemes
	Warnings  []string  // what a strict caller refuses
}

// Coverage is what a signature protects against change.
type Coverage struct {
	Body, Time, ID, URL, Method bool
}

// Covers tells what a signature of s protects.
func (s *Scheme) Covers() Coverage {
	if s.static || s.token {
		return Coverage{}
	}
	var c Coverage
	for _, p := range s.signed {
		switch p.kind {
		case partBody:
			c.Body = true
		case partTimestamp:
			c.Time = true
		case partID:
			c.ID = true
		case partURL, partURLBase:
			c.URL = true
		case partMethod:
			c.Method = true
		}
	}
	return c
}

// Notes says, for a person, what an authentic verdict of s leaves open. They
// hold for every message of the scheme, so they are no warnings.
func (s *Scheme) Notes() []string {
	switch {
	case s.static:
		return []string{"the secret shows who sends; the body is not protected against change or replay"}
	case s.token:
		return []string{"the token is signed, the body is not: trust the claims where they differ"}
	case !s.Covers().Body:
		return []string{"the signature does not cover the body"}
	}
	return nil
}

// Names lists the headers in which a signature of s, or what belongs to it,
// travels, as spelled in the spec: those that are not to be shown come first in
// [Scheme.Sensitive].
func (s *Scheme) Names() []string {
	names := s.Sensitive()
	for _, ref := range []source{s.id, s.clock.from} {
		if ref.kind == sourceHeader {
			names = append(names, ref.name)
		}
	}
	return names
}

// Sensitive lists the headers whose values are a secret, a token or a
// signature.
func (s *Scheme) Sensitive() []string {
	names := []string{s.spec.Header}
	names = append(names, s.spec.Accept...)
	return append(names, s.spec.Send...)
}

// parsedURL is m.URL in parts; an unparsable one has empty parts, so that what
// depends on it does not match.
func (m *Message) parsedURL() *url.URL {
	u, err := url.Parse(m.URL)
	if err != nil {
		return &url.URL{}
	}
	return u
}
