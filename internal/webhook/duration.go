package webhook

import (
	"strings"
	"time"
)

// ShortDuration is d as [time.Duration.String] has it, without units at the end
// that are zero: 10m and not 10m0s. [time.ParseDuration] reads it.
func ShortDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
