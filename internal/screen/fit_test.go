package screen

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

// Whatever its size, the screen has no line too many and none too wide, with
// wide characters and without an end to a stranger's text.
func TestEverySizeFits(t *testing.T) {
	for _, width := range []int{1, 2, 10, 20, 40, 51, 52, 63, 64, 80, 99, 100, 120, 300} {
		for _, height := range []int{1, 2, 3, 5, 10, 17, 18, 24, 60} {
			tt := newTester(t, nil)
			tt.opts.Style = ui.NewStyler(width%2 == 0)
			tt.send(tea.WindowSizeMsg{Width: width, Height: height})
			wide := delivery(7, strings.Repeat("漢字", 200), webhook.NotAuthentic)
			wide.Handshake = true
			tt.deliver(append(three(), wide)...)
			tt.feed.addForward(newForward(wide.ID, webhook.Forward{Error: strings.Repeat("e", 500)}, time.Second, nil))
			tt.news(tt.feed.take())
			for _, key := range []string{"g", "enter", "enter", "pgdown", "pgdown", "esc", "?", "esc", "m", "esc", "/"} {
				tt.keys(key)
				lines := strings.Split(tt.screen(), "\n")
				if tt.broken != nil {
					t.Fatalf("%dx%d after %s: %v", width, height, key, tt.broken)
				}
				if len(lines) > height {
					t.Fatalf("%dx%d after %s: %d lines", width, height, key, len(lines))
				}
				for _, line := range lines {
					if w := ansi.StringWidthWc(line); w > width {
						t.Fatalf("%dx%d after %s: %d columns: %q", width, height, key, w, line)
					}
				}
			}
		}
	}
}

// Nothing that a stranger sent acts on the terminal.
func TestHostileTextIsHarmless(t *testing.T) {
	tt := newTester(t, nil)
	tt.send(tea.WindowSizeMsg{Width: 200, Height: 24})
	evil := "\x1b]0;owned\x07\x1b[2J\u202e\r\n\u009b31m"
	d := delivery(1, evil, webhook.NotAuthentic)
	d.Provider, d.Method, d.URL, d.Verification.Reason, d.Response.Played = evil, evil, "http://x/"+evil, webhook.Reason(evil), evil
	tt.deliver(d)
	tt.feed.addForward(newForward(d.ID, webhook.Forward{URL: evil, Error: evil}, time.Second, []byte(evil)))
	tt.news(tt.feed.take())
	tt.keys("enter", "/")
	tt.send(tea.PasteMsg{Content: evil})
	tt.has(`\x1b]0;owned`)
	for _, r := range tt.screen() {
		if r < ' ' && r != '\n' || r == '\u202e' || r == '\u009b' || r == 0x7f {
			t.Fatalf("%U is on the screen: %q", r, tt.screen())
		}
	}
}
