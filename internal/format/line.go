package format

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"time"
	"unicode/utf8"

	"github.com/whk-cli/whk/internal/webhook"
)

// lineParser reads deliveries in the form that whk itself writes, without
// garbage: its delivery is overwritten by the next one, texts that repeat from
// line to line are not made anew, and short ones share their memory.
//
// It knows no errors. What is unusual, and what is wrong, it leaves to
// parseDelivery; a delivery that it does read is the one that parseDelivery
// would give.
type lineParser struct {
	trusting bool // the digest of the body is not looked at
	src      []byte
	pos      int

	delivery webhook.Delivery
	body     []byte
	unquoted []byte // of other texts with escapes
	last     [7]string
	header   webhook.Header
	headers  webhook.Header // of the line before, whose texts may do again
	texts    texts

	verification lastValue[webhook.Verification]
	response     lastValue[webhook.Response]
	forwards     lastValue[[]webhook.Forward]

	seen   members
	size   int
	digest []byte
}

// members are the members of the object that were there.
type members uint16

const (
	seenID members = 1 << iota
	seenReceivedAt
	seenMethod
	seenURL
	seenRemote
	seenHeaders
	seenBody
	seenSize
	seenDigest
	seenProvider
	seenEvent
	seenMessageID
	seenVerification
	seenResponse
	seenForwards
	seenType
)

// parse returns the delivery in line, which stays as it is until the next call;
// false when parseDelivery has to look at the line.
func (p *lineParser) parse(line []byte) (*webhook.Delivery, bool) {
	if !utf8.Valid(line) {
		return nil, false
	}
	p.src, p.pos, p.seen, p.digest = line, 0, 0, nil
	p.delivery = webhook.Delivery{}
	if !p.object() || p.seen&seenHeaders == 0 || p.seen&seenBody == 0 || !p.intact() {
		return nil, false
	}
	return &p.delivery, true
}

// intact compares the body with what the line says about it.
func (p *lineParser) intact() bool {
	if p.seen&seenSize != 0 && p.size != len(p.delivery.Body) {
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
	for {
		name, ok := p.plain()
		if !ok || !p.byte(':') || !p.member(name) {
			return false
		}
		if p.byte('}') {
			return p.atEnd()
		}
		if !p.byte(',') {
			return false
		}
	}
}

// member reads the value of a member. One that is there twice, or that has a
// name of another form, is not for this parser.
func (p *lineParser) member(name []byte) bool {
	d := &p.delivery
	switch string(name) {
	case "id":
		return p.once(seenID) && p.text(&d.ID, 0)
	case "received_at":
		return p.once(seenReceivedAt) && p.time(&d.ReceivedAt)
	case "method":
		return p.once(seenMethod) && p.text(&d.Method, 1)
	case "url":
		return p.once(seenURL) && p.text(&d.URL, 2)
	case "remote":
		return p.once(seenRemote) && p.text(&d.Remote, 3)
	case "headers":
		return p.once(seenHeaders) && p.fields()
	case "body":
		return p.once(seenBody) && p.bodyText()
	case "body_base64":
		return p.once(seenBody) && p.bodyBase64()
	case "body_size":
		return p.once(seenSize) && p.number(&p.size)
	case "body_sha256":
		var ok bool
		p.digest, ok = p.plain()
		return ok && p.once(seenDigest)
	case "provider":
		return p.once(seenProvider) && p.text(&d.Provider, 4)
	case "event":
		return p.once(seenEvent) && p.text(&d.Event, 5)
	case "message_id":
		return p.once(seenMessageID) && p.text(&d.MessageID, 6)
	case "verification":
		return p.once(seenVerification) && nested(p, &d.Verification, &p.verification, '{')
	case "response":
		return p.once(seenResponse) && nested(p, &d.Response, &p.response, '{')
	case "forwards":
		return p.once(seenForwards) && nested(p, &d.Forwards, &p.forwards, '[')
	case "type": // of the lines that listen prints
		kind, ok := p.plain()
		return ok && p.once(seenType) && string(kind) == "delivery"
	}
	return false
}

func (p *lineParser) once(m members) bool {
	again := p.seen&m != 0
	p.seen |= m
	return !again
}

// blanks passes over the blanks of JSON.
func (p *lineParser) blanks() {
	for p.pos < len(p.src) {
		switch p.src[p.pos] {
		case ' ', '\t', '\r', '\n':
			p.pos++
		default:
			return
		}
	}
}

// byte passes over blanks and c, if c is next.
func (p *lineParser) byte(c byte) bool {
	if p.pos < len(p.src) && p.src[p.pos] == c {
		p.pos++
		return true
	}
	p.blanks()
	if p.pos < len(p.src) && p.src[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

func (p *lineParser) atEnd() bool {
	p.blanks()
	return p.pos == len(p.src)
}

// plain reads a string without escapes.
func (p *lineParser) plain() ([]byte, bool) {
	if !p.byte('"') {
		return nil, false
	}
	n := special(p.src[p.pos:])
	if n < 0 || p.src[p.pos+n] != '"' {
		return nil, false
	}
	text := p.src[p.pos : p.pos+n]
	p.pos += n + 1
	return text, true
}

// string reads any string; with escapes, it is valid until the next one.
func (p *lineParser) string() ([]byte, bool) {
	start := p.pos
	if text, ok := p.plain(); ok {
		return text, true
	}
	if p.pos = start; !p.byte('"') {
		return nil, false
	}
	n, ok := 0, false
	p.unquoted, n, ok = unquote(p.unquoted, p.src[p.pos:])
	p.pos += n
	return p.unquoted, ok
}

// text reads a string into dst. The string of the line before is taken when it
// is the same.
func (p *lineParser) text(dst *string, slot int) bool {
	text, ok := p.string()
	if !ok {
		return false
	}
	*dst = p.reuse(&p.last[slot], text)
	return true
}

func (p *lineParser) reuse(last *string, text []byte) string {
	if *last != string(text) {
		*last = p.texts.keep(text)
	}
	return *last
}

func (p *lineParser) time(at *time.Time) bool {
	text, ok := p.plain()
	if !ok || len(text) == 0 {
		return false
	}
	// It is stricter than the slow parser, whose the rest is.
	err := at.UnmarshalText(text)
	*at = at.UTC()
	return err == nil
}

func (p *lineParser) number(n *int) bool {
	p.blanks()
	start := p.pos
	*n = 0
	for p.pos < len(p.src) && p.src[p.pos] >= '0' && p.src[p.pos] <= '9' {
		*n = *n*10 + int(p.src[p.pos]-'0')
		p.pos++
	}
	digits := p.pos - start
	return digits > 0 && digits < 16 && (digits == 1 || p.src[start] != '0') && (p.pos == len(p.src) || isEndOfNumber(p.src[p.pos]))
}

func isEndOfNumber(c byte) bool {
	return c == ',' || c == '}' || c == ' ' || c == '\t' || c == '\r' || c == '\n'
}

// fields reads a list of pairs, or an object of strings.
func (p *lineParser) fields() bool {
	p.header = p.header[:0]
	ok := false
	if p.byte('[') {
		ok = p.sequence(']', func() bool { return p.byte('[') && p.field(',') && p.byte(']') })
	} else if p.byte('{') {
		ok = p.sequence('}', func() bool { return p.field(':') })
	}
	p.delivery.Header = p.header
	p.headers = append(p.headers[:0], p.header...)
	return ok
}

func (p *lineParser) sequence(end byte, element func() bool) bool {
	if p.byte(end) {
		return true
	}
	for element() {
		if p.byte(end) {
			return true
		}
		if !p.byte(',') {
			return false
		}
	}
	return false
}

func (p *lineParser) field(between byte) bool {
	var last webhook.Field
	if i := len(p.header); i < len(p.headers) {
		last = p.headers[i]
	}
	name, ok := p.string()
	if !ok || !p.byte(between) {
		return false
	}
	p.reuse(&last.Name, name)
	value, ok := p.string()
	if !ok {
		return false
	}
	p.reuse(&last.Value, value)
	p.header = append(p.header, last)
	return true
}

func (p *lineParser) bodyText() bool {
	if !p.byte('"') {
		return false
	}
	n, ok := 0, false
	p.body, n, ok = unquote(p.body, p.src[p.pos:])
	p.pos += n
	p.delivery.Body = p.body
	return ok
}

func (p *lineParser) bodyBase64() bool {
	text, ok := p.plain()
	if !ok {
		return false
	}
	var err error
	p.body, err = base64.StdEncoding.Strict().AppendDecode(p.body[:0], text)
	p.delivery.Body = p.body
	return err == nil
}

// lastValue is the text of a value as it was decoded last, and what it means.
type lastValue[T any] struct {
	raw   []byte
	value T
}

// nested reads a value that most lines have in common into dst: it is decoded only
// where it differs from the last one.
func nested[T any](p *lineParser, dst *T, last *lastValue[T], open byte) bool {
	p.blanks()
	start := p.pos
	if len(last.raw) > 0 && bytes.HasPrefix(p.src[start:], last.raw) {
		p.pos += len(last.raw)
		*dst = last.value
		return true
	}
	if start == len(p.src) || p.src[start] != open || !p.skipNested() {
		return false
	}
	raw := p.src[start:p.pos]
	if loneSurrogate(raw) >= 0 || json.Unmarshal(raw, dst) != nil {
		return false
	}
	last.raw, last.value = append(last.raw[:0], raw...), *dst
	return true
}

// skipNested passes over an object or a list without looking whether it is in
// order.
func (p *lineParser) skipNested() bool {
	for depth := 0; p.pos < len(p.src); {
		c := p.src[p.pos]
		p.pos++
		switch c {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return true
			}
		case '"':
			for {
				n := special(p.src[p.pos:])
				if n < 0 {
					return false
				}
				p.pos += n + 1
				if c := p.src[p.pos-1]; c == '"' {
					break
				} else if c == '\\' {
					p.pos++
				}
				if p.pos >= len(p.src) {
					return false
				}
			}
		}
	}
	return false
}
