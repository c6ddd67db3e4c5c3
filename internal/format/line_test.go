package format

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// captured is a line as list --json prints it.
func captured(t testing.TB, body string) []byte {
	t.Helper()
	d := &webhook.Delivery{ID: "01jx", ReceivedAt: time.Date(2026, 3, 1, 9, 30, 0, 123456789, time.UTC),
		Method: "POST", URL: "http://localhost:8080/webhooks/saas?a=1&b=<2>", Remote: "127.0.0.1:5000",
		Header:   webhook.Header{{Name: "Content-Type", Value: "application/json"}, {Name: "X-Sig", Value: `a"b\`}, {Name: "X-Sig", Value: "é"}},
		Provider: "saas", Event: "invoice.paid", MessageID: "evt_1", Body: []byte(body),
		Verification: webhook.Verification{Status: webhook.NotAuthentic, Reason: webhook.ReasonMismatch, Warnings: []string{"a", "b"}},
		Response:     webhook.Response{Status: 401}, Forwards: []webhook.Forward{{URL: "http://x/", Status: 200, DurationMS: 1.5}}}
	line, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return line
}

// same reports whether two deliveries are equal; no headers are none.
func same(a, b *webhook.Delivery) bool {
	x, y := *a, *b
	for _, d := range []*webhook.Delivery{&x, &y} {
		d.Header = append(webhook.Header{}, d.Header...)
		d.Body = append([]byte{}, d.Body...)
		if len(d.Forwards) == 0 {
			d.Forwards = nil
		}
	}
	return reflect.DeepEqual(x, y)
}

func TestLineParserReadsWhatWhkWrites(t *testing.T) {
	var p lineParser
	for _, body := range []string{"", "x", `{"a":"it's \"é\" \\ </script>` + "\x00\x1f\u2028😀\n", strings.Repeat(`{"a":"b"}`, 1000), "\xff\x00", "short again"} {
		line := captured(t, body)
		got, ok := p.parse(line)
		if !ok {
			t.Fatalf("%s is left to the slow parser", line)
		}
		want, err := parseDelivery(line)
		if err != nil || !same(got, want) {
			t.Errorf("got  %+v\nwant %+v, %v", got, want, err)
		}
	}
	// What only some lines have does not stay.
	got, ok := p.parse([]byte(` { "headers" : { "A" : "b" } , "body" : "" } ` + "\r"))
	if want := (&webhook.Delivery{Header: webhook.Header{{Name: "A", Value: "b"}}}); !ok || !same(got, want) {
		t.Errorf("got %+v, %v", got, ok)
	}
}

// Lines that are much alike, and have their values from a few, in one order or
// another: nothing of one is taken for another's.
func TestLineParserMixesNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	values := map[string][]string{
		"id": {`"1"`, `"2"`}, "received_at": {`"2026-01-01T00:00:00Z"`, `"2026-01-01T00:00:01.5+01:00"`}, "method": {`"POST"`, `"PUT"`}, "url": {`"http://a/"`, `"http://b/"`},
		"remote": {`"a"`, `"b"`}, "headers": {`[["A","1"],["B","2"]]`, `[["A","1"],["B","3"]]`, `[["B","2"],["A","1"],["A","\u00e9"]]`, `{"A":"1","B":"2"}`, `[]`},
		"body": {`"x"`, `"\"y\""`}, "provider": {`"saas"`, `"other"`}, "event": {`"a"`, `"b"`, `"\u0061"`}, "message_id": {`"m"`, `"n"`},
		"verification": {`{"status":"authentic"}`, `{"status":"not_authentic","warnings":["w"]}`}, "response": {`{"status":200}`, `{"status":401}`},
		"forwards": {`[{"url":"http://x/","status":200}]`, `[]`}, "type": {`"delivery"`},
	}
	order := []string{"id", "received_at", "method", "url", "remote", "headers", "body", "provider", "event", "message_id", "verification", "response", "forwards", "type"}
	var p lineParser
	for n := range 5000 {
		if r.IntN(10) == 0 {
			i := r.IntN(len(order) - 1)
			order[i], order[i+1] = order[i+1], order[i]
		}
		var members []string
		for _, name := range order {
			if of := values[name]; name == "headers" || name == "body" || r.IntN(5) > 0 {
				members = append(members, fmt.Sprintf("%q:%s", name, of[r.IntN(len(of))]))
			}
		}
		line := []byte("{" + strings.Join(members, ",") + "}")
		got, ok := p.parse(line)
		want, err := parseDelivery(line)
		if err != nil || !ok || !same(got, want) {
			t.Fatalf("line %d: %s\ngot  %+v, %v\nwant %+v, %v", n, line, got, ok, want, err)
		}
	}
}

// Each of these either is no delivery, or means something that encoding/json
// decides.
func TestLineParserLeaves(t *testing.T) {
	whole := string(captured(t, "x"))
	for _, line := range []string{
		"", "{", "{}", "[]", "null", oneLine + "x", oneLine[:len(oneLine)-1], `{"headers":[]}`, `{"body":"x"}`,
		`{"headers":[],"body":"x","body":"y"}`, `{"headers":[],"body":"x","Body":"y"}`, `{"headers":[],"body":"x","body_base64":""}`,
		`{"headers":[],"body":null}`, `{"headers":null,"body":""}`, `{"headers":[["A"]],"body":""}`, `{"headers":[["A","b","c"]],"body":""}`,
		`{"headers":{"A":["b"]},"body":""}`, `{"headers":[],"body":"x","extra":1}`, `{"headers":[],"body":"x",}`,
		`{"headers":[],"body":"\ud800"}`, `{"headers":[],"body":"\x"}`, "{\"headers\":[],\"body\":\"\x01\"}", "{\"headers\":[],\"body\":\"\xff\"}",
		`{"headers":[],"body_base64":"AB=="}`, `{"headers":[],"body":"x","body_size":2}`, `{"headers":[],"body":"x","body_size":01}`,
		`{"headers":[],"body":"x","body_size":1.0}`, `{"headers":[],"body":"x","body_size":-1}`, `{"headers":[],"body":"x","received_at":"today"}`,
		`{"headers":[],"body":"x","verification":{"status":5}}`, `{"headers":[],"body":"x","verification":{"status":"a"]}`, `{"headers":[],"body":"x","response":[]}`,
		strings.Replace(whole, `"body_sha256":"2`, `"body_sha256":"3`, 1), `{"type":"forward","headers":[],"body":"x"}`,
	} {
		if d, ok := new(lineParser).parse([]byte(line)); ok {
			t.Errorf("%s is read as %+v", line, d)
		}
	}
}

func FuzzLineParser(f *testing.F) {
	f.Add(append(append(captured(f, "x\n"), '\n'), oneLine...))
	f.Add([]byte(`{"headers":{"A":"b"},"body_base64":"AAA=","body_size":2,"verification":{"status":"x","detail":"\u00e9"},"response":{"status":1},"forwards":[]}` + "\n" +
		`{"type":"delivery","headers":[ ["A","\ud83d\ude00"] ],"body":"\/\b\f\n\r\t\"\\","received_at":"2026-01-01T00:00:00+01:00"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var p lineParser
		for line := range bytes.SplitSeq(data, []byte("\n")) {
			got, ok := p.parse(line)
			if !ok {
				continue // leaving it is fine
			}
			want, err := parseDelivery(line)
			if err != nil || !same(got, want) {
				t.Fatalf("%q\ngot  %+v\nwant %+v, %v", line, got, want, err)
			}
		}
	})
}

func TestBatchesAreWholeLines(t *testing.T) {
	var input bytes.Buffer
	for i := range 3000 {
		fmt.Fprintf(&input, `{"headers":[],"body":"%d %s"}`+"\n", i, strings.Repeat("x", i%700))
	}
	text := strings.TrimSuffix(input.String(), "\n") // the last line has no end
	for name, r := range map[string]io.Reader{
		"whole": strings.NewReader(text), "halves": iotest.HalfReader(strings.NewReader(text)), "with the error": iotest.DataErrReader(strings.NewReader(text)),
	} {
		reader, n := NewBatchReader(r, Options{}), 0
		batches := [2]Batch{}
		for i := 0; ; i++ {
			batch := &batches[i%2]
			if err := reader.Next(batch); err != nil {
				if !errors.Is(err, io.EOF) {
					t.Error(name, err)
				}
				break
			}
			for entry, err := range batch.Entries() {
				if err != nil || entry.Line != n+1 || !strings.HasPrefix(string(entry.Delivery.Body), fmt.Sprint(n, " ")) {
					t.Fatalf("%s: line %d is %+v, %v", name, n+1, entry, err)
				}
				n++
			}
		}
		if n != 3000 {
			t.Errorf("%s: %d lines", name, n)
		}
	}
}

// What has arrived is not kept back until more does.
func TestBatchesDoNotWait(t *testing.T) {
	r, w := io.Pipe()
	defer r.Close()
	reader, batch := NewBatchReader(r, Options{}), new(Batch)
	for i := range 3 {
		go fmt.Fprintf(w, "%s\n", strings.Replace(oneLine, "x", fmt.Sprint(i), 1))
		if err := reader.Next(batch); err != nil {
			t.Fatal(err)
		}
		for entry, err := range batch.Entries() {
			if err != nil || string(entry.Delivery.Body) != fmt.Sprint(i) {
				t.Errorf("%+v, %v", entry, err)
			}
		}
	}
}

func BenchmarkLine(b *testing.B) {
	line := captured(b, strings.Repeat(`{"id":"evt_1","n":12}`, 50))
	b.Run("lineParser", func(b *testing.B) {
		var p lineParser
		b.ReportAllocs()
		b.SetBytes(int64(len(line)))
		for b.Loop() {
			if _, ok := p.parse(line); !ok {
				b.Fatal("left")
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(line)))
		for b.Loop() {
			if _, err := parseDelivery(line); err != nil {
				b.Fatal(err)
			}
		}
	})
}
