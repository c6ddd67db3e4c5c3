package sender

import (
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// FuzzRetryAfter states that no target makes whk wait for longer than an hour, and
// that seconds are as many as it says.
func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "0", "5", " 7 ", "-1", "3600", "3601", "99999999999999999999", "1.5", "Thu, 01 Jan 2026 00:10:00 GMT", "Thursday, 01-Jan-26 00:00:30 GMT", "Thu, 01 Jan 9999 00:00:00 GMT", "Thu Jan  1 00:00:01 1970"} {
		f.Add(seed)
	}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	policy := &Policy{RetryAfter: true}
	f.Fuzz(func(t *testing.T, text string) {
		wait, given := policy.asked(&webhook.Attempt{Status: 503, Header: webhook.Header{{Name: "Retry-After", Value: text}}}, now)
		if wait < 0 || wait > time.Hour || !given && wait != 0 {
			t.Errorf("%q is %v, %v", text, wait, given)
		}
		digits := strings.TrimSpace(text)
		if digits == "" || strings.Trim(digits, "0123456789") != "" {
			return
		}
		n, _ := new(big.Int).SetString(digits, 10)
		want := time.Hour
		if n.Cmp(big.NewInt(3600)) < 0 {
			want = time.Duration(n.Int64()) * time.Second
		}
		if !given || wait != want {
			t.Errorf("%q is %v, want %v", text, wait, want)
		}
	})
}
