package format

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/whk-cli/whk/internal/webhook"
)

// read returns all that Open finds in input.
func read(t *testing.T, input string, kind Kind, opts Options) (Kind, []Entry, []error) {
	t.Helper()
	kind, all, err := Open(iotest.OneByteReader(strings.NewReader(input)), kind, opts)
	if err != nil {
		return kind, nil, []error{err}
	}
	var entries []Entry
	var errs []error
	for entry, err := range all {
		entries, errs = append(entries, entry), append(errs, err)
	}
	return kind, entries, errs
}

const (
	oneLine = `{"headers":[["A","b"]],"body":"x"}`
	ready   = `{"type":"ready","url":"http://localhost:8080"}`
)

func TestOpenTellsTheKind(t *testing.T) {
	for _, c := range []struct {
		name, input string
		want        Kind
	}{
		{"request", "POST / HTTP/1.1\r\n\r\n", HTTP},
		{"request after a byte order mark", "\ufeffPOST / HTTP/1.1\r\n\r\n", HTTP},
		{"request of another method", "M-SEARCH * HTTP/1.1\n", HTTP},
		{"answer", "HTTP/1.1 200 OK\r\n\r\n", Body},
		{"prose", "POST is a word\n", Body},
		{"delivery", oneLine, JSON},
		{"delivery and blank lines", "\n\n" + oneLine + "\n\n \n", JSON},
		{"delivery over several lines", "{\n \"id\": \"x\",\n \"headers\": {},\n \"body_base64\": \"AA==\"\n}\n", JSON},
		{"long delivery", `{"headers":[],"body":"` + strings.Repeat("x", 100_000) + `"}`, JSON},
		{"broken delivery", "{\n\"headers\":[],\n\"body\":tru\n}", JSON},
		{"broken delivery on one line", `{"headers":[],"body":tru}`, JSON},
		{"deliveries", oneLine + "\n" + oneLine, NDJSON},
		{"deliveries after a blank line", oneLine + "\n\n" + oneLine + "\n", NDJSON},
		{"long deliveries", `{"headers":[],"body":"` + strings.Repeat("x", 100_000) + "\"}\n" + oneLine, NDJSON},
		{"output of listen", ready + "\n" + oneLine + "\n", NDJSON},
		{"payload", `{"id":"evt_1","type":"invoice.paid"}`, Body},
		{"payload of several lines", "{\n \"body\": \"x\"\n}", Body},
		{"payload with the words in a string", `{"x":"\"headers\" \"body\""}`, Body},
		{"payloads on lines", "{\"a\":1}\n" + oneLine, Body},
		{"payload that looks like the first line of listen", ready, Body},
		{"array", "[" + oneLine + "]", Body},
		{"half a payload", `{"a":`, Body},
		{"form", "a=1&b=2", Body},
		{"curl", "curl http://h/", Curl},
		{"curl after a prompt and a blank line", "\n $ curl http://h/", Curl},
		{"curl over several lines", "curl \\\n  http://h/", Curl},
		{"curl by its path", "/usr/bin/curl http://h/", Curl},
		{"broken curl", "curl 'http://h/", Curl},
		{"curl behind a pipe", "printf 'a' |\ncurl http://h/ --data-binary @-", Curl},
		{"printf alone", "printf 'a'\n", Body},
		{"echo", "echo of the past | and present", Body},
		{"curly", "curly brackets", Body},
		{"archive", `{"log":{"version":"1.2","entries":[]}}`, HAR},
		{"archive over many lines", "\ufeff{\r\n\r\n  \"log\" : {\n\n    \"creator\": {", HAR},
		{"payload with a log", `{"log":{"level":"info"}}`, Body},
		{"payload with a text log", `{"log":"version"}`, Body},
		{"payload with a log over many lines", "{\n\"log\":\n{\n\"level\":1}}", Body},
		{"delivery with a log", "{\n\"log\":{\"level\":1},\"headers\":[],\"body\":\"\"}", JSON},
		{"blank lines", "\n\n", Body},
		{"bytes", "\x00\xff", Body},
	} {
		t.Run(c.name, func(t *testing.T) {
			kind, all, err := Open(iotest.OneByteReader(strings.NewReader(c.input)), "", Options{})
			if err != nil || kind != c.want {
				t.Fatalf("kind %q, %v; want %q", kind, err, c.want)
			}
			if kind != Body {
				return
			}
			for entry, err := range all {
				if err != nil || string(entry.Delivery.Body) != c.input {
					t.Errorf("body %q, %v", entry.Delivery.Body, err)
				}
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	if _, _, err := Open(strings.NewReader(""), "", Options{}); !errors.Is(err, ErrEmpty) {
		t.Errorf("empty input: %v", err)
	}
	if _, _, err := Open(strings.NewReader("x"), "yaml", Options{}); err == nil || err.Error() != `kind "yaml" is not one of body, http, json, ndjson, har, curl` {
		t.Errorf("unknown kind: %v", err)
	}
	if _, _, err := Open(iotest.ErrReader(io.ErrClosedPipe), "", Options{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("broken pipe: %v", err)
	}
	for _, kind := range []Kind{HTTP, JSON, NDJSON} {
		for _, input := range []string{"", " \n"} {
			if _, _, errs := read(t, input, kind, Options{}); len(errs) != 1 || !errors.Is(errs[0], ErrEmpty) {
				t.Errorf("empty %s: %v", kind, errs)
			}
		}
	}
}

func TestParseKind(t *testing.T) {
	for _, kind := range Kinds {
		if got, err := ParseKind(string(kind)); got != kind || err != nil {
			t.Errorf("ParseKind(%q) = %q, %v", kind, got, err)
		}
	}
	if _, err := ParseKind("HTTP"); err == nil {
		t.Error("a kind in capitals is taken")
	}
}

func TestBodyHasItsHeadFromOutside(t *testing.T) {
	header := webhook.Header{{Name: "X-Sig", Value: "1"}}
	_, entries, errs := read(t, "{}\n", Body, Options{URL: "https://h/", Header: header})
	want := &webhook.Delivery{Method: "POST", URL: "https://h/", Header: header, Body: []byte("{}\n")}
	if errs[0] != nil || !reflect.DeepEqual(entries[0].Delivery, want) {
		t.Errorf("got %+v, %v", entries[0].Delivery, errs)
	}
	if _, entries, errs := read(t, "", Body, Options{Method: "PUT"}); errs[0] != nil || entries[0].Delivery.Method != "PUT" || len(entries[0].Delivery.Body) != 0 {
		t.Errorf("empty body: %+v, %v", entries, errs)
	}
}

func TestLimit(t *testing.T) {
	for _, kind := range []Kind{HTTP, JSON, Body} {
		if _, _, errs := read(t, strings.Repeat("x", 101), kind, Options{Limit: 100}); !errors.Is(errs[0], ErrTooLarge) {
			t.Errorf("%s: %v", kind, errs)
		}
	}
	if _, entries, errs := read(t, strings.Repeat("x", 100), Body, Options{Limit: 100}); errs[0] != nil || len(entries[0].Delivery.Body) != 100 {
		t.Errorf("at the limit: %v", errs)
	}
}

func TestRedacted(t *testing.T) {
	d := &webhook.Delivery{Header: webhook.Header{{Name: "A", Value: "b"}, {Name: "X-Sig", Value: webhook.Redacted}}}
	if what, ok := Redacted(d); what != "the header X-Sig" || !ok {
		t.Errorf("got %q, %v", what, ok)
	}
	d.Header = d.Header[:1]
	for url, want := range map[string]bool{"http://h/?token=[redacted]": true, "/?token=%5Bredacted%5D&x=1": true, "/?token=redacted": false, "": false} {
		d.URL = url
		if what, ok := Redacted(d); ok != want || ok != (what == RedactedURL) {
			t.Errorf("of %q got %q, %v", url, what, ok)
		}
	}
}

func TestNDJSON(t *testing.T) {
	input := "\ufeff" + ready + "\r\n" + oneLine + "\r\n\n" +
		`{"headers":[],"body":tru}` + "\n" +
		`{"type":"delivery","headers":{"A":"b"},"body_base64":"/w=="}` + "\n" +
		`{"type":"delivery","headers":[]}` + "\n" +
		`{"type":"forward","id":"x","status":200}` + "\n" +
		`[]` + "\n" +
		`{"headers":[],"body":"` + strings.Repeat("x", 200) + "\"}\n" +
		`{"headers":[],"body":"last"}`
	kind, entries, errs := read(t, input, "", Options{Limit: 150})
	if kind != NDJSON {
		t.Fatalf("kind %s", kind)
	}
	type result struct {
		line      int
		body, err string
	}
	want := []result{
		{2, "x", ""},
		{4, "", "line 4, column 25: invalid character '}' in literal true (expecting 'e')"},
		{5, "\xff", ""},
		{6, "", `line 6, column 1: a delivery needs "body" or "body_base64"`},
		{8, "", `line 8, column 1: this is an array, not a delivery`},
		{9, "", "line 9, column 151: too large: the line has more than 150 bytes"},
		{10, "last", ""},
	}
	var got []result
	for i, entry := range entries {
		r := result{line: entry.Line}
		if errs[i] != nil {
			r.err = errs[i].Error()
		} else {
			r.body = string(entry.Delivery.Body)
		}
		got = append(got, r)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got:\n%+v\nwant:\n%+v", got, want)
	}
}

func TestNDJSONStopsAtAReadError(t *testing.T) {
	r := io.MultiReader(strings.NewReader(oneLine+"\n{"), iotest.ErrReader(io.ErrClosedPipe))
	_, all, err := Open(r, NDJSON, Options{})
	if err != nil {
		t.Fatal(err)
	}
	n, last := 0, error(nil)
	for _, err := range all {
		n, last = n+1, err
	}
	if n != 2 || !errors.Is(last, io.ErrClosedPipe) {
		t.Errorf("%d entries, %v", n, last)
	}
}

func TestNDJSONCanBeLeftEarly(t *testing.T) {
	_, all, _ := Open(strings.NewReader(oneLine+"\n"+oneLine), NDJSON, Options{})
	n := 0
	for range all {
		n++
		break
	}
	if n != 1 {
		t.Errorf("%d entries", n)
	}
}

// Memory does not grow with the number of lines.
func TestNDJSONIsStreamed(t *testing.T) {
	line := []byte(`{"headers":[],"body":"` + strings.Repeat("x", 1000) + "\"}\n")
	r := &repeated{line: line, n: 20_000}
	_, all, _ := Open(r, "", Options{})
	n := 0
	for _, err := range all {
		if err != nil {
			t.Fatal(err)
		}
		n++
		if ahead := r.given - n*len(line); ahead > 256<<10 {
			t.Fatalf("%d bytes read ahead at line %d", ahead, n)
		}
	}
	if n != 20_000 {
		t.Errorf("%d lines", n)
	}
}

// repeated is n times the same line.
type repeated struct {
	line     []byte
	n, given int
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.given == r.n*len(r.line) {
		return 0, io.EOF
	}
	at := r.given % len(r.line)
	n := copy(p, r.line[at:])
	r.given += n
	return n, nil
}

func TestJSONErrors(t *testing.T) {
	for _, c := range []struct{ name, input, want string }{
		{"syntax", "{\n  \"headers\": [],\n  \"body\": 'x'\n}", `line 3, column 11: invalid character '\'' looking for beginning of value`},
		{"cut short", "{\"headers\": [],\n\"body\": \"x", "line 2, column 11: half a delivery: the JSON ends too early"},
		{"no headers", `{"body":"x"}`, `a delivery needs "headers"`},
		{"no body", `{"headers":[]}`, `a delivery needs "body" or "body_base64"`},
		{"wrong type", `{"headers":[],"body":{}}`, `line 1, column 22: "body" cannot be an object`},
		{"two", oneLine + "\n" + oneLine, "line 2, column 1: more than one object; many deliveries go one to a line (ndjson)"},
		{"not UTF-8", "{\"headers\":[],\n\"body\":\"\xff\"}", `line 2, column 9: not UTF-8; bytes that are not text belong in "body_base64"`},
		{"high surrogate", `{"headers":[],"body":"\\\ud800"}`, "line 1, column 25: half of a surrogate pair is not a character"},
		{"low surrogate", `{"headers":[],"body":"\udc00"}`, "line 1, column 23: half of a surrogate pair is not a character"},
		{"changed body", `{"headers":[],"body":"x","body_size":2}`, "body has 1 bytes, body_size says 2: its bytes were changed"},
		{"null", `null`, `a delivery needs "headers"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, errs := read(t, c.input, JSON, Options{})
			if len(errs) != 1 || errs[0] == nil || errs[0].Error() != c.want {
				t.Errorf("got %v, want %s", errs, c.want)
			}
		})
	}
	if _, entries, errs := read(t, `{"headers":[],"body":"\\ud800 \ud83d\ude00"}`, JSON, Options{}); errs[0] != nil || string(entries[0].Delivery.Body) != `\ud800 😀` {
		t.Errorf("whole pair: %v", errs)
	}
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(oneLine))
	f.Add([]byte(`{"headers":{"A":["b","c"]},"body_base64":"/wA=","url":"http://x/","received_at":"2026-11-22T12:00:00.5Z"}`))
	f.Add([]byte(ready + "\n" + oneLine + "\n{\"headers\":[],\"body\":\"\\ud83d\\ude00\"}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		kind, all, err := Open(bytes.NewReader(data), "", Options{})
		if err != nil || kind != JSON && kind != NDJSON {
			return
		}
		for entry, err := range all {
			if err != nil {
				continue // refusing is fine
			}
			text, err := entry.Delivery.MarshalJSON()
			if err != nil {
				t.Fatalf("%+v cannot be written: %v", entry.Delivery, err)
			}
			again, err := parseDelivery(text)
			if err != nil {
				t.Fatalf("%s cannot be read: %v", text, err)
			}
			if !reflect.DeepEqual(facts(again), facts(entry.Delivery)) {
				t.Fatalf("%+v became %+v", entry.Delivery, again)
			}
		}
	})
}

// facts is what a delivery's JSON keeps whatever else it says.
func facts(d *webhook.Delivery) []any {
	return []any{d.ID, d.ReceivedAt, d.Method, d.URL, d.Remote, append(webhook.Header{}, d.Header...), string(d.Body), d.Provider, d.Event, d.MessageID}
}
