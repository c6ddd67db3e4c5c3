package ui

import (
	"io"
	"strings"
	"sync"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// Role is what a piece of text is to the reader, which decides its colour.
// Colour only repeats what the words already say.
type Role uint8

// The roles. Plain text has no style of its own.
const (
	Plain  Role = iota
	Good        // authentic, acknowledged
	Bad         // not authentic, failed
	Warn        // unverified, in doubt
	Dim         // of lesser weight: times, ids, escapes
	Bold        // of greater weight
	Event       // an event type
	Key         // a name in front of a value
	Value       // a string in JSON
	Number      // a number, true, false or null in JSON
	roles
)

// Styler gives text the style of its role on one stream. Without colour, and as
// a nil pointer, it returns all text unchanged. It is safe for concurrent use.
type Styler struct{ marks *[roles]mark }

// mark is the sequences around styled text.
type mark struct{ open, close string }

// NewStyler returns a Styler; [Streams.Style] and [Streams.StyleErr] know
// whether colour is wanted.
func NewStyler(color bool) *Styler {
	if !color {
		return plain
	}
	return colored()
}

var plain = &Styler{}

// colored makes the styles when they are first wanted, so that commands
// without colour do not pay for them. The 16 colours are the reader's own
// theme, and suit dark and light grounds without asking which it is.
var colored = sync.OnceValue(func() *Styler {
	r := lipgloss.NewRenderer(io.Discard, termenv.WithProfile(termenv.ANSI))
	r.SetColorProfile(termenv.ANSI)
	r.SetHasDarkBackground(true) // settled here, so that nothing ever asks the terminal
	color := func(n string) lipgloss.Style { return r.NewStyle().Foreground(lipgloss.Color(n)) }
	styles := [roles]lipgloss.Style{
		Plain:  r.NewStyle(),
		Good:   color("2"),
		Bad:    color("1").Bold(true),
		Warn:   color("3"),
		Dim:    r.NewStyle().Faint(true),
		Bold:   r.NewStyle().Bold(true),
		Event:  color("6"),
		Key:    color("4"),
		Value:  color("2"),
		Number: color("5"),
	}
	var marks [roles]mark
	for role, style := range styles {
		marks[role].open, marks[role].close, _ = strings.Cut(style.Render("x"), "x")
	}
	return &Styler{marks: &marks}
})

// Color reports whether the Styler adds anything.
func (st *Styler) Color() bool { return st != nil && st.marks != nil }

// Good styles what went well.
func (st *Styler) Good(s string) string { return st.Paint(Good, s) }

// Bad styles what did not.
func (st *Styler) Bad(s string) string { return st.Paint(Bad, s) }

// Dim styles what matters less.
func (st *Styler) Dim(s string) string { return st.Paint(Dim, s) }

// Bold styles what matters more.
func (st *Styler) Bold(s string) string { return st.Paint(Bold, s) }

// Event styles an event type.
func (st *Styler) Event(s string) string { return st.Paint(Event, s) }

// Key styles the name of a value.
func (st *Styler) Key(s string) string { return st.Paint(Key, s) }

// Paint styles whk's own text, which it does not escape; AppendSafe is for the
// text of others.
func (st *Styler) Paint(role Role, s string) string {
	if !st.Color() || s == "" {
		return s
	}
	m := st.marks[role]
	return m.open + s + m.close
}

// AppendSafe appends s as [Safe] returns it, styled, with the escapes
// distinguished from data that looks like one.
func (st *Styler) AppendSafe(dst []byte, role Role, s string) []byte {
	if s == "" {
		return dst
	}
	if !st.Color() {
		return appendSafe(dst, s, oneLine, mark{}, mark{})
	}
	m := st.marks[role]
	dst = append(dst, m.open...)
	dst = appendSafe(dst, s, oneLine, st.escape(), m)
	return append(dst, m.close...)
}

// appendPaint appends whk's own text in the look of role.
func (st *Styler) appendPaint(dst []byte, role Role, s string) []byte {
	if !st.Color() || role == Plain {
		return append(dst, s...)
	}
	m := st.marks[role]
	dst = append(dst, m.open...)
	dst = append(dst, s...)
	return append(dst, m.close...)
}

func (st *Styler) escape() mark { return st.marks[Dim] }
