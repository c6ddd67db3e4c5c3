package ui

import "strings"

// Progress is one line on the terminal that Err is, which is written over as
// things go on. It is for one goroutine.
type Progress struct {
	s     *Streams
	width int
	full  string // of a column that is done, and of one that is not
	empty string
	shown bool
}

// NewProgress returns a line for s.Err, which must be a terminal; ascii is one
// that shows nothing else.
func NewProgress(s *Streams, ascii bool) *Progress {
	p := &Progress{s: s, width: s.Width, full: "█", empty: "░"}
	if ascii {
		p.full, p.empty = "#", "."
	}
	if p.width <= 0 {
		p.width = 80
	}
	return p
}

// barWidth is the columns of a progress bar.
const barWidth = 20

// Show draws how much is done, from 0 to 1, and a text beside it.
func (p *Progress) Show(part float64, text string) {
	st := p.s.StyleErr()
	full := int(min(max(part, 0), 1) * barWidth)
	out := append([]byte{}, '\r')
	room := p.width - 1
	if room > barWidth+10 {
		out = append(out, st.Good(strings.Repeat(p.full, full))...)
		out = append(out, st.Dim(strings.Repeat(p.empty, barWidth-full))...)
		out = append(out, "  "...)
		room -= barWidth + 2
	}
	out = append(out, Safe(cut(text, room))...)
	p.s.Err.Write(append(out, clearRest...))
	p.shown = true
}

// clearRest clears a line from the cursor on.
const clearRest = "\x1b[K"

// Clear removes the line, so that other output can follow.
func (p *Progress) Clear() {
	if p.shown {
		p.s.Err.Write([]byte("\r" + clearRest))
		p.shown = false
	}
}
