package screen

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

var noon = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

// tester is a model without a terminal. Its commands run at once.
type tester struct {
	*model
	t      *testing.T
	clip   string
	called []string // what Actions did

	cleared int // times that all is drawn anew
}

func newTester(t *testing.T, change func(*Options)) *tester {
	t.Helper()
	tt := &tester{t: t}
	opts := &Options{Title: "http://localhost:8080", Hint: "try: whk trigger", Zone: time.UTC, Style: ui.NewStyler(false)}
	note := func(format string, args ...any) { tt.called = append(tt.called, fmt.Sprintf(format, args...)) }
	opts.Actions = Actions{
		Open: func(_ context.Context, id string) ([]byte, error) {
			return []byte("all of " + id + "\n\tindented\n"), nil
		},
		Explain: func(context.Context, string) ([]byte, error) { return nil, nil },
		Replay: func(_ context.Context, id, to string, resign bool) (string, error) {
			if to == "" {
				return "", ErrNoTarget
			}
			note("replay %s %s %v", id, to, resign)
			return "replayed", nil
		},
		Curl: func(_ context.Context, id string) (string, error) { return "curl " + id, nil },
		Save: func(_ context.Context, id string, what Part) (string, error) {
			note("save %s %d", id, what)
			return "wrote it", nil
		},
	}
	if change != nil {
		change(opts)
	}
	tt.model = newModel(t.Context(), newFeed(), opts)
	tt.later = func(_ time.Duration, msg func(time.Time) tea.Msg) tea.Cmd {
		return func() tea.Msg { return msg(time.Time{}) }
	}
	tt.send(tea.WindowSizeMsg{Width: 80, Height: 24})
	return tt
}

func (tt *tester) send(msg tea.Msg) {
	tt.t.Helper()
	if _, ok := msg.(tea.QuitMsg); ok {
		return
	}
	_, cmd := tt.Update(msg)
	if _, ok := msg.(newsMsg); ok {
		return // the command waits for more
	}
	tt.run(cmd)
}

func (tt *tester) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil, tea.QuitMsg:
	case openedMsg, doneMsg, reopenMsg:
		tt.send(msg)
	default:
		switch text := fmt.Sprintf("%T", msg); text {
		case "tea.sequenceMsg", "tea.BatchMsg":
			for _, cmd := range commandsOf(msg) {
				tt.run(cmd)
			}
		case "tea.clearScreenMsg":
			tt.cleared++
		case "tea.setClipboardMsg":
			tt.clip = fmt.Sprint(msg)
		default:
			tt.t.Fatalf("an unexpected %s", text)
		}
	}
}

func (tt *tester) deliver(ds ...*webhook.Delivery) {
	tt.t.Helper()
	for _, d := range ds {
		tt.feed.addRow(newRow(d))
	}
	tt.news(tt.feed.take())
}

func (tt *tester) keys(names ...string) {
	tt.t.Helper()
	for _, name := range names {
		tt.send(press(name))
	}
}

func press(name string) tea.KeyPressMsg {
	codes := map[string]rune{"up": tea.KeyUp, "down": tea.KeyDown, "enter": tea.KeyEnter, "esc": tea.KeyEscape,
		"pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "backspace": tea.KeyBackspace}
	if code, ok := codes[name]; ok {
		return tea.KeyPressMsg{Code: code}
	}
	if rest, ok := strings.CutPrefix(name, "ctrl+"); ok {
		return tea.KeyPressMsg{Code: rune(rest[0]), Mod: tea.ModCtrl}
	}
	return tea.KeyPressMsg{Code: rune(name[0]), Text: name}
}

func (tt *tester) typed(text string) {
	tt.t.Helper()
	for _, r := range text {
		tt.send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
}

func (tt *tester) screen() string { return tt.View().Content }

// has wants each text on the screen; one that begins with ! is not to be there.
func (tt *tester) has(texts ...string) {
	tt.t.Helper()
	for _, text := range texts {
		want := strings.TrimPrefix(text, "!")
		if strings.Contains(tt.screen(), want) == (len(want) < len(text)) {
			tt.t.Fatalf("want %q on the screen:\n%s", text, tt.screen())
		}
	}
}

func delivery(n int, event string, status webhook.Status) *webhook.Delivery {
	d := &webhook.Delivery{ID: fmt.Sprintf("id%04d", n), ReceivedAt: noon.Add(time.Duration(n) * time.Second), Method: "POST",
		URL: "http://localhost:8080/webhooks/saas", Provider: "saas", Event: event, Body: make([]byte, 184),
		Verification: webhook.Verification{Status: status}, Response: webhook.Response{Status: 200}}
	if status == webhook.NotAuthentic {
		d.Verification.Reason, d.Response.Status = webhook.ReasonMismatch, 401
	}
	return d
}

func three() []*webhook.Delivery {
	return []*webhook.Delivery{delivery(1, "invoice.paid", webhook.Authentic), delivery(2, "invoice.void", webhook.NotAuthentic), delivery(3, "user.made", webhook.Unverified)}
}

// commandsOf are those of a batch or a sequence, which are lists of commands.
func commandsOf(msg tea.Msg) (cmds []tea.Cmd) {
	list := reflect.ValueOf(msg)
	for i := range list.Len() {
		cmds = append(cmds, list.Index(i).Interface().(tea.Cmd))
	}
	return cmds
}
