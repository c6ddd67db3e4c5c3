package signing

import (
	"fmt"
	"strings"
)

// oddity says why a text is not in the encoding, for the owner of the secret.
// It quotes nothing of it.
func (e encoding) oddity(text string) string {
	fits := func(text string) bool { _, err := e.decode(text); return err == nil }
	bare := strings.TrimSpace(text)
	switch {
	case bare != text && fits(bare):
		return "there are blanks or a line break around it"
	case fits(strings.Trim(bare, "\"'`")):
		return "there are quotes around it"
	}
	for i, c := range text {
		if !strings.ContainsRune(alphabets[e.name], c) {
			return fmt.Sprintf("character %d is %s", i+1, e.stranger(c))
		}
	}
	switch {
	case e.name == "hex":
		return "it has an odd number of digits"
	case strings.HasSuffix(text, "="):
		return "what is before its padding has another length"
	case e.name == "base64":
		return "its length is not a multiple of 4, or its last character has unused bits set"
	}
	return "its length or its last character is not one that this encoding makes"
}

// stranger names a character that is not in e's alphabet.
func (e encoding) stranger(c rune) string {
	switch {
	case strings.ContainsRune(" \t\r\n", c):
		return "a blank or a line break"
	case strings.ContainsRune("\"'`", c):
		return "a quote"
	case e.name == "base64" && (c == '-' || c == '_'):
		return "of base64url's alphabet, not of base64's, or the secret has a prefix of its own"
	case e.name == "base64url" && (c == '+' || c == '/' || c == '='):
		return "of base64's alphabet, not of base64url's"
	}
	return "not in its alphabet"
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

var alphabets = map[string]string{
	"hex":       "0123456789abcdefABCDEF",
	"base64":    letters + "+/=",
	"base64url": letters + "-_",
}
