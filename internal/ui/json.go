package ui

import (
	"bytes"
	"encoding/json"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// JSON writes v as one line of JSON. See [AppendJSON].
func JSON(w io.Writer, v any) error {
	line, err := AppendJSON(nil, v)
	if err != nil {
		return err
	}
	_, err = w.Write(line)
	return err
}

// AppendJSON appends v as one line of JSON and a line feed. <, > and & stay as
// they are. Characters that a terminal might act on are written as \u escapes,
// which every reader takes for the same text. The error is that of
// [json.Marshal]; dst is then returned unchanged.
func AppendJSON(dst []byte, v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return dst, err
	}
	return appendSafeJSON(dst, b.Bytes()), nil
}

// appendSafeJSON appends JSON with its invisible characters escaped. Outside
// strings JSON has none, so there is no need to know where a string begins.
func appendSafeJSON(dst, src []byte) []byte {
	for len(src) > 0 {
		n := 0
		for n < len(src) && src[n] < 0x7f {
			n++
		}
		dst, src = append(dst, src[:n]...), src[n:]
		if len(src) == 0 {
			break
		}
		r, size := utf8.DecodeRune(src)
		switch {
		case r == utf8.RuneError && size == 1, !visible(r):
			dst = appendJSONEscape(dst, r)
		default:
			dst = append(dst, src[:size]...)
		}
		src = src[size:]
	}
	return dst
}

func appendJSONEscape(dst []byte, r rune) []byte {
	if r > 0xffff {
		high, low := utf16.EncodeRune(r)
		return appendJSONEscape(appendJSONEscape(dst, high), low)
	}
	return appendHex(append(dst, '\\', 'u'), r, 12)
}
