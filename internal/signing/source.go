package signing

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

type sourceKind int

const (
	sourceNone sourceKind = iota
	sourceHeader
	sourceField
	sourceJSON
	sourceQuery
	sourceForm
	sourceClaim
)

var sourceKinds = []string{"", "header", "field", "json", "query", "form", "claim"}

// source is a place in a message that holds a text: "header:X-Id", "field:t".
type source struct {
	kind sourceKind
	name string
	key  string   // sourceHeader: the name as net/http has it
	path []string // sourceJSON
}

func headerSource(name string) source {
	return source{kind: sourceHeader, name: name, key: http.CanonicalHeaderKey(name)}
}

func parseSource(text string) (source, error) {
	if text == "" {
		return source{}, nil
	}
	kind, name, ok := strings.Cut(text, ":")
	if !ok || name == "" {
		return source{}, fmt.Errorf("%q is not a place: use header:NAME, field:KEY, json:PATH, form:NAME or query:NAME", text)
	}
	i := slices.Index(sourceKinds, kind)
	if i <= 0 {
		return source{}, fmt.Errorf("%q: %q is not one of header, field, json, form, query", text, kind)
	}
	s := source{kind: sourceKind(i), name: name}
	switch s.kind {
	case sourceHeader:
		s = headerSource(name)
	case sourceJSON:
		s.path = jsonPath(name)
	}
	return s, nil
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
	case sourceForm:
		return "form field " + s.name
	case sourceClaim:
		return "claim " + s.name
	}
	return ""
}

// read returns the one text at s. Nothing there is ErrMissing. A text that is
// there twice is refused: choosing one would let a proxy and the receiver
// disagree.
func (s source) read(in *values) (string, *Error) {
	switch s.kind {
	case sourceHeader:
		return headerAt(in.m.Header, s.key, s.name)
	case sourceField:
		if v, ok := in.fields[s.name]; ok && v != "" {
			return v, nil
		}
	case sourceJSON:
		return in.jsonText(s.path)
	case sourceQuery:
		return oneOf(in.query()[s.name], s)
	case sourceForm:
		form, err := in.form()
		if err != nil {
			return "", err
		}
		return oneOf(form[s.name], s)
	}
	return "", refuse(Missing, "no %s", s)
}

func oneOf(found []string, s source) (string, *Error) {
	switch len(found) {
	case 0:
		return "", refuse(Missing, "no %s", s)
	case 1:
		return found[0], nil
	}
	return "", refuse(Malformed, "%s stands %d times", s, len(found))
}

// carried names the headers that a message has, for an error about one that is
// missing.
func carried(h http.Header) string {
	const most = 8
	names := slices.Sorted(maps.Keys(h))
	switch n := len(names); {
	case n == 0:
		return "no header at all"
	case n > most:
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), n-most)
	}
	return "only " + strings.Join(names, ", ")
}

// oneHeader returns the only value of a header, without the blanks around it.
func oneHeader(h http.Header, name string) (string, *Error) {
	return headerAt(h, http.CanonicalHeaderKey(name), name)
}

// headerAt is oneHeader for a name whose canonical form is known.
func headerAt(h http.Header, key, name string) (string, *Error) {
	values := h[key]
	switch {
	case len(values) == 0:
		return "", &Error{Reason: Missing, Detail: "no " + name + " header", Expected: "one " + name + " header", Found: carried(h)}
	case len(values) > 1:
		return "", &Error{Reason: DuplicateHeader, Detail: fmt.Sprintf("%s stands %d times", name, len(values)),
			Expected: "exactly one " + name + " header", Found: fmt.Sprintf("%d of them", len(values)),
			Next: "look for a proxy, or a client library, that adds the header a second time"}
	}
	value := strings.Trim(values[0], " \t")
	if value == "" {
		return "", &Error{Reason: Missing, Detail: name + " is empty", Expected: "one " + name + " header with a value", Found: "nothing in it"}
	}
	return value, nil
}
