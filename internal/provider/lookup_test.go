package provider

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/whk-cli/whk/internal/signing"
)

// A registry that has seen many messages recognises what one that has seen none
// does: each message is shown to both, and to every provider alone.
func TestLookupFindsTheSame(t *testing.T) {
	many := NewRegistry()
	many.ReadSigns()
	all := NewRegistry()
	messages := []*signing.Message{{}, {Header: http.Header{"X-Webhook-Signature": nil}}, {Header: http.Header{"Authorization": {"Bearer a.b.c"}}}}
	for _, c := range wholeExamples() {
		m := c.message()
		both := *m
		both.Header = m.Header.Clone()
		both.Header.Set("X-Webhook-Signature", "00")
		both.Header.Set("Webhook-Id", "msg_1")
		messages = append(messages, m, &both)
	}
	recognised := 0
	for _, m := range messages {
		var want []string
		for _, name := range all.Ordered() {
			if p, err := all.Load(name); err == nil && p.Recognises(m) {
				want = append(want, name)
			}
		}
		recognised += len(want)
		few := NewRegistry().Candidates(m, nil)
		if got := names(many.Candidates(m, nil)); !slices.Equal(got, want) || !slices.Equal(names(few), want) {
			t.Errorf("%v: by lookup %v, by text %v, want %v", m.Header, got, names(few), want)
		}
	}
	if recognised < len(messages) {
		t.Errorf("of %d messages, %d are recognised", len(messages), recognised)
	}
}

func names(providers []*Provider) (names []string) {
	for _, p := range providers {
		names = append(names, p.Name)
	}
	return names
}

func TestManyMessagesMakeALookup(t *testing.T) {
	r := NewRegistry()
	m := &signing.Message{Header: http.Header{"X-Webhook-Signature": {"00"}}, Body: []byte("{}")}
	for n := range 2 * manyMessages {
		if got := names(r.Candidates(m, nil)); !slices.Equal(got, []string{"saas"}) {
			t.Fatalf("message %d: %v", n, got)
		}
		if made := r.recognisers.lookup.Load() != nil; made != (n >= manyMessages) {
			t.Fatalf("message %d: looked up is %v", n, made)
		}
	}
}

func TestHasPath(t *testing.T) {
	bodies := append(slices.Clone(memberTexts), `[{"a":{"b":1}}]`, `{"a":{"b":null}}`, `{"\u0061":{"b":1}}`, `{"x":["a"],"b":{"c":[1]}}`, `{"a.b":1}`)
	for _, path := range []string{"a", "a.b", "0", "0.a.b", "b.c.0", "x.#", "*.b", "id", "data.x.1", "data.a", "a\\.b", ""} {
		for _, body := range bodies {
			if got, want := hasPath([]byte(body), path), gjson.Get(body, path).Exists(); got != want {
				t.Errorf("%q in %q: %v, want %v", path, body, got, want)
			}
		}
	}
}

func FuzzContains(f *testing.F) {
	f.Add("the body has notificationItems in it", "notificationItems")
	f.Add("zaza", "aza")
	f.Add("", "a")
	f.Fuzz(func(t *testing.T, body, name string) {
		if name == "" {
			return // none of a path's is
		}
		if got, want := contains([]byte(body), name), strings.Contains(body, name); got != want {
			t.Errorf("%q in %q: %v", name, body, got)
		}
	})
}

// Which of all providers' a message is, of many.
func BenchmarkCandidates(b *testing.B) {
	r := NewRegistry()
	r.ReadSigns()
	m := &signing.Message{Method: "POST", Header: http.Header{"X-Webhook-Signature": {saasSig}, "Content-Type": {"application/json"},
		"Content-Length": {"1024"}, "User-Agent": {"x"}, "Accept-Encoding": {"gzip"}}, Body: []byte(saasBody)}
	b.ReportAllocs()
	for b.Loop() {
		if len(r.Candidates(m, nil)) != 1 {
			b.Fatal("not recognised")
		}
	}
}
