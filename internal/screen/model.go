package screen

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"
)

// pane is what takes the screen besides, or in place of, the list.
type pane uint8

const (
	noPane pane = iota
	split       // the list above, a delivery below
	full        // the delivery alone
	help
	messages
)

// model is the state of the screen. Bubble Tea calls its methods one after the
// other.
type model struct {
	ctx  context.Context
	feed *feed
	opts *Options

	width, height int
	list          list
	counts        counts
	notes         []string // the newest last
	status        string   // what is said in the last line, until the next key
	pane          pane
	back          pane // where help and messages were asked for
	text          text // of pane
	open          string
	prompt        *prompt // nil when nothing is asked
	filter        string
	to            string // the last target that was given
	stopped       bool
	broken        error

	turn       atomic.Int64 // of open: what was asked for before is not wanted any more
	explaining sync.Mutex   // one at a time: it takes work
}

func newModel(ctx context.Context, f *feed, opts *Options) *model {
	return &model{ctx: ctx, feed: f, opts: opts, list: newList(), width: 80, height: 24}
}

// The messages of the screen's own.
type (
	newsMsg   news
	openedMsg struct {
		id    string
		text  []byte
		more  bool // above what is there, which is the same delivery
		again bool // it was open before
		err   error
	}
	reopenMsg struct{ id string }
	doneMsg   struct {
		text string
		clip string // for the clipboard
		err  error
		id   string // of a replay that has no target
		sign bool
	}
)

// pause is how long news are collected before they are drawn.
const pause = time.Second / fps

// Init waits for news.
func (m *model) Init() tea.Cmd { return m.wait }

func (m *model) wait() tea.Msg {
	if _, open := <-m.feed.ready; !open {
		return nil
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-m.ctx.Done():
	}
	return newsMsg(m.feed.take())
}

// Update takes a key, or news. A defect ends the screen, and not the capture.
func (m *model) Update(msg tea.Msg) (next tea.Model, cmd tea.Cmd) {
	next = m
	defer func() {
		if r := recover(); r != nil {
			m.fail(r)
		}
		if m.broken != nil {
			cmd = tea.Quit
		}
	}()
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case tea.KeyPressMsg:
		cmd = m.key(msg)
	case tea.PasteMsg:
		if m.prompt != nil {
			m.prompt.insert(msg.Content)
			m.asked()
		}
	case newsMsg:
		cmd = tea.Batch(m.wait, m.news(news(msg)))
	case reopenMsg:
		if msg.id == m.open {
			cmd = m.read(msg.id, true)
		}
	case openedMsg:
		m.opened(msg)
	case doneMsg:
		cmd = m.done(msg)
	}
	return next, cmd
}

func (m *model) fail(r any) {
	if m.broken == nil {
		m.broken = fmt.Errorf("a defect in the screen: %v\n%s", r, debug.Stack())
	}
}

// settling is how long it takes at most, as a rule, until a target's answer is
// written down.
const settling = 250 * time.Millisecond

func (m *model) news(n news) tea.Cmd {
	m.counts = n.counts
	before := m.list.chosen()
	m.list.add(n.rows)
	var cmd tea.Cmd
	for _, w := range n.forwards {
		if r := m.list.byID[w.id]; r != nil {
			r.forwarded(w)
			if w.id == m.open {
				cmd = tea.Tick(settling, func(time.Time) tea.Msg { return reopenMsg{w.id} })
			}
		}
	}
	for _, note := range n.notes {
		m.notes = append(m.notes, note)
		m.status = note
	}
	m.notes = m.notes[max(0, len(m.notes)-maxNotes):]
	if m.pane == messages {
		m.text.set(m.messageText())
	}
	if m.list.chosen() != before {
		return tea.Batch(cmd, m.follow())
	}
	return cmd
}

// follow shows the chosen delivery, where one is shown.
func (m *model) follow() tea.Cmd {
	r := m.list.chosen()
	if m.pane != split && m.pane != full || r == nil || r.id == m.open {
		return nil
	}
	return m.read(r.id, false)
}

// read reads a delivery, and then why it is not authentic, which takes longer.
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

// guarded runs beside the screen. A defect in it is a message.
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

// act does something with the chosen delivery, and says what became of it.
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

// bodyLines takes text apart. The width of a tab is the terminal's, so blanks
// stand for it.
func bodyLines(b []byte) []string {
	return strings.Split(strings.ReplaceAll(strings.TrimRight(string(b), "\n"), "\t", "    "), "\n")
}
