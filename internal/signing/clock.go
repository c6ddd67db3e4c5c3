package signing

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// clock is a compiled ClockSpec. The zero value is a scheme without a clock.
type clock struct {
	from         source
	unit         string
	past, future time.Duration // negative: not checked
	signed       bool          // the signature covers it; an unsigned time decides nothing
	spliced      bool          // its text is a part of the message
	list         string        // the header that lists the signed headers, among them its own
}

func compileClock(spec *ClockSpec) (clock, error) {
	if spec == nil {
		return clock{}, nil
	}
	from, err := parseSource(spec.From)
	if err != nil {
		return clock{}, fmt.Errorf("timestamp.from: %w", err)
	}
	c := clock{from: from, unit: spec.Unit}
	switch c.unit {
	case "":
		c.unit = "s"
	case "s", "ms", "rfc3339", "http-date":
	default:
		return clock{}, fmt.Errorf("timestamp.unit: %q is not one of s, ms, rfc3339, http-date", spec.Unit)
	}
	if c.past, err = tolerance(spec.Past, DefaultTolerance); err != nil {
		return clock{}, fmt.Errorf("timestamp.past: %w", err)
	}
	if c.future, err = tolerance(spec.Future, c.past); err != nil {
		return clock{}, fmt.Errorf("timestamp.future: %w", err)
	}
	return c, nil
}

func tolerance(text string, unstated time.Duration) (time.Duration, error) {
	switch text {
	case "":
		return unstated, nil
	case "none":
		return -1, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q is not a duration such as 5m, nor none", text)
	}
	return d, nil
}

// parse reads the one canonical text that a time has in the clock's unit. Signs,
// leading zeros, fractions, exponents and blanks are refused: two readers of one
// text must never disagree about the time it means.
func (c clock) parse(text string) (time.Time, *Error) {
	bad := func(want string) *Error {
		return &Error{Reason: Malformed, Detail: "malformed timestamp", Expected: want, Found: strconv.Quote(shorten(text))}
	}
	switch c.unit {
	case "s":
		if n, ok := canonicalInt(text, 1, 12); ok {
			return time.Unix(n, 0), nil
		}
		e := bad("Unix seconds, 1 to 12 digits")
		if _, ok := canonicalInt(text, 13, 13); ok {
			e.Next = "this looks like milliseconds: divide by 1000 where the request is signed"
		}
		return time.Time{}, e
	case "ms":
		if n, ok := canonicalInt(text, 13, 13); ok {
			return time.UnixMilli(n), nil
		}
		e := bad("Unix milliseconds, 13 digits")
		if _, ok := canonicalInt(text, 9, 10); ok {
			e.Next = "this looks like seconds: multiply by 1000 where the request is signed"
		}
		return time.Time{}, e
	case "http-date":
		if t, err := time.Parse(http.TimeFormat, text); err == nil && t.Format(http.TimeFormat) == text {
			return t, nil
		}
		return time.Time{}, bad("an HTTP date such as Sat, 31 Jan 2026 08:15:00 GMT")
	}
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil && strictRFC3339(text) {
		return t, nil
	}
	return time.Time{}, bad("an RFC 3339 time")
}

// strictRFC3339 reports whether text, which time.Parse accepts, follows the
// RFC: no hour of one digit, no comma before the fraction, no offset of a day
// or more.
func strictRFC3339(text string) bool {
	if text[len("2006-01-02T15")] != ':' || strings.Contains(text, ",") {
		return false
	}
	if strings.HasSuffix(text, "Z") {
		return true
	}
	offset := text[len(text)-len("07:00"):]
	return offset[:2] < "24" && offset[3:] < "60"
}

func (c clock) format(t time.Time) string {
	switch c.unit {
	case "s":
		return strconv.FormatInt(t.Unix(), 10)
	case "ms":
		return strconv.FormatInt(t.UnixMilli(), 10)
	case "http-date":
		return t.UTC().Format(http.TimeFormat)
	}
	return t.UTC().Format(time.RFC3339)
}

// claim is t as the value of a claim: a number where the unit is one.
func (c clock) claim(t time.Time) any {
	switch c.unit {
	case "s":
		return t.Unix()
	case "ms":
		return t.UnixMilli()
	}
	return c.format(t)
}

// check judges a signed time against now. override replaces the scheme's own
// tolerance in both directions unless it is negative.
func (c clock) check(t, now time.Time, override time.Duration) *Error {
	past, future := c.past, c.future
	if override >= 0 {
		past, future = override, override
	}
	age := now.Sub(t)
	switch {
	case past >= 0 && age > past:
		return &Error{Reason: Stale, Detail: fmt.Sprintf("timestamp outside tolerance: %s old, %s allowed", span(age), past),
			Next: "an old capture: judge it as of its own time with --at, or raise --tolerance; a fresh one: set the clocks", At: t}
	case future >= 0 && -age > future:
		return &Error{Reason: Future, Detail: fmt.Sprintf("timestamp outside tolerance: %s ahead of now, %s allowed", span(-age), future),
			Next: "set the clocks of the sender and of this machine", At: t}
	}
	return nil
}

func canonicalInt(text string, least, most int) (int64, bool) {
	if len(text) < least || len(text) > most || (text[0] == '0' && len(text) > 1) {
		return 0, false
	}
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}

// span is a distance for a person, in days once hours are too many to count.
func span(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= 2*day:
		return strconv.Itoa(int(d/day)) + " days"
	case d > 10*time.Second:
		return d.Round(time.Second).String()
	}
	return d.Round(time.Millisecond).String()
}

// shorten cuts a stranger's text that is quoted, so that it does not fill a
// screen.
func shorten(text string) string {
	const most = 60
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}
