package expectation

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestFilter(t *testing.T) {
	const body = `{"amount":4900,"id":12345678901234567890,"price":1.10,"tags":["a","b"],"none":null}`
	tests := []struct{ program, body, why string }{
		{".amount > 1000", body, ""},
		{".amount > 5000", body, "it gives nothing true"},
		{".amount", body, ""},
		{".none", body, "it gives nothing true"},
		{".missing", body, "it gives nothing true"},
		{`.tags[] == "b"`, body, ""},
		{"empty", body, "it gives nothing true"},
		{".id == 12345678901234567890", body, ""},
		{".id == 12345678901234567891", body, "it gives nothing true"},
		{".amount.x", body, "expected an object but got: number (4900)"},
		{"true", "not JSON", "its body is not JSON"},
		{"true", "", "its body is not JSON"},
		{"true", "{} {}", "its body is not JSON"},
		{".", "[]", ""},
		{"env | length > 0", body, "it gives nothing true"},
		{"$ENV.PATH", body, "it gives nothing true"},
		{"[limit(3; repeat(1))] | length == 3", body, ""},
	}
	for _, tt := range tests {
		t.Run(tt.program, func(t *testing.T) {
			f, err := CompileFilter(tt.program)
			if err != nil {
				t.Fatal(err)
			}
			if why := f.Check(t.Context(), []byte(tt.body)); why != tt.why {
				t.Errorf("%q, want %q", why, tt.why)
			}
		})
	}
}

func TestFilterRefuses(t *testing.T) {
	tests := []struct {
		program string
		offset  int
	}{
		{".a ||", 4}, {"", -1}, {".a | lenght", 5}, {".a | $x", 5}, {"if", 2}, {`"a`, 2}, {`import "a" as a; .`, -1}, {".a .b c", 6},
	}
	for _, tt := range tests {
		t.Run(tt.program, func(t *testing.T) {
			_, err := CompileFilter(tt.program)
			var e *FilterError
			if tt.program == "" && err == nil {
				return // the identity
			}
			if !errors.As(err, &e) || e.Offset != tt.offset || e.Msg == "" {
				t.Errorf("%#v", err)
			}
		})
	}
}

// A filter that does not end is ended.
func TestFilterIsBounded(t *testing.T) {
	f, err := CompileFilter("last(repeat(1))")
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if why := f.Check(t.Context(), []byte("1")); !strings.Contains(why, "longer than 1s") || time.Since(start) > time.Minute {
		t.Errorf("%q after %v", why, time.Since(start))
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if why := f.Check(ended, []byte("1")); why == "" {
		t.Error("it counts")
	}
}

// No body makes a filter fail in another way than by saying so.
func FuzzFilter(f *testing.F) {
	filter, err := CompileFilter(`.a.b[0] | tostring | test("x")`)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"a":{"b":["x"]}}`))
	f.Add([]byte(`[1e999999,-0,"\ud800"]`))
	f.Add([]byte(strings.Repeat("[", 20000)))
	f.Fuzz(func(t *testing.T, body []byte) {
		if why := filter.Check(t.Context(), body); why == "" && !strings.Contains(string(body), "x") && !strings.Contains(string(body), `\u`) {
			t.Errorf("%q counts", body)
		}
	})
}
