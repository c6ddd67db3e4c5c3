package cmd

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/whk-cli/whk/internal/secret"
	"github.com/whk-cli/whk/internal/sender"
	"github.com/whk-cli/whk/internal/ui"
)

// failureNotes keep the first failure of each kind: they explain the others.
type failureNotes struct {
	mu    sync.Mutex
	kinds map[string]bool
	notes []failureNote
}

type failureNote struct {
	title  string // the class, or the status
	n      int    // which delivery it was
	detail string
	hints  []string
}

// mostNotes bounds how many kinds of failures are explained.
const mostNotes = 4

// mostExcerpt bounds what is shown of an answer.
const mostExcerpt = 200 // bytes

func (f *failureNotes) add(w *loadWorker, t *sender.Turn) {
	a := &t.Attempt
	kind := a.Error
	if kind == "" {
		kind = fmt.Sprint(a.Status)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.kinds[kind] || len(f.notes) == mostNotes {
		return
	}
	if f.kinds == nil {
		f.kinds = map[string]bool{}
	}
	f.kinds[kind] = true
	note := failureNote{title: statusText(a.Status), n: w.n, detail: string(a.Body[:min(len(a.Body), mostExcerpt)]), hints: append(answerHints(a, t.Request), w.run.app.secretHints(w.b, w.run.plan.keys, a)...)}
	if a.Error != "" {
		note.title, note.detail, note.hints = strings.ReplaceAll(a.Error, "_", " "), a.Detail, answerHints(a, t.Request)
	}
	note.detail = w.scrub(strings.TrimSpace(note.detail))
	for i, hint := range note.hints {
		note.hints[i] = w.scrub(hint)
	}
	f.notes = append(f.notes, note)
}

func (f *failureNotes) print(app *App) {
	if app.global.JSON {
		return
	}
	for _, note := range f.notes {
		text := fmt.Sprintf("%s, first of delivery %d", note.title, note.n)
		if note.detail != "" {
			text += ": " + note.detail
		}
		app.IO.PrintError(errors.New(text), note.hints...)
	}
}

// scrub hides in a text the secrets, and what the target was sent in headers
// for them.
func (w *loadWorker) scrub(text string) string {
	if text == "" {
		return ""
	}
	return secret.Scrub(w.run.app.scrub(text), secretsIn(w.b.request.Header, w.b.provider.Sensitive())...)
}

// lineWriter writes JSON lines of several workers in large pieces, at least
// every 100 ms while they come. A nil one has nothing to flush.
type lineWriter struct {
	mu   sync.Mutex
	out  *bufio.Writer
	last time.Time
	line []byte
}

func newLineWriter(w io.Writer) *lineWriter { return &lineWriter{out: bufio.NewWriterSize(w, 64<<10)} }

func (l *lineWriter) write(v any) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var err error
	if l.line, err = ui.AppendJSON(l.line[:0], v); err != nil {
		return err
	}
	if _, err := l.out.Write(l.line); err != nil {
		return err
	}
	if now := time.Now(); now.Sub(l.last) > 100*time.Millisecond {
		l.last = now
		return l.out.Flush()
	}
	return nil
}

func (l *lineWriter) flush() error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Flush()
}
