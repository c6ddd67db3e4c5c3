package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Field is one header field: a name and one value.
type Field struct{ Name, Value string }

// Header is the header fields of a delivery in order, repeated names repeated.
//
// Names match without regard to case and keep the spelling they were given.
// What arrives through net/http has canonical names in alphabetical order,
// since that package keeps neither the order nor the case of the wire; values
// of one name keep their order. The zero value is an empty header.
type Header []Field

// HeaderOf turns a net/http header into fields, ordered by name.
func HeaderOf(h http.Header) Header {
	names := make([]string, 0, len(h))
	n := 0
	for name, values := range h {
		names = append(names, name)
		n += len(values)
	}
	slices.Sort(names)
	fields := make(Header, 0, n)
	for _, name := range names {
		for _, value := range h[name] {
			fields = append(fields, Field{name, value})
		}
	}
	return fields
}

// HTTP returns h in net/http's form: canonical names, values in order.
func (h Header) HTTP() http.Header {
	out := make(http.Header, len(h))
	for _, f := range h {
		out.Add(f.Name, f.Value)
	}
	return out
}

// Get returns the first value of name, or "".
func (h Header) Get(name string) string {
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// Values returns every value of name in order, nil when there is none.
func (h Header) Values(name string) []string {
	var values []string
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			values = append(values, f.Value)
		}
	}
	return values
}

// Has reports whether name is present, even with an empty value.
func (h Header) Has(name string) bool {
	return slices.ContainsFunc(h, func(f Field) bool { return strings.EqualFold(f.Name, name) })
}

// Add appends a field.
func (h *Header) Add(name, value string) { *h = append(*h, Field{name, value}) }

// Set gives name one value, in place of its first field or at the end.
func (h *Header) Set(name, value string) {
	for i, f := range *h {
		if strings.EqualFold(f.Name, name) {
			rest := slices.DeleteFunc(slices.Clone((*h)[i+1:]), func(f Field) bool { return strings.EqualFold(f.Name, name) })
			*h = append(append(slices.Clone((*h)[:i]), Field{f.Name, value}), rest...)
			return
		}
	}
	h.Add(name, value)
}

// Del removes every field of name.
func (h *Header) Del(name string) {
	*h = slices.DeleteFunc(slices.Clone(*h), func(f Field) bool { return strings.EqualFold(f.Name, name) })
}

// Clone returns a copy that shares nothing with h.
func (h Header) Clone() Header { return slices.Clone(h) }

// MarshalJSON writes [["Name","value"], …]; an empty header is [].
func (h Header) MarshalJSON() ([]byte, error) {
	pairs := make([][2]string, len(h))
	for i, f := range h {
		pairs[i] = [2]string{f.Name, f.Value}
	}
	return marshal(pairs)
}

// UnmarshalJSON reads the list that MarshalJSON writes, and an object
// {"Name":"value"} or {"Name":["value", …]}, whose order is kept.
func (h *Header) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	*h = nil
	if bytes.Equal(data, []byte("null")) {
		return nil
	}
	if len(data) > 0 && data[0] == '{' {
		return h.unmarshalObject(data)
	}
	var pairs [][]string
	if err := json.Unmarshal(data, &pairs); err != nil {
		return errors.New(`headers must be a list of ["Name","value"] pairs or an object`)
	}
	for i, pair := range pairs {
		if len(pair) != 2 {
			return fmt.Errorf(`header %d must be a ["Name","value"] pair`, i+1)
		}
		h.Add(pair[0], pair[1])
	}
	return nil
}

func (h *Header) unmarshalObject(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	if _, err := dec.Token(); err != nil {
		return err
	}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string)
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return err
		}
		var one string
		var many []string
		switch {
		case json.Unmarshal(raw, &one) == nil:
			h.Add(name, one)
		case json.Unmarshal(raw, &many) == nil:
			for _, value := range many {
				h.Add(name, value)
			}
		default:
			return fmt.Errorf("header %q must be a string or a list of strings", name)
		}
	}
	return nil
}
