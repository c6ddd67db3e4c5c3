package screen

import (
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/whk-cli/whk/internal/ui"
)

// Columns that not every terminal has room for.
const (
	wideVerdict = 64 // the verdict in words
	wideSize    = 52
	wideReason  = 100
	wideTarget  = 120
)

// rowText is a line of the list.
func (m *model) rowText(r *row, chosen bool) string {
	st := m.opts.Style
	if chosen {
		st = nil // one look for the whole line
	}
	var b strings.Builder
	b.WriteString(map[bool]string{true: "> ", false: "  "}[chosen])
	zone := m.opts.Zone
	if zone == nil {
		zone = time.Local
	}
	b.WriteString(st.Dim(r.at.In(zone).Format(time.TimeOnly)))
	role, verdict := ui.Verdict(r.status)
	if m.width < wideVerdict {
		mark, _, _ := strings.Cut(verdict, " ")
		b.WriteString(" " + st.Paint(role, mark) + " ")
	} else {
		b.WriteString("  " + st.Paint(role, pad(verdict, 15)) + "  ")
	}
	b.WriteString(st.Paint(ui.AnswerRole(r.answer), answerText(r.answer)))
	if m.width >= wideSize {
		fmt.Fprintf(&b, "  %7s", ui.Size(int64(r.size)))
	}
	b.WriteString("  ")
	line := b.String()
	tail := m.rowTail(r, st)
	room := max(m.width-ansi.StringWidthWc(line)-ansi.StringWidthWc(tail), 8)
	name := m.safe(r.name())
	if tail != "" { // it begins in the same column if possible
		room = min(room, max(m.nameWidth(), ansi.StringWidthWc(name)))
	}
	line += st.Event(pad(fit(name, room), room)) + tail
	if chosen && m.opts.Style.Color() {
		return "\x1b[7m" + pad(fit(line, m.width), m.width) + "\x1b[27m"
	}
	return line
}

// nameWidth is the usual width of the column of event types; longer ones take
// more.
func (m *model) nameWidth() int {
	switch {
	case m.width >= wideTarget:
		return 34
	case m.width >= wideReason:
		return 24
	}
	return 18
}

// rowTail is what stands behind the event type.
func (m *model) rowTail(r *row, st *ui.Styler) string {
	var parts []string
	if r.handshake {
		parts = append(parts, st.Dim("handshake"))
	}
	if m.width >= wideTarget {
		parts = append(parts, fit(m.safe(r.method), 8)+" "+fit(m.safe(r.target), 32))
	}
	if m.width >= wideReason {
		switch {
		case r.reason != "":
			parts = append(parts, st.Bad(m.safe(r.reason)))
		case r.warned:
			parts = append(parts, st.Paint(ui.Warn, "warning"))
		}
		if r.played != "" && r.played != fmt.Sprint(r.answer) {
			parts = append(parts, st.Paint(ui.Warn, "played "+fit(m.safe(r.played), 24)))
		}
	}
	for i, w := range r.forwards {
		if i == 2 {
			parts = append(parts, "…")
			break
		}
		parts = append(parts, st.Paint(ui.AnswerRole(w.status), "→ "+w.outcome()))
	}
	if len(parts) == 0 {
		return ""
	}
	return "  " + strings.Join(parts, "  ")
}

// outcome is a forward in a word: the status, or the error's class.
func (w *forward) outcome() string {
	out := answerText(w.status)
	if w.status == 0 {
		out = fit(ui.Safe(w.failure), 12)
	}
	if w.retry >= 0 {
		out += " again"
	}
	return out
}

func answerText(status int) string {
	if status == 0 {
		return "  -"
	}
	return fmt.Sprintf("%3d", status)
}

// answers are the bodies of targets' refusals, which are not stored with the
// delivery.
func (m *model) answers(r *row) []string {
	st := m.opts.Style
	var lines []string
	for _, w := range r.forwards {
		if w.retry >= 0 {
			lines = append(lines, "", fmt.Sprintf("%s %s: %s, again in %s", st.Key("forward to"), m.safe(w.url), w.outcome(), w.retry.Round(10*time.Millisecond)))
		}
		if len(w.answer) > 0 {
			lines = append(lines, "", fmt.Sprintf("%s %s %s", st.Key("answer of"), m.safe(w.url), w.outcome()))
			lines = append(lines, bodyLines(ui.AppendBody(nil, st, w.answer, ""))...)
		}
	}
	return lines
}

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-ansi.StringWidthWc(s)))
}
