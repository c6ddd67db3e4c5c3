package signing

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// compileCarrier checks where the signature travels.
func (s *Scheme) compileCarrier() (err error) {
	spec := &s.spec
	ways := 0
	for _, stated := range []bool{spec.Header != "", spec.Numbered != "", len(spec.PerKey) > 0, spec.From != ""} {
		if stated {
			ways++
		}
	}
	switch {
	case ways == 0:
		return errors.New("header: the name of the signature header is needed (or numbered, per_key, from)")
	case ways > 1:
		return errors.New("the signature is in one place: header, numbered, per_key or from")
	case spec.Header == "" && len(spec.Accept)+len(spec.Send) > 0:
		return errors.New("accept and send go with header")
	case (spec.Numbered != "" || len(spec.PerKey) > 0) && s.grammar.kind != "bare":
		return errors.New("several headers carry bare signatures: leave grammar out")
	case spec.Each != "" && !strings.HasPrefix(spec.From, "json:"):
		return errors.New("each goes with from: json:PATH")
	}
	if s.from, err = parseSource(spec.From); err != nil {
		return fmt.Errorf("from: %w", err)
	}
	if k := s.from.kind; spec.From != "" && k != sourceJSON && k != sourceForm {
		return fmt.Errorf("from: %q is not in the body: use json:PATH or form:NAME", spec.From)
	}
	if spec.Each != "" {
		s.each = jsonPath(spec.Each)
	}
	s.headerKey = http.CanonicalHeaderKey(spec.Header)
	for _, name := range s.Sensitive() {
		if name == "" || strings.ContainsAny(name, " \t\r\n:") {
			return fmt.Errorf("header: %q is not the name of a header", name)
		}
	}
	return nil
}

// Where says for a person where a signature of s travels.
func (s *Scheme) Where() string {
	switch {
	case s.spec.Numbered != "":
		return s.spec.Numbered + "1, " + s.spec.Numbered + "2, …"
	case len(s.spec.PerKey) > 0:
		return strings.Join(s.spec.PerKey, ", ")
	case s.each != nil:
		return s.from.name + " of each of " + s.spec.Each + " in the body"
	case s.spec.From != "":
		return s.from.String()
	}
	return s.spec.Header
}

// Carried reports whether m has anything where s, or one of its alternatives, has
// its signature.
func (s *Scheme) Carried(m *Message) bool {
	for _, a := range s.all() {
		if _, err := a.signatures(&values{m: m}); err == nil || err.Reason != Missing {
			return true
		}
	}
	return false
}

// signatures finds the signatures to be checked; the header's other fields go
// to in.
func (s *Scheme) signatures(in *values) ([]string, *Error) {
	if s.spec.Header == "" {
		return s.otherSignatures(in)
	}
	value, err := s.signatureValue(in.m)
	if err != nil {
		return nil, err
	}
	return s.grammar.split(in, value)
}

// otherSignatures are those of schemes without the one header.
func (s *Scheme) otherSignatures(in *values) ([]string, *Error) {
	if s.spec.From != "" {
		text, err := s.from.read(in)
		if err != nil {
			return nil, err
		}
		if len(text) > MaxSignatureHeader {
			return nil, refuse(Malformed, "the signature has %d bytes, %d are looked at", len(text), MaxSignatureHeader)
		}
		return s.grammar.split(in, text)
	}
	var all []string
	for _, name := range s.several() {
		value, err := oneHeader(in.m.Header, name)
		if err != nil && err.Reason == Missing {
			continue
		}
		if err == nil && len(value) > MaxSignatureHeader {
			err = refuse(Malformed, "%s has %d bytes, %d are looked at", name, len(value), MaxSignatureHeader)
		}
		if err != nil {
			return nil, err
		}
		signatures, err := s.grammar.split(in, value)
		if err != nil {
			return nil, err
		}
		all = append(all, signatures...)
	}
	if len(all) == 0 {
		return nil, &Error{Reason: Missing, Detail: "no header " + strings.Join(s.several()[:1], "") + " or one like it", Next: dropped}
	}
	return all, nil
}

// several are the headers of schemes that have one for each key.
func (s *Scheme) several() []string {
	if s.spec.Numbered == "" {
		return s.spec.PerKey
	}
	names := make([]string, MaxCandidates)
	for i := range names {
		names[i] = s.spec.Numbered + strconv.Itoa(i+1)
	}
	return names
}

const dropped = "send the request as the provider does, or check that no proxy drops the header"

// signatureValue finds the header, or the first of those accepted in its place,
// that carries the signature.
func (s *Scheme) signatureValue(m *Message) (string, *Error) {
	value, err := headerAt(m.Header, s.headerKey, s.spec.Header)
	for _, name := range s.spec.Accept {
		if err == nil || err.Reason != Missing {
			break
		}
		if other, e := oneHeader(m.Header, name); e == nil || e.Reason != Missing {
			value, err = other, e
		}
	}
	if err != nil {
		if err.Reason == Missing && err.Next == "" {
			err.Next = dropped
		}
		return "", err
	}
	if len(value) > MaxSignatureHeader {
		return "", refuse(Malformed, "the signature header has %d bytes, %d are looked at", len(value), MaxSignatureHeader)
	}
	return value, nil
}

// carry puts value where a request carries it: into the headers that it
// returns, or into m's body.
func (s *Scheme) carry(m *Message, item int, value string) ([]Field, error) {
	switch {
	case s.spec.Numbered != "":
		return []Field{{s.spec.Numbered + "1", value}}, nil
	case len(s.spec.PerKey) > 0:
		return []Field{{s.spec.PerKey[0], value}}, nil
	case s.from.kind == sourceJSON:
		path := s.from.path
		if s.each != nil {
			path = slices.Concat(s.each, []string{strconv.Itoa(item)}, path)
		}
		body, err := setJSON(string(m.Body), path, value)
		m.Body = []byte(body)
		return nil, err
	case s.from.kind == sourceForm:
		m.Body = setForm(m.Body, s.from.name, value)
		return nil, nil
	case len(s.spec.Send) == 0:
		return []Field{{s.spec.Header, value}}, nil
	}
	var fields []Field
	for _, name := range s.spec.Send {
		fields = append(fields, Field{name, value})
	}
	return fields, nil
}

// setForm changes one field of a form and no other byte of it.
func setForm(body []byte, name, value string) []byte {
	item := url.QueryEscape(name) + "=" + url.QueryEscape(value)
	if len(body) == 0 {
		return []byte(item)
	}
	items := strings.Split(string(body), "&")
	for i, old := range items {
		key, _, _ := strings.Cut(old, "=")
		if plain, err := url.QueryUnescape(key); err == nil && plain == name {
			items[i] = item
			return []byte(strings.Join(items, "&"))
		}
	}
	return []byte(strings.Join(append(items, item), "&"))
}
