package chaos

import (
	"encoding/base64"
	"strings"
)

// flip replaces one letter or digit by another of its kind: hex stays hex, and
// base64 stays base64.
func flip(c byte) byte {
	switch {
	case c == '9', c == 'f', c == 'F', c == 'z', c == 'Z':
		return map[byte]byte{'9': '0', 'f': 'a', 'F': 'A', 'z': 'y', 'Z': 'Y'}[c]
	case plain(c):
		return c + 1
	}
	return c
}

func plain(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// flipSignature changes one character of the signature in a header's value: the
// last part of it, behind whatever names, times and versions stand in front.
func flipSignature(value string) string {
	end := len(strings.TrimRight(value, `="' ,;.`))
	start := strings.LastIndexAny(value[:end], `=,. ;:"'`) + 1
	for at := start + (end-start)/2; at < end; at++ { // the last character may hold bits that nobody reads
		if plain(value[at]) {
			return value[:at] + string(flip(value[at])) + value[at+1:]
		}
	}
	return value
}

// flipNumber changes the last digit of a time, which stays one of the same
// minute.
func flipNumber(text string) string {
	at := strings.LastIndexAny(text, "0123456789")
	// Of RFC 3339 with an offset, the seconds.
	if i := strings.LastIndexByte(text, ':'); i >= 0 && strings.Count(text, ":") >= 2 {
		if j := strings.LastIndexAny(text, "+Z"); j > 0 {
			at = strings.LastIndexAny(text[:j], "0123456789")
		}
	}
	if at < 0 {
		return text
	}
	return text[:at] + string(flip(text[at])) + text[at+1:]
}

// inToken changes the payload of a signed token, and leaves its signature.
func inToken(value string, change func(claims []byte) ([]byte, error)) (string, error) {
	before, token := "", value
	if i := strings.LastIndexByte(value, ' '); i >= 0 {
		before, token = value[:i+1], value[i+1:]
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", errNothing
	}
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", errNothing
	}
	if claims, err = change(claims); err != nil {
		return "", err
	}
	parts[1] = base64.RawURLEncoding.EncodeToString(claims)
	return before + strings.Join(parts, "."), nil
}
