package format

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math/bits"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/whk-cli/whk/internal/webhook"
)

// lineParser reads deliveries in the form that whk itself writes, without
// garbage: its delivery is overwritten by the next one, and texts that repeat
// from line to line are not made anew.
//
// It knows no errors. What is unusual, and what is wrong, it leaves to
// parseDelivery; a delivery that it does read is the one that parseDelivery
// would give.
type lineParser struct {
	trusting bool // the digest of the body is not looked at
	src      []byte
	pos      int

	delivery webhook.Delivery
	out      webhook.Delivery
	body     []byte
	unquoted []byte // of other texts with escapes
	texts    [8]string
	header   webhook.Header
	headers  webhook.Header // of the line before, whose texts may do again

	verification, response, forwards lastValue

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

// lastValue is the text of a member as it was decoded last.
type lastValue struct{ raw []byte }

// parse returns the delivery in line, which stays as it is until the next call;
// false when parseDelivery has to look at the line.
func (p *lineParser) parse(line []byte) (*webhook.Delivery, bool) {
	if !utf8.Valid(line) {
		return nil, false
	}
	p.src, p.pos, p.seen, p.digest = line, 0, 0, nil
	d := &p.delivery
	verification, response, forwards := d.Verification, d.Response, d.Forwards
	*d = webhook.Delivery{Verification: verification, Response: response, Forwards: forwards}
	if !p.object() || p.seen&seenHeaders == 0 || p.seen&seenBody == 0 || !p.intact() {
		// What was decoded may be half of something.
		p.verification, p.response, p.forwards = lastValue{}, lastValue{}, lastValue{}
		return nil, false
	}
	p.out = *d
	if p.seen&seenVerification == 0 {
		p.out.Verification = webhook.Verification{}
	}
	if p.seen&seenResponse == 0 {
		p.out.Response = webhook.Response{}
	}
	if p.seen&seenForwards == 0 {
		p.out.Forwards = nil
	}
	return &p.out, true
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
		return p.once(seenVerification) && p.value(&p.verification, '{', func(raw []byte) error {
			d.Verification = webhook.Verification{}
			return json.Unmarshal(raw, &d.Verification)
		})
	case "response":
		return p.once(seenResponse) && p.value(&p.response, '{', func(raw []byte) error {
			d.Response = webhook.Response{}
			return json.Unmarshal(raw, &d.Response)
		})
	case "forwards":
		return p.once(seenForwards) && p.value(&p.forwards, '[', func(raw []byte) error {
			d.Forwards = nil
			return json.Unmarshal(raw, &d.Forwards)
		})
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
	var ok bool
	p.unquoted, ok = p.unquote(p.unquoted)
	return p.unquoted, ok
}

// text reads a string into dst. The string of the line before is taken when it
// is the same.
func (p *lineParser) text(dst *string, slot int) bool {
	text, ok := p.string()
	if !ok {
		return false
	}
	*dst = reuse(&p.texts[slot], text)
	return true
}

func reuse(last *string, text []byte) string {
	if *last != string(text) {
		*last = string(text)
	}
	return *last
}

func (p *lineParser) time(at *time.Time) bool {
	text, ok := p.plain()
	if !ok || len(text) == 0 {
		return false
	}
	t, err := time.Parse(time.RFC3339Nano, string(text))
	*at = t.UTC()
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
	reuse(&last.Name, name)
	value, ok := p.string()
	if !ok {
		return false
	}
	reuse(&last.Value, value)
	p.header = append(p.header, last)
	return true
}

func (p *lineParser) bodyText() bool {
	if !p.byte('"') {
		return false
	}
	var ok bool
	p.body, ok = p.unquote(p.body)
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

// value reads a value that most lines have in common: it is decoded only where
// it differs from the last one.
func (p *lineParser) value(last *lastValue, open byte, decode func([]byte) error) bool {
	p.blanks()
	if len(last.raw) > 0 && bytes.HasPrefix(p.src[p.pos:], last.raw) {
		p.pos += len(last.raw)
		return true
	}
	if p.pos == len(p.src) || p.src[p.pos] != open {
		return false
	}
	start := p.pos
	if !p.skipNested() {
		return false
	}
	raw := p.src[start:p.pos]
	last.raw = last.raw[:0]
	if loneSurrogate(raw) >= 0 || decode(raw) != nil {
		return false
	}
	last.raw = append(last.raw, raw...)
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

const (
	everyByte = 0x0101010101010101
	highBits  = 0x8080808080808080
)

// marks has the high bit of each byte of w set that is a quote, a backslash or
// a control character. Above the lowest one that is set, others may be set in
// error.
func marks(w uint64) uint64 {
	quote, backslash := w^('"'*everyByte), w^('\\'*everyByte)
	return ((quote-everyByte)&^quote | (backslash-everyByte)&^backslash | (w-' '*everyByte)&^w) & highBits
}

// special returns the index of the first quote, backslash or control character,
// or -1.
func special(b []byte) int {
	i := 0
	for ; i+8 <= len(b); i += 8 {
		if m := marks(binary.LittleEndian.Uint64(b[i:])); m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
	}
	for ; i < len(b); i++ {
		if c := b[i]; c == '"' || c == '\\' || c < ' ' {
			return i
		}
	}
	return -1
}

// unquote reads the rest of a string, up to and including its end, and returns
// it in the memory of dst.
func (p *lineParser) unquote(dst []byte) ([]byte, bool) {
	src := p.src[p.pos:]
	if cap(dst) < len(src)+8 {
		dst = make([]byte, 0, 2*len(src)+8)
	}
	// No escape is shorter than what it stands for, so there is always room.
	dst = dst[:cap(dst)]
	n, i := 0, 0
	for i < len(src) {
		if i+8 <= len(src) {
			w := binary.LittleEndian.Uint64(src[i:])
			binary.LittleEndian.PutUint64(dst[n:], w)
			m := marks(w)
			if m == 0 {
				i, n = i+8, n+8
				continue
			}
			plain := bits.TrailingZeros64(m) / 8
			i, n = i+plain, n+plain
		}
		c := src[i]
		switch {
		case c == '\\' && i+1 < len(src) && src[i+1] == '"': // most of all, in JSON within JSON
			dst[n] = '"'
			i, n = i+2, n+1
			continue
		case c == '"':
			p.pos += i + 1
			return dst[:n], true
		case c < ' ':
			return dst[:0], false
		case c != '\\':
			dst[n] = c
			i, n = i+1, n+1
			continue
		case i+1 == len(src):
			return dst[:0], false
		}
		switch c = src[i+1]; c {
		case '"', '\\', '/':
		case 'n':
			c = '\n'
		case 't':
			c = '\t'
		case 'r':
			c = '\r'
		case 'b':
			c = '\b'
		case 'f':
			c = '\f'
		case 'u':
			r, size := escapedRune(src[i:])
			if size == 0 {
				return dst[:0], false
			}
			n += utf8.EncodeRune(dst[n:n+utf8.UTFMax], r)
			i += size
			continue
		default:
			return dst[:0], false
		}
		dst[n] = c
		i, n = i+2, n+1
	}
	return dst[:0], false
}

// escapedRune reads \uXXXX, or two of them for a pair of surrogates. A size of 0
// is none, or half a pair.
func escapedRune(b []byte) (rune, int) {
	if len(b) < 6 || hexValue(b[2])|hexValue(b[3])|hexValue(b[4])|hexValue(b[5]) < 0 {
		return 0, 0
	}
	unit := rune(escapedUnit(b))
	if !utf16.IsSurrogate(unit) {
		return unit, 6
	}
	if len(b) < 12 || b[6] != '\\' || b[7] != 'u' || hexValue(b[8])|hexValue(b[9])|hexValue(b[10])|hexValue(b[11]) < 0 {
		return 0, 0
	}
	r := utf16.DecodeRune(unit, rune(escapedUnit(b[6:])))
	if r == utf8.RuneError {
		return 0, 0
	}
	return r, 12
}
