package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// FuzzRecord holds that what is encoded comes back, byte for byte, and that a
// changed byte anywhere is seen.
func FuzzRecord(f *testing.F) {
	f.Add("POST", "http://localhost/", "X-A", "b", "mismatch", []byte("{}"), uint16(3), byte(1))
	f.Add("", "", "", "\x00\xff", "", []byte{}, uint16(0), byte(0x80))
	f.Fuzz(func(t *testing.T, method, url, name, value, detail string, body []byte, at uint16, flip byte) {
		d := &webhook.Delivery{
			ReceivedAt: time.Unix(1, 2).UTC(), Method: method, URL: url, Remote: value,
			Header: webhook.Header{{Name: name, Value: value}, {Name: name, Value: ""}}, Body: body,
			Provider: name, Event: detail, MessageID: value, Handshake: at%2 == 1,
			Verification: webhook.Verification{Status: webhook.NotAuthentic, Detail: detail, Candidates: []string{name, value}},
			Response:     webhook.Response{Status: 401},
		}
		r, err := newRecord(d, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.id = 42
		r.sum = sealed(r.open, r.id)
		got, err := r.delivery(nil)
		if err != nil {
			t.Fatal(err)
		}
		d.ID = formatID(42)
		if text := diff(d, got); text != "" {
			t.Error(text)
		}
		if flip == 0 {
			return
		}
		r.data = slices.Clone(r.data)
		r.data[int(at)%len(r.data)] ^= flip
		if _, err := r.delivery(nil); !errors.As(err, new(*DamagedError)) {
			t.Errorf("a changed byte was not seen: %v", err)
		}
	})
}

// FuzzReadHead holds that no head, however broken, makes the reader panic or
// take more than its bytes are worth.
func FuzzReadHead(f *testing.F) {
	f.Add(appendHead(nil, sample()))
	f.Add([]byte{headDelivery, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f})
	f.Fuzz(func(t *testing.T, data []byte) {
		var d webhook.Delivery
		rest, err := readHead(&d, data)
		if err == nil && !bytes.HasSuffix(data, rest) {
			t.Error("the rest is not the end of the data")
		}
		if len(d.Header) > len(data) || len(d.Verification.Warnings) > len(data) {
			t.Error("more items than bytes")
		}
	})
}

// Every part of a record is under its checksum.
func TestRecordDamage(t *testing.T) {
	kept, err := newRecord(sample(), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	kept.id = 42
	kept.sum = sealed(kept.open, kept.id)
	if _, err := kept.delivery(nil); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*record){
		"id":              func(r *record) { r.id++ },
		"time":            func(r *record) { r.receivedAt++ },
		"verdict":         func(r *record) { r.verdict = 2 },
		"size":            func(r *record) { r.size-- },
		"sum":             func(r *record) { r.sum++ },
		"provider":        func(r *record) { r.provider = "saaz" },
		"event":           func(r *record) { r.event = "" },
		"message id":      func(r *record) { r.messageID += "1" },
		"file":            func(r *record) { r.file = "a.body" },
		"data":            func(r *record) { r.data = r.data[:len(r.data)-1] },
		"moved text":      func(r *record) { r.provider, r.event = "saasi", "nvoice.paid" },
		"moved body part": func(r *record) { r.data = append(slices.Clone(r.data), 'x') },
	} {
		r := kept
		change(&r)
		if _, err := r.delivery(nil); !errors.As(err, new(*DamagedError)) {
			t.Errorf("%s changed: %v", name, err)
		}
	}
}

func TestRecordTimes(t *testing.T) {
	for year, fine := range map[int]bool{1: false, 1677: false, 1678: true, 2261: true, 2262: false} {
		d := sample()
		d.ReceivedAt = time.Date(year, 6, 1, 0, 0, 0, 1, time.UTC)
		r, err := newRecord(d, "", nil)
		if (err == nil) != fine {
			t.Errorf("year %d: %v", year, err)
		}
		if err == nil && !time.Unix(0, r.receivedAt).Equal(d.ReceivedAt) {
			t.Errorf("year %d did not survive", year)
		}
	}
}

// The id's part of a checksum is computed without a call, and is the same.
func TestSealed(t *testing.T) {
	for _, id := range []int64{0, 1, 255, 256, 1<<40 + 7, idMax, -1} {
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], uint64(id))
		for _, sum := range []uint32{0, 1, 0xdeadbeef, 1<<32 - 1} {
			if got, want := sealed(sum, id), crc32.Update(sum, castagnoli(), b[:]); got != want {
				t.Errorf("sealed(%#x, %d) is %#x, want %#x", sum, id, got, want)
			}
		}
	}
}
