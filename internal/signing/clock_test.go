package signing

import (
	"testing"
	"time"
)

// A distance is told in days once nobody wants to count its hours.
func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		1234567 * time.Nanosecond: "1ms", 12345 * time.Millisecond: "12s", 47*time.Hour + 59*time.Minute: "47h59m0s",
		48 * time.Hour: "2 days", 479*time.Hour + 59*time.Minute: "19 days",
	} {
		if got := span(d); got != want {
			t.Errorf("span(%d) is %q, want %q", d, got, want)
		}
	}
}
