package signing

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
)

// encoding is how a signature is written. Decoding is strict: one text for one
// signature, but for the case of hex digits.
type encoding struct {
	name   string
	encode func([]byte) string
	append func(dst, text []byte) ([]byte, error) // decoded
}

var encodings = map[string]encoding{
	"hex":       {"hex", hex.EncodeToString, hex.AppendDecode},
	"base64":    {"base64", base64.StdEncoding.EncodeToString, strict(base64.StdEncoding)},
	"base64url": {"base64url", base64.RawURLEncoding.EncodeToString, strict(base64.RawURLEncoding)},
}

// strict refuses stray trailing bits and the line breaks that encoding/base64
// passes over.
func strict(enc *base64.Encoding) func(dst, text []byte) ([]byte, error) {
	enc = enc.Strict()
	return func(dst, text []byte) ([]byte, error) {
		for i, c := range text {
			if c == '\r' || c == '\n' {
				return nil, base64.CorruptInputError(i)
			}
		}
		return enc.AppendDecode(dst, text)
	}
}

// decode returns the bytes that text stands for.
func (e encoding) decode(text string) ([]byte, error) { return e.append(nil, []byte(text)) }

// appendDecode appends the bytes that text stands for, and leaves none behind when
// dst has room for them and for the text.
func (e encoding) appendDecode(dst []byte, text string) ([]byte, error) {
	// No text is shorter than what it stands for, so that the text can wait behind.
	dst = slices.Grow(dst, 2*len(text))
	behind := append(dst[:len(dst)+len(text)], text...)[len(dst)+len(text):]
	return e.append(dst, behind)
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
