package diagnosis

import (
	"strings"
	"testing"
)

// A body tells the language that printed it, where one prints so.
func TestRawBodies(t *testing.T) {
	for body, want := range map[string]string{
		`{"a": 1, "b": "x"}`:                "Django: request.body",
		`{"u":"https:\/\/e.com"}`:           "php://input",
		"{\n  \"a\" : 1\n}":                 "Spring: @RequestBody",
		"{\r\n  \"a\": 1\r\n}":              "EnableBuffering",
		`{"a":"\u0022x\u002B"}`:             "EnableBuffering",
		`{"a":1}`:                           "Express: express.raw()",
		"{\n  \"a\": 1,\n  \"b\": \"x\"\n}": "Express: express.raw()",
	} {
		if got := rawBodies([]byte(body)); !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", body, got, want)
		}
	}
}
