package cmd

import (
	"testing"
	"time"
)

func TestPacer(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	captured := []time.Duration{0, time.Minute, time.Minute, 3 * time.Minute, time.Minute}
	for _, test := range []struct {
		name        string
		rate, speed string
		took        time.Duration // each attempt
		want        []time.Duration
	}{
		{"none", "", "", time.Second, []time.Duration{0, 0, 0, 0, 0}},
		{"max", "", "max", time.Second, []time.Duration{0, 0, 0, 0, 0}},
		{"rate", "10/m", "", time.Second, []time.Duration{0, 5 * time.Second, 5 * time.Second, 5 * time.Second, 5 * time.Second}},
		{"rate without a unit", "2", "", 0, []time.Duration{0, time.Second / 2, time.Second / 2, time.Second / 2, time.Second / 2}},
		{"slow answers do not add up", "1/s", "", 1500 * time.Millisecond, []time.Duration{0, 0, 0, 0, 0}},
		{"as captured", "", "1x", time.Second, []time.Duration{0, 59 * time.Second, 0, 118 * time.Second, 0}},
		{"faster", "", "60x", 0, []time.Duration{0, time.Second, 0, 2 * time.Second, 0}},
		{"slower", "", "0.5x", 0, []time.Duration{0, 2 * time.Minute, 0, 4 * time.Minute, 0}},
	} {
		var flags paceFlags
		if test.rate != "" {
			if err := flags.Rate.Set(test.rate); err != nil {
				t.Fatal(err)
			}
		}
		if test.speed != "" {
			if err := flags.Speed.Set(test.speed); err != nil {
				t.Fatal(err)
			}
		}
		p, now := pacer{flags: flags}, start
		for i, want := range test.want {
			got := p.due(now, start.Add(captured[i]))
			if got.Round(time.Millisecond) != want {
				t.Errorf("%s: wait %d is %s, want %s", test.name, i, got, want)
			}
			now = now.Add(got + test.took)
		}
	}
	for _, text := range []string{"", "0", "-1/s", "1/d", "x/s", "1/", "NaN", "Inf/s"} {
		if err := new(rateFlag).Set(text); err == nil {
			t.Errorf("rate %q is accepted", text)
		}
	}
	for _, text := range []string{"", "1", "0x", "-1x", "x", "NaNx", "Infx"} {
		if err := new(speedFlag).Set(text); err == nil {
			t.Errorf("speed %q is accepted", text)
		}
	}
}

func TestTimeLike(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 678912345, time.UTC)
	for model, want := range map[string]string{
		"2018-11-30T14:23:17+00:00":        "2026-01-02T03:04:05+00:00",
		"2018-11-30T14:23:17Z":             "2026-01-02T03:04:05Z",
		"2018-11-30T14:23:17.343513+00:00": "2026-01-02T03:04:05.678912+00:00",
		"2018-11-30T14:23:17.343Z":         "2026-01-02T03:04:05.678Z",
		"2018-11-30T14:23:17.1-05:30":      "2026-01-01T21:34:05.6-05:30",
		"yesterday":                        "2026-01-02T03:04:05Z",
		"":                                 "2026-01-02T03:04:05Z",
	} {
		if got := timeLike(model, now); got != want {
			t.Errorf("like %q: %s, want %s", model, got, want)
		}
	}
}
