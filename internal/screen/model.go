package screen

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"
)

// pane is what is shown beside the list, or in place of it.
type pane uint8

const (
	noPane pane = iota
	split       // the list above, a delivery below
	full        // the delivery alone
	help
	messages
)

// settled is how long after a change of its size the screen is drawn anew. The
// renderer draws it at once, too, but remembers lines that grew only in part, and
// would leave their ends where shorter ones come.
const settled = 100 * time.Millisecond

// model is the state of the screen. Bubble Tea calls its methods one after the
// other.
type model struct {
	ctx  context.Context
	feed *feed
	opts *Options

	sized bool                                                 // the terminal's size is known
	later func(time.Duration, func(time.Time) tea.Msg) tea.Cmd // tea.Tick

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

	turn       atomic.Int64 // counts what was opened: a result of an earlier turn is not wanted any more
	explaining sync.Mutex   // one at a time, since it takes work
}

func newModel(ctx context.Context, f *feed, opts *Options) *model {
	return &model{ctx: ctx, feed: f, opts: opts, list: newList(), width: 80, height: 24, later: tea.Tick}
}

// The screen's own messages.
type (
	newsMsg   news
	openedMsg struct {
		id    string
		text  []byte
		more  bool // it goes above the text of the same delivery
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

// pause is how long news is collected before it is drawn.
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

// Update handles a key, or news. A panic ends the screen, but not the listener.
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
		if m.sized {
			cmd = m.later(settled, func(time.Time) tea.Msg { return tea.ClearScreen() })
		}
		m.width, m.height, m.sized = msg.Width, msg.Height, true
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
	case resumedMsg:
		cmd = m.resumed(msg)
	}
	return next, cmd
}

func (m *model) fail(r any) {
	if m.broken == nil {
		m.broken = fmt.Errorf("a defect in the screen: %v\n%s", r, debug.Stack())
	}
}

// settling is how long it usually takes at most until a target's answer is
// stored.
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
