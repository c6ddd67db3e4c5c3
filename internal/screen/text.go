package screen

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// text is lines that are scrolled, broken where they are wider than the screen.
type text struct {
	lines   []string
	wrapped []string
	width   int // of wrapped
	top     int // the first that is shown
}

func (t *text) set(lines []string) { t.lines, t.width = lines, 0 }

// window returns what is shown, and keeps top within the text.
func (t *text) window(width, lines int) []string {
	if t.width != width {
		t.wrapped, t.width = nil, width
		for _, line := range t.lines {
			t.wrapped = append(t.wrapped, strings.Split(ansi.HardwrapWc(line, width, true), "\n")...)
		}
	}
	t.top = max(0, min(t.top, len(t.wrapped)-lines))
	return append([]string(nil), t.wrapped[t.top:min(t.top+lines, len(t.wrapped))]...)
}
