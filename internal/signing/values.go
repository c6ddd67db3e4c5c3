package signing

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/tidwall/gjson"
)

// values are the parts of one message that a template can name. Each is parsed
// once, when it is first asked for.
type values struct {
	m         *Message
	fields    map[string]string // of the signature header
	timestamp string            // exactly the text that was sent
	id        string
	secret    Secret
	claims    map[string]json.RawMessage

	body   *gjson.Result
	item   *gjson.Result // the part of the body that is looked at; nil is all of it
	params url.Values    // of the URL
	posted url.Values    // of the body

	// Memory that one message leaves for the next to overwrite.
	signatures []string
	candidates [][]byte
	decoded    []byte // what candidates are made of
	sum        []byte
	text       []byte
}

// usedValues saves a handful of small allocations for each message.
var usedValues = sync.Pool{New: func() any { return new(values) }}

func borrowValues(m *Message) *values {
	in := usedValues.Get().(*values)
	in.m = m
	return in
}

// giveBack returns in to the pool. Only strings that were read through it may
// be used afterwards.
func (in *values) giveBack() {
	clear(in.fields)
	clear(in.signatures)
	*in = values{fields: in.fields, signatures: in.signatures[:0], candidates: in.candidates[:0],
		decoded: in.decoded[:0], sum: in.sum[:0], text: in.text[:0]}
	if cap(in.text) <= mostKept && cap(in.decoded) <= mostKept {
		usedValues.Put(in)
	}
}

// mostKept is the largest buffer that is kept for the next message.
const mostKept = 64 << 10

// write writes a text without the copy that io.WriteString would allocate.
func (in *values) write(w io.Writer, text string) {
	in.text = append(in.text[:0], text...)
	w.Write(in.text)
}

// root is the JSON value at which paths begin.
func (in *values) root() (gjson.Result, *Error) {
	if in.item != nil {
		return *in.item, nil
	}
	if in.body == nil {
		if !json.Valid(in.m.Body) {
			return gjson.Result{}, &Error{Reason: Malformed, Detail: "the body is not JSON, and the signature lies in it or covers parts of it"}
		}
		parsed := gjson.ParseBytes(in.m.Body)
		in.body = &parsed
	}
	return *in.body, nil
}

// jsonPath splits a path at its dots; a backslash takes the next character as it
// is.
func jsonPath(text string) []string {
	var path []string
	var name strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text):
			i++
			name.WriteByte(text[i])
		case text[i] == '.':
			path = append(path, name.String())
			name.Reset()
		default:
			name.WriteByte(text[i])
		}
	}
	return append(path, name.String())
}

// find walks path. A name that is in an object twice is refused, since parsers
// do not agree which one counts.
func (in *values) find(path []string) (gjson.Result, *Error) {
	at, err := in.root()
	for _, name := range path {
		if err != nil {
			return gjson.Result{}, err
		}
		at, err = step(at, name)
	}
	return at, err
}

func step(at gjson.Result, name string) (next gjson.Result, err *Error) {
	if at.IsArray() {
		if i, e := strconv.Atoi(name); e == nil && i >= 0 {
			n := 0
			at.ForEach(func(_, item gjson.Result) bool {
				if n == i {
					next = item
				}
				n++
				return n <= i
			})
		}
	} else if at.IsObject() {
		found := 0
		at.ForEach(func(key, value gjson.Result) bool {
			if key.Str == name {
				next = value
				found++
			}
			return true
		})
		if found > 1 {
			return gjson.Result{}, refuse(Malformed, "%q stands %d times in one object of the body", shorten(name), found)
		}
	}
	if !next.Exists() {
		return next, refuse(Missing, "no %s in the body", name)
	}
	return next, nil
}

// jsonText is a string's characters, a number exactly as it is written, and
// anything else as JSON; null counts as nothing.
func (in *values) jsonText(path []string) (string, *Error) {
	found, err := in.find(path)
	switch {
	case err != nil:
		return "", err
	case found.Type == gjson.Null:
		return "", refuse(Missing, "%s in the body is null", strings.Join(path, "."))
	case found.Type == gjson.String:
		return found.Str, nil
	}
	return found.Raw, nil
}

func (in *values) query() url.Values {
	if in.params == nil {
		in.params = in.m.parsedURL().Query()
	}
	return in.params
}

// form returns the body's fields. An empty body has none; a body that is not a
// form is refused rather than ignored, since the signature would not cover it.
func (in *values) form() (url.Values, *Error) {
	if in.posted != nil {
		return in.posted, nil
	}
	if len(in.m.Body) > 0 && !in.m.IsForm() {
		return nil, &Error{Reason: Malformed, Detail: "the body is not a form, and the signature covers form fields",
			Expected: "Content-Type: application/x-www-form-urlencoded"}
	}
	form, err := url.ParseQuery(string(in.m.Body))
	if err != nil {
		return nil, &Error{Reason: Malformed, Detail: "the body is not a well-formed form"}
	}
	in.posted = form
	return form, nil
}

// IsForm reports whether the body is a form in its usual encoding. It goes by
// the Content-Type; where there is none, a body that does not begin as JSON is
// taken for one.
func (m *Message) IsForm() bool {
	if text := m.Header.Get("Content-Type"); text != "" {
		kind, _, err := mime.ParseMediaType(text)
		return err == nil && kind == "application/x-www-form-urlencoded"
	}
	begin := bytes.TrimLeft(m.Body, " \t\r\n")
	return len(begin) == 0 || (begin[0] != '{' && begin[0] != '[')
}
