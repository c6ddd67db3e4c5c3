package screen

import (
	"strconv"
	"strings"

	"github.com/whk-cli/whk/internal/ui"
)

// list holds the rows, those that fit the filter, and the chosen one.
type list struct {
	rows   []*row
	byID   map[string]*row
	words  []string // of the filter, in lower case; all have to be in a row
	shown  []*row
	at     int  // the chosen one's index in shown
	follow bool // the newest is always chosen
	top    int  // the index in shown of the first one on the screen
}

func newList() list { return list{byID: map[string]*row{}, follow: true} }

// add takes new rows, and drops the oldest when there are too many.
func (l *list) add(rows []*row) {
	for _, r := range rows {
		l.byID[r.id] = r
	}
	l.rows = append(l.rows, rows...)
	if over := len(l.rows) - maxRows; over > 0 {
		for _, r := range l.rows[:over] {
			delete(l.byID, r.id)
		}
		l.rows = append(make([]*row, 0, maxRows+maxRows/4), l.rows[over:]...)
	}
	l.refresh()
}

func (l *list) filter(text string) {
	l.words = strings.Fields(strings.ToLower(text))
	l.refresh()
}

// refresh applies the filter again, and keeps the choice where it is.
func (l *list) refresh() {
	chosen := l.chosen()
	l.shown = l.rows
	if len(l.words) > 0 {
		l.shown = nil
		for _, r := range l.rows {
			if r.fits(l.words) {
				l.shown = append(l.shown, r)
			}
		}
	}
	l.choose(chosen)
}

// choose chooses a row, or, if that is gone, the one at its place.
func (l *list) choose(r *row) {
	if l.follow || r == nil {
		l.at = len(l.shown) - 1
	} else if at, ok := l.place(r); ok {
		l.at = at
	}
	l.at = max(0, min(l.at, len(l.shown)-1))
}

// place finds a row. It searches from the end, where the chosen one mostly is.
func (l *list) place(r *row) (int, bool) {
	for i := len(l.shown) - 1; i >= 0; i-- {
		if l.shown[i] == r {
			return i, true
		}
	}
	return 0, false
}

// chosen is nil when nothing is shown.
func (l *list) chosen() *row {
	if l.at >= len(l.shown) {
		return nil
	}
	return l.shown[l.at]
}

// move chooses another row. It then stays chosen until the user goes to the
// newest again.
func (l *list) move(by int) {
	l.at = max(0, min(l.at+by, len(l.shown)-1))
	l.follow = (by > 0 || len(l.shown) < 2) && l.at >= len(l.shown)-1
}

// window returns the rows that a number of lines has room for, with the chosen
// one among them.
func (l *list) window(lines int) []*row {
	lines = max(lines, 1)
	if l.at < l.top {
		l.top = l.at
	}
	if l.at >= l.top+lines {
		l.top = l.at - lines + 1
	}
	l.top = max(0, min(l.top, len(l.shown)-lines))
	return l.shown[l.top:min(l.top+lines, len(l.shown))]
}

func (r *row) fits(words []string) bool {
	if r.text == "" {
		r.text = strings.ToLower(strings.Join([]string{r.id, r.name(), r.verdict(), string(r.status), r.reason, strconv.Itoa(r.answer), r.method, r.target, r.played}, " "))
	}
	for _, word := range words {
		out := strings.TrimPrefix(word, "!")
		if strings.Contains(r.text, out) == (len(out) < len(word)) {
			return false
		}
	}
	return true
}

// verdict is what the list shows of it.
func (r *row) verdict() string {
	_, text := ui.Verdict(r.status)
	if r.handshake {
		text += " handshake"
	}
	return text
}
