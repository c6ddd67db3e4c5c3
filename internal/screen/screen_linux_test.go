package screen

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"github.com/whk-cli/whk/internal/pty"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

// patience is for what takes no time worth mentioning where nobody else needs the
// processor.
const patience = time.Minute

// terminal is a pseudo-terminal and what was written to it.
type terminal struct {
	master, tty *os.File
	mu          sync.Mutex
	text        strings.Builder
}

func newTerminal(t *testing.T) *terminal {
	t.Helper()
	term := &terminal{}
	term.master, term.tty = pty.Open(t, 80)
	return term
}

// read takes what is written, as a terminal does that is not stuck.
func (term *terminal) read() *terminal {
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := term.master.Read(buf)
			term.mu.Lock()
			term.text.Write(buf[:n])
			term.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return term
}

func (term *terminal) has(t *testing.T, text string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		term.mu.Lock()
		got := term.text.String()
		term.mu.Unlock()
		if strings.Contains(got, text) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the terminal got no %q: %q", text, got)
		}
	}
}

// raw reports whether keys arrive one by one.
func (term *terminal) raw(t *testing.T) bool {
	t.Helper()
	modes, err := unix.IoctlGetTermios(int(term.tty.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return modes.Lflag&unix.ICANON == 0
}

func (term *terminal) start(t *testing.T, change func(*Options)) *Screen {
	opts := Options{In: term.tty, Out: term.tty, Env: []string{"TERM=xterm-256color"}, Title: "here", Style: ui.NewStyler(true),
		Actions: Actions{Stop: func() {}, Broken: func(err error) { t.Errorf("the screen ended: %v", err) }}}
	if change != nil {
		change(&opts)
	}
	s := Start(t.Context(), opts)
	s.closing = patience
	return s
}

const leaves = "\x1b[?1049l" // the terminal's other screen

func TestTheTerminalIsGivenBack(t *testing.T) {
	term := newTerminal(t).read()
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	s := term.start(t, nil)
	s.Delivery(delivery(1, "invoice.paid", webhook.Authentic))
	term.has(t, "invoice.paid")
	if !term.raw(t) {
		t.Fatal("the screen has not taken the terminal")
	}
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
	term.has(t, leaves)
	if term.raw(t) {
		t.Error("keys still arrive one by one")
	}
	s.Delivery(delivery(2, "late", webhook.Authentic)) // hurts nobody
	s.Note("late")
}

func TestQuitStops(t *testing.T) {
	term, stopped := newTerminal(t).read(), make(chan bool)
	s := term.start(t, func(o *Options) { o.Stop = func() { close(stopped) } })
	term.has(t, "nothing yet")
	if _, err := term.master.WriteString("q"); err != nil {
		t.Fatal(err)
	}
	<-stopped
	if err := s.Close(t.Context()); err != nil || term.raw(t) {
		t.Errorf("closed with %v, the terminal is raw: %v", err, term.raw(t))
	}
}

func TestADefectGivesTheTerminalBack(t *testing.T) {
	term, broken := newTerminal(t).read(), make(chan error, 1)
	s := term.start(t, func(o *Options) { o.Broken = func(err error) { broken <- err } })
	term.has(t, "nothing yet")
	s.program.Send(newsMsg{rows: []*row{nil}})
	if err := <-broken; !strings.Contains(fmt.Sprint(err), "a defect in the screen") {
		t.Errorf("the error is %v", err)
	}
	term.has(t, leaves)
	if term.raw(t) {
		t.Error("keys still arrive one by one")
	}
}

// A terminal that takes nothing costs those who report to it no time, and is
// given back all the same. What takes half a second looks stuck as well, where others
// need the processor, and is tried again.
func TestAStuckTerminal(t *testing.T) {
	for range 10 {
		if endsStuck(t) {
			return
		}
	}
	t.Error("no terminal held up the end of its screen")
}

// endsStuck reports whether the terminal was stuck to the end.
func endsStuck(t *testing.T) bool {
	t.Helper()
	term := newTerminal(t)
	s := term.start(t, nil)
	s.closing = 100 * time.Millisecond
	stuck(t, s)
	for deadline := time.Now().Add(patience); ; {
		for n := range 20_000 {
			s.Delivery(delivery(n, "more", webhook.Authentic))
			s.Forward("id", webhook.Forward{}, -1, nil)
			s.Note("a message")
		}
		n := s.feed.take()
		if len(n.rows) == maxRows && len(n.forwards) == maxForwards && len(n.notes) == maxNotes && n.rows[maxRows-1].id == "id19999" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d rows, %d forwards, %d notes wait", len(n.rows), len(n.forwards), len(n.notes))
		}
	}
	err := s.Close(t.Context())
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("closed with %v", err)
	}
	if term.raw(t) {
		t.Error("keys still arrive one by one")
	}
	term.read()
	<-s.done
	term.has(t, leaves)
	return err != nil
}

// stuck fills the terminal until it takes no more: for half a second nobody has
// come for what waits.
func stuck(t *testing.T, s *Screen) {
	t.Helper()
	before, taken := 0, time.Now()
	for deadline := time.Now().Add(patience); time.Since(taken) < 500*time.Millisecond; time.Sleep(5 * time.Millisecond) {
		s.Delivery(delivery(1, fmt.Sprint(time.Now().UnixNano()), webhook.Authentic))
		s.feed.mu.Lock()
		waiting := len(s.feed.rows.items)
		s.feed.mu.Unlock()
		if waiting <= before {
			taken = time.Now()
		}
		before = waiting
		if time.Now().After(deadline) {
			t.Fatal("the terminal takes everything")
		}
	}
}
