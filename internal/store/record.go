package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"sync"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// record is a delivery as a row.
type record struct {
	id         int64
	receivedAt int64 // nanoseconds since 1970
	verdict    int64
	size       int64  // of the body
	open       uint32 // the checksum of all but the id
	sum        uint32 // of everything, the id last
	provider   string
	event      string
	messageID  string
	file       string // where the body lies; "" when it follows the head
	data       []byte // the head, and the body without a file
}

// Made on first use: every command pays for what happens at start-up.
var castagnoli = sync.OnceValue(func() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) })

// The first byte of a head: the order of the fields below, and what it is of.
const (
	headDelivery  = 1
	headHandshake = 2
)

var errTime = errors.New("time of receipt is outside the years 1678 to 2261")

// newRecord encodes d into buf's space. The id, and with it the last step of
// the checksum, is the writer's.
func newRecord(d *webhook.Delivery, file string, buf []byte) (record, error) {
	if y := d.ReceivedAt.UTC().Year(); y < 1678 || y > 2261 {
		return record{}, errTime
	}
	r := record{
		receivedAt: d.ReceivedAt.UnixNano(),
		verdict:    verdictCode(d.Verification.Status),
		size:       int64(len(d.Body)),
		provider:   d.Provider,
		event:      d.Event,
		messageID:  d.MessageID,
		file:       file,
		data:       appendHead(buf[:0], d),
	}
	if file == "" {
		r.data = append(r.data, d.Body...)
		r.open = r.checksum(nil, r.data[len(r.data):])
	} else {
		r.open = r.checksum(d.Body, r.data[len(r.data):])
	}
	return r, nil
}

// checksum is that of all but the id. Each part is preceded by its length, so
// that no byte can move from one into the next unseen. apart is a body that has
// a file of its own. It works in space, if that is enough.
func (r *record) checksum(apart, space []byte) uint32 {
	b := binary.LittleEndian.AppendUint64(space[:0], uint64(r.receivedAt))
	b = binary.LittleEndian.AppendUint64(b, uint64(r.verdict))
	b = binary.LittleEndian.AppendUint64(b, uint64(r.size))
	b = appendText(b, r.provider)
	b = appendText(b, r.event)
	b = appendText(b, r.messageID)
	b = appendText(b, r.file)
	sum := crc32.Update(0, castagnoli(), b)
	sum = crc32.Update(sum, castagnoli(), r.data)
	return crc32.Update(sum, castagnoli(), apart)
}

// sealed is the checksum as it is kept: with the id. Eight bytes are not worth the
// memory that a call for them takes.
func sealed(sum uint32, id int64) uint32 {
	table, sum := castagnoli(), ^sum
	for shift := 0; shift < 64; shift += 8 {
		sum = table[byte(sum)^byte(uint64(id)>>shift)] ^ sum>>8
	}
	return ^sum
}

// delivery checks r and decodes it. apart is the body's file.
func (r *record) delivery(apart []byte) (*webhook.Delivery, error) {
	if sealed(r.checksum(apart, nil), r.id) != r.sum {
		return nil, r.damaged("its checksum does not match")
	}
	d := &webhook.Delivery{
		ID:         formatID(r.id),
		ReceivedAt: time.Unix(0, r.receivedAt).UTC(),
		Provider:   r.provider,
		Event:      r.event,
		MessageID:  r.messageID,
	}
	rest, err := readHead(d, r.data)
	if err != nil {
		return nil, r.damaged(err.Error())
	}
	d.Body = rest
	if r.file != "" {
		d.Body = apart
	}
	if int64(len(d.Body)) != r.size {
		return nil, r.damaged(fmt.Sprintf("%d of %d bytes of its body are there", len(d.Body), r.size))
	}
	return d, nil
}

func (r *record) damaged(detail string) error {
	return &DamagedError{ID: formatID(r.id), Detail: detail}
}

func verdictCode(s webhook.Status) int64 {
	switch s {
	case webhook.Authentic:
		return 1
	case webhook.NotAuthentic:
		return 2
	case webhook.Unverified:
		return 3
	}
	return 0
}

func appendHead(b []byte, d *webhook.Delivery) []byte {
	if d.Handshake {
		b = append(b, headHandshake)
	} else {
		b = append(b, headDelivery)
	}
	b = appendText(b, d.Method)
	b = appendText(b, d.URL)
	b = appendText(b, d.Remote)
	b = binary.AppendUvarint(b, uint64(len(d.Header)))
	for _, f := range d.Header {
		b = appendText(b, f.Name)
		b = appendText(b, f.Value)
	}
	v := &d.Verification
	b = appendText(b, string(v.Status))
	b = appendText(b, string(v.Reason))
	b = appendText(b, v.Detail)
	b = appendTexts(b, v.Warnings)
	b = appendTexts(b, v.Candidates)
	return binary.AppendUvarint(b, uint64(max(d.Response.Status, 0)))
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendTexts(b []byte, list []string) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for _, s := range list {
		b = appendText(b, s)
	}
	return b
}

// readHead fills d from the beginning of data and returns what follows it.
func readHead(d *webhook.Delivery, data []byte) ([]byte, error) {
	r := reader{rest: data}
	version := r.byte()
	if version != headDelivery && version != headHandshake && !r.short {
		return nil, fmt.Errorf("its head has the unknown form %d", version)
	}
	d.Handshake = version == headHandshake
	d.Method, d.URL, d.Remote = r.text(), r.text(), r.text()
	if n := r.count(2); n > 0 {
		d.Header = make(webhook.Header, n)
		for i := range d.Header {
			d.Header[i] = webhook.Field{Name: r.text(), Value: r.text()}
		}
	}
	d.Verification = webhook.Verification{
		Status:     webhook.Status(r.text()),
		Reason:     webhook.Reason(r.text()),
		Detail:     r.text(),
		Warnings:   r.texts(),
		Candidates: r.texts(),
	}
	d.Response.Status = int(r.uint())
	if r.short {
		return nil, errors.New("its head ends early")
	}
	return r.rest, nil
}

// reader takes apart what the append functions wrote. After the first value
// that is not there, short is set and all others are zero.
type reader struct {
	rest  []byte
	short bool
}

func (r *reader) fail() { r.rest, r.short = nil, true }

func (r *reader) byte() byte {
	if len(r.rest) == 0 {
		r.fail()
		return 0
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b
}

func (r *reader) uint() uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

// count is the length of a list whose items have at least size bytes each, so
// that a broken number allocates nothing.
func (r *reader) count(size int) int {
	n := r.uint()
	if n > uint64(len(r.rest)/size) {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *reader) text() string {
	n := r.count(1)
	s := string(r.rest[:n])
	r.rest = r.rest[n:]
	return s
}

func (r *reader) texts() []string {
	n := r.count(1)
	if n == 0 {
		return nil
	}
	list := make([]string, n)
	for i := range list {
		list[i] = r.text()
	}
	return list
}

// The kinds of an outcome.
const (
	kindForward  = 1
	kindResponse = 2
)

// outcome is something that happened to a delivery after it was kept, as a row.
type outcome struct {
	delivery int64
	kind     int64
	sum      uint32
	data     []byte
}

func newForward(id int64, f webhook.Forward) outcome {
	b := appendText(nil, f.URL)
	b = binary.AppendUvarint(b, uint64(max(f.Status, 0)))
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(f.DurationMS))
	return newOutcome(id, kindForward, appendText(b, f.Error))
}

func newResponse(id int64, r webhook.Response) outcome {
	b := binary.AppendUvarint(nil, uint64(max(r.Status, 0)))
	if r.Played != "" {
		b = appendText(b, r.Played)
	}
	return newOutcome(id, kindResponse, b)
}

func newOutcome(id, kind int64, data []byte) outcome {
	o := outcome{delivery: id, kind: kind, data: data}
	o.sum = o.checksum()
	return o
}

func (o *outcome) checksum() uint32 {
	return sealed(sealed(crc32.Checksum(o.data, castagnoli()), o.kind), o.delivery)
}

// add checks o and puts its content into d.
func (o *outcome) add(d *webhook.Delivery) error {
	if o.checksum() != o.sum {
		return &DamagedError{ID: formatID(o.delivery), Detail: "what is known of its forwards does not match its checksum"}
	}
	r := reader{rest: o.data}
	switch o.kind {
	case kindForward:
		f := webhook.Forward{URL: r.text(), Status: int(r.uint())}
		if bits := r.rest; len(bits) >= 8 {
			f.DurationMS = math.Float64frombits(binary.LittleEndian.Uint64(bits))
			r.rest = bits[8:]
		}
		f.Error = r.text()
		d.Forwards = append(d.Forwards, f)
	case kindResponse:
		d.Response = webhook.Response{Status: int(r.uint())}
		if len(r.rest) > 0 {
			d.Response.Played = r.text()
		}
	}
	if r.short {
		return &DamagedError{ID: formatID(o.delivery), Detail: "what is known of its forwards ends early"}
	}
	return nil
}
