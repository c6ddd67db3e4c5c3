// Package format reads and writes the forms in which a delivery is kept in
// files: a raw HTTP request, the JSON of a delivery, many of those one to a
// line, a curl command, and a bare body. HTTP archives, which browsers and
// proxies record, can only be read.
//
// Bodies are bytes, and never changed on reading or writing.
package format

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/whk-cli/whk/internal/webhook"
)

// Kind is a form in which deliveries are kept.
type Kind string

// The kinds that can be read.
const (
	HTTP   Kind = "http"   // a raw HTTP/1 request: head, blank line, body
	JSON   Kind = "json"   // one delivery in JSON
	NDJSON Kind = "ndjson" // deliveries in JSON, one to a line
	HAR    Kind = "har"    // an HTTP archive, of a browser or a proxy
	Curl   Kind = "curl"   // curl commands
	Body   Kind = "body"   // the body alone; the rest is in Options
)

// Kinds are all kinds, for messages and completion.
var Kinds = []Kind{Body, HTTP, JSON, NDJSON, HAR, Curl}

// ParseKind returns the kind of that name; the error names all of them.
func ParseKind(name string) (Kind, error) {
	names := make([]string, len(Kinds))
	for i, kind := range Kinds {
		if string(kind) == name {
			return kind, nil
		}
		names[i] = string(kind)
	}
	return "", fmt.Errorf("kind %q is not one of %s", name, strings.Join(names, ", "))
}

// Errors that callers tell apart.
var (
	// ErrEmpty is input without a delivery in it.
	ErrEmpty = errors.New("the input is empty")
	// ErrIncomplete is half a delivery: the input ends too early.
	ErrIncomplete = errors.New("half a delivery")
	// ErrTooLarge is input, or a line of it, over Options.Limit.
	ErrTooLarge = errors.New("too large")
)

// Error is an error at a place of the input. Lines and columns count from 1,
// columns in bytes.
type Error struct {
	Line, Column int
	Err          error
}

func (e *Error) Error() string { return fmt.Sprintf("line %d, column %d: %v", e.Line, e.Column, e.Err) }

// Unwrap returns what is wrong, without the place.
func (e *Error) Unwrap() error { return e.Err }

// Entry is one delivery of the input.
type Entry struct {
	Delivery *webhook.Delivery
	Line     int      // where it begins, from 1
	Number   int      // of the requests in an archive, from 1; 0 for other kinds
	Warnings []string // what the reader decided that a person may want to know
}

// DefaultLimit is Options.Limit when that is 0.
const DefaultLimit = 64 << 20

// Options are the reader's options. The zero value is right for every kind but
// Body.
type Options struct {
	Limit int // bytes of one delivery's text at most

	// Only, when set, says which requests of an archive are wanted, by their
	// number, from 1, and URL. The others are passed over unread.
	Only func(number int, url string) bool

	// ReadFile reads a file that a curl command names with @; nil refuses all.
	ReadFile func(name string) ([]byte, error)

	// Of the delivery whose body is the whole input; only for Body. An empty
	// method is POST.
	Method string
	URL    string
	Header webhook.Header
}

// Open returns the deliveries in r and the kind that they are kept in, which
// is told from the input when kind is "":
//
//   - http when it begins with a method, a target and " HTTP/";
//   - json when it is an object with "headers" and with "body" or "body_base64";
//   - ndjson when such an object is one line and more lines follow, also after
//     the line with which the JSON output of listen begins;
//   - har when it is an object whose first member is "log", and that begins with
//     one of the members of an archive's log;
//   - curl when its first word is curl, or what echo or printf writes goes into
//     one, as [WriteCurl] has it; a prompt "$ " may stand in front;
//   - body otherwise.
//
// A byte order mark in front of a head or of JSON is no part of it. To tell
// json from ndjson, Open waits for a second line or the end.
//
// The sequence can be ranged over once. An error comes with the line's number;
// after the error of one line of ndjson the following lines are still read.
// Input without anything in it is [ErrEmpty], except for the kind Body, where
// it is an empty body.
func Open(r io.Reader, kind Kind, opts Options) (Kind, iter.Seq2[Entry, error], error) {
	if opts.Limit == 0 {
		opts.Limit = DefaultLimit
	}
	if kind == "" {
		var err error
		if kind, r, err = Detect(r, opts); err != nil {
			return "", nil, err
		}
	}
	switch kind {
	case HTTP:
		return kind, one(r, opts.Limit, parseHTTP), nil
	case JSON:
		return kind, one(r, opts.Limit, parseJSON), nil
	case NDJSON:
		return kind, opts.readLines(r), nil
	case HAR:
		return kind, opts.readHAR(r), nil
	case Curl:
		return kind, opts.readCurl(r), nil
	case Body:
		return kind, one(r, opts.Limit, opts.body), nil
	default:
		_, err := ParseKind(string(kind))
		return "", nil, err
	}
}

func (o Options) body(data []byte) (Entry, error) {
	method := o.Method
	if method == "" {
		method = "POST"
	}
	return Entry{Line: 1, Delivery: &webhook.Delivery{Method: method, URL: o.URL, Header: o.Header.Clone(), Body: data}}, nil
}

// one is the sequence of the single delivery that parse makes of all of r.
func one(r io.Reader, limit int, parse func([]byte) (Entry, error)) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		data, err := readLimited(r, limit)
		if err != nil {
			yield(Entry{Line: 1}, err)
			return
		}
		yield(parse(data))
	}
}

// readLimited reads all of r; more than limit bytes are ErrTooLarge.
func readLimited(r io.Reader, limit int) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err == nil && len(data) > limit {
		err = fmt.Errorf("%w: more than %s", ErrTooLarge, limitText(limit))
	}
	return data, err
}

// limitText is a limit for a person.
func limitText(bytes int) string {
	if mib := bytes >> 20; mib > 0 && mib<<20 == bytes {
		return fmt.Sprintf("%d MiB", mib)
	}
	return fmt.Sprintf("%d bytes", bytes)
}

var byteOrderMark = []byte("\ufeff")

func withoutMark(data []byte) []byte { return bytes.TrimPrefix(data, byteOrderMark) }

// place returns the error err at data[offset].
func place(data []byte, offset int, err error) error {
	before := data[:min(max(offset, 0), len(data))]
	return &Error{
		Line:   bytes.Count(before, []byte("\n")) + 1,
		Column: len(before) - bytes.LastIndexByte(before, '\n'),
		Err:    err,
	}
}

// RedactedURL is what Redacted calls the URL.
const RedactedURL = "the URL"

// Redacted says what was replaced, in part, when the delivery was shown or
// exported: the first such header, or RedactedURL. Such a delivery cannot be
// verified.
func Redacted(d *webhook.Delivery) (what string, ok bool) {
	for _, f := range d.Header {
		if strings.Contains(f.Value, webhook.Redacted) {
			return "the header " + f.Name, true
		}
	}
	if strings.Contains(d.URL, webhook.Redacted) || strings.Contains(d.URL, escapedRedacted) {
		return RedactedURL, true
	}
	return "", false
}

// escapedRedacted is how other programs write webhook.Redacted in a URL.
const escapedRedacted = "%5Bredacted%5D"
