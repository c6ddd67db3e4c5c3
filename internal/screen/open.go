package screen

import (
	"strings"

	tea "charm.land/bubbletea/v2"
)

// follow shows the chosen delivery, where one is shown.
func (m *model) follow() tea.Cmd {
	r := m.list.chosen()
	if m.pane != split && m.pane != full || r == nil || r.id == m.open {
		return nil
	}
	return m.read(r.id, false)
}

// read reads a delivery, and then the reason why it is not authentic, which
// takes longer.
func (m *model) read(id string, again bool) tea.Cmd {
	m.open = id
	turn := m.turn.Add(1)
	open := m.guarded(func() tea.Msg {
		if m.turn.Load() != turn {
			return nil
		}
		text, err := m.opts.Open(m.ctx, id)
		return openedMsg{id: id, text: text, err: err, again: again}
	})
	explain := m.guarded(func() tea.Msg {
		m.explaining.Lock()
		defer m.explaining.Unlock()
		if m.turn.Load() != turn {
			return nil
		}
		text, err := m.opts.Explain(m.ctx, id)
		return openedMsg{id: id, text: text, err: err, more: true}
	})
	return tea.Sequence(open, explain)
}

// opened takes what was read, unless another delivery was chosen since.
func (m *model) opened(msg openedMsg) {
	if msg.id != m.open || m.pane != split && m.pane != full {
		return
	}
	lines := bodyLines(msg.text)
	if msg.err != nil {
		lines = []string{m.bad(msg.err.Error())}
	}
	switch {
	case msg.more && len(msg.text) == 0 && msg.err == nil:
	case msg.more:
		m.text.above(append(lines, ""))
	default:
		if r := m.list.byID[msg.id]; r != nil {
			lines = append(lines, m.answers(r)...)
		}
		m.text.set(lines)
		if !msg.again {
			m.text.top = 0
		}
	}
}

// bodyLines splits a text into lines. Tabs become blanks, since their width
// depends on the terminal.
func bodyLines(b []byte) []string {
	return strings.Split(strings.ReplaceAll(strings.TrimRight(string(b), "\n"), "\t", "    "), "\n")
}
