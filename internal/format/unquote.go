package format

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// unquote reads a JSON string from behind its opening quote, in text that is
// UTF-8. It returns what the string means, in the memory of dst, and the number
// of bytes up to and including the closing quote; false for what is no string,
// or has half of a pair of surrogates in it. Bodies are JSON within JSON, where
// about every fifth byte is escaped. So all special bytes among 64 are found at
// once, without a branch, and the bytes between them are moved 16 at a time,
// even if fewer are needed.
func unquote(dst, src []byte) (text []byte, size int, ok bool) {
	// No escape is shorter than what it stands for: this is enough room, even
	// for moving too many bytes.
	if need := len(src) + block + moved; cap(dst) < need {
		dst = make([]byte, need+need/2)
	}
	dst = dst[:cap(dst)]
	n, i := 0, 0
	for i+block+moved <= len(src) {
		b := (*[block + moved]byte)(src[i:])
		from := 0 // of b: what is not moved yet
		for special := specials((*[block]byte)(b[:])); special != 0 && from < block; {
			k := bits.TrailingZeros64(special) & (block - 1)
			special &= special - 1
			n += move(dst[n:], b, from, k)
			if c := b[k]; c != '\\' {
				return dst[:n], i + k + 1, c == '"'
			}
			c := b[k+1]
			if c == '"' || c == '\\' { // special as well, but where it is the next block's
				special &= special - 1
				dst[n] = c
				n, from = n+1, k+2
				continue
			}
			r, size := escaped(src[i+k:])
			if size == 0 {
				return dst[:n], 0, false
			}
			n += utf8.EncodeRune(dst[n:n+utf8.UTFMax], r)
			from = k + size
			special = special >> from << from // the other half of a pair
		}
		if from < block {
			n += move(dst[n:], b, from, block)
			from = block
		}
		i += from
	}
	return unquoteRest(dst, src, n, i)
}

// unquoteRest is unquote one byte at a time, with n bytes written and i read.
func unquoteRest(dst, src []byte, n, i int) (text []byte, size int, ok bool) {
	for i < len(src) {
		switch c := src[i]; {
		case c == '"':
			return dst[:n], i + 1, true
		case c < ' ':
			return dst[:n], 0, false
		case c != '\\':
			dst[n] = c
			i, n = i+1, n+1
		default:
			r, size := escaped(src[i:])
			if size == 0 {
				return dst[:n], 0, false
			}
			n += utf8.EncodeRune(dst[n:n+utf8.UTFMax], r)
			i += size
		}
	}
	return dst[:n], 0, false
}

const (
	block = 64 // bytes that are looked at together
	moved = 16 // bytes that are moved together
)

// move copies b from one place up to another, and up to 15 bytes more. It
// returns how many were wanted.
func move(dst []byte, b *[block + moved]byte, from, to int) int {
	*(*[moved]byte)(dst) = *(*[moved]byte)(b[from:])
	for at := moved; at < to-from; at += moved {
		*(*[moved]byte)(dst[at:]) = *(*[moved]byte)(b[from+at:])
	}
	return to - from
}

const (
	everyByte = 0x0101010101010101
	highBits  = 0x80 * everyByte
	lowBits   = 0x7f * everyByte
)

// specials has a bit set, the lowest for the first byte, for every byte of b that
// is a quote, a backslash or a control character.
func specials(b *[block]byte) uint64 {
	word := func(k int) uint64 { return marks(binary.LittleEndian.Uint64(b[8*k:])) }
	// Bit k of byte j is about byte j of word k.
	x := word(0)>>7 | word(1)>>6 | word(2)>>5 | word(3)>>4 | word(4)>>3 | word(5)>>2 | word(6)>>1 | word(7)
	if x == 0 {
		return 0
	}
	// The matrix of 8 times 8 bits is transposed: halves, quarters, eighths.
	t := (x ^ x>>7) & 0x00aa00aa00aa00aa
	x ^= t ^ t<<7
	t = (x ^ x>>14) & 0x0000cccc0000cccc
	x ^= t ^ t<<14
	t = (x ^ x>>28) & 0x00000000f0f0f0f0
	return x ^ t ^ t<<28
}

// marks has the highest bit of each byte of w set that is a quote, a backslash or
// a control character, and no other bit.
func marks(w uint64) uint64 {
	// Sums of seven bits stay within their byte, and reach its highest bit
	// unless the byte is one that is looked for. With its second bit flipped, a
	// quote comes right after the control characters.
	low := w & lowBits
	others := ((low ^ 0x02*everyByte) + (0x7f-' ')*everyByte) & ((low ^ '\\'*everyByte) + lowBits)
	return ^(others | w) & highBits
}

// special returns the index of the first quote, backslash or control character,
// or -1.
func special(b []byte) int {
	i := 0
	for ; i+8 <= len(b); i += 8 {
		if m := marks(binary.LittleEndian.Uint64(b[i:])); m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
	}
	for ; i < len(b); i++ {
		if c := b[i]; c == '"' || c == '\\' || c < ' ' {
			return i
		}
	}
	return -1
}

// escaped reads the escape that b begins with, and its length; 0 is none.
func escaped(b []byte) (rune, int) {
	if len(b) < 2 {
		return 0, 0
	}
	switch c := b[1]; c {
	case '"', '\\', '/':
		return rune(c), 2
	case 'n':
		return '\n', 2
	case 't':
		return '\t', 2
	case 'r':
		return '\r', 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'u':
		return escapedRune(b)
	}
	return 0, 0
}

// escapedRune reads \uXXXX, or two of them for a pair of surrogates. A size of 0
// is none, or half a pair.
func escapedRune(b []byte) (rune, int) {
	if len(b) < 6 || hexValue(b[2])|hexValue(b[3])|hexValue(b[4])|hexValue(b[5]) < 0 {
		return 0, 0
	}
	unit := rune(escapedUnit(b))
	if !utf16.IsSurrogate(unit) {
		return unit, 6
	}
	if len(b) < 12 || b[6] != '\\' || b[7] != 'u' || hexValue(b[8])|hexValue(b[9])|hexValue(b[10])|hexValue(b[11]) < 0 {
		return 0, 0
	}
	r := utf16.DecodeRune(unit, rune(escapedUnit(b[6:])))
	if r == utf8.RuneError {
		return 0, 0
	}
	return r, 12
}
