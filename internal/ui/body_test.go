package ui

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestBody(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", "(no body)\n"},
		{"object", `{"b":1.10,"a":[1,{"x":null}],"b":1e999999,"e":{},"f":[ ],"s":"a\u0041\/"}`, `
  {
    "b": 1.10,
    "a": [
      1,
      {
        "x": null
      }
    ],
    "b": 1e999999,
    "e": {},
    "f": [],
    "s": "a\u0041\/"
  }
`},
		{"indented already", "{ \"a\" :\r\n\t12345678901234567890 }\n", `
  {
    "a": 12345678901234567890
  }
`},
		{"structure inside strings", `["{\"a\":[1,2]}","\\"]`, `
  [
    "{\"a\":[1,2]}",
    "\\"
  ]
`},
		{"scalar", ` "x" `, "  \"x\"\n"},
		{"hostile string", "[\"\u202e\x7f\u009b\"]", `
  [
    "\u202e\x7f\u009b"
  ]
`},
		{"not quite JSON", `{"a":1,}`, "  {\"a\":1,}\n"},
		{"text", "a=1&b=2\r\n\tc\x1b\n\nlast", "  a=1&b=2\\r\n  \tc\\x1b\n\n  last\n"},
		{"Latin-1 text", "caf\xe9 au lait", "  caf\\xe9 au lait\n"},
		{"binary", "\x1f\x8b\x00\xff", "  00000000  1f 8b 00 ff                                       |....|\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := string(AppendBody(nil, nil, []byte(c.in), "id")); got != strings.TrimPrefix(c.want, "\n") {
				t.Errorf("got:\n%s\nwant:\n%s", got, c.want)
			}
		})
	}
}

func TestBodyInColor(t *testing.T) {
	got := string(AppendBody(nil, NewStyler(true), []byte(`{"k":["v",1,true]}`), ""))
	want := "  {\n    \x1b[34m\"k\"\x1b[0m: [\n      \x1b[32m\"v\"\x1b[0m,\n      \x1b[35m1\x1b[0m,\n      \x1b[35mtrue\x1b[0m\n    ]\n  }\n"
	if got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestBodyIsBounded(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, c := range []struct {
		name, in string
		max      int
		note     string
	}{
		{"long list", "[" + strings.Repeat("1,", 1<<20) + "1]", MaxBody + 100, "of 2097155 bytes shown; for all of them: whk show 01k --raw > body)\n"},
		{"long string", `"` + strings.Repeat("é", 1<<20) + `"`, MaxBody + 100, "(65535 of 2097154 bytes shown"},
		{"long text", strings.Repeat("é", 1<<20), MaxBody + 100, "(65536 of 2097152 bytes shown"},
		{"deep", nested(900), MaxBody + 100, "bytes shown"},
		{"too deep", nested(5000), 11_000, "]]\n"},
		{"much too deep", nested(100_000), MaxBody + 100, "(65536 of 200000 bytes shown"},
		{"binary", strings.Repeat("\x00", 1<<20), 90 * MaxBinary / 16, "(512 of 1048576 bytes shown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := string(AppendBody(nil, nil, []byte(c.in), "01k"))
			if len(got) > c.max || !strings.Contains(got[max(0, len(got)-100):], c.note) {
				t.Errorf("%d bytes, end %q", len(got), got[max(0, len(got)-100):])
			}
			if strings.Contains(got, " \n") {
				t.Error("a line ends in blanks")
			}
		})
	}
	if got := string(AppendBody(nil, nil, []byte(nested(1001)), "")); got != "  "+nested(1001)+"\n" {
		t.Errorf("JSON deeper than the limit is not shown as it came: %.40q", got)
	}
}

func TestNoLineOfABodyPassesForOurs(t *testing.T) {
	for _, body := range []string{"\n12:03:44  ✓ authentic\n(no body)", "\x00\n12:03", `{"a":1}`, "[\n\n1\n]"} {
		for line := range strings.Lines(string(AppendBody(nil, nil, []byte(body), ""))) {
			if line != "\n" && !strings.HasPrefix(line, margin) {
				t.Errorf("body %q shows a line %q", body, line)
			}
		}
	}
}

// What is shown of JSON is the same JSON, whatever its form.
func FuzzIndent(f *testing.F) {
	f.Add([]byte(`{"a":[1,-2.50e+7,{"":[]}],"a":"\"\\"}`))
	f.Add([]byte("[ [] , {\t} ]\n"))
	f.Add([]byte(`"` + strings.Repeat("x", 70_000) + `"`))
	f.Fuzz(func(t *testing.T, src []byte) {
		AppendBody(nil, NewStyler(true), src, "")
		if !json.Valid(src) {
			return
		}
		out, shown, ok := appendIndented(nil, nil, src)
		if !ok || shown < len(src) || !clean(string(bytes.TrimSpace(src))) {
			return
		}
		var was, is bytes.Buffer
		if err := json.Compact(&was, src); err != nil {
			t.Fatal(err)
		}
		if err := json.Compact(&is, out); err != nil {
			t.Fatalf("%q shown as %q: %v", src, out, err)
		}
		if was.String() != is.String() {
			t.Fatalf("%q shown as %q", src, out)
		}
	})
}
