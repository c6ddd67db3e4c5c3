// Package expectation compares the deliveries that come with those that are
// expected, and says as early as possible how that ends.
//
// [Parse] reads one expectation, a [Checker] counts what comes, and its [Result]
// has what was met, what is missing and what came near. A [Filter] is a jq
// program that a payload has to satisfy. The package opens nothing and reads no
// clock.
package expectation

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Expectation is how many messages of some event types are to come.
type Expectation struct {
	Text    string // as it was written
	Pattern string // of event types: * is any text, ? one character
	Count   int
	Exactly bool // no more than Count; 0 is none at all
}

// ErrEmpty is an expectation of no event type.
var ErrEmpty = errors.New("the event type is missing")

// Parse reads EVENT (at least one), EVENT=N (at least N), EVENT=N! (exactly N)
// and !EVENT (none).
func Parse(text string) (Expectation, error) {
	e := Expectation{Text: text, Pattern: text, Count: 1}
	if rest, ok := strings.CutPrefix(text, "!"); ok {
		e.Pattern, e.Count, e.Exactly = rest, 0, true
	}
	if pattern, number, ok := cutNumber(e.Pattern); ok {
		if e.Exactly {
			return e, errors.New("!EVENT is none already, and takes no number")
		}
		if err := e.count(pattern, number); err != nil {
			return e, err
		}
	}
	if e.Pattern == "" {
		return e, ErrEmpty
	}
	return e, nil
}

// cutNumber splits after the last =, which an event type does not hold.
func cutNumber(text string) (pattern, number string, ok bool) {
	i := strings.LastIndexByte(text, '=')
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+1:], true
}

func (e *Expectation) count(pattern, number string) error {
	number, e.Exactly = strings.CutSuffix(number, "!")
	n, err := strconv.ParseUint(number, 10, 31)
	switch {
	case err != nil:
		return fmt.Errorf("%q is not a number of messages", number)
	case n == 0 && !e.Exactly:
		return errors.New("at least 0 is nothing to expect; none is !EVENT")
	}
	e.Pattern, e.Count = pattern, int(n)
	return nil
}

// open reports whether what comes until the end can still change the outcome of
// an expectation that is met.
func (e *Expectation) open() bool { return e.Exactly }
