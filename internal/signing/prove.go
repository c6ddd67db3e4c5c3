package signing

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
)

// ErrToken is a token that [Scheme.Prove] refuses, since it would sign messages
// for anybody.
var ErrToken = errors.New("a token to be keyed has 1 to 128 letters, digits, - and _")

// Prove is the HMAC-SHA256 of a token in hex, by which an endpoint shows that
// it has the secret. A stranger chooses the token, so it must not look like a
// message that somebody signs: it is an [ErrToken] unless it has 1 to 128
// characters of A-Z, a-z, 0-9, - and _.
func (s *Scheme) Prove(secret Secret, token string) (string, error) {
	if !isToken(token) {
		return "", ErrToken
	}
	fits, err := s.fitting(secret)
	if err != nil {
		return "", err
	}
	raw := fits[0].key.raw
	if len(raw) == 0 {
		return "", errors.New("the scheme has no secret that both sides share")
	}
	mac := hmac.New(sha256.New, raw)
	mac.Write([]byte(token))
	return hex.EncodeToString(mac.Sum(nil)), nil
}

func isToken(text string) bool {
	for i := range len(text) {
		switch c := text[i]; {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '-', c == '_':
		default:
			return false
		}
	}
	return len(text) >= 1 && len(text) <= 128
}
