package signing

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
)

// encoding is how a signature is written. Decoding is strict: one text for one
// signature, apart from the case of hex digits.
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

// strict refuses trailing bits that are not zero, and line breaks, which
// encoding/base64 skips.
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

// appendDecode appends the bytes that text stands for. It does not allocate if
// dst has room for them and for the text.
func (e encoding) appendDecode(dst []byte, text string) ([]byte, error) {
	// A text is never shorter than its bytes, so it can be put behind them.
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
