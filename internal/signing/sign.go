package signing

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// ErrNoID is the lack of a message ID for a scheme that signs one.
var ErrNoID = errors.New("the scheme signs a message ID, and none is given")

// Sign makes the header fields that carry m's signature under secret, as of now:
// the signature header, and those of the timestamp and of the message ID where
// the scheme has them. A body must be final before: one byte changed later, and
// the signature is another's.
//
// The error is [ErrEmptySecret], [ErrNoID], or says what of m the scheme can not
// take; it does not quote the secret.
func (s *Scheme) Sign(m *Message, secret Secret, now time.Time) ([]Field, error) {
	key, err := keyOf(secret, s.spec.Key, s.spec.KeyPrefix)
	if err != nil {
		return nil, err
	}
	switch {
	case s.token:
		token, err := s.signToken(m, key, now)
		if err != nil {
			return nil, err
		}
		return s.carry(s.grammar.join(token, source{}, "")), nil
	case s.static:
		if err := sendable(string(key)); err != nil {
			return nil, err
		}
		return s.carry(s.grammar.join(string(key), source{}, "")), nil
	}
	return s.signMAC(m, key, secret, now)
}

func (s *Scheme) signMAC(m *Message, key []byte, secret Secret, now time.Time) ([]Field, error) {
	in := values{m: m, secret: secret}
	var extra []Field
	if s.id.kind != sourceNone {
		id, err := s.outgoingID(m)
		if err != nil {
			return nil, err
		}
		in.id = id
		if s.id.kind == sourceHeader {
			extra = append(extra, Field{s.id.name, id})
		}
	}
	if s.clock.signed {
		var err error
		if in.timestamp, err = s.outgoingTime(m, now); err != nil {
			return nil, err
		}
		if s.clock.from.kind == sourceHeader {
			extra = append(extra, Field{s.clock.from.name, in.timestamp})
		}
	}
	sum := s.algorithm.keyedWith(key).sum(nil, s.signed, &in)
	value := s.grammar.join(s.encoding.encode(sum), s.clock.from, in.timestamp)
	fields := append(extra, s.carry(value)...)
	for _, g := range s.spec.Guards {
		fields = append(fields, Field{g.Header, g.Is})
	}
	return fields, nil
}

func (s *Scheme) outgoingID(m *Message) (string, error) {
	id := m.ID
	if id == "" || s.id.kind != sourceHeader {
		if found := s.MessageID(m); found != "" {
			id = found
		}
	}
	if id == "" {
		return "", ErrNoID
	}
	if err := s.checkID(id); err != nil {
		return "", err
	}
	return id, nil
}

// outgoingTime is now, unless the time is a part of the body, which Sign does
// not change.
func (s *Scheme) outgoingTime(m *Message, now time.Time) (string, error) {
	if s.clock.from.kind == sourceHeader || s.clock.from.kind == sourceField {
		return s.clock.format(now), nil
	}
	text, err := s.clock.from.read(m, nil)
	if err != nil {
		return "", err
	}
	return text, nil
}

// carry puts value into each header that sends it.
func (s *Scheme) carry(value string) []Field {
	if len(s.spec.Send) == 0 {
		return []Field{{s.spec.Header, value}}
	}
	var fields []Field
	for _, name := range s.spec.Send {
		fields = append(fields, Field{name, value})
	}
	return fields
}

// sendable refuses a secret that can not travel as a header's value.
func sendable(text string) error {
	if text != strings.Trim(text, " \t") {
		return errors.New("the secret begins or ends with a blank, which a header's value can not")
	}
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return fmt.Errorf("byte %d of the secret is not visible ASCII, so it can not be sent in a header", i+1)
		}
	}
	return nil
}

// Apply sets fields in h, in place of what their headers held.
func Apply(h http.Header, fields []Field) {
	for _, f := range fields {
		h.Set(f.Name, f.Value)
	}
}

// CheckSecret refuses what can not be a secret of s: an empty one, one that does
// not decode, and one that can not travel in a header where the scheme sends it.
func (s *Scheme) CheckSecret(secret Secret) error {
	key, err := keyOf(secret, s.spec.Key, s.spec.KeyPrefix)
	if err != nil {
		return err
	}
	if s.static {
		return sendable(string(key))
	}
	return nil
}
