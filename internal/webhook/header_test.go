package webhook

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHeader(t *testing.T) {
	h := Header{{"X-A", "1"}, {"x-b", "2"}, {"x-a", "3"}, {"X-Empty", ""}}
	if got := h.Get("x-A"); got != "1" {
		t.Errorf("the first value is %q", got)
	}
	if got := h.Get("X-C"); got != "" {
		t.Errorf("a missing one is %q", got)
	}
	if got := h.Values("X-a"); !cmp.Equal(got, []string{"1", "3"}) {
		t.Errorf("values are %q", got)
	}
	if got := h.Values("X-C"); got != nil {
		t.Errorf("those of a missing one are %q", got)
	}
	if !h.Has("x-empty") || h.Has("X-C") {
		t.Error("an empty value is one, and none is none")
	}
	want := http.Header{"X-A": {"1", "3"}, "X-B": {"2"}, "X-Empty": {""}}
	if diff := cmp.Diff(want, h.HTTP()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Header{{"X-A", "1"}, {"X-A", "3"}, {"X-B", "2"}, {"X-Empty", ""}}, HeaderOf(want)); diff != "" {
		t.Errorf("by name, values in their order:\n%s", diff)
	}
}

// A header that is changed leaves its copies alone, and every field its place.
func TestHeaderChanges(t *testing.T) {
	h := Header{{"X-A", "1"}, {"X-B", "2"}, {"x-a", "3"}, {"X-C", "4"}}
	for name, tt := range map[string]struct {
		change func(*Header)
		want   Header
	}{
		"set":            {func(h *Header) { h.Set("x-A", "9") }, Header{{"X-A", "9"}, {"X-B", "2"}, {"X-C", "4"}}},
		"set the second": {func(h *Header) { h.Set("x-b", "9") }, Header{{"X-A", "1"}, {"X-B", "9"}, {"x-a", "3"}, {"X-C", "4"}}},
		"set a new one":  {func(h *Header) { h.Set("X-D", "9") }, append(h.Clone(), Field{"X-D", "9"})},
		"add":            {func(h *Header) { h.Add("X-A", "9") }, append(h.Clone(), Field{"X-A", "9"})},
		"del":            {func(h *Header) { h.Del("x-A") }, Header{{"X-B", "2"}, {"X-C", "4"}}},
		"del nothing":    {func(h *Header) { h.Del("X-D") }, h.Clone()},
	} {
		before, got := h.Clone(), h
		tt.change(&got)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
		if diff := cmp.Diff(before, h); diff != "" {
			t.Errorf("%s changes what it was made of:\n%s", name, diff)
		}
	}
}

func TestHeaderJSON(t *testing.T) {
	for text, want := range map[string]Header{
		`[["X-A","1"],["x-a","<2>"]]`:            {{"X-A", "1"}, {"x-a", "<2>"}},
		`[]`:                                     {},
		`null`:                                   nil,
		` {"B": "1", "A": ["2", "3"], "C": []} `: {{"B", "1"}, {"A", "2"}, {"A", "3"}},
		`{"A":"1","a":"2"}`:                      {{"A", "1"}, {"a", "2"}},
		`{}`:                                     nil,
		`[["Content-Type","text/plain; a=\"b\""]]`: {{"Content-Type", `text/plain; a="b"`}},
	} {
		var got Header
		if err := json.Unmarshal([]byte(text), &got); err != nil || len(got) != len(want) || len(want) > 0 && !cmp.Equal(got, want) {
			t.Errorf("%s is %q, %v", text, got, err)
		}
		written, err := got.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		var again Header
		if err := json.Unmarshal(written, &again); err != nil || !cmp.Equal([]Field(got), []Field(again)) && len(got)+len(again) > 0 {
			t.Errorf("%q is written as %s, which is %q, %v", got, written, again, err)
		}
	}
	if text, err := (Header{{"A", "<&>"}}).MarshalJSON(); string(text) != `[["A","<&>"]]` || err != nil {
		t.Errorf("%s, %v", text, err)
	}
	for text, want := range map[string]string{
		`[["A"]]`: `header 1 must be a ["Name","value"] pair`, `[["A","1"],["B","2","3"]]`: `header 2 must be`,
		`"A: 1"`: "must be a list", `[["A",1]]`: "must be a list", `{"A": 1}`: `header "A" must be`, `{"A": [1]}`: `header "A" must be`,
	} {
		var h Header
		if err := json.Unmarshal([]byte(text), &h); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
