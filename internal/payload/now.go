package payload

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// timeFormat is a way to write a time. Those without a layout are numbers.
type timeFormat struct{ name, layout string }

var timeFormats = [...]timeFormat{
	{"unix", ""},
	{"unixms", ""},
	{"unixfraction", ""},
	{"ms", "2006-01-02T15:04:05.000Z07:00"},
	{"offset", "2006-01-02T15:04:05-07:00"},
	{"date", time.DateOnly},
	{"local", "2006-01-02T15:04:05"},
	{"rfc2822", time.RFC1123Z},
}

func compileNow(arg string, at place) (writer, bool, error) {
	format := timeFormat{"", time.RFC3339}
	var shift time.Duration
	var shifts, formats, texts int
	for part := range strings.SplitSeq(arg, ":") {
		if arg == "" {
			break
		}
		var err error
		switch {
		case part == "text":
			texts++
		case strings.HasPrefix(part, "+") || strings.HasPrefix(part, "-"):
			shift, err = parseShift(part)
			shifts++
		default:
			format, err = findTimeFormat(part)
			formats++
		}
		if err != nil {
			return nil, false, err
		}
	}
	if shifts > 1 || formats > 1 {
		return nil, false, errors.New("takes one shift and one form at most")
	}
	if texts > 1 || texts == 1 && format.layout != "" {
		return nil, false, errors.New("takes text once, behind unix, unixms or unixfraction")
	}
	return writeTime(shift, format), at.whole && format.layout == "" && texts == 0, nil
}

func findTimeFormat(name string) (timeFormat, error) {
	var names []string
	for _, f := range timeFormats {
		if f.name == name {
			return f, nil
		}
		names = append(names, f.name)
	}
	return timeFormat{}, fmt.Errorf("%q is neither a form of time nor a shift like +24h%s", name, suggest(name, names))
}

func writeTime(shift time.Duration, format timeFormat) writer {
	switch format.name {
	case "unix":
		return func(dst []byte, p *Payload) ([]byte, error) {
			return strconv.AppendInt(dst, p.Now.Add(shift).Unix(), 10), nil
		}
	case "unixms":
		return func(dst []byte, p *Payload) ([]byte, error) {
			return strconv.AppendInt(dst, p.Now.Add(shift).UnixMilli(), 10), nil
		}
	case "unixfraction":
		return func(dst []byte, p *Payload) ([]byte, error) {
			t := p.Now.Add(shift)
			return t.AppendFormat(strconv.AppendInt(dst, t.Unix(), 10), ".000000"), nil
		}
	}
	return func(dst []byte, p *Payload) ([]byte, error) {
		return p.Now.Add(shift).UTC().AppendFormat(dst, format.layout), nil
	}
}

// maxShift keeps shifted times inside the four-digit years of RFC 3339.
const maxShift = 100 * 365 * 24 * time.Hour

// parseShift reads a sign and a duration, which may begin with days of 24 hours.
func parseShift(text string) (time.Duration, error) {
	bad := fmt.Errorf("%q is not a shift of at most 100 years such as +24h, -30m or +1d12h", text)
	rest := text[1:]
	var shift time.Duration
	if before, after, ok := strings.Cut(rest, "d"); ok {
		days, err := strconv.ParseUint(before, 10, 16)
		if err != nil {
			return 0, bad
		}
		shift, rest = time.Duration(days)*24*time.Hour, after
	}
	if rest != "" || shift == 0 && !strings.Contains(text, "d") {
		more, err := time.ParseDuration(rest)
		if err != nil || more < 0 || strings.ContainsAny(rest[:1], "+-") {
			return 0, bad
		}
		shift += more
	}
	if shift < 0 || shift > maxShift {
		return 0, bad
	}
	if text[0] == '-' {
		shift = -shift
	}
	return shift, nil
}
