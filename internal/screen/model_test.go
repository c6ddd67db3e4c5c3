package screen

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/whk-cli/whk/internal/webhook"
)

func TestTheList(t *testing.T) {
	tt := newTester(t, nil)
	tt.has("nothing yet", "try: whk trigger", "0 received")
	tt.deliver(three()...)
	tt.has("3 received  ✓ 1  ✗ 1  ? 1", "12:00:01  ✓ authentic      200    184 B  saas/invoice.paid",
		"12:00:02  ✗ not authentic  401", "> 12:00:03  ? unverified", "!nothing yet")
}

// The newest is chosen until somebody moves, and again after G.
func TestTheListFollows(t *testing.T) {
	tt := newTester(t, nil)
	tt.keys("g", "up", "down")
	tt.has("!G follows")
	tt.deliver(three()...)
	tt.has("> 12:00:03")
	tt.keys("up")
	tt.deliver(delivery(4, "late", webhook.Authentic))
	tt.has("> 12:00:02", "G follows the newest")
	tt.keys("G")
	tt.deliver(delivery(5, "later", webhook.Authentic))
	tt.has("> 12:00:05", "!G follows")
	for n := range 100 {
		tt.deliver(delivery(10+n, "many", webhook.Authentic))
	}
	tt.has("> 12:01:49", "!12:00:05")
	tt.keys("g")
	tt.has("> 12:00:01")
}

func TestTheListIsBounded(t *testing.T) {
	tt := newTester(t, nil)
	for n := range maxRows + 10 {
		tt.feed.addRow(newRow(delivery(n, "e", webhook.Authentic)))
	}
	tt.news(tt.feed.take())
	tt.deliver(delivery(9000, "last", webhook.Authentic))
	if len(tt.list.rows) != maxRows || len(tt.list.byID) != maxRows || tt.list.rows[0].id != "id0011" {
		t.Errorf("%d rows, %d by ID, the first is %s", len(tt.list.rows), len(tt.list.byID), tt.list.rows[0].id)
	}
	tt.has(fmt.Sprintf("%d received", maxRows+11), fmt.Sprintf("the newest %d", maxRows), "saas/last")
}

func TestFilter(t *testing.T) {
	tt := newTester(t, nil)
	tt.deliver(three()...)
	tt.keys("/")
	tt.typed("Invoice !not")
	tt.has("filter: Invoice !not", "saas/invoice.paid", "!invoice.void", "!user.made")
	tt.keys("enter")
	tt.deliver(delivery(4, "invoice.sent", webhook.Authentic), delivery(5, "user.gone", webhook.Authentic))
	tt.has("invoice.sent", "!user.gone", `2 fit "Invoice !not"`)
	tt.keys("esc")
	tt.has("user.gone", "invoice.void", "!fit")
	tt.keys("/")
	tt.typed("nowhere")
	tt.has("nothing fits the filter")
	tt.keys("ctrl+w", "4", "0", "1")
	tt.has("invoice.void", "!invoice.paid")
}

// A verdict is found in its own word, too.
func TestFilterOfVerdicts(t *testing.T) {
	tt := newTester(t, nil)
	tt.deliver(three()...)
	tt.keys("/")
	tt.typed("!not_authentic !unverified")
	tt.has("invoice.paid", "!invoice.void", "!user.made")
}

// What the renderer does not know of lines that grew is drawn over.
func TestAnotherSizeIsDrawnAnew(t *testing.T) {
	tt := newTester(t, nil)
	if tt.cleared != 0 {
		t.Errorf("drawn anew %d times at the first size", tt.cleared)
	}
	tt.send(tea.WindowSizeMsg{Width: 15, Height: 4})
	tt.send(tea.WindowSizeMsg{Width: 120, Height: 30})
	if tt.cleared != 2 {
		t.Errorf("drawn anew %d times after two sizes", tt.cleared)
	}
}

// What stands behind the event types begins in one column, whatever it is.
func TestTheListIsAligned(t *testing.T) {
	for _, width := range []int{80, 100, 130} {
		tt := newTester(t, nil)
		tt.send(tea.WindowSizeMsg{Width: width, Height: 24})
		tt.deliver(three()...)
		for _, r := range tt.list.rows {
			r.forwards = []forward{{url: "http://localhost:1", status: 200, retry: -1}}
		}
		tt.list.rows[0].forwards = append(tt.list.rows[0].forwards, forward{url: "http://localhost:2", failure: "refused", retry: -1})
		tail := " → 200"
		if width >= wideTarget {
			tail = "POST "
		}
		columns := map[int]bool{}
		for _, line := range tt.lines()[1:4] {
			before, _, ok := strings.Cut(line, tail)
			if !ok {
				t.Errorf("%d columns: no %q in %q", width, tail, line)
			}
			columns[ansi.StringWidthWc(before)] = true
		}
		if width != 100 && len(columns) != 1 { // there a reason stands before it
			t.Errorf("%d columns: %q begins in %v:\n%s", width, tail, columns, strings.Join(tt.lines()[1:4], "\n"))
		}
	}
}

func TestOpen(t *testing.T) {
	tt := newTester(t, func(o *Options) {
		o.Explain = func(_ context.Context, id string) ([]byte, error) { return []byte("why " + id + "\n"), nil }
	})
	tt.deliver(three()...)
	tt.keys("enter")
	tt.has("> 12:00:03", "all of id0003", "    indented", "why id0003")
	tt.keys("up")
	tt.has("> 12:00:02", "all of id0002", "why id0002", "!id0003")
	tt.keys("enter")
	tt.has("all of id0002", "!12:00:02")
	tt.keys("p")
	tt.has("all of id0001")
	tt.keys("esc", "esc")
	tt.has("> 12:00:01", "!all of")
}

// An explanation comes later, stands above the rest, and moves nobody's text.
func TestExplained(t *testing.T) {
	tt := newTester(t, func(o *Options) {
		o.Open = func(context.Context, string) ([]byte, error) {
			return []byte(strings.Repeat("line\n", 30) + "marked\n"), nil
		}
	})
	tt.deliver(three()...)
	tt.keys("enter", "enter", "G")
	tt.has("marked", "!why")
	tt.send(openedMsg{id: "id0003", text: []byte("why\nbecause\n"), more: true})
	tt.has("marked", "!why")
	tt.keys("g")
	tt.has("why", "because", "line", "!marked")
}

// What was read for a delivery that is not chosen any more is not shown under
// another.
func TestOpenedTooLate(t *testing.T) {
	tt := newTester(t, nil)
	tt.deliver(three()...)
	tt.keys("enter")
	tt.send(openedMsg{id: "id0001", text: []byte("of another")})
	tt.has("all of id0003", "!of another")
}

func TestForwardsAreShown(t *testing.T) {
	tt := newTester(t, nil)
	tt.deliver(three()...)
	tt.keys("enter")
	tt.feed.addForward(newForward("id0003", webhook.Forward{URL: "http://localhost:3000/x", Status: 500}, time.Second, []byte(`{"problem":"a"}`)))
	tt.feed.addForward(newForward("id0002", webhook.Forward{URL: "http://localhost:3000/x", Error: "refused"}, -1, nil))
	tt.news(tt.feed.take())
	tt.has("→ 500 again", "→ refused")
	tt.send(reopenMsg{"id0003"})
	tt.has("answer of http://localhost:3000/x 500 again", `"problem": "a"`, "again in 1s")
	tt.feed.addForward(newForward("id0003", webhook.Forward{URL: "http://localhost:3000/x", Status: 204}, -1, nil))
	tt.news(tt.feed.take())
	tt.has("→ 204", "!→ 500")
}

func TestReplay(t *testing.T) {
	tt := newTester(t, nil)
	tt.deliver(three()...)
	tt.keys("up", "R")
	tt.has("replay to: ")
	tt.typed("localhost:3000")
	tt.keys("enter")
	tt.has("replayed")
	tt.keys("r")
	tt.has("replay to: localhost:3000")
	tt.keys("enter")
	if want := []string{"replay id0002 localhost:3000 true", "replay id0002 localhost:3000 false"}; fmt.Sprint(tt.called) != fmt.Sprint(want) {
		t.Errorf("called %q, want %q", tt.called, want)
	}
}

func TestSaveAndCopy(t *testing.T) {
	tt := newTester(t, nil)
	tt.keys("s")
	tt.has("there is no delivery yet")
	tt.deliver(three()...)
	tt.keys("s", "S", "C", "c")
	if want := "[save id0003 0 save id0003 1 save id0003 2]"; fmt.Sprint(tt.called) != want {
		t.Errorf("called %v, want %s", tt.called, want)
	}
	if tt.clip != "curl id0003" {
		t.Errorf("copied %q", tt.clip)
	}
	tt.has("copied as curl")
	tt.opts.Curl = func(context.Context, string) (string, error) { return strings.Repeat("x", maxClip+1), nil }
	tt.clip = ""
	tt.keys("c")
	if tt.has("too long for a terminal's clipboard"); tt.clip != "" {
		t.Error("it was copied all the same")
	}
}

func TestMessages(t *testing.T) {
	tt := newTester(t, nil)
	tt.feed.addNote("first\nsecond\n")
	tt.news(tt.feed.take())
	tt.has("second", "!first")
	tt.keys("m")
	tt.has("first", "second")
	tt.opts.Save = func(context.Context, string, Part) (string, error) { return "", errors.New("no\x1b[31m room") }
	tt.deliver(three()...)
	tt.keys("esc", "s")
	tt.has(`error: no\x1b[31m room`)
}

func TestHelpNamesTheKeys(t *testing.T) {
	tt := newTester(t, nil)
	tt.send(tea.WindowSizeMsg{Width: 80, Height: 60})
	tt.keys("?")
	for _, key := range []string{"PgUp PgDn", "g  G", "Enter", "Esc", "n p", "/ ", "r ", "R ", "t ", "c ", "C ", "s  S", "m ", "q  Ctrl-C"} {
		tt.has("  " + key)
	}
	tt.keys("q")
	if tt.has("nothing yet"); tt.stopped {
		t.Error("q in the help stopped the listener")
	}
}

func TestQuit(t *testing.T) {
	for _, key := range []string{"q", "ctrl+c"} {
		tt := newTester(t, nil)
		if key == "ctrl+c" {
			tt.keys("/")
		}
		_, cmd := tt.Update(press(key))
		if cmd == nil || !tt.stopped {
			t.Fatalf("%s does not stop", key)
		}
		if _, ok := cmd().(tea.QuitMsg); !ok {
			t.Errorf("%s does not end the screen", key)
		}
	}
}

// A defect ends the screen with an error, and is not let through.
func TestADefectEndsTheScreen(t *testing.T) {
	tt := newTester(t, nil)
	tt.deliver(three()...)
	tt.list.rows[0], tt.list.shown[0] = nil, nil
	tt.View()
	if tt.broken == nil {
		t.Fatal("the defect was not noticed")
	}
	if _, cmd := tt.Update(tea.WindowSizeMsg{Width: 80, Height: 24}); cmd == nil || fmt.Sprintf("%T", cmd()) != "tea.QuitMsg" {
		t.Error("the screen goes on")
	}
}
