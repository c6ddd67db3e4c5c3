package screen

import (
	"errors"
	"fmt"

	tea "charm.land/bubbletea/v2"
)

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

// maxClip is how many bytes all terminals accept for the clipboard; several
// refuse more.
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

// guarded runs do in a goroutine of its own. A panic in it becomes a message.
func (m *model) guarded(do func() tea.Msg) tea.Cmd {
	return func() (msg tea.Msg) {
		defer func() {
			if r := recover(); r != nil {
				msg = doneMsg{err: fmt.Errorf("a defect in whk: %v", r)}
			}
		}()
		return do()
	}
}

// act does something with the chosen delivery, and shows the result.
func (m *model) act(begun string, do func(id string) doneMsg) tea.Cmd {
	r := m.list.chosen()
	if r == nil {
		m.status = "there is no delivery yet"
		return nil
	}
	m.status = begun
	return m.guarded(func() tea.Msg { return do(r.id) })
}

func (m *model) done(msg doneMsg) tea.Cmd {
	switch {
	case errors.Is(msg.err, ErrNoTarget):
		m.prompt = newPrompt("replay to: ", m.to)
		m.prompt.id, m.prompt.sign = msg.id, msg.sign
		m.status = ""
		return nil
	case msg.err != nil:
		m.say(m.bad(msg.err.Error()))
	default:
		m.say(m.safe(msg.text))
	}
	if msg.clip != "" {
		return tea.SetClipboard(msg.clip)
	}
	return nil
}

// say shows a message and remembers it.
func (m *model) say(line string) {
	m.status = line
	m.notes = append(m.notes, line)
	m.notes = m.notes[max(0, len(m.notes)-maxNotes):]
}

func (m *model) messageText() []string {
	if len(m.notes) == 0 {
		return []string{"no messages"}
	}
	return append([]string(nil), m.notes...)
}
