// Package answer reads the scripts of a receiver that misbehaves on purpose:
// what it answers to the first delivery, to the second, and so on.
//
//	503x2,409,delay=6s,200,reset
//
// is two 503, a 409, a 200 that takes six seconds, and from then on a broken
// connection. [Parse] reads a script, [Script.At] says what stands where in it,
// and a [Player] counts. The package only says what to answer: it opens no
// socket and reads no clock.
package answer

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// Kind is what becomes of a delivery's connection.
type Kind string

// The kinds, under the names that they have in a script. Status is written as
// its number.
const (
	Status    Kind = "status"    // an answer
	Redirect  Kind = "redirect"  // a 302 with a Location
	Truncate  Kind = "truncate"  // an answer that ends before its declared length
	Malformed Kind = "malformed" // bytes that are not HTTP
	Reset     Kind = "reset"     // no answer: the connection is reset
	Close     Kind = "close"     // no answer: the connection is closed
	Hang      Kind = "hang"      // no answer: the connection stays open
)

// Item is one answer of a script with what modifies it.
type Item struct {
	Kind       Kind
	Status     int           // 200 to 599 of a Status, 302 of a Redirect, 0 of the others
	Location   string        // of a Redirect
	Delay      time.Duration // waited before anything is sent
	Drip       time.Duration // over which the bytes of the answer are spread
	RetryAfter string        // the header's value: seconds; "" is none
}

// Answers reports whether the sender gets an answer that has headers.
func (i Item) Answers() bool { return i.Kind == Status || i.Kind == Redirect || i.Kind == Truncate }

// String is the item as a script has it, without a password in its URL.
func (i Item) String() string {
	var b strings.Builder
	if i.Delay > 0 {
		b.WriteString("delay=" + webhook.ShortDuration(i.Delay) + ",")
	}
	if i.Drip > 0 {
		b.WriteString("drip=" + webhook.ShortDuration(i.Drip) + ",")
	}
	if i.RetryAfter != "" {
		b.WriteString("retry-after=" + i.RetryAfter + ",")
	}
	switch i.Kind {
	case Status:
		b.WriteString(strconv.Itoa(i.Status))
	case Redirect:
		b.WriteString("redirect=" + i.shownLocation())
	default:
		b.WriteString(string(i.Kind))
	}
	return b.String()
}

func (i Item) shownLocation() string {
	if u, err := url.Parse(i.Location); err == nil && u.User != nil {
		u.User = url.User("xxxxx")
		return u.String()
	}
	return i.Location
}

// ParseStatus reads the status of an answer.
func ParseStatus(text string) (int, bool) {
	n, err := strconv.Atoi(text)
	ok := err == nil && len(text) == 3 && n >= http.StatusOK && n <= 599
	return n, ok
}
