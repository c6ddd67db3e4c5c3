package ui

import (
	"strconv"
	"time"
)

// Size returns a number of bytes as a person reads it, in powers of 1000 and
// at most seven columns: 184 B, 1.2 kB, 10.5 MB.
func Size(n int64) string { return string(appendSize(nil, n)) }

// Took returns a duration as a person reads it, in six columns at most up to
// 999 seconds: 870 µs, 3.1 ms, 1.25 s.
func Took(d time.Duration) string { return string(appendTook(nil, d)) }

func appendSize(dst []byte, n int64) []byte {
	if n < 1000 {
		return append(strconv.AppendInt(dst, n, 10), " B"...)
	}
	v := float64(n)
	for _, unit := range []string{" kB", " MB", " GB"} {
		v /= 1000
		switch {
		case v < 99.95:
			return append(strconv.AppendFloat(dst, v, 'f', 1, 64), unit...)
		case v < 999.5:
			return append(strconv.AppendFloat(dst, v, 'f', 0, 64), unit...)
		}
	}
	return append(strconv.AppendFloat(dst, v/1000, 'f', 1, 64), " TB"...)
}

func appendTook(dst []byte, d time.Duration) []byte {
	d = max(d, 0)
	switch us := d.Round(time.Microsecond).Microseconds(); {
	case us < 1000:
		return append(strconv.AppendInt(dst, us, 10), " µs"...)
	case us < 99_950:
		return append(strconv.AppendFloat(dst, float64(us)/1e3, 'f', 1, 64), " ms"...)
	case us < 999_500:
		return append(strconv.AppendFloat(dst, float64(us)/1e3, 'f', 0, 64), " ms"...)
	case us < 9_995_000:
		return append(strconv.AppendFloat(dst, float64(us)/1e6, 'f', 2, 64), " s"...)
	case us < 99_950_000:
		return append(strconv.AppendFloat(dst, float64(us)/1e6, 'f', 1, 64), " s"...)
	default:
		return append(strconv.AppendFloat(dst, float64(us)/1e6, 'f', 0, 64), " s"...)
	}
}

// count returns n things in words.
func count(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return strconv.Itoa(n) + " " + thing
}
