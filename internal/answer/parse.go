package answer

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/whk-cli/whk/internal/near"
)

// Bounds of a script. A wait of more than an hour is taken for a typing error.
const (
	maxItems   = 10_000
	maxRepeats = 1_000_000
	longest    = time.Hour
)

// Error is what is wrong with a script, and where.
type Error struct {
	Offset int    // of the first byte that is wrong
	Text   string // the item that holds it
	Msg    string
	Near   []string // the words that may have been meant
}

func (e *Error) Error() string {
	if e.Text == "" {
		return fmt.Sprintf("character %d: %s", e.Offset+1, e.Msg)
	}
	return fmt.Sprintf("character %d, %q: %s", e.Offset+1, e.Text, e.Msg)
}

// Parse reads a script: items between commas, blanks around them allowed.
//
// An item is an answer or modifies the next one. Answers are a status from 200
// to 599, redirect=URL, truncate, malformed, reset, close and hang; xN after a
// status or a word repeats it N times. Modifiers are delay=TIME, drip=TIME and
// retry-after=SECONDS or TIME. The last answer repeats for ever, and a final *
// begins again with the first. A comma within a URL is written %2C.
//
// The error is an [*Error].
func Parse(text string) (*Script, error) {
	s := &Script{}
	var item Item              // what modifies the next answer
	var pending, first = "", 0 // the first modifier of it
	at := 0
	for part := range strings.SplitSeq(text, ",") {
		word := strings.TrimSpace(part)
		offset := at + strings.Index(part, word)
		at += len(part) + 1
		fail := func(msg string, near ...string) (*Script, error) {
			return nil, &Error{Offset: offset, Text: word, Msg: msg, Near: near}
		}
		switch {
		case s.loops:
			return fail("nothing may follow the * that begins again")
		case word == "":
			return fail("an item is missing")
		case word == "*" && pending != "":
			return nil, &Error{Offset: first, Text: pending, Msg: "this modifies the answer after it, and none follows"}
		case word == "*" && len(s.items) == 0:
			return fail("there is nothing to repeat")
		case word == "*":
			s.loops = true
			continue
		case len(s.items) == maxItems:
			return fail(fmt.Sprintf("a script has at most %d answers", maxItems))
		}
		modifies, err := item.modify(word)
		if err != nil {
			return fail(err.Error())
		}
		if modifies {
			if pending == "" {
				pending, first = word, offset
			}
			continue
		}
		n, err := item.answer(word)
		if err != nil {
			return fail(err.Error(), meant(name(word))...)
		}
		s.add(item, n)
		item, pending = Item{}, ""
	}
	if pending != "" {
		return nil, &Error{Offset: first, Text: pending, Msg: "this modifies the answer after it, and none follows"}
	}
	return s, nil
}

func (s *Script) add(item Item, n int) {
	if len(s.ends) > 0 {
		n += s.ends[len(s.ends)-1]
	}
	s.items, s.ends = append(s.items, item), append(s.ends, n)
}

// words are those that a script is made of, besides statuses.
var words = []string{"redirect", string(Truncate), string(Malformed), string(Reset), string(Close), string(Hang), "delay", "drip", "retry-after"}

// meant are the words that a wrong one may stand for.
func meant(name string) []string {
	if slices.Contains(words, name) {
		return nil
	}
	return near.Names(name, words)
}

// name is the word of an item, without its value and repeats.
func name(word string) string {
	word, _, _ = strings.Cut(word, "=")
	if word, _, ok := cutRepeats(word); ok {
		return word
	}
	return word
}

// modify reads a modifier; ok is false when word is none. The error is about
// its value.
func (i *Item) modify(word string) (ok bool, err error) {
	name, value, _ := strings.Cut(word, "=")
	switch name {
	case "delay":
		i.Delay, err = parseTime(i.Delay, value)
	case "drip":
		i.Drip, err = parseTime(i.Drip, value)
	case "retry-after":
		if i.RetryAfter != "" {
			return true, errTwice
		}
		i.RetryAfter, err = parseSeconds(value)
	default:
		return false, nil
	}
	return true, err
}

var errTwice = errors.New("this is given twice for one answer")

func parseTime(before time.Duration, text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	switch {
	case before > 0:
		return 0, errTwice
	case err != nil || d <= 0:
		return 0, errors.New("a time has a unit: 500ms, 6s, 2m")
	case d > longest:
		return 0, fmt.Errorf("%s is over the longest time, 1h", text)
	}
	return d, nil
}

// parseSeconds reads the value of Retry-After: seconds, or a time of whole ones.
func parseSeconds(text string) (string, error) {
	if n, err := strconv.ParseUint(text, 10, 31); err == nil {
		return strconv.FormatUint(n, 10), nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d%time.Second != 0 {
		return "", errors.New("a time is in whole seconds here: 5, 5s, 2m")
	}
	return strconv.FormatInt(int64(d/time.Second), 10), nil
}

// answer completes the item, and returns how often it is given.
func (i *Item) answer(word string) (int, error) {
	if target, ok := strings.CutPrefix(word, "redirect="); ok {
		return 1, i.redirect(target)
	}
	n := 1
	if before, count, ok := cutRepeats(word); ok {
		var err error
		if n, err = strconv.Atoi(count); err != nil || n < 1 || n > maxRepeats {
			return 0, fmt.Errorf("xN repeats an answer 1 to %d times", maxRepeats)
		}
		word = before
	}
	if word[0] >= '0' && word[0] <= '9' {
		var ok bool
		if i.Status, ok = ParseStatus(word); !ok {
			return 0, errors.New("a status is a number from 200 to 599")
		}
		i.Kind = Status
		return n, nil
	}
	switch i.Kind = Kind(word); i.Kind {
	case Truncate:
	case Malformed, Reset, Close, Hang:
		if i.Drip > 0 {
			return 0, errors.New("drip= spreads an answer, and this gives none")
		}
		if i.RetryAfter != "" {
			return 0, errors.New("retry-after= is a header of an answer, and this gives none")
		}
	default:
		return 0, errors.New("no such item")
	}
	return n, nil
}

// cutRepeats takes xN off.
func cutRepeats(word string) (before, count string, ok bool) {
	i := strings.LastIndexByte(word, 'x')
	if i <= 0 || i == len(word)-1 || strings.Trim(word[i+1:], "0123456789") != "" {
		return word, "", false
	}
	return word[:i], word[i+1:], true
}

// redirect takes a Location: an absolute URL, or a path of the same server.
func (i *Item) redirect(target string) error {
	u, err := url.Parse(target)
	if err != nil || target == "" || strings.ContainsFunc(target, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return errors.New("redirect= needs a URL or a path")
	}
	if u.Host == "" && u.Path == "" && u.RawQuery == "" {
		return errors.New("redirect= needs a URL or a path")
	}
	i.Kind, i.Status, i.Location = Redirect, 302, target
	return nil
}
