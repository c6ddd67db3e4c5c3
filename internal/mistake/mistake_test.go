package mistake_test

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/whk-cli/whk/internal/mistake"
)

func TestIn(t *testing.T) {
	tests := []struct {
		name, text string
		line       int
		what       string
	}{
		{"of the scanner", "a: 1\nb: 2\nc: @\n", 3, "found character that cannot start any token"},
		{"of the scanner, a key", "a: 1\nb\nc: 3\n", 2, "could not find expected ':'"},
		{"of the parser", "a: 1\nb: [1, 2\nc: 3\n", 2, "did not find expected ',' or ']'"},
		{"of the parser, a key", "a: 1\nb:\n  c: 1\n d: 2\n", 4, "did not find expected key"},
		{"of types", "a: 1\nb: [x]\n", 2, "a text is needed, and a list stands there"},
		{"the first of several", "a: []\nb: {}\n", 1, "a whole number is needed, and a list stands there"},
		{"of a text for a number", "b: x\na: many\n", 2, "a whole number is needed, and `many` stands there"},
		{"of a text for a list", "c: x\n", 1, "a list is needed, and `x` stands there"},
		{"of a list for a mapping", "d: [1]\n", 1, "a mapping is needed, and a list stands there"},
		{"of a text for a truth", "e: perhaps\n", 1, "true or false is needed, and `perhaps` stands there"},
		{"in the first line", "a: b: c", 0, "mapping values are not allowed in this context"},
		{"no text", "a: 1\nb: \x80\n", 0, "invalid leading UTF-8 octet"},
		{"an anchor", "a: 1\nb: *none\n", 0, "unknown anchor 'none' referenced"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var v struct {
				A int
				B string
				C []string
				D struct{}
				E bool
			}
			err := yaml.Unmarshal([]byte(test.text), &v)
			if err == nil {
				t.Fatal("the YAML package takes it")
			}
			line, what := mistake.In(err)
			if line != test.line || !strings.HasPrefix(what, test.what) {
				t.Errorf("%v: line %d, %q; want line %d, %q", err, line, what, test.line, test.what)
			}
		})
	}
}
