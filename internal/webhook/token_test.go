package webhook

import (
	"strings"
	"testing"
)

// Each of the 256 bytes alone and within a name: the delimiters of RFC 9110,
// blanks, controls and what is not ASCII are in no token.
func TestIsToken(t *testing.T) {
	for c := range 256 {
		want := c > ' ' && c < 0x7f && !strings.ContainsRune(`"(),/:;<=>?@[\]{}`, rune(c))
		for _, text := range []string{string([]byte{byte(c)}), "X-" + string([]byte{byte(c)}) + "1"} {
			if IsToken(text) != want {
				t.Errorf("%q: %v, want %v", text, !want, want)
			}
		}
	}
	if IsToken("") {
		t.Error("nothing is a token")
	}
}
