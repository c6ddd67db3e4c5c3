package signing

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// ErrNoID is the lack of a message ID for a scheme that signs one.
var ErrNoID = errors.New("the scheme signs a message ID, and none is given")

// Sign makes the header fields that carry m's signature under secret, as of
// now: the signature header, and those of the timestamp and of the message ID
// where the scheme has them. The body must be final: any later change breaks
// the signature.
//
// Where the signature travels in the body, m.Body is replaced by a copy that
// has it; where the scheme puts something into the query, m.URL is replaced,
// and m.Query says what was added.
//
// The error is [ErrEmptySecret], [ErrNoID], [ErrPublicKey], or says what in m
// the scheme cannot sign; it does not quote the secret.
func (s *Scheme) Sign(m *Message, secret Secret, now time.Time) ([]Field, error) {
	signer, err := s.Signer(secret)
	if err != nil {
		return nil, err
	}
	return signer.Sign(m, now)
}

func (s *Scheme) sign(m *Message, k *key, secret Secret, now time.Time) ([]Field, error) {
	in := values{m: m, secret: secret}
	guards, err := s.applyGuards(&in)
	if err != nil {
		return nil, err
	}
	var fields []Field
	switch {
	case s.token:
		var token string
		if token, err = s.signToken(&in, k, now); err == nil {
			fields, err = s.carry(m, 0, s.grammar.join(token, source{}, ""))
		}
	case s.static:
		if err = sendable(string(k.raw)); err == nil {
			fields, err = s.carry(m, 0, s.grammar.join(string(k.raw), source{}, ""))
		}
	default:
		fields, err = s.signMessage(&in, k, guards, now)
	}
	return append(fields, guards...), err
}

func (s *Scheme) signMessage(in *values, k *key, guards []Field, now time.Time) ([]Field, error) {
	var extra []Field
	if s.id.kind != sourceNone {
		id, err := s.outgoingID(in.m)
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
		if in.timestamp, err = s.outgoingTime(in, now); err != nil {
			return nil, err
		}
		if s.clock.from.kind == sourceHeader {
			extra = append(extra, Field{s.clock.from.name, in.timestamp})
		}
	}
	if s.clock.list != "" {
		extra = append(extra, s.listField(in.m, append(slices.Clone(extra), guards...)))
	}
	if s.readsHeaders() {
		with := *in.m
		with.Header = in.m.Header.Clone()
		if with.Header == nil {
			with.Header = http.Header{}
		}
		Apply(with.Header, append(slices.Clone(extra), guards...))
		whole := in.m
		in.m = &with
		defer func() { whole.Body = with.Body }()
	}
	fields, err := s.signItems(in, k)
	return append(extra, fields...), err
}

// signItems signs the message, or each item of it.
func (s *Scheme) signItems(in *values, k *key) ([]Field, error) {
	if s.each == nil {
		return s.signOne(in, k, 0)
	}
	items, err := s.items(in)
	if err != nil {
		return nil, err
	}
	for i := range items {
		in.item = &items[i]
		if _, err := s.signOne(in, k, i); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func (s *Scheme) signOne(in *values, k *key, item int) ([]Field, error) {
	sum, err := s.make(k, s.messages[0], in)
	if err != nil {
		return nil, err
	}
	return s.carry(in.m, item, s.grammar.join(s.encoding.encode(sum), s.clock.from, in.timestamp))
}

func (s *Scheme) readsHeaders() bool {
	return slices.ContainsFunc(s.messages[0], func(p part) bool {
		return p.kind == partHeaders || (p.kind == partSource && p.from.kind == sourceHeader)
	})
}

// listField lists the headers that are signed: those that the message's own
// list names, otherwise what signing adds.
func (s *Scheme) listField(m *Message, added []Field) Field {
	names := headerNames(s.clock.list)
	if list, err := oneHeader(m.Header, s.clock.list); err == nil {
		names = append(names, headerNames(list)...)
	}
	for _, f := range added {
		names = append(names, strings.ToLower(f.Name))
	}
	slices.Sort(names)
	return Field{s.clock.list, strings.Join(slices.Compact(names), ",")}
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

// outgoingTime is now, unless the time is in the body or the URL, where Sign
// does not change it.
func (s *Scheme) outgoingTime(in *values, now time.Time) (string, error) {
	if s.clock.from.kind == sourceHeader || s.clock.from.kind == sourceField {
		return s.clock.format(now), nil
	}
	text, err := s.clock.from.read(in)
	if err != nil && s.clock.spliced {
		return "", err
	}
	return text, nil
}

// sendable refuses a secret that cannot be the value of a header.
func sendable(text string) error {
	if text != strings.Trim(text, " \t") {
		return errors.New("the secret begins or ends with a blank, which a header's value can not")
	}
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return fmt.Errorf("byte %d of the secret is not visible ASCII, so it cannot be sent in a header", i+1)
		}
	}
	return nil
}

// Apply sets fields in h and replaces what their headers held.
func Apply(h http.Header, fields []Field) {
	for _, f := range fields {
		h.Set(f.Name, f.Value)
	}
}

// CheckSecret refuses what can not be a secret of s: an empty one, one that does
// not decode, and one that can not travel in a header where the scheme sends it.
func (s *Scheme) CheckSecret(secret Secret) error {
	fits, err := s.fitting(secret)
	if err != nil {
		return err
	}
	if s.static {
		return sendable(string(fits[0].key.raw))
	}
	return nil
}
