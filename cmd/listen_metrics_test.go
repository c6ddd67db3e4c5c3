package cmd

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/receiver"
	"github.com/whk-cli/whk/internal/store"
)

// The page on metrics lists those that there are, in their order.
func TestMetricsDoc(t *testing.T) {
	app := &App{Now: time.Now}
	m, err := app.newMetrics(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer m.close()
	captures, err := store.Open(t.Context(), t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer captures.Close()
	l := &listener{store: captures, forwarder: receiver.NewForwarder(t.Context(), nil, nil, receiver.ForwardOptions{})}
	rc := receiver.New(receiver.Options{})
	m.watch(l, rc)
	page, err := os.ReadFile("../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	names := func(pattern, text string) (all []string) {
		for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
			all = append(all, match[1])
		}
		return all
	}
	there := names(`(?m)^# TYPE (\S+) `, string(m.set.AppendText(nil)))
	if told := names("(?m)^\\| `(whk_\\w+)`", string(page)); !slices.Equal(told, there) {
		t.Errorf("the page has\n%s\nthere are\n%s", strings.Join(told, "\n"), strings.Join(there, "\n"))
	}
}
