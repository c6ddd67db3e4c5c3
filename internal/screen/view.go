package screen

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/whk-cli/whk/internal/ui"
)

// View draws the screen.
func (m *model) View() (view tea.View) {
	defer func() {
		if r := recover(); r != nil {
			m.fail(r)
			m.feed.poke() // so that Update ends it
		}
	}()
	view.AltScreen = true
	view.Content = strings.Join(m.lines(), "\n")
	return view
}

// roomy reports whether the list and a delivery both fit on the screen.
func (m *model) roomy() bool { return m.height >= 18 }

// listLines is how many lines the list has.
func (m *model) listLines() int {
	switch {
	case m.pane == split && m.roomy():
		return max(4, (m.height-3)/3)
	case m.pane == noPane:
		return max(1, m.height-2)
	}
	return 0
}

// textLines is how many lines the text has.
func (m *model) textLines() int {
	if m.pane == split && m.roomy() {
		return max(1, m.height-3-m.listLines())
	}
	return max(1, m.height-2)
}

// lines are all lines of the screen, cut to its width.
func (m *model) lines() []string {
	if m.width < 1 || m.height < 1 {
		return nil
	}
	lines := []string{m.head()}
	if m.pane == noPane || m.pane == split && m.roomy() {
		lines = append(lines, m.listText(m.listLines())...)
	}
	if m.pane == split && m.roomy() {
		lines = append(lines, m.opts.Style.Dim(strings.Repeat("─", m.width)))
	}
	if m.pane != noPane {
		lines = append(lines, fill(m.text.window(m.width, m.textLines()), m.textLines())...)
	}
	lines = append(lines, m.foot())
	if len(lines) > m.height { // a terminal of a line or two
		lines = lines[len(lines)-m.height:]
	}
	for i := range lines {
		lines[i] = fit(lines[i], m.width)
	}
	return lines
}

func (m *model) listText(lines int) []string {
	window := m.list.window(lines)
	var out []string
	for i, r := range window {
		out = append(out, m.rowText(r, m.list.top+i == m.list.at))
	}
	if len(m.list.rows) == 0 {
		out = append(out, "", "  nothing yet", "  "+m.safe(m.opts.Hint))
		out = out[:min(len(out), lines)]
	} else if len(window) == 0 {
		out = append(out, "  nothing fits the filter; Esc removes it")
	}
	return fill(out, lines)
}

// head says what is shown.
func (m *model) head() string {
	st := m.opts.Style
	parts := []string{st.Bold("whk") + " " + m.safe(m.opts.Title)}
	c := m.counts
	counted := fmt.Sprintf("%d received", c.all)
	if c.all > 0 {
		counted += fmt.Sprintf("  %s  %s  %s", st.Good(fmt.Sprintf("✓ %d", c.authentic)), st.Bad(fmt.Sprintf("✗ %d", c.refused)),
			st.Paint(ui.Warn, fmt.Sprintf("? %d", c.all-c.authentic-c.refused)))
	}
	parts = append(parts, counted)
	if m.filter != "" {
		parts = append(parts, fmt.Sprintf("%d fit %q", len(m.list.shown), m.filter))
	}
	if c.all > len(m.list.rows) && len(m.list.rows) > 0 {
		parts = append(parts, fmt.Sprintf("the newest %d; whk list has all", len(m.list.rows)))
	}
	if !m.list.follow {
		parts = append(parts, st.Paint(ui.Warn, "G follows the newest"))
	}
	return strings.Join(parts, "   ")
}

// The keys that the last line shows; ? lists all.
const (
	listKeys  = "Enter open  / filter  "
	splitKeys = "PgDn scroll  Enter whole  Esc back  "
	fullKeys  = "↑↓ scroll  n p next  Esc back  "
	doKeys    = "r replay  s save  ? help  q quit"
	moreKeys  = "  R re-sign  c curl  m messages"
)

func (m *model) foot() string {
	switch {
	case m.prompt != nil:
		return m.opts.Style.Bold(m.prompt.label) + m.tail(string(m.prompt.typed), m.width-len(m.prompt.label)-1) + "█"
	case m.status != "":
		return m.status
	}
	keys := doKeys + moreKeys
	switch m.pane {
	case noPane:
		keys = listKeys + keys
	case split:
		keys = splitKeys + keys
	case full:
		keys = fullKeys + keys
	case help, messages:
		keys = "↑↓ scroll  Esc back"
	}
	return m.opts.Style.Dim(keys)
}

// tail is what is typed, or its end where it is too long.
func (m *model) tail(typed string, width int) string {
	shown := m.safe(typed)
	if over := ansi.StringWidthWc(shown) - max(width, 1); over > 0 {
		return ansi.TruncateLeftWc(shown, over+1, "…")
	}
	return shown
}

// safe makes a stranger's text one harmless line.
func (m *model) safe(s string) string { return ui.Safe(s) }

func (m *model) bad(s string) string { return m.opts.Style.Bad("error: ") + m.safe(s) }

// fit cuts a line that is too wide.
func fit(line string, width int) string { return ansi.TruncateWc(line, width, "…") }

func fill(lines []string, n int) []string {
	for len(lines) < n {
		lines = append(lines, "")
	}
	return lines[:n]
}
