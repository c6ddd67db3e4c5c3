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
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Message is one request, as it arrived or as it is to be sent.
type Message struct {
	Method string
	URL    string // absolute, as the sender knows it; only some schemes sign it
	Header http.Header
	Body   []byte

	// BodyFrom is the body of a message too large for memory, in place of Body.
	// It must not change, and only schemes for which [Scheme.Streams] is true
	// accept it. The reader has to keep its own errors: after one, a verdict is
	// worthless.
	BodyFrom *io.SectionReader

	// ID is the message ID for schemes that sign one. Verifying ignores it and
	// reads the ID where the scheme has it. When signing, "" means the one that
	// Header holds.
	ID string

	// Claims is the JSON object that a token repeats; nil means Body. Renew
	// lets a token start now rather than when the claims say, for bodies that
	// are sent again. Both are for signing only.
	Claims []byte
	Renew  bool

	// Query is what signing added to the query of URL.
	Query []Field
}

// Field is one header field that carries a part of a signature.
type Field struct{ Name, Value string }

// Result describes an authentic message.
type Result struct {
	Secret    int       // index of the secret that matched
	Scheme    *Scheme   // the one of the alternatives that did
	Timestamp time.Time // when it was signed; zero for schemes without a clock
	Claims    []byte    // a token's claims, JSON; nil for other schemes
	KeyID     string    // the key that a token says it is signed with
	Warnings  []string  // what a strict caller refuses
}

// Coverage is what a signature protects against change.
type Coverage struct {
	Body, Time, ID, URL, Method bool
}

// Covers returns what a signature of s protects under every one of its
// alternatives and messages.
func (s *Scheme) Covers() Coverage {
	c := s.coverage
	for _, other := range s.others {
		o := other.coverage
		c = Coverage{c.Body && o.Body, c.Time && o.Time, c.ID && o.ID, c.URL && o.URL, c.Method && o.Method}
	}
	return c
}

func (s *Scheme) covers() Coverage {
	has := func(kind partKind) bool { return s.always(func(p part) bool { return p.kind == kind }) }
	c := Coverage{
		Body:   s.always(part.coversBody),
		Time:   s.clock.signed,
		ID:     has(partID),
		URL:    s.always(part.isURL),
		Method: has(partMethod),
	}
	for _, g := range s.guards {
		// The hash of the body is as good as the body where the hash is signed.
		signed := g.from.kind == sourceClaim || (g.from.kind == sourceQuery && c.URL && !has(partURLBase))
		c.Body = c.Body || (signed && g.hashes())
	}
	return c
}

// SignsURL reports whether a message of s may hold the URL or a part of it.
func (s *Scheme) SignsURL() bool {
	return slices.ContainsFunc(s.all(), func(one *Scheme) bool {
		return slices.ContainsFunc(one.messages, func(parts []part) bool {
			return slices.ContainsFunc(parts, part.ofURL)
		})
	})
}

// Notes says, for a person, what an authentic verdict of s does not prove. They
// hold for every message of the scheme, so they are not warnings.
func (s *Scheme) Notes() []string {
	switch {
	case s.static:
		return []string{"the secret shows who sends; the body is not protected against change or replay"}
	case s.Covers().Body:
		return nil
	case s.token && s.spec.Claims.Alone:
		return []string{"the token is signed, the body is not: anybody who saw the token can send another body with it"}
	case s.token:
		return []string{"the token is signed, the body is not: trust the claims where they differ"}
	}
	if parts := s.SignedParts(); len(parts) > 0 {
		return []string{"the signature covers " + strings.Join(parts, ", ") + " only; the rest of the body is not protected against change"}
	}
	return []string{"the signature does not cover the body"}
}

// SignedParts names the parts of the body that s signs, where it signs parts.
func (s *Scheme) SignedParts() []string {
	var names []string
	add := func(from source) {
		if (from.kind == sourceJSON || from.kind == sourceForm) && !slices.Contains(names, from.name) {
			names = append(names, from.name)
		}
	}
	for _, parts := range s.messages {
		for _, p := range parts {
			switch p.kind {
			case partTimestamp:
				add(s.clock.from)
			case partID:
				add(s.id)
			case partSource:
				add(p.from)
			}
		}
	}
	return names
}

// Names lists the headers that carry a signature of s or what belongs to it, as
// spelled in the spec. Those of [Scheme.Sensitive] come first.
func (s *Scheme) Names() []string {
	names := s.Sensitive()
	for _, a := range s.all() {
		for _, ref := range []source{a.id, a.clock.from, {kind: sourceHeader, name: a.clock.list}} {
			if ref.kind == sourceHeader && ref.name != "" && !slices.Contains(names, ref.name) {
				names = append(names, ref.name)
			}
		}
	}
	return names
}

// Sensitive lists the headers whose values are a secret, a token or a
// signature.
func (s *Scheme) Sensitive() []string {
	var names []string
	add := func(more ...string) {
		for _, name := range more {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	for _, a := range s.all() {
		if a.spec.Header != "" {
			add(a.spec.Header)
		}
		add(a.spec.Accept...)
		add(a.spec.Send...)
		add(a.several()...)
	}
	return names
}
