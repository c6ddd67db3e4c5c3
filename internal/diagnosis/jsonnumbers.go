package diagnosis

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"
)

// The numbers of each language. A number that a float64 can not hold is kept.

// scriptNumber is Number.prototype.toString.
func scriptNumber(raw []byte) []byte { return plainZero(goNumber(raw)) }

// goNumber is encoding/json's of a float64.
func goNumber(raw []byte) []byte {
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil {
		return raw
	}
	// The shortest text, with an exponent from 1e21 and below 1e-6.
	if abs := max(f, -f); abs == 0 || (abs >= 1e-6 && abs < 1e21) {
		return strconv.AppendFloat(nil, f, 'f', -1, 64)
	}
	return shortExponent(strconv.AppendFloat(nil, f, 'e', -1, 64))
}

// shortExponent turns 1e-07 into 1e-7.
func shortExponent(b []byte) []byte {
	if n := len(b); n >= 4 && (b[n-3] == '-' || b[n-3] == '+') && b[n-2] == '0' {
		b[n-2] = b[n-1]
		b = b[:n-1]
	}
	return b
}

// pythonNumber keeps whole numbers, and is repr of the others.
func pythonNumber(raw []byte) []byte {
	if !bytes.ContainsAny(raw, ".eE") {
		return plainZero(raw)
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil {
		return raw
	}
	abs := max(f, -f)
	if abs != 0 && (abs < 1e-4 || abs >= 1e16) {
		return strconv.AppendFloat(nil, f, 'e', -1, 64)
	}
	return withFraction(strconv.AppendFloat(nil, f, 'f', -1, 64))
}

// phpNumber keeps whole numbers of 64 bits; the others lose a zero fraction.
func phpNumber(raw []byte) []byte {
	if !bytes.ContainsAny(raw, ".eE") {
		if string(raw) == "-0" {
			return []byte("0")
		}
		if _, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
			return raw
		}
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil {
		return raw
	}
	abs := max(f, -f)
	if abs != 0 && (abs < 1e-4 || abs >= 1e17) {
		out := shortExponent(strconv.AppendFloat(nil, f, 'e', -1, 64))
		mantissa, exponent, _ := bytes.Cut(out, []byte("e"))
		if !bytes.Contains(mantissa, []byte(".")) {
			mantissa = append(slices.Clone(mantissa), ".0"...)
		}
		return slices.Concat(mantissa, []byte("e"), exponent)
	}
	return strconv.AppendFloat(nil, f, 'f', -1, 64)
}

// javaNumber keeps whole numbers, and is Double.toString of the others.
func javaNumber(raw []byte) []byte {
	if !bytes.ContainsAny(raw, ".eE") {
		return raw
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil {
		return raw
	}
	abs := max(f, -f)
	if abs == 0 || (abs >= 1e-3 && abs < 1e7) {
		return pythonNumber(raw)
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	n, err := strconv.Atoi(exponent)
	if err != nil {
		return raw
	}
	return []byte(mantissa + "E" + strconv.Itoa(n))
}

// javaDouble is Double.toString of every number: what becomes of whole numbers in
// a parser that knows no others.
func javaDouble(raw []byte) []byte {
	if bytes.ContainsAny(raw, ".eE") {
		return javaNumber(raw)
	}
	return javaNumber(append(slices.Clone(raw), ".0"...))
}

// rubyNumber keeps whole numbers, and is Float#to_s of the others, which takes an
// exponent sooner for what has no fraction.
func rubyNumber(raw []byte) []byte {
	text := pythonNumber(raw)
	if f, err := strconv.ParseFloat(string(raw), 64); err == nil && bytes.ContainsAny(raw, ".eE") && max(f, -f) >= 1e15 && f == math.Trunc(f) {
		text = strconv.AppendFloat(nil, f, 'e', -1, 64)
	}
	mantissa, exponent, ok := bytes.Cut(text, []byte("e"))
	if !ok || bytes.Contains(mantissa, []byte(".")) {
		return text
	}
	return slices.Concat(mantissa, []byte(".0e"), exponent)
}

// rustNumber keeps whole numbers of 64 bits, and is serde_json's of the others.
func rustNumber(raw []byte) []byte {
	if !bytes.ContainsAny(raw, ".eE") && string(raw) != "-0" {
		_, signed := strconv.ParseInt(string(raw), 10, 64)
		if _, err := strconv.ParseUint(string(raw), 10, 64); err == nil || signed == nil {
			return raw
		}
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil {
		return raw
	}
	if abs := max(f, -f); abs == 0 || (abs >= 1e-5 && abs < 1e16) {
		return withFraction(strconv.AppendFloat(nil, f, 'f', -1, 64))
	}
	mantissa, exponent, _ := bytes.Cut(shortExponent(strconv.AppendFloat(nil, f, 'e', -1, 64)), []byte("e"))
	return slices.Concat(mantissa, []byte("e"), bytes.TrimPrefix(exponent, []byte("+")))
}

// dotnetNumber keeps whole numbers, and is Newtonsoft's of a double.
func dotnetNumber(raw []byte) []byte {
	if !bytes.ContainsAny(raw, ".eE") {
		return pythonNumber(raw)
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil {
		return raw
	}
	if abs := max(f, -f); abs == 0 || (abs >= 1e-4 && abs < 1e15) {
		return withFraction(strconv.AppendFloat(nil, f, 'f', -1, 64))
	}
	return bytes.ToUpper(strconv.AppendFloat(nil, f, 'e', -1, 64))
}

// databaseNumber is a decimal of PostgreSQL's, which keeps its digits and knows no
// exponents.
func databaseNumber(raw []byte) []byte {
	if !bytes.ContainsAny(raw, "eE") {
		return plainZero(raw)
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil {
		return raw
	}
	return plainZero(strconv.AppendFloat(nil, f, 'f', -1, 64))
}

// plainZero has no sign.
func plainZero(raw []byte) []byte {
	if string(raw) == "-0" {
		return []byte("0")
	}
	return raw
}

// withFraction adds the fraction that a whole number lacks.
func withFraction(text []byte) []byte {
	if bytes.Contains(text, []byte(".")) {
		return text
	}
	return append(text, ".0"...)
}
