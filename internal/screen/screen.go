// Package screen is the live view of a listener: a list of deliveries as they
// come, and one of them in full, controlled with keys.
//
// It never holds a capture up. Events go into a bounded [feed], which keeps the
// newest when the terminal can not keep up; bodies are read when somebody looks
// at them. Strangers' texts pass through package ui before they are drawn.
package screen

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"golang.org/x/term"

	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

// Actions are what the keys of a Screen do to the delivery with an ID. They run
// in goroutines of their own and may take their time. Their texts are one line
// each and may come from strangers; they are made harmless here.
type Actions struct {
	// Open returns a delivery as it is shown: lines for a terminal, already
	// harmless and styled.
	Open func(ctx context.Context, id string) ([]byte, error)
	// Explain says why a delivery is not authentic, in the form of Open; nothing
	// when there is nothing to say. It is never called twice at a time.
	Explain func(ctx context.Context, id string) ([]byte, error)
	// Replay sends a delivery again, signed anew if resign is set, to a target,
	// or to where it went before when to is "". It returns the result in words,
	// or ErrNoTarget.
	Replay func(ctx context.Context, id, to string, resign bool) (string, error)
	// Curl returns the command that sends the request.
	Curl func(ctx context.Context, id string) (string, error)
	// Save writes a part of a delivery to a new file, and returns what it wrote
	// where.
	Save func(ctx context.Context, id string, what Part) (string, error)
	// Stop is called when the user ends the listener.
	Stop func()
	// Broken is called when the screen ended by itself.
	Broken func(error)
}

// ErrNoTarget means that a replay has no target, since none was given and the
// delivery was not forwarded before. The screen then asks for one.
var ErrNoTarget = errors.New("where to?")

// Part is what is saved of a delivery.
type Part uint8

// The parts.
const (
	Body    Part = iota // its bytes
	Request             // as HTTP
	Curl                // as a curl command
)

// Options say what a screen shows, and on what.
type Options struct {
	In    io.Reader
	Out   io.Writer
	Env   []string // the environment that Bubble Tea sees
	Style *ui.Styler
	Title string // in the first line
	Hint  string // what to do while nothing has come
	Zone  *time.Location
	Actions
}

// Screen is a running view. Its methods are safe for concurrent use and do not
// wait for the terminal, except for Close.
type Screen struct {
	feed    *feed
	program *tea.Program
	restore func()
	done    chan struct{}
	cancel  context.CancelFunc
	once    sync.Once
	closing time.Duration // how long Close waits for the terminal
}

// fps bounds how often the terminal is drawn on.
const fps = 30

// Start takes over the terminal. ctx is that of the Actions; only Close ends
// the screen.
func Start(ctx context.Context, opts Options) *Screen {
	ctx, cancel := context.WithCancel(ctx)
	s := &Screen{feed: newFeed(), restore: keepTerminal(opts.In), done: make(chan struct{}), cancel: cancel, closing: 2 * time.Second}
	m := newModel(ctx, s.feed, &opts)
	profile := colorprofile.ASCII
	if opts.Style.Color() {
		profile = colorprofile.ANSI
	}
	s.program = tea.NewProgram(m, tea.WithInput(opts.In), tea.WithOutput(opts.Out), tea.WithEnvironment(opts.Env),
		tea.WithoutSignalHandler(), tea.WithFPS(fps), tea.WithColorProfile(profile))
	go func() {
		_, err := s.program.Run()
		s.feed.close()
		cancel()
		close(s.done)
		switch {
		case m.broken != nil:
			opts.Broken(m.broken)
		case m.stopped:
			opts.Stop()
		case err != nil:
			opts.Broken(fmt.Errorf("the screen ended: %w", err))
		}
	}()
	return s
}

// keepTerminal returns a function that restores the terminal's modes, whatever
// state the screen is in.
func keepTerminal(in io.Reader) (restore func()) {
	f, ok := in.(interface{ Fd() uintptr })
	if !ok {
		return func() {}
	}
	state, err := term.GetState(int(f.Fd()))
	if err != nil {
		return func() {}
	}
	return func() { _ = term.Restore(int(f.Fd()), state) } // an error has no terminal to be shown on
}

// Delivery shows a delivery that was stored and redacted. It does not keep d.
func (s *Screen) Delivery(d *webhook.Delivery) { s.feed.addRow(newRow(d)) }

// Forward shows what a target answered to a delivery; retry is how long until it
// is tried again, below zero for never. answer is the beginning of a refusal.
func (s *Screen) Forward(id string, f webhook.Forward, retry time.Duration, answer []byte) {
	s.feed.addForward(newForward(id, f, retry, answer))
}

// Note shows a message, in lines that are harmless and may be styled.
func (s *Screen) Note(text string) { s.feed.addNote(text) }

// Close restores the terminal. It returns an error when the terminal does not
// accept output before ctx ends; its modes are restored even then.
func (s *Screen) Close(ctx context.Context) error {
	s.once.Do(func() { go s.program.Quit() })
	ctx, cancel := context.WithTimeout(ctx, s.closing)
	defer cancel()
	select {
	case <-s.done:
		return nil
	case <-ctx.Done():
	}
	s.cancel()
	s.feed.close()
	s.restore()
	return fmt.Errorf("the terminal does not take the end of the screen: %w", ctx.Err())
}
