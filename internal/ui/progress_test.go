package ui_test

import (
	"strings"
	"testing"

	"github.com/whk-cli/whk/internal/ui"
)

func TestProgress(t *testing.T) {
	s, out, err := ui.Buffers("")
	p := ui.NewProgress(s, false)
	p.Clear()
	if err.String() != "" {
		t.Errorf("nothing was shown, and %q was cleared", err.String())
	}
	p.Show(0.5, "5 of 10")
	if want := "\r" + strings.Repeat("█", 10) + strings.Repeat("░", 10) + "  5 of 10\x1b[K"; err.String() != want {
		t.Errorf("%q, want %q", err.String(), want)
	}
	err.Reset()
	p.Clear()
	if err.String() != "\r\x1b[K" || out.String() != "" {
		t.Errorf("cleared with %q; stdout %q", err.String(), out.String())
	}

	err.Reset()
	ascii := ui.NewProgress(s, true)
	for _, part := range []float64{-1, 0, 1, 7} {
		ascii.Show(part, "x")
	}
	for _, line := range strings.Split(err.String(), "\r")[1:] {
		if !strings.HasSuffix(line, "  x\x1b[K") || strings.Count(line, "#")+strings.Count(line, ".") != 20 {
			t.Errorf("%q", line)
		}
	}

	err.Reset()
	s.Width = 30
	narrow := ui.NewProgress(s, false)
	narrow.Show(0.5, strings.Repeat("long ", 20)+"\x1b[31m")
	if line := strings.TrimSuffix(strings.TrimPrefix(err.String(), "\r"), "\x1b[K"); len([]rune(line)) >= 30 || strings.ContainsAny(line, "\x1b\n") {
		t.Errorf("%q does not fit into 30 columns", line)
	}
}

func TestHistogram(t *testing.T) {
	steps := []ui.Step{{"≤ 1 ms", 1}, {"≤ 2 ms", 1000}, {"≤ 10 ms", 0}, {"≤ 20 ms", 500}}
	rows := (&ui.Histogram{}).Rows(steps)
	want := []string{
		" ≤ 1 ms  ▏" + strings.Repeat(" ", 39) + "     1    0.1 %",
		" ≤ 2 ms  " + strings.Repeat("█", 40) + "  1000   66.7 %",
		"≤ 10 ms  " + strings.Repeat(" ", 40) + "     0   66.7 %",
		"≤ 20 ms  " + strings.Repeat("█", 20) + strings.Repeat(" ", 20) + "   500  100.0 %",
	}
	for i := range want {
		if rows[i] != want[i] {
			t.Errorf("%q\nwant\n%q", rows[i], want[i])
		}
	}
	for _, row := range (&ui.Histogram{ASCII: true}).Rows([]ui.Step{{"a", 1}, {"b", 99}}) {
		if strings.ContainsFunc(row, func(r rune) bool { return r > '~' }) || !strings.Contains(row, "#") {
			t.Errorf("%q", row)
		}
	}
	for width, want := range map[int]int{58: 34, 40: 16, 30: 6, 20: 4, 80: 40} {
		row := (&ui.Histogram{Width: width}).Rows(steps)[1]
		if bar := strings.Count(row, "█"); bar != want || width >= 28 && len([]rune(row)) > width {
			t.Errorf("%d columns: a bar of %d, want %d: %q", width, bar, want, row)
		}
	}
	if rows := (&ui.Histogram{}).Rows(nil); len(rows) != 0 {
		t.Errorf("%q", rows)
	}
}
