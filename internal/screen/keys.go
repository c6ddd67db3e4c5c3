package screen

import (
	tea "charm.land/bubbletea/v2"
)

// key does what a key means where it was pressed.
func (m *model) key(msg tea.KeyPressMsg) tea.Cmd {
	name := msg.String()
	if name == "ctrl+c" {
		return m.stop()
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

// over shows a text in place of everything, or takes it away again.
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

// leave goes back by a step: at last the filter goes.
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

// scroll moves in a text that takes the screen.
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

// actKey does something with the chosen delivery.
func (m *model) actKey(name string) tea.Cmd {
	switch name {
	case "/":
		m.prompt = newPrompt("filter: ", m.filter)
		m.prompt.filter = true
		return nil
	case "r":
		return m.replay("", false)
	case "R":
		return m.replay("", true)
	case "t":
		return m.askTarget()
	case "c":
		return m.copyCurl()
	case "C":
		return m.save(Curl)
	case "s":
		return m.save(Body)
	case "S":
		return m.save(Request)
	}
	return nil
}

func (m *model) askTarget() tea.Cmd {
	r := m.list.chosen()
	if r == nil {
		return m.replay("", false)
	}
	m.prompt = newPrompt("replay to: ", m.to)
	m.prompt.id = r.id
	return nil
}

func (m *model) replay(to string, sign bool) tea.Cmd {
	return m.act("replaying …", func(id string) doneMsg { return m.replayed(id, to, sign) })
}

func (m *model) replayed(id, to string, sign bool) doneMsg {
	text, err := m.opts.Replay(m.ctx, id, to, sign)
	return doneMsg{text: text, err: err, id: id, sign: sign}
}

// maxClip is what terminals take for a clipboard; several refuse more.
const maxClip = 64 << 10

func (m *model) copyCurl() tea.Cmd {
	return m.act("", func(id string) doneMsg {
		command, err := m.opts.Curl(m.ctx, id)
		switch {
		case err != nil:
			return doneMsg{err: err}
		case len(command) > maxClip:
			return doneMsg{text: "the curl command is too long for a terminal's clipboard; C writes it to a file"}
		}
		return doneMsg{text: "copied as curl, if this terminal lets programs copy; C writes it to a file", clip: command}
	})
}

func (m *model) save(what Part) tea.Cmd {
	return m.act("", func(id string) doneMsg {
		text, err := m.opts.Save(m.ctx, id, what)
		return doneMsg{text: text, err: err}
	})
}
