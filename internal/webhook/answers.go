package webhook

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Answers are patterns of the outcomes that an attempt can have: a status
// (410), a class of them (5xx), the class of an error (timeout), no_answer for
// all of those, any for everything. One that begins with ! excludes from what
// the others match, or from everything if all begin so.
type Answers []string

// The patterns that stand for many outcomes.
const (
	AnyAnswer = "any"
	NoAnswer  = "no_answer"
)

var classes = []string{ClassRefused, ClassDNS, ClassTLS, ClassTimeout, ClassReset, ClassBadAnswer, ClassNetwork}

// Check refuses what is not a pattern.
func (as Answers) Check() error {
	for _, text := range as {
		p := strings.TrimPrefix(text, "!")
		if p == AnyAnswer || p == NoAnswer || isStatus(p) || slices.Contains(classes, p) {
			continue
		}
		return fmt.Errorf("%q is not a status such as 410 or 5xx, nor one of %s, %s, %s", text, AnyAnswer, NoAnswer, strings.Join(classes, ", "))
	}
	return nil
}

// isStatus knows 100 to 599 and 1xx to 5xx.
func isStatus(p string) bool {
	if len(p) != 3 || p[0] < '1' || p[0] > '5' {
		return false
	}
	return p[1:] == "xx" || p[1] >= '0' && p[1] <= '9' && p[2] >= '0' && p[2] <= '9'
}

// Match reports whether a is one of them. An answer that broke off counts by
// the class of its error, not by its status.
func (as Answers) Match(a *Attempt) bool {
	among := len(as) > 0 && !slices.ContainsFunc(as, func(p string) bool { return p[0] != '!' })
	for _, p := range as {
		without, out := strings.CutPrefix(p, "!")
		switch {
		case !is(without, a):
		case out:
			return false
		default:
			among = true
		}
	}
	return among
}

func is(pattern string, a *Attempt) bool {
	switch {
	case pattern == AnyAnswer:
		return true
	case a.Error != "":
		return pattern == NoAnswer || pattern == a.Error
	case strings.HasSuffix(pattern, "xx"):
		return pattern[0] == byte('0'+a.Status/100)
	}
	return pattern == strconv.Itoa(a.Status)
}
