package ui_test

import (
	"testing"

	"github.com/whk-cli/whk/internal/ui"
)

func TestChart(t *testing.T) {
	bars := []ui.Bar{{Value: 1, Role: ui.Good}, {Value: 1000, Role: ui.Bad}, {Value: 30, Role: ui.Warn}, {Value: 1, Role: ui.Good}}
	for _, c := range []struct {
		name           string
		chart          ui.Chart
		bars           []ui.Bar
		heights, marks string
	}{
		{"unicode", ui.Chart{}, bars, "▁█▄▁", "✓✗?✓"},
		{"ASCII", ui.Chart{ASCII: true}, bars, ".@=.", "+x?+"},
		{"the last ones", ui.Chart{Width: 2}, bars, "█▁", "?✓"},
		{"all alike", ui.Chart{}, bars[:1], "▁", "✓"},
		{"none", ui.Chart{}, nil, "", ""},
		{"nothing at all", ui.Chart{}, []ui.Bar{{Role: ui.Bad}, {Role: ui.Bad}}, "▁▁", "✗✗"},
		{"colour", ui.Chart{Style: ui.NewStyler(true)}, bars[:1], "\x1b[32m▁\x1b[0m", "\x1b[32m✓\x1b[0m"},
	} {
		if heights, marks := c.chart.Rows(c.bars); heights != c.heights || marks != c.marks {
			t.Errorf("%s: %q %q, want %q %q", c.name, heights, marks, c.heights, c.marks)
		}
	}
}

func TestUnicode(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		goos string
		want bool
	}{
		{nil, "linux", false},
		{nil, "windows", true},
		{map[string]string{"LANG": "en_US.UTF-8"}, "linux", true},
		{map[string]string{"LANG": "C.utf8"}, "linux", true},
		{map[string]string{"LANG": "en_US.UTF-8", "LC_ALL": "C"}, "linux", false},
		{map[string]string{"LANG": "C", "LC_CTYPE": "de_DE.UTF-8"}, "darwin", true},
		{map[string]string{"LANG": "en_US.UTF-8", "TERM": "dumb"}, "linux", false},
		{map[string]string{"TERM": "dumb"}, "windows", false},
	} {
		if got := ui.Unicode(func(name string) string { return c.env[name] }, c.goos); got != c.want {
			t.Errorf("%v on %s: %v", c.env, c.goos, got)
		}
	}
}
