package webhook

import (
	"testing"
	"time"
)

func TestShortDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", time.Hour: "1h", 10 * time.Minute: "10m", 90 * time.Second: "1m30s", time.Hour + time.Second: "1h0m1s",
		24 * time.Hour: "24h", 20 * time.Second: "20s", 1500 * time.Millisecond: "1.5s",
	} {
		got := ShortDuration(d)
		if back, err := time.ParseDuration(got); got != want || back != d || err != nil {
			t.Errorf("%v is %q, want %q; read again %v, %v", d, got, want, back, err)
		}
	}
}
