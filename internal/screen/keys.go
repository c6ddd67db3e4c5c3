package screen

import (
	tea "charm.land/bubbletea/v2"
)

// key does what a key means where it was pressed.
func (m *model) key(msg tea.KeyPressMsg) tea.Cmd {
	name := msg.String()
	switch name {
	case "ctrl+c":
		return m.stop()
	case "ctrl+z":
		return m.suspend()
	}
	if m.prompt != nil {
		return m.promptKey(msg)
	}
	m.status = ""
	switch m.pane {
	case help, messages, full:
		if m.scroll(name) {
			return nil
		}
	case split:
		if m.scrollPage(name) {
			return nil
		}
	}
	if cmd, known := m.paneKey(name); known {
		return cmd
	}
	if m.pane == help || m.pane == messages {
		return nil
	}
	if by, known := m.step(name); known {
		m.list.move(by)
		return m.follow()
	}
	return m.actKey(name)
}

func (m *model) stop() tea.Cmd {
	m.stopped = true
	return tea.Quit
}

// paneKey opens and closes panes.
func (m *model) paneKey(name string) (cmd tea.Cmd, known bool) {
	switch name {
	case "q":
		if m.pane == help || m.pane == messages {
			return m.leave(), true
		}
		return m.stop(), true
	case "?":
		return m.over(help, helpText()), true
	case "m":
		cmd = m.over(messages, m.messageText())
		m.text.top = bottom
		return cmd, true
	case "enter", "right", "l":
		if m.pane == help || m.pane == messages {
			return nil, true
		}
		return m.enter(), true
	case "esc", "left", "h", "backspace":
		return m.leave(), true
	}
	return nil, false
}

// over shows a text on the whole screen, or closes it again.
func (m *model) over(p pane, lines []string) tea.Cmd {
	if m.pane == p {
		return m.leave()
	}
	if m.pane != help && m.pane != messages {
		m.back = m.pane
	}
	m.pane, m.open = p, ""
	m.text = text{}
	m.text.set(lines)
	return nil
}

func (m *model) enter() tea.Cmd {
	switch {
	case m.list.chosen() == nil:
		return nil
	case m.pane == noPane && m.roomy():
		m.pane = split
	default:
		m.pane = full
	}
	return m.follow()
}

// leave goes back one step; in the list it removes the filter.
func (m *model) leave() tea.Cmd {
	switch {
	case m.pane == help || m.pane == messages:
		m.pane = m.back
		return m.follow()
	case m.pane == full && m.roomy():
		m.pane = split
	case m.pane != noPane:
		m.pane, m.open = noPane, ""
	case m.filter != "":
		m.setFilter("")
	}
	return nil
}

// step says how far a key moves in the list.
func (m *model) step(name string) (by int, known bool) {
	switch name {
	case "up", "k", "p":
		return -1, true
	case "down", "j", "n":
		return 1, true
	case "pgup", "ctrl+b":
		return -m.listLines(), true
	case "pgdown", "ctrl+f", "space":
		return m.listLines(), true
	case "home", "g":
		return -len(m.list.shown), true
	case "end", "G":
		return len(m.list.shown), true
	}
	return 0, false
}

// scroll moves in a text on the whole screen.
func (m *model) scroll(name string) bool {
	switch name {
	case "up", "k":
		m.text.top--
	case "down", "j":
		m.text.top++
	case "home", "g":
		m.text.top = 0
	case "end", "G":
		m.text.top = bottom
	default:
		return m.scrollPage(name)
	}
	return true
}

func (m *model) scrollPage(name string) bool {
	switch name {
	case "pgup", "ctrl+b":
		m.text.top -= m.textLines() - 1
	case "pgdown", "ctrl+f", "space":
		m.text.top += m.textLines() - 1
	default:
		return false
	}
	return true
}
