package diagnosis

import (
	"bytes"
	"encoding/binary"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// toUTF16 is what Encoding.Unicode, or a string of Java's, makes of a text.
func toUTF16(order binary.AppendByteOrder, mark bool) func([]byte) []byte {
	return func(b []byte) []byte {
		if !utf8.Valid(b) || len(b) == 0 {
			return nil
		}
		out := make([]byte, 0, 2*len(b)+2)
		if mark {
			out = order.AppendUint16(out, byteOrderMark)
		}
		for _, unit := range utf16.Encode([]rune(string(b))) {
			out = order.AppendUint16(out, unit)
		}
		return out
	}
}

const byteOrderMark = 0xfeff

// fromUTF16 reads UTF-16 of either order; nil for what does not look like it:
// every second byte of plain text in it is zero.
func fromUTF16(b []byte) []byte {
	if len(b) < 4 || len(b)%2 != 0 {
		return nil
	}
	var order binary.ByteOrder
	switch {
	case b[1] == 0, bytes.HasPrefix(b, []byte{0xff, 0xfe}):
		order = binary.LittleEndian
	case b[0] == 0, bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		order = binary.BigEndian
	default:
		return nil
	}
	units := make([]uint16, 0, len(b)/2)
	for pair := range slices.Chunk(b, 2) {
		units = append(units, order.Uint16(pair))
	}
	if units[0] == byteOrderMark {
		units = units[1:]
	}
	return []byte(string(utf16.Decode(units)))
}
