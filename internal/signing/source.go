package signing

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/tidwall/gjson"
)

type sourceKind int

const (
	sourceNone sourceKind = iota
	sourceHeader
	sourceField
	sourceJSON
	sourceQuery
)

// source is a place in a message that holds a text: "header:X-Id", "field:t".
type source struct {
	kind sourceKind
	name string
}

func parseSource(text string) (source, error) {
	if text == "" {
		return source{}, nil
	}
	kind, name, ok := strings.Cut(text, ":")
	if !ok || name == "" {
		return source{}, fmt.Errorf("%q is not a place: use header:NAME, field:KEY, json:PATH or query:NAME", text)
	}
	switch kind {
	case "header":
		return source{sourceHeader, name}, nil
	case "field":
		return source{sourceField, name}, nil
	case "json":
		return source{sourceJSON, name}, nil
	case "query":
		return source{sourceQuery, name}, nil
	}
	return source{}, fmt.Errorf("%q: %q is not one of header, field, json, query", text, kind)
}

func (s source) String() string {
	switch s.kind {
	case sourceHeader:
		return s.name
	case sourceField:
		return "field " + s.name + " of the signature header"
	case sourceJSON:
		return s.name + " in the body"
	case sourceQuery:
		return "query parameter " + s.name
	}
	return ""
}

// read returns the one text at s. Nothing there is ErrMissing, and a header that
// stands twice ErrDuplicateHeader: choosing one would let a proxy and the
// receiver disagree.
func (s source) read(m *Message, fields map[string]string) (string, *Error) {
	switch s.kind {
	case sourceHeader:
		return oneHeader(m.Header, s.name)
	case sourceField:
		if v, ok := fields[s.name]; ok && v != "" {
			return v, nil
		}
	case sourceJSON:
		if v := gjson.GetBytes(m.Body, s.name); v.Exists() {
			return v.String(), nil
		}
	case sourceQuery:
		if v := m.parsedURL().Query(); v.Has(s.name) {
			return v.Get(s.name), nil
		}
	}
	return "", refuse(Missing, "no %s", s)
}

func oneHeader(h http.Header, name string) (string, *Error) {
	values := h[http.CanonicalHeaderKey(name)]
	switch {
	case len(values) == 0:
		return "", &Error{Reason: Missing, Detail: "no " + name + " header"}
	case len(values) > 1:
		return "", &Error{Reason: DuplicateHeader, Detail: fmt.Sprintf("%s stands %d times", name, len(values)),
			Expected: "exactly one " + name + " header",
			Next:     "look for a proxy, or a client library, that adds the header a second time"}
	}
	value := strings.Trim(values[0], " \t")
	if value == "" {
		return "", &Error{Reason: Missing, Detail: name + " is empty"}
	}
	return value, nil
}
