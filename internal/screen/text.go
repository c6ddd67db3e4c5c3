package screen

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// text is scrollable lines, wrapped at the width of the screen.
type text struct {
	lines   []string
	wrapped []string
	width   int // of wrapped; 0: not wrapped yet
	top     int // the first that is shown
}

// bottom is below the end of every text; window moves it into the text.
const bottom = 1 << 30

func (t *text) set(lines []string) { t.lines, t.wrapped, t.width = lines, nil, 0 }

// above adds lines at the top. After scrolling, the lines on the screen stay
// the same.
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
