package diagnosis_test

import (
	"strings"
	"testing"
)

// HMAC hashes a key that is longer than its block, so that the SHA-256 of such a
// secret is the same key, and no second mistake.
func TestLongKeyIsNoSecondMistake(t *testing.T) {
	long := "whsec_" + strings.Repeat("5f2b", 16)
	for known, want := range map[string]string{
		long + "\n":       "secret-newline",
		`"` + long + `"`:  "secret-quotes",
		"KEY=" + long:     "secret-variable",
		" " + long + "  ": "secret-blanks",
	} {
		for _, name := range []string{"plain", "paired", "token"} {
			d := secrets(name, long, known)
			if got := d.explain(t).Hypotheses; len(got) == 0 || got[0].Code != want {
				t.Errorf("%s: %q is explained by %+v, want %s", name, known, got, want)
			}
		}
	}
}

// Windows PowerShell writes UTF-16, with a byte order mark and a line break.
func TestSecretInUTF16(t *testing.T) {
	known := "\xff\xfe"
	for _, c := range textSecret + "\r\n" {
		known += string([]byte{byte(c), 0})
	}
	d := secrets("plain", textSecret, known)
	if got := d.explain(t).Hypotheses; len(got) != 1 || got[0].Code != "secret-utf-16" {
		t.Errorf("explained by %+v", got)
	}
}
