package screen

import (
	"bytes"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/whk-cli/whk/internal/webhook"
)

// row is what the list knows of a delivery. Its texts come from strangers, and
// are cut to a length that the list can show.
type row struct {
	id, method, target string
	at                 time.Time
	provider, event    string
	status             webhook.Status
	reason             string
	warned, handshake  bool
	size, answer       int
	played             string
	forwards           []forward // the last of each target

	text string // what filters search, once one was used
}

// forward is what a target answered.
type forward struct {
	id, url string
	status  int
	failure string
	retry   time.Duration // until the next attempt; below zero: none
	answer  []byte        // the beginning of a refusal
}

// Bounds on a row: the bytes of a text, those of an answer, and the number of
// targets.
const (
	maxText    = 200
	maxAnswer  = 2 << 10
	maxTargets = 8
)

func newRow(d *webhook.Delivery) *row {
	v := d.Verification
	return &row{
		id: d.ID, at: d.ReceivedAt, method: short(d.Method), target: short(webhook.Target(d.URL)), provider: short(d.Provider), event: short(d.Event),
		status: v.Status, reason: short(string(v.Reason)), warned: len(v.Warnings) > 0, handshake: d.Handshake,
		size: len(d.Body), answer: d.Response.Status, played: short(d.Response.Played),
	}
}

func newForward(id string, f webhook.Forward, retry time.Duration, answer []byte) forward {
	w := forward{id: id, url: short(f.URL), status: f.Status, failure: short(f.Error), retry: retry}
	if len(answer) > 0 {
		w.answer = bytes.Clone(answer[:min(len(answer), maxAnswer)])
	}
	return w
}

// short returns a copy of the beginning of s, so that the rest can be freed.
func short(s string) string {
	if len(s) > maxText {
		n := maxText
		for n > 0 && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n]
	}
	return strings.Clone(s)
}

// forwarded records a target's answer in place of its earlier one.
func (r *row) forwarded(w forward) {
	for i := range r.forwards {
		if r.forwards[i].url == w.url {
			r.forwards[i] = w
			return
		}
	}
	if len(r.forwards) < maxTargets {
		r.forwards = append(r.forwards, w)
	}
}

// name is provider and event type.
func (r *row) name() string {
	switch {
	case r.provider == "" && r.event == "":
		return "-"
	case r.event == "":
		return r.provider
	}
	return strings.TrimPrefix(r.provider+"/"+r.event, "/")
}
