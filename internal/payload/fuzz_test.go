package payload

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"testing"
	"unicode/utf8"
)

// What Parse takes is rendered as JSON, the same each time; and without
// placeholders it is what the standard library makes of it.
func FuzzTemplate(f *testing.F) {
	for _, src := range []string{
		`{"id":"${uuid#a}","at":"${now:+24h:unix}","n":"${seq}","who":"${fake:email}"}`,
		`["${pick:a|\u0022b}","x${digits:3-3}","$${","\\${bool}","${int:-5:5}","${body:a.b|[0]}","${env:X}"]`,
		" { \"a\" : 1.0e5 , \"b\\n\":[ ] }\n", `"\u0024{uuid}"`, `{"${event:class}":"${event}"}`,
	} {
		f.Add([]byte(src), "a.b\"c")
	}
	f.Fuzz(func(t *testing.T, src []byte, event string) {
		template, err := Parse("f", src)
		if err != nil {
			return // refusing is fine
		}
		p := testGenerator(1).Payload(1)
		p.Event, p.Body = event, []byte(`{"a":{"b":"\u00e9"}}`)
		p.lookupEnv = func(string) (string, error) { return event, nil }
		out, err := template.Append(nil, p)
		if err != nil {
			return
		}
		if !json.Valid(out) {
			t.Fatalf("%q became %q, which is not JSON", src, out)
		}
		if again, err := template.Append(nil, p); err != nil || !bytes.Equal(again, out) {
			t.Errorf("%q became %q, and then %q, %v", src, out, again, err)
		}
		if !bytes.Contains(src, []byte("${")) {
			var want bytes.Buffer
			if err := json.Compact(&want, src); err != nil || !bytes.Equal(out, want.Bytes()) {
				t.Errorf("%q became %q, want %q", src, out, want.Bytes())
			}
		}
	})
}

// An edit changes what it says and nothing else: in the bytes, by what stays
// in front of and behind it; in the meaning, by doing the same with decoded
// values.
func FuzzApply(f *testing.F) {
	for _, seed := range [][3]string{
		{`{"a":{"b":[1,2,{"c":null}]},"d":1.0}`, "a.b[2].c", `"x"`},
		{" { \"a\" : 1 , \"a\" : { } , \"x.y\" : [ ] } ", `x\.y[-]`, "1e3"},
		{`[[],{},"s"]`, "1.k.j[0]", "é"}, {`{"\u0061":1,"b":2}`, "a", ""}, {`[1,1,1]`, "1", "{}"},
		{`{"a":{"b":1},"a":{"b":2,"c":0,"b":3}}`, "a.b", "4"},
	} {
		for op := range uint8(3) {
			f.Add([]byte(seed[0]), op, seed[1], seed[2])
		}
	}
	f.Fuzz(func(t *testing.T, body []byte, op uint8, text, value string) {
		e := Edit{[]Op{Override, Add, Remove}[op%3], text, value}
		got, err := Apply(body, []Edit{e})
		if err != nil {
			var pathErr *PathError
			if !errors.As(err, &pathErr) && !errors.Is(err, ErrNotJSON) {
				t.Errorf("%+v on %q: %v is neither kind of error", e, body, err)
			}
			return
		}
		if !json.Valid(got) {
			t.Fatalf("%+v on %q made %q, which is not JSON", e, body, got)
		}
		p, err := parsePath(text)
		if err != nil {
			t.Fatal(err)
		}
		checkBytes(t, e, p, body, got)
		if utf8.Valid(body) { // the standard library replaces what is not
			checkMeaning(t, e, p, body, got)
		}
	})
}

func checkBytes(t *testing.T, e Edit, p path, body, got []byte) {
	same := commonEnds(body, got)
	old, _ := locate(body, p)
	now, reached := locate(got, p)
	switch e.Op {
	case Override:
		want, _ := e.valueText()
		if text := got[now.start:now.end]; reached != len(p) || !bytes.Equal(text, want) {
			t.Errorf("%+v on %q made %q, where it reads %q", e, body, got, text)
		}
		if same < len(body)-(old.end-old.start) {
			t.Errorf("%+v on %q made %q: bytes outside the value changed", e, body, got)
		}
	case Add:
		if same < len(body) {
			t.Errorf("%+v on %q made %q: more than an insertion", e, body, got)
		}
	case Remove:
		rest := got
		for _, b := range body {
			if len(rest) > 0 && rest[0] == b {
				rest = rest[1:]
			}
		}
		if len(rest) > 0 {
			t.Errorf("%+v on %q made %q: more than a deletion", e, body, got)
		}
	}
}

// commonEnds is how many bytes two texts share at their beginning and end.
func commonEnds(a, b []byte) int {
	n := min(len(a), len(b))
	front := 0
	for front < n && a[front] == b[front] {
		front++
	}
	back := 0
	for back < n-front && a[len(a)-1-back] == b[len(b)-1-back] {
		back++
	}
	return front + back
}

func checkMeaning(t *testing.T, e Edit, p path, body, got []byte) {
	var value any
	if e.Op != Remove {
		text, err := e.valueText()
		if err != nil {
			t.Fatal(err)
		}
		value = decode(t, text)
	}
	want := edited(decode(t, body), e.Op, p, value)
	if have := decode(t, got); !reflect.DeepEqual(have, want) {
		t.Errorf("%+v on %q made %q, want %v", e, body, got, want)
	}
}

func decode(t *testing.T, text []byte) any {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return v
}

// edited does to decoded values what Apply does to bytes.
func edited(v any, op Op, p path, value any) any {
	if len(p) == 0 {
		return value
	}
	s := p[0]
	switch v := v.(type) {
	case map[string]any:
		if op == Remove && len(p) == 1 {
			delete(v, s.key)
		} else {
			v[s.key] = edited(v[s.key], op, p[1:], value)
		}
		return v
	case []any:
		switch {
		case op == Remove && len(p) == 1:
			return slices.Delete(v, s.index, s.index+1)
		case s.index == atEnd || s.index == len(v):
			return append(v, edited(nil, op, p[1:], value))
		}
		v[s.index] = edited(v[s.index], op, p[1:], value)
		return v
	}
	if s.isIndex {
		return []any{edited(nil, op, p[1:], value)}
	}
	return map[string]any{s.key: edited(nil, op, p[1:], value)}
}

func FuzzPath(f *testing.F) {
	for _, text := range []string{"a.b[0].c", `a\.b.-1`, "[-]", `\[x`, "0.1", `a\\`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parsePath(text)
		if err != nil {
			return
		}
		if again, err := parsePath(p.String()); err != nil || again.String() != p.String() {
			t.Errorf("%q reads as %q, and that as %q, %v", text, p, again, err)
		}
	})
}
