package format

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/whk-cli/whk/internal/webhook"
)

// parseJSON reads one delivery in JSON.
func parseJSON(data []byte) (Entry, error) {
	text := withoutMark(data)
	if isBlank(text) {
		return Entry{Line: 1}, ErrEmpty
	}
	d, err := parseDelivery(text)
	return Entry{Delivery: d, Line: 1}, err
}

// parseDelivery reads a delivery from text. What encoding/json would silently
// replace, and so change the body, is refused. The delivery is there with the
// error [webhook.ErrChanged], too.
func parseDelivery(text []byte) (*webhook.Delivery, error) {
	if at := firstInvalid(text); at >= 0 {
		return nil, place(text, at, errors.New(`not UTF-8; bytes that are not text belong in "body_base64"`))
	}
	d := new(webhook.Delivery)
	err := json.Unmarshal(text, d)
	if err != nil && !errors.Is(err, webhook.ErrChanged) {
		return nil, placeJSON(text, err)
	}
	if at := loneSurrogate(text); at >= 0 {
		return nil, place(text, at, errors.New("half of a surrogate pair is not a character"))
	}
	return d, err
}

// placeJSON adds the place to an error of encoding/json that knows its own.
func placeJSON(text []byte, err error) error {
	var syntax *json.SyntaxError
	var wrongType *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		end := len(bytes.TrimSpace(text))
		if int(syntax.Offset) >= end && !json.Valid(text) && isCutShort(text) {
			return place(text, len(text), fmt.Errorf("%w: the JSON ends too early", ErrIncomplete))
		}
		at := int(syntax.Offset) - 1
		if at < len(text) && text[at] == '{' && json.Valid(text[:at]) {
			err = errors.New("more than one object; many deliveries go one to a line (ndjson)")
		}
		return place(text, at, err)
	case errors.As(err, &wrongType) && wrongType.Field == "":
		return fmt.Errorf("this is %s, not a delivery", article(wrongType.Value))
	case errors.As(err, &wrongType):
		blanks := len(text) - len(bytes.TrimLeft(text, " \t\r\n"))
		return place(text, blanks+int(wrongType.Offset)-1, fmt.Errorf("%q cannot be %s", wrongType.Field, article(wrongType.Value)))
	}
	return err
}

// isCutShort reports whether text is valid as far as it goes.
func isCutShort(text []byte) bool {
	dec := json.NewDecoder(bytes.NewReader(text))
	var raw json.RawMessage
	return errors.Is(dec.Decode(&raw), io.ErrUnexpectedEOF)
}

func article(jsonType string) string {
	switch jsonType {
	case "object", "array":
		return "an " + jsonType
	}
	return "a " + jsonType
}

// firstInvalid returns the offset of the first byte that is not UTF-8, or -1.
func firstInvalid(text []byte) int {
	if utf8.Valid(text) {
		return -1
	}
	for i := 0; ; {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size <= 1 {
			return i
		}
		i += size
	}
}

// loneSurrogate returns the offset in valid JSON of the first escape \ud800 to
// \udfff without its other half, or -1.
func loneSurrogate(text []byte) int {
	for i := 0; i < len(text); i++ {
		next := bytes.IndexByte(text[i:], '\\')
		if next < 0 {
			return -1
		}
		i += next
		switch unit := escapedUnit(text[i:]); {
		case unit < 0:
			i++ // the escaped character, which may be a backslash
		case unit >= 0xd800 && unit < 0xdc00:
			if low := escapedUnit(text[i+6:]); low < 0xdc00 || low > 0xdfff {
				return i
			}
			i += 11
		case unit >= 0xdc00 && unit <= 0xdfff:
			return i
		default:
			i += 5
		}
	}
	return -1
}

// escapedUnit returns the value of the \uXXXX that b begins with, or -1.
func escapedUnit(b []byte) int {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return -1
	}
	unit := 0
	for _, c := range b[2:6] {
		unit = unit<<4 | hexValue(c)
	}
	return unit
}

// hexValue returns the value of a hexadecimal digit, or -1.
func hexValue(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// isEvent reports whether a line is one of the objects with a type that whk
// prints besides deliveries.
func isEvent(line []byte, err error) bool {
	if !errors.Is(err, webhook.ErrNoHeaders) && !errors.Is(err, webhook.ErrNoBody) {
		return false
	}
	kind := look(line).kind
	return kind != "" && kind != "delivery"
}

// atLine gives an error within one line the line's number in the file.
func atLine(err error, number int) error {
	if err == nil {
		return nil
	}
	var placed *Error
	if errors.As(err, &placed) {
		return &Error{Line: number, Column: placed.Column, Err: placed.Err}
	}
	return &Error{Line: number, Column: 1, Err: err}
}
