package cmd

import (
	"testing"
	"time"
)

func TestParseDuration(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"90s": 90 * time.Second, "1h30m": 90 * time.Minute, "2d": 2 * day, "1.5d": 36 * time.Hour, "-3d": -3 * day, "106000d": 106000 * day,
	} {
		if got, err := parseDuration(text); got != want || err != nil {
			t.Errorf("%s is %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "d", "2", "1h2d", "1d12h", "5md", "2dd", "107000d", "-107000d", "500000d"} {
		if got, err := parseDuration(text); err == nil {
			t.Errorf("%q is taken for %v", text, got)
		}
	}
}
