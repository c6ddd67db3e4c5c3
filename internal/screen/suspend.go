package screen

import (
	"context"
	"errors"
	"io"

	tea "charm.land/bubbletea/v2"
)

// suspension stops the process, as Ctrl-Z stops any other, while Bubble Tea has
// given the terminal back. Not by tea.Suspend, which never comes back where nobody
// can continue the process, so that the system does not stop it.
type suspension struct{ ctx context.Context }

var errNotSuspended = errors.New("nothing here could continue whk: it is not suspended")

// resumedMsg says that the terminal is the screen's again.
type resumedMsg struct{ err error }

func (m *model) suspend() tea.Cmd {
	return tea.Exec(suspension{m.ctx}, func(err error) tea.Msg { return resumedMsg{err} })
}

func (m *model) resumed(msg resumedMsg) tea.Cmd {
	if msg.err != nil {
		m.say(m.bad(msg.err.Error()))
	}
	return tea.ClearScreen
}

// SetStdin, SetStdout and SetStderr have no use here.
func (suspension) SetStdin(io.Reader) {}

// SetStdout is as SetStdin.
func (suspension) SetStdout(io.Writer) {}

// SetStderr is as SetStdin.
func (suspension) SetStderr(io.Writer) {}
