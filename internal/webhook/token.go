package webhook

import "strings"

// IsToken reports whether s is what HTTP calls a token, like methods and the
// names of header fields. "" is not.
// https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2
func IsToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return s != ""
}
