package ui

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/muesli/termenv"
	"golang.org/x/term"
)

// Streams are the standard streams of one run of whk, and what is known about
// them. [System] and [Buffers] are the only makers.
//
// Out carries the result and nothing else. Messages, progress and errors go to
// Err.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer

	InTTY, OutTTY, ErrTTY bool

	Color    bool // styling is wanted on Out: settled by SetColor
	ColorErr bool // the same for Err
	Width    int  // columns of the terminal that Out is; 0 when it is none, and nothing is to be cut
}

// System returns the streams of the process. Colour is off until SetColor.
//
// It asks the operating system for the terminal's size and never the terminal
// itself, which may not answer.
func System() *Streams {
	s := &Streams{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		InTTY:  term.IsTerminal(int(os.Stdin.Fd())),
		OutTTY: term.IsTerminal(int(os.Stdout.Fd())),
		ErrTTY: term.IsTerminal(int(os.Stderr.Fd())),
	}
	if s.OutTTY {
		if width, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil {
			s.Width = width
		}
	}
	return s
}

// Buffers returns streams that read stdin and write to the two buffers. They
// are not terminals; a test may set the fields otherwise.
func Buffers(stdin string) (s *Streams, out, err *Buffer) {
	out, err = new(Buffer), new(Buffer)
	return &Streams{In: strings.NewReader(stdin), Out: out, Err: err}, out, err
}

// Buffer is a buffer that goroutines may write while another reads it. The
// zero value is empty.
type Buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write appends p.
func (b *Buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

// String returns all that was written since the last Reset.
func (b *Buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// Reset empties the buffer.
func (b *Buffer) Reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.b.Reset()
}

// ColorModes are the values that SetColor takes.
var ColorModes = []string{"auto", "always", "never"}

// SetColor settles whether each stream is coloured. "always" and "never"
// decide alone; under "auto" (or "") a non-empty NO_COLOR means no, else a
// CLICOLOR_FORCE other than "" and "0" means yes, else a stream is coloured
// when it is a terminal and TERM is not "dumb". Any other mode is an error
// that names the three, and changes nothing.
//
// Rules: https://no-color.org and https://bixense.com/clicolors
func (s *Streams) SetColor(mode string, getenv func(string) string) error {
	var out, err bool
	switch {
	case mode == "always":
		out, err = true, true
	case mode == "never":
	case mode != "" && mode != "auto":
		return fmt.Errorf("colour mode %q is not one of %s", mode, strings.Join(ColorModes, ", "))
	case getenv("NO_COLOR") != "":
	case getenv("CLICOLOR_FORCE") != "" && getenv("CLICOLOR_FORCE") != "0":
		out, err = true, true
	case getenv("TERM") != "dumb":
		out, err = s.OutTTY && understandsColor(s.Out), s.ErrTTY && understandsColor(s.Err)
	}
	s.Color, s.ColorErr = out, err
	return nil
}

// understandsColor switches a Windows console to escape sequences, which it
// needs before the first one; elsewhere there is nothing to do.
func understandsColor(w io.Writer) bool {
	_, err := termenv.EnableVirtualTerminalProcessing(termenv.NewOutput(w, termenv.WithProfile(termenv.ANSI)))
	return err == nil
}

// Style returns the styles of Out.
func (s *Streams) Style() *Styler { return NewStyler(s.Color) }

// StyleErr returns the styles of Err.
func (s *Streams) StyleErr() *Styler { return NewStyler(s.ColorErr) }
