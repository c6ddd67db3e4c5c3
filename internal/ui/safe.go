package ui

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

// Safe returns s as one line that cannot control a terminal or deceive a
// reader. It is for everything that whk did not write itself: methods, paths,
// header names and values, ids, addresses, error texts, file names.
//
// Printable characters stay. All others become visible: \t, \n, \r; \x1b for
// other control bytes and for each byte that is not UTF-8; \u202e and
// \U000e0041 for characters that are invisible, change the direction of text,
// are private or unassigned, are spaces other than U+0020, or are marks without
// a base character.
//
// A backslash in the data is not doubled, since that would spoil every JSON
// body and file path: the four characters \x1b may therefore stand for
// themselves. With colour the escapes are dim and the data is not; JSON output
// and raw bodies are exact.
func Safe(s string) string {
	if clean(s) {
		return s
	}
	return string(AppendSafe(nil, s))
}

// AppendSafe appends what Safe returns.
func AppendSafe(dst []byte, s string) []byte {
	return appendSafe(dst, s, oneLine, mark{}, mark{})
}

// SafeBody is Safe for text of several lines: line feeds and tabs stay. A
// carriage return is shown, before a line feed too, since it is part of what
// was signed. The result is b itself when there is nothing to escape.
func SafeBody(b []byte) []byte {
	if cleanLines(b) {
		return b
	}
	return appendSafe(nil, string(b), manyLines, mark{}, mark{})
}

// extent says whether text may have line breaks.
type extent uint8

const (
	oneLine   extent = iota
	manyLines        // LF and TAB stay
)

// maxMarks is how many combining marks may be stacked on one character; no
// language needs more, and a stack of hundreds covers the lines around it.
const maxMarks = 6

// appendSafe is the one function through which a stranger's text reaches an
// output. escape is put around each escape, and text is what styles the rest
// and is interrupted by it.
func appendSafe(dst []byte, s string, ext extent, escape, text mark) []byte {
	dst = slices.Grow(dst, len(s))
	marks := maxMarks // as if the text before were full: a mark needs a base
	for i := 0; i < len(s); {
		j := i
		for j < len(s) && (asciiPrint(s[j]) || ext == manyLines && (s[j] == '\n' || s[j] == '\t')) {
			j++
		}
		if j > i {
			dst = append(dst, s[i:j]...)
			marks, i = 0, j
			if s[j-1] < ' ' {
				marks = maxMarks
			}
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1 || !visible(r):
		case !unicode.Is(unicode.M, r):
			dst, marks = append(dst, s[i:i+size]...), 0
			i += size
			continue
		case marks < maxMarks:
			dst, marks = append(dst, s[i:i+size]...), marks+1
			i += size
			continue
		}
		dst = append(dst, text.close...)
		dst = append(dst, escape.open...)
		dst = appendEscape(dst, r, s[i:i+size])
		dst = append(dst, escape.close...)
		dst = append(dst, text.open...)
		marks = maxMarks
		i += size
	}
	return dst
}

func asciiPrint(c byte) bool { return c >= ' ' && c < 0x7f }

// clean reports whether s is printable ASCII, which needs no work.
func clean(s string) bool {
	for i := range len(s) {
		if !asciiPrint(s[i]) {
			return false
		}
	}
	return true
}

func cleanLines(b []byte) bool {
	for _, c := range b {
		if !asciiPrint(c) && c != '\n' && c != '\t' {
			return false
		}
	}
	return true
}

// visible reports whether a character is drawn as itself. IsPrint leaves out
// controls, formats, surrogates, private and unassigned characters and odd
// spaces; the rest are letters, marks and symbols that are drawn as nothing at
// all.
func visible(r rune) bool {
	if r < 0x80 {
		return r >= ' ' && r < 0x7f
	}
	return unicode.IsPrint(r) &&
		!unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) &&
		!unicode.Is(unicode.Variation_Selector, r) &&
		r != '\u2800' // an empty Braille pattern
}

const hexDigits = "0123456789abcdef"

// appendEscape appends the visible form of the character r, whose bytes are
// raw.
func appendEscape(dst []byte, r rune, raw string) []byte {
	switch {
	case r == '\n':
		return append(dst, `\n`...)
	case r == '\r':
		return append(dst, `\r`...)
	case r == '\t':
		return append(dst, `\t`...)
	case len(raw) == 1:
		return append(dst, '\\', 'x', hexDigits[raw[0]>>4], hexDigits[raw[0]&15])
	case r <= 0xffff:
		dst = append(dst, '\\', 'u')
		return appendHex(dst, r, 12)
	}
	dst = append(dst, '\\', 'U')
	return appendHex(dst, r, 28)
}

func appendHex(dst []byte, r rune, shift int) []byte {
	for ; shift >= 0; shift -= 4 {
		dst = append(dst, hexDigits[r>>shift&15])
	}
	return dst
}
