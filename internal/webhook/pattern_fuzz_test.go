package webhook

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// A pattern matches what the regular expression does that says the same.
func FuzzPattern(f *testing.F) {
	for _, seed := range [][2]string{{"*", ""}, {"a.*", "a.b.c"}, {"?", "é"}, {"**b*", "aab"}, {"a", "A"}, {"*?*", "x"}, {"a*b*c", "a/b\nc"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, event string) {
		if !utf8.ValidString(pattern) || !utf8.ValidString(event) || len(pattern) > 256 {
			return // event types are text
		}
		expr := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(strings.ReplaceAll(pattern, `\`, "/")))
		want := regexp.MustCompile("(?s)^" + expr + "$").MatchString(event)
		if got := matchPattern(strings.ReplaceAll(pattern, `\`, "/"), event); got != want {
			t.Errorf("%q matches %q: %v, want %v", pattern, event, got, want)
		}
	})
}
