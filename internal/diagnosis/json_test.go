package diagnosis

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// What each language prints of one text, as its own programs do.
func TestJSONStyles(t *testing.T) {
	const src = `{"b":1.0,"a":[1e3,-0,1e21,0.0000001,1e16,12345678901234567890,1.5],"s":"é<&/\u007f\ud834\udd1e\"\n","e":{},"10":1,"2":2}`
	want := map[string]string{
		"as JSON.stringify prints it":    `{"2":2,"10":1,"b":1,"a":[1000,0,1e+21,1e-7,10000000000000000,12345678901234567000,1.5],"s":"é<&/` + "\u007f" + `𝄞\"\n","e":{}}`,
		"json.dumps prints":              `{"b": 1.0, "a": [1000.0, 0, 1e+21, 1e-07, 1e+16, 12345678901234567890, 1.5], "s": "\u00e9<&/\u007f\ud834\udd1e\"\n", "e": {}, "10": 1, "2": 2}`,
		"PHP's json_encode prints it":    `{"b":1,"a":[1000,0,1.0e+21,1.0e-7,10000000000000000,1.2345678901234567e+19,1.5],"s":"\u00e9<&\/` + "\u007f" + `\ud834\udd1e\"\n","e":{},"10":1,"2":2}`,
		"Go's json.Marshal prints a map": `{"10":1,"2":2,"a":[1000,-0,1e+21,1e-7,10000000000000000,12345678901234567000,1.5],"b":1,"e":{},"s":"é\u003c\u0026/` + "\u007f" + `𝄞\"\n"}`,
		"System.Text.Json":               `{"b":1.0,"a":[1e3,-0,1e21,0.0000001,1e16,12345678901234567890,1.5],"s":"\u00E9\u003C\u0026/\u007F\uD834\uDD1E\u0022\n","e":{},"10":1,"2":2}`,
	}
	v, ok := parseJSON([]byte(src))
	if !ok {
		t.Fatal("not parsed")
	}
	for name, text := range want {
		i := slices.IndexFunc(jsonStyles, func(st jsonStyle) bool {
			return strings.Contains(st.title+"(", name) && st.strings != nil && st.indent == ""
		})
		if i < 0 {
			t.Errorf("no style for %q", name)
			continue
		}
		if got := string(jsonStyles[i].print(&v, len(src))); got != text {
			t.Errorf("%s\n got %s\nwant %s", jsonStyles[i].title, got, text)
		}
	}
}

// Go's own printer is at hand.
func TestGoStyle(t *testing.T) {
	const src = `{"z":"<\u2028>","a":{"c":1.50,"b":[1e-9,true,null,{}]},"n":""}`
	var value any
	if err := json.Unmarshal([]byte(src), &value); err != nil {
		t.Fatal(err)
	}
	want, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	v, _ := parseJSON([]byte(src))
	for i := range jsonStyles {
		if st := &jsonStyles[i]; st.code == "json-go" {
			if got := st.print(&v, len(src)); !bytes.Equal(got, want) {
				t.Errorf("got %s, want %s", got, want)
			}
		}
	}
}

// Whatever the style, what is printed is JSON again and prints the same again;
// and the plainest style is json.Compact.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2,{"b":null}]}`, "[ ]", `"\ud834\udd1e\u0000"`, `-0.0e-0`, "[[[[[]]]]]", `{"a":1,"a":2}`, "{\"\xff\":1}", "1e999"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		v, ok := parseJSON(src)
		if !ok {
			return
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, src); err != nil {
			t.Fatal(err)
		}
		if got := (&jsonStyle{}).print(&v, len(src)); !bytes.Equal(got, compact.Bytes()) {
			t.Fatalf("got %q, want %q", got, compact.Bytes())
		}
		for i := range jsonStyles {
			st := &jsonStyles[i]
			once := st.print(&v, len(src))
			w, ok := parseJSON(once)
			if !ok {
				t.Fatalf("%s: %q is no JSON", st.title, once)
			}
			// Keys that differ in bytes that are no UTF-8 may become equal.
			// PHP makes -0 of -0.0, and 0 of -0.
			zero := strings.Contains(st.code, "php") && bytes.Contains(once, []byte("-0"))
			if twice := st.print(&w, len(once)); utf8.Valid(src) && !zero && !bytes.Equal(once, twice) {
				t.Fatalf("%s: %q, then %q", st.title, once, twice)
			}
		}
	})
}

// No change of a body touches the bytes it is made from, and none panics.
func FuzzBodyChanges(f *testing.F) {
	for _, seed := range []string{"", "a=b&c=%20", "\xff\xfe", "4\r\nabcd\r\n0\r\n\r\n", "\x1f\x8b", `"{}"`, "é", "eyJhIjoxfQ=="} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		before := bytes.Clone(src)
		for i := range byteChanges {
			byteChanges[i].apply(src)
			if !bytes.Equal(src, before) {
				t.Fatalf("%s changed its source", byteChanges[i].code)
			}
		}
	})
}

func TestDechunkNeedsWholeChunks(t *testing.T) {
	tests := map[string]string{
		"4\r\nabcd\r\n0\r\n\r\n":             "abcd",
		"1;x=y\r\na\r\n2\r\nbc\r\n0\r\n\r\n": "abc",
		"4\r\nabc":                           "",
		"0\r\n\r\n":                          "",
		"zz\r\n":                             "",
	}
	for src, want := range tests {
		if got := string(dechunk([]byte(src))); got != want {
			t.Errorf("%q: got %q, want %q", src, got, want)
		}
	}
}

func TestPieces(t *testing.T) {
	tests := map[string][]piece{
		"v0:${timestamp}:${body}": {{literal: "v0:"}, {name: "timestamp"}, {literal: ":"}, {name: "body"}},
		"$${x}${body}":            {{literal: "${x}"}, {name: "body"}},
	}
	for text, want := range tests {
		got := pieces([]string{text})
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %+v, want %+v", text, got, want)
		}
		if again := pieces(template(got)); !reflect.DeepEqual(again, want) {
			t.Errorf("%q: %+v after a round trip", text, again)
		}
	}
}
