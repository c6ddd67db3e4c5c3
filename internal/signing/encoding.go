package signing

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
)

// encoding is how a signature is written. Decoding is strict: one text for one
// signature, but for the case of hex digits.
type encoding struct {
	name   string
	encode func([]byte) string
	decode func(string) ([]byte, error)
}

var encodings = map[string]encoding{
	"hex":       {"hex", hex.EncodeToString, hex.DecodeString},
	"base64":    {"base64", base64.StdEncoding.EncodeToString, strict(base64.StdEncoding)},
	"base64url": {"base64url", base64.RawURLEncoding.EncodeToString, strict(base64.RawURLEncoding)},
}

// strict refuses stray trailing bits and the line breaks that encoding/base64
// passes over.
func strict(enc *base64.Encoding) func(string) ([]byte, error) {
	enc = enc.Strict()
	return func(s string) ([]byte, error) {
		if i := strings.IndexAny(s, "\r\n"); i >= 0 {
			return nil, base64.CorruptInputError(i)
		}
		return enc.DecodeString(s)
	}
}

func findEncoding(name string) (encoding, error) {
	if name == "" {
		name = "hex"
	}
	if e, ok := encodings[name]; ok {
		return e, nil
	}
	return encoding{}, fmt.Errorf("encoding: %q is not one of hex, base64, base64url", name)
}

// length is the number of characters in which n bytes are written.
func (e encoding) length(n int) int { return len(e.encode(make([]byte, n))) }
