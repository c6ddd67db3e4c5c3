package secret

import (
	"slices"
	"testing"
)

func TestSplit(t *testing.T) {
	for line, want := range map[string][]string{
		"pass show saas":            {"pass", "show", "saas"},
		"  a \t b ":                 {"a", "b"},
		`op read "op://a b/c"`:      {"op", "read", "op://a b/c"},
		`a 'b "c" \d' e`:            {"a", `b "c" \d`, "e"},
		`a "b \"c\" \\ \d"`:         {"a", `b "c" \ \d`},
		`a\ b c\'d`:                 {"a b", "c'd"},
		`a '' ""`:                   {"a", "", ""},
		`a"b"'c'd`:                  {"abcd"},
		`a $HOME ~ * ; b | c > d &`: {"a", "$HOME", "~", "*", ";", "b", "|", "c", ">", "d", "&"},
		`a \`:                       {"a", `\`},
		`a 'b`:                      nil,
		`a "b\"`:                    nil,
		``:                          nil,
		` `:                         nil,
		`'' a`:                      nil,
	} {
		got, err := split(line)
		if !slices.Equal(got, want) || (err == nil) != (want != nil) {
			t.Errorf("%s gives %q, %v; want %q", line, got, err, want)
		}
	}
}

func TestTrimLineBreak(t *testing.T) {
	for text, want := range map[string]string{"": "", "\n": "", "\r\n": "", "\r": "\r", "a\n\n": "a\n", "a\r\r\n": "a\r"} {
		if got := string(trimLineBreak([]byte(text))); got != want {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	}
}
