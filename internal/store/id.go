package store

import (
	"strings"
	"time"
)

// An id is a positive 63-bit number: milliseconds since idEpoch, and idLow low
// bits that tell apart what came within one. As text it has idLen characters of
// Crockford's base32 in lower case, so that text sorts as the number does.
// Alphabet: https://www.crockford.com/base32.html
const (
	idLow    = 22
	idLen    = 13
	idDigits = "0123456789abcdefghjkmnpqrstvwxyz"
	idMax    = 1<<63 - 1
)

// idEpoch is 2024-01-01 UTC in milliseconds since 1970.
const idEpoch = 1704067200000

// firstID returns the lowest id of t's millisecond, within the range of ids.
func firstID(t time.Time) int64 {
	ms := t.UnixMilli() - idEpoch
	switch {
	case ms < 0:
		return 0
	case ms > idMax>>idLow:
		return idMax
	}
	return ms << idLow
}

// idTime returns the time from which id was made.
func idTime(id int64) time.Time {
	return time.UnixMilli(id>>idLow + idEpoch).UTC()
}

func formatID(id int64) string {
	var text [idLen]byte
	for i := idLen - 1; i >= 0; i-- {
		text[i] = idDigits[id&31]
		id >>= 5
	}
	return string(text[:])
}

// parseID reads a whole id.
func parseID(text string) (int64, bool) {
	low, high, ok := idRange(text)
	return low, ok && low == high
}

// idRange returns the lowest and the highest id that begin with prefix.
func idRange(prefix string) (low, high int64, ok bool) {
	if prefix == "" || len(prefix) > idLen {
		return 0, 0, false
	}
	var n uint64
	for i := range len(prefix) {
		digit, ok := idDigit(prefix[i])
		if !ok || i == 0 && digit > 7 {
			return 0, 0, false
		}
		n = n<<5 | uint64(digit)
	}
	rest := 5 * (idLen - len(prefix))
	return int64(n << rest), int64(n<<rest | (1<<rest - 1)), true
}

// idDigit is forgiving as Crockford asks: case does not matter, and the letters
// that are left out are read as the digits they look like.
func idDigit(c byte) (int, bool) {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	switch c {
	case 'o':
		c = '0'
	case 'i', 'l':
		c = '1'
	}
	i := strings.IndexByte(idDigits, c)
	return i, i >= 0
}
