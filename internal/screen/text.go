package screen

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// text is lines that are scrolled, broken where they are wider than the screen.
type text struct {
	lines   []string
	wrapped []string
	width   int // of wrapped; 0: it is to be made
	top     int // the first that is shown
}

// bottom is below every text; window makes a place in the text of it.
const bottom = 1 << 30

func (t *text) set(lines []string) { t.lines, t.wrapped, t.width = lines, nil, 0 }

// above adds lines at the top. Who has scrolled keeps what they look at.
func (t *text) above(lines []string) {
	if t.top > 0 && t.width > 0 {
		t.top += len(wrap(lines, t.width))
	}
	t.set(append(lines, t.lines...))
}

// window returns what is shown, and keeps top within the text.
func (t *text) window(width, lines int) []string {
	if t.width != width {
		t.wrapped, t.width = wrap(t.lines, width), width
	}
	t.top = max(0, min(t.top, len(t.wrapped)-lines))
	return append([]string(nil), t.wrapped[t.top:min(t.top+lines, len(t.wrapped))]...)
}

func wrap(lines []string, width int) (wrapped []string) {
	for _, line := range lines {
		wrapped = append(wrapped, strings.Split(ansi.HardwrapWc(line, width, true), "\n")...)
	}
	return wrapped
}
