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

// toASCII is what .NET's Encoding.ASCII makes of a text: a question mark for each
// UTF-16 unit that is not ASCII, of which an emoji has two.
func toASCII(b []byte) []byte {
	return unitByUnit(b, func(unit uint16) byte {
		if unit >= utf8.RuneSelf {
			return '?'
		}
		return byte(unit)
	})
}

// toLowBytes is what Node.js makes of a string with the encoding latin1, or binary:
// the low byte of each UTF-16 unit.
func toLowBytes(b []byte) []byte {
	return unitByUnit(b, func(unit uint16) byte { return byte(unit) })
}

func unitByUnit(b []byte, of func(uint16) byte) []byte {
	if isASCII(b) || !utf8.Valid(b) {
		return nil
	}
	units := utf16.Encode([]rune(string(b)))
	out := make([]byte, len(units))
	for i, unit := range units {
		out[i] = of(unit)
	}
	return out
}

// toSevenBits is what Node.js reads with the encoding ascii: it drops the highest
// bit of each byte.
func toSevenBits(b []byte) []byte {
	if isASCII(b) {
		return nil
	}
	out := make([]byte, len(b))
	for i, c := range b {
		out[i] = c & 0x7f
	}
	return out
}
