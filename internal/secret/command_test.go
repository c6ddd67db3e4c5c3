package secret

import (
	"slices"
	"strings"
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

// A command line is words, and words make a command line again.
func FuzzSplit(f *testing.F) {
	for _, seed := range []string{"pass show saas", `op read "op://a b/c"`, `'a''b' \ c`, `"\"\\x"`, "''", " ", `a\`, "a'", "a\nb"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		words, err := split(line)
		if err != nil {
			return
		}
		if len(words) == 0 || words[0] == "" {
			t.Fatalf("%q names no command: %q", line, words)
		}
		var quoted []string
		for _, word := range words {
			quoted = append(quoted, `"`+strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(word)+`"`)
		}
		if again, err := split(strings.Join(quoted, " ")); err != nil || !slices.Equal(again, words) {
			t.Errorf("%q is %q, and then %q: %v", line, words, again, err)
		}
	})
}
