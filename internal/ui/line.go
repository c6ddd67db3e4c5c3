package ui

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/whk-cli/whk/internal/webhook"
)

// Line prints one delivery as one aligned line:
//
//	time  id  verdict  status  size  took  provider/event  method path  reason
//
// The columns of known width come first, so that a stream of lines is aligned
// without knowing those to come. A Line may be used by many goroutines once
// its fields are set.
type Line struct {
	Style *Styler        // nil: no colour
	Width int            // of the terminal; 0: everything on one line, nothing cut
	Date  bool           // the time with its date (RFC 3339), not the time of day alone
	Zone  *time.Location // of times; nil: time.Local
}

const (
	idWidth    = 13
	sizeWidth  = 7
	tookWidth  = 6
	eventWidth = 32 // provider and event are padded to this
	maxEvent   = 48 // and on a terminal cut to this, since a stranger names them
	maxTarget  = 40 // method and path on a terminal
	minTarget  = 12 // less than this says nothing, and is left out

	handshakeMark = " (handshake)"
)

// Append appends the line of d and a line feed. took is the time from the
// first byte to the answer; below zero it is not known and has no column.
//
// What a script played, and then the reason of a refusal, or the warnings of an
// authentic delivery, end the line; on a terminal where they do not fit they
// follow on lines of their own, indented under a └.
func (l *Line) Append(dst []byte, d *webhook.Delivery, took time.Duration) []byte {
	w := lineWriter{dst: dst, st: l.Style}
	l.start(&w, d.ReceivedAt, d.ID)

	role, text := Verdict(d.Verification.Status)
	w.own(role, text, verdictWidth)
	w.status(d.Response.Status)
	w.number(appendSize(w.scratch[:0], int64(len(d.Body))), sizeWidth)
	if took >= 0 {
		w.number(appendTook(w.scratch[:0], took), tookWidth)
	}
	l.event(&w, d)
	l.target(&w, d)
	l.played(&w, d.Response)
	l.reason(&w, d.Verification)
	return append(w.dst, '\n')
}

// AppendForward appends the line of what a target answered to a delivery that
// was passed on, in the columns of Append. at is when; id is the delivery's.
func (l *Line) AppendForward(dst []byte, at time.Time, id string, f webhook.Forward) []byte {
	w := lineWriter{dst: dst, st: l.Style}
	l.start(&w, at, id)
	switch {
	case f.Status == 0:
		w.own(Bad, "→ not forwarded", verdictWidth)
	case f.Status >= 200 && f.Status < 300:
		w.own(Good, "→ forwarded", verdictWidth)
	default:
		w.own(Warn, "→ answered", verdictWidth)
	}
	w.status(f.Status)
	w.number(nil, sizeWidth)
	w.number(appendTook(w.scratch[:0], time.Duration(f.DurationMS*float64(time.Millisecond))), tookWidth)
	w.data(Plain, withoutUser(f.URL), 0)
	if f.Error != "" {
		w.data(Bad, f.Error, 0)
	}
	return append(w.dst, '\n')
}

// AppendNote appends a line about a delivery: what says in a word or two what
// it is about, and text may be a stranger's.
func (l *Line) AppendNote(dst []byte, at time.Time, id, what, text string) []byte {
	w := lineWriter{dst: dst, st: l.Style}
	l.start(&w, at, id)
	w.own(Warn, what, verdictWidth)
	w.data(Plain, text, 0)
	return append(w.dst, '\n')
}

func (l *Line) start(w *lineWriter, at time.Time, id string) {
	zone := l.Zone
	if zone == nil {
		zone = time.Local
	}
	layout := time.TimeOnly
	if l.Date {
		layout = time.RFC3339
	}
	stamp := at.In(zone).AppendFormat(w.scratch[:0], layout)
	w.own(Dim, string(stamp), 0)
	if id != "" {
		w.data(Dim, id, idWidth)
	}
}

func (l *Line) event(w *lineWriter, d *webhook.Delivery) {
	limit := 0
	if l.Width > 0 {
		limit = min(maxEvent, max(l.Width-w.cols-len(gap), minTarget))
	}
	if d.Handshake && limit > 0 {
		limit = max(limit-len(handshakeMark), minTarget)
	}
	if d.Provider == "" && d.Event == "" {
		w.data(Dim, "-", eventWidth)
		return
	}
	provider, event := d.Provider, d.Event
	if provider != "" && event != "" {
		provider += "/"
	}
	if limit > 0 {
		provider = cut(provider, limit)
		event = cut(event, limit-textWidth(provider))
	}
	w.blank(len(gap))
	before := w.cols
	w.text(Plain, provider)
	w.text(Event, event)
	if d.Handshake {
		w.text(Dim, handshakeMark)
	}
	w.pad = max(0, eventWidth-(w.cols-before))
}

func (l *Line) target(w *lineWriter, d *webhook.Delivery) {
	if d.Method == "" && d.URL == "" {
		return
	}
	path := webhook.Target(d.URL)
	if l.Width == 0 {
		w.data(Plain, d.Method, 0)
		w.blank(1)
		w.text(Plain, path)
		return
	}
	room := min(l.Width-w.cols-w.pad-len(gap), maxTarget)
	if room < minTarget {
		return
	}
	method := cut(d.Method, minTarget-2)
	w.data(Plain, method, 0)
	w.blank(1)
	w.text(Plain, cut(path, room-textWidth(method)-1))
}

// played shows what a script made of the answer, unless the status says it.
func (l *Line) played(w *lineWriter, r webhook.Response) {
	if r.Played == "" || r.Played == strconv.Itoa(r.Status) {
		return
	}
	text := "played " + r.Played
	if l.Width > 0 && w.cols+w.pad+len(gap)+textWidth(text) > l.Width {
		l.below(w, Warn, text)
		return
	}
	w.data(Warn, text, 0)
}

func (l *Line) reason(w *lineWriter, v webhook.Verification) {
	role, text := Bad, ""
	switch {
	case v.Status == webhook.NotAuthentic:
		text = string(v.Reason)
		if v.Detail != "" {
			text += ": " + v.Detail
		}
	case v.Status == webhook.Unverified && v.Detail != "":
		role, text = Warn, v.Detail
	case len(v.Warnings) > 0:
		role, text = Warn, "warning: "+strings.Join(v.Warnings, "; ")
	}
	switch {
	case text == "":
	case l.Width > 0 && w.cols+w.pad+len(gap)+textWidth(text) > l.Width:
		l.below(w, role, text)
	default:
		w.data(role, text, 0)
	}
}

// below writes text under the line, broken between words where it is wider than
// the terminal.
func (l *Line) below(w *lineWriter, role Role, text string) {
	const indent = "\n          "
	w.dst = append(w.dst, indent...)
	w.dst = l.Style.appendPaint(w.dst, Dim, "└ ")
	room := max(l.Width-len(indent)-1, 20)
	words := strings.Split(text, " ")
	row := words[0]
	for _, word := range words[1:] {
		if textWidth(row)+1+textWidth(word) > room {
			w.dst = l.Style.AppendSafe(w.dst, role, row)
			w.dst = append(append(w.dst, indent...), "  "...)
			row = word
			continue
		}
		row += " " + word
	}
	w.dst = l.Style.AppendSafe(w.dst, role, row)
	w.cols, w.pad = l.Width, 0 // what follows goes below, too
}

// lineWriter appends cells and counts their columns. Padding is owed until the
// next cell, so that no line ends in blanks.
type lineWriter struct {
	dst     []byte
	st      *Styler
	cols    int
	pad     int
	scratch [40]byte
}

func (w *lineWriter) blank(n int) {
	n += w.pad
	w.dst = appendBlanks(w.dst, n)
	w.cols, w.pad = w.cols+n, 0
}

func (w *lineWriter) cell() {
	if w.cols > 0 {
		w.blank(len(gap))
	}
}

// own appends a cell of whk's own text.
func (w *lineWriter) own(role Role, s string, width int) {
	w.cell()
	n := utf8.RuneCountInString(s)
	w.dst = w.st.appendPaint(w.dst, role, s)
	w.cols, w.pad = w.cols+n, max(0, width-n)
}

// data appends a cell of a stranger's text.
func (w *lineWriter) data(role Role, s string, width int) {
	w.cell()
	before := w.cols
	w.text(role, s)
	w.pad = max(0, width-(w.cols-before))
}

// text appends more of a stranger's text to the cell.
func (w *lineWriter) text(role Role, s string) {
	w.dst = w.st.AppendSafe(w.dst, role, s)
	w.cols += textWidth(s)
}

// number appends a cell that is aligned to the right.
func (w *lineWriter) number(s []byte, width int) {
	w.cell()
	n := utf8.RuneCount(s)
	w.blank(max(0, width-n))
	w.dst = append(w.dst, s...)
	w.cols += n
}

func (w *lineWriter) status(code int) {
	if code == 0 {
		w.own(Dim, "-", 3)
		return
	}
	w.own(AnswerRole(code), string(strconv.AppendInt(w.scratch[:0], int64(code), 10)), 3)
}
