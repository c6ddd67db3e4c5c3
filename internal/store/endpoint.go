package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// Endpoint is where deliveries of a provider go, with all that its console
// would let one set. Names are told apart without regard to case.
type Endpoint struct {
	Settings
	Enabled bool
	Pause   Pause
	Stats   Stats

	row int64
}

// Settings are what the user sets for an endpoint.
type Settings struct {
	ID          string // by which the provider knows it; stays when the name changes
	Name        string
	Description string
	URL         string
	Provider    string
	Variants    []string
	Method      string           // "" is the provider's
	Header      webhook.Header   // sent besides, or in place of, the provider's own
	Data        []byte           // custom data, a JSON object; nil is none
	Events      webhook.Patterns // subscribed to; empty is all
	CreatedAt   time.Time
	ChangedAt   time.Time
}

// Pause says why nothing is sent to an endpoint until somebody resumes it.
type Pause struct {
	Since   time.Time // zero: it is not paused
	Why     string
	Failing int // failures in a row that count towards pausing, over all deliveries
}

// Paused reports whether the endpoint is paused.
func (e *Endpoint) Paused() bool { return !e.Pause.Since.IsZero() }

// Stats count an endpoint's deliveries since it was added, however many
// attempts are still kept. Attempts with an unknown end, because whk was
// interrupted or killed, count only as triggers.
type Stats struct {
	Events        int64     // deliveries that were begun
	Triggers      int64     // attempts, repeats included
	Successes     int64     // of these, acknowledged
	Failures      int64     // of these, not
	FailuresSince int64     // since the last success
	LastEvent     time.Time // zero: none yet, as below
	LastSuccess   Mark
	LastFailure   Mark
}

// Mark points at an attempt.
type Mark struct {
	Number int64     // 0: there is none
	At     time.Time // when it began
}

// settingsVersion is the first byte of settings: the order of the fields below.
const settingsVersion = 1

func appendSettings(b []byte, s *Settings) []byte {
	b = append(b, settingsVersion)
	for _, text := range []string{s.ID, s.Name, s.Description, s.URL, s.Provider, s.Method, string(s.Data)} {
		b = appendText(b, text)
	}
	b = appendTexts(b, s.Variants)
	b = appendTexts(b, s.Events)
	b = appendHeader(b, s.Header)
	b = appendTime(b, s.CreatedAt)
	return appendTime(b, s.ChangedAt)
}

func readSettings(data []byte) (Settings, error) {
	r := reader{rest: data}
	if version := r.byte(); version != settingsVersion && !r.short {
		return Settings{}, fmt.Errorf("its settings have the unknown form %d", version)
	}
	s := Settings{
		ID: r.text(), Name: r.text(), Description: r.text(), URL: r.text(), Provider: r.text(), Method: r.text(),
		Data: bytesOrNil(r.text()), Variants: r.texts(), Events: r.texts(), Header: r.header(),
		CreatedAt: r.time(), ChangedAt: r.time(),
	}
	if r.short {
		return Settings{}, errors.New("its settings end early")
	}
	return s, nil
}

func bytesOrNil(text string) []byte {
	if text == "" {
		return nil
	}
	return []byte(text)
}

func appendHeader(b []byte, h webhook.Header) []byte {
	b = binary.AppendUvarint(b, uint64(len(h)))
	for _, f := range h {
		b = appendText(appendText(b, f.Name), f.Value)
	}
	return b
}

func (r *reader) header() webhook.Header {
	n := r.count(2)
	if n == 0 {
		return nil
	}
	h := make(webhook.Header, n)
	for i := range h {
		h[i] = webhook.Field{Name: r.text(), Value: r.text()}
	}
	return h
}

// appendTime writes nanoseconds since 1970, 0 for the zero time.
func appendTime(b []byte, t time.Time) []byte {
	return binary.AppendVarint(b, stamp(t))
}

func (r *reader) int() int64 {
	v, n := binary.Varint(r.rest)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) time() time.Time { return unstamp(r.int()) }

// stamp is a time as a column has it, 0 for the zero time.
func stamp(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return nanoseconds(t)
}

func unstamp(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

// endpointColumns are read by readEndpoint, in this order.
const endpointColumns = `id, sum, data, enabled, paused_at, paused_why, failing, events, triggers, successes,
	failures, failures_since, last_event, last_success, last_success_at, last_failure, last_failure_at, name`

const endpointWidth = 18

// readEndpoint makes an endpoint of a row's columns. The error is a
// *DamagedError; the endpoint then has its name and no settings.
func readEndpoint(v []any) (*Endpoint, error) {
	c := cells{ok: true}
	e := &Endpoint{row: c.number(v[0]), Enabled: c.number(v[3]) != 0}
	e.Pause = Pause{Since: c.time(v[4]), Why: c.text(v[5]), Failing: int(c.number(v[6]))}
	e.Stats = Stats{
		Events: c.number(v[7]), Triggers: c.number(v[8]), Successes: c.number(v[9]), Failures: c.number(v[10]), FailuresSince: c.number(v[11]),
		LastEvent:   c.time(v[12]),
		LastSuccess: Mark{c.number(v[13]), c.time(v[14])},
		LastFailure: Mark{c.number(v[15]), c.time(v[16])},
	}
	data := []byte(c.text(v[2]))
	e.Name = c.text(v[17])
	damaged := func(detail string) error {
		return &DamagedError{Thing: "endpoint", ID: e.Name, Detail: detail}
	}
	switch {
	case !c.ok:
		return e, damaged("its columns cannot be read")
	case sealed(crc32.Checksum(data, castagnoli()), e.row) != uint32(c.number(v[1])):
		return e, damaged("its checksum does not match")
	}
	settings, err := readSettings(data)
	if err != nil {
		return e, damaged(err.Error())
	}
	e.Settings = settings
	return e, nil
}

// time is a column that may be NULL.
func (c *cells) time(v any) time.Time {
	if v == nil {
		return time.Time{}
	}
	return unstamp(c.number(v))
}
