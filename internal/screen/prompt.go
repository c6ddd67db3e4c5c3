package screen

import (
	"strings"
	"unicode"

	tea "charm.land/bubbletea/v2"
)

// prompt is a line that the user types.
type prompt struct {
	label  string
	typed  []rune
	filter bool   // it is a filter of the rows; otherwise a replay's target
	id     string // what is replayed
	sign   bool
}

func newPrompt(label, text string) *prompt { return &prompt{label: label, typed: []rune(text)} }

// maxTyped bounds what is pasted.
const maxTyped = 1000

// insert adds the printable characters of a text.
func (p *prompt) insert(text string) {
	for _, r := range text {
		if unicode.IsPrint(r) && len(p.typed) < maxTyped {
			p.typed = append(p.typed, r)
		}
	}
}

// edit takes a key that changes the line.
func (p *prompt) edit(msg tea.KeyPressMsg) {
	switch msg.String() {
	case "backspace", "ctrl+h":
		p.typed = p.typed[:max(0, len(p.typed)-1)]
	case "ctrl+u":
		p.typed = nil
	case "ctrl+w":
		text := strings.TrimRight(string(p.typed), " ")
		p.typed = []rune(text[:strings.LastIndexByte(text, ' ')+1])
	default:
		p.insert(msg.Text)
	}
}

func (m *model) promptKey(msg tea.KeyPressMsg) tea.Cmd {
	p := m.prompt
	switch msg.String() {
	case "esc":
		m.prompt = nil
		if p.filter {
			m.setFilter("")
		}
		return nil
	case "enter":
		m.prompt = nil
		to := strings.TrimSpace(string(p.typed))
		if p.filter || to == "" {
			return m.follow()
		}
		m.to, m.status = to, "replaying …"
		return m.guarded(func() tea.Msg { return m.replayed(p.id, to, p.sign) })
	}
	p.edit(msg)
	return m.asked()
}

// asked applies what is typed at once, where it is a filter.
func (m *model) asked() tea.Cmd {
	if !m.prompt.filter {
		return nil
	}
	m.setFilter(string(m.prompt.typed))
	return m.follow()
}

func (m *model) setFilter(text string) {
	m.filter = text
	m.list.filter(text)
}
