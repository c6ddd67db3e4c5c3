package secret_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/whk-cli/whk/internal/secret"
	"github.com/whk-cli/whk/internal/signing"
)

func TestScrub(t *testing.T) {
	raw := "s3cret/key+with?odd \"bytes\"\x01\xff"
	b := []byte(raw)
	forms := map[string]string{
		"raw":            raw,
		"quoted":         fmt.Sprintf("%q", raw),
		"hex":            hex.EncodeToString(b),
		"upper hex":      strings.ToUpper(hex.EncodeToString(b)),
		"base64":         base64.StdEncoding.EncodeToString(b),
		"raw base64":     base64.RawStdEncoding.EncodeToString(b),
		"base64url":      base64.URLEncoding.EncodeToString(b),
		"raw base64url":  base64.RawURLEncoding.EncodeToString(b),
		"query":          url.QueryEscape(raw),
		"path":           url.PathEscape(raw),
		"inside a query": "http://h/?k=" + url.QueryEscape(raw) + "&x=1",
	}
	for name, form := range forms {
		got := secret.Scrub("before "+form+" after", signing.NewSecret(b))
		if !strings.Contains(got, secret.Redacted) || strings.Contains(got, form) {
			t.Errorf("%s: left %q", name, got)
		}
		if !strings.HasPrefix(got, "before ") || !strings.HasSuffix(got, " after") {
			t.Errorf("%s: took too much: %q", name, got)
		}
	}
}

func TestScrubLeavesOthersAlone(t *testing.T) {
	text := "nothing to hide: abc"
	for _, s := range []string{"", "ab", "other secret"} {
		if got := secret.Scrub(text, signing.NewSecret([]byte(s))); got != text {
			t.Errorf("%q makes it %q", s, got)
		}
	}
}

// One secret may be the beginning of another.
func TestScrubLongestFirst(t *testing.T) {
	got := secret.Scrub("key-1234-5678", signing.NewSecret([]byte("key-1234")), signing.NewSecret([]byte("key-1234-5678")))
	if got != secret.Redacted {
		t.Errorf("left %q", got)
	}
}

func FuzzScrub(f *testing.F) {
	f.Add("before", "hunter2", "after")
	f.Fuzz(func(t *testing.T, before, text, after string) {
		s := signing.NewSecret([]byte(text))
		for _, form := range secret.Forms(s) {
			if len(form) < 4 || strings.Contains(secret.Redacted, form) {
				continue
			}
			if !strings.Contains(secret.Scrub(before+form+after, s), secret.Redacted) {
				t.Errorf("%q stays in %q", form, before+form+after)
			}
		}
	})
}
