package payload

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// maxLength is how many characters one placeholder makes at most. No ID comes
// near it, and a typing error should not fill the memory.
const maxLength = 4096

func compileDigits(arg string, at place) (writer, bool, error) {
	pattern, err := digitPattern(arg)
	if err != nil {
		return nil, false, err
	}
	at.stream = ofLength(at.stream, strings.Count(pattern, "#"))
	return func(dst []byte, p *Payload) ([]byte, error) {
		r := p.random(at)
		return appendDigits(dst, pattern, &r), nil
	}, false, nil
}

// digitPattern turns "3-3" into "###-###".
func digitPattern(arg string) (string, error) {
	pattern, rest := "", arg
	for {
		i := strings.IndexAny(rest, "-_")
		group := rest
		if i >= 0 {
			group = rest[:i]
		}
		n, err := length(group)
		if err != nil {
			return "", err
		}
		pattern += strings.Repeat("#", n)
		if len(pattern) > maxLength {
			return "", fmt.Errorf("at most %d characters", maxLength)
		}
		if i < 0 {
			return pattern, nil
		}
		pattern += rest[i : i+1]
		rest = rest[i+1:]
	}
}

// appendDigits appends pattern with a random digit for each #.
func appendDigits(dst []byte, pattern string, r *random) []byte {
	for i := range len(pattern) {
		if pattern[i] == '#' {
			dst = append(dst, '0'+byte(r.below(10)))
		} else {
			dst = append(dst, pattern[i])
		}
	}
	return dst
}

func compileHex(arg string, at place) (writer, bool, error) {
	return compileAlphabet(arg, "0123456789abcdef", at)
}

func compileAlnum(arg string, at place) (writer, bool, error) {
	return compileAlphabet(arg, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", at)
}

func compileAlphabet(arg, alphabet string, at place) (writer, bool, error) {
	n, err := length(arg)
	if err != nil {
		return nil, false, err
	}
	at.stream = ofLength(at.stream, n)
	return func(dst []byte, p *Payload) ([]byte, error) {
		r := p.random(at)
		for range n {
			dst = append(dst, alphabet[r.below(uint64(len(alphabet)))])
		}
		return dst, nil
	}, false, nil
}

// ofLength makes IDs of one label but of different lengths begin differently.
func ofLength(stream uint64, n int) uint64 { return stream ^ mix(uint64(n)) }

func length(arg string) (int, error) {
	n, err := strconv.Atoi(arg)
	if err != nil || n < 1 || n > maxLength {
		return 0, fmt.Errorf("needs a length from 1 to %d, has %q", maxLength, arg)
	}
	return n, nil
}

func compileInt(arg string, at place) (writer, bool, error) {
	arg, text := strings.CutSuffix(arg, ":text")
	from, to, _ := strings.Cut(arg, ":")
	first, err1 := strconv.ParseInt(from, 10, 64)
	last, err2 := strconv.ParseInt(to, 10, 64)
	if err1 != nil || err2 != nil {
		return nil, false, errors.New("needs two whole numbers, as in int:1:100")
	}
	// The difference of two int64 fits a uint64, but one more than the largest
	// does not.
	width := uint64(last) - uint64(first)
	if last < first || width == math.MaxUint64 {
		return nil, false, fmt.Errorf("%d to %d is not a range", first, last)
	}
	return func(dst []byte, p *Payload) ([]byte, error) {
		r := p.random(at)
		return strconv.AppendInt(dst, int64(uint64(first)+r.below(width+1)), 10), nil
	}, at.whole && !text, nil
}

func compileBool(arg string, at place) (writer, bool, error) {
	if arg != "" {
		return nil, false, errNoArgument
	}
	return func(dst []byte, p *Payload) ([]byte, error) {
		r := p.random(at)
		return strconv.AppendBool(dst, r.below(2) == 1), nil
	}, at.whole, nil
}

func compilePick(arg string, at place) (writer, bool, error) {
	if arg == "" {
		return nil, false, errors.New("needs texts to pick from, as in pick:a|b")
	}
	options := strings.Split(arg, "|")
	for i, option := range options {
		options[i] = string(appendEscaped(nil, option))
	}
	return func(dst []byte, p *Payload) ([]byte, error) {
		r := p.random(at)
		return append(dst, options[r.below(uint64(len(options)))]...), nil
	}, false, nil
}
