package format

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"unicode/utf8"

	"github.com/whk-cli/whk/internal/webhook"
)

// lineParser reads deliveries in the form that whk itself writes, without
// allocating: its delivery is overwritten by the next one, and short texts
// share their memory. Lines mostly come from one writer and are similar. So a
// member is first compared with the one in its place in the line before: the
// same bytes mean the same. It has no errors. What is unusual or wrong it
// leaves to parseDelivery; a delivery that it does read is the same that
// parseDelivery would return.
type lineParser struct {
	trusting bool // the digest of the body is not looked at
	src      []byte
	pos      int

	delivery webhook.Delivery
	seen     uint32 // a bit for each member
	size     int
	digest   []byte
	header   webhook.Header
	body     []byte
	unquoted []byte // of other texts with escapes
	texts    texts

	order  [memberCount]member // of the line before
	raw    [memberCount][]byte // members as they stood in a line before, name and value,
	last   webhook.Delivery    // and what they meant
	fields []fieldText         // of the line before
}

// fieldText is a header field as it stands in a list of pairs.
type fieldText struct {
	raw   []byte
	field webhook.Field
}

// parse returns the delivery in line, which stays as it is until the next call;
// false when parseDelivery has to look at the line.
func (p *lineParser) parse(line []byte) (*webhook.Delivery, bool) {
	if !utf8.Valid(line) {
		return nil, false
	}
	p.src, p.pos, p.seen, p.digest = line, 0, 0, nil
	p.delivery = webhook.Delivery{}
	if !p.object() || !p.has(memberHeaders) || !p.has(memberBody) && !p.has(memberBase64) || !p.intact() {
		return nil, false
	}
	return &p.delivery, true
}

// intact compares the body with what the line says about it.
func (p *lineParser) intact() bool {
	if p.has(memberSize) && p.size != len(p.delivery.Body) {
		return false
	}
	return p.trusting || p.sameDigest()
}

// sameDigest compares the body with the digest that the line states, if it does.
func (p *lineParser) sameDigest() bool {
	if len(p.digest) == 0 {
		return true
	}
	sum := sha256.Sum256(p.delivery.Body)
	var text [2 * sha256.Size]byte
	hex.Encode(text[:], sum[:])
	return bytes.Equal(text[:], p.digest)
}

// object reads the one object that the line is.
func (p *lineParser) object() bool {
	if !p.byte('{') {
		return false
	}
	if p.byte('}') {
		return p.atEnd()
	}
	for n := range memberCount {
		if !p.member(n) {
			return false
		}
		if p.byte('}') {
			return p.atEnd()
		}
		if !p.byte(',') {
			return false
		}
	}
	return false
}

// member reads the nth member. One that is there twice, or that has a name of
// another form, is not for this parser.
func (p *lineParser) member(n member) bool {
	m := p.order[n]
	if len(p.raw[m]) > 0 && p.passes(p.raw[m]) {
		copyMember(&p.delivery, &p.last, m)
		return p.once(m)
	}
	start := p.pos
	if !p.passes(memberTexts[m]) {
		name, ok := p.plain()
		if m = memberOf(name); !ok || m == memberCount || !p.byte(':') {
			return false
		}
		p.order[n] = m
	}
	if !p.once(m) || !p.value(m) {
		return false
	}
	if copyMember(&p.last, &p.delivery, m) {
		p.raw[m] = append(p.raw[m][:0], p.src[start:p.pos]...)
	}
	return true
}

func (p *lineParser) has(m member) bool { return p.seen&(1<<m) != 0 }

func (p *lineParser) once(m member) bool {
	again := p.has(m)
	p.seen |= 1 << m
	return !again
}

// passes passes over text, if it is next.
func (p *lineParser) passes(text []byte) bool {
	if !bytes.HasPrefix(p.src[p.pos:], text) {
		return false
	}
	p.pos += len(text)
	return true
}

// value reads the value of a member into the delivery.
func (p *lineParser) value(m member) bool {
	d := &p.delivery
	switch m {
	case memberID:
		return p.text(&d.ID)
	case memberReceivedAt:
		return p.time(&d.ReceivedAt)
	case memberMethod:
		return p.text(&d.Method)
	case memberURL:
		return p.text(&d.URL)
	case memberRemote:
		return p.text(&d.Remote)
	case memberHeaders:
		return p.headers()
	case memberBody:
		return !p.has(memberBase64) && p.bodyText()
	case memberBase64:
		return !p.has(memberBody) && p.bodyBase64()
	case memberSize:
		return p.number(&p.size)
	case memberDigest:
		var ok bool
		p.digest, ok = p.plain()
		return ok
	case memberProvider:
		return p.text(&d.Provider)
	case memberEvent:
		return p.text(&d.Event)
	case memberMessageID:
		return p.text(&d.MessageID)
	case memberVerification:
		return p.nested(&d.Verification, '{')
	case memberResponse:
		return p.nested(&d.Response, '{')
	case memberForwards:
		return p.nested(&d.Forwards, '[')
	}
	kind, ok := p.plain() // memberType
	return ok && string(kind) == "delivery"
}
