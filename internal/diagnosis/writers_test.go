package diagnosis

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What real programs print is what the style of their name prints.
func TestWriters(t *testing.T) {
	read := func(name string) []byte {
		t.Helper()
		text, err := os.ReadFile(filepath.Join("testdata", "writers", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	tests := []struct{ file, code, from string }{
		{"go", "json-go", "input"},
		{"go-indent", "json-go-indent-2", "input"},
		{"gson-pretty", "json-gson-pretty", "input"},
		{"gson-map", "json-gson", "input"},
		{"jackson", "json-java", "input"},
		{"jackson-pretty", "json-jackson-pretty", "input"},
		{"jackson-pretty-crlf", "json-jackson-pretty-crlf", "plain"},
		{"jackson-hashmap", "json-java-hash", "input"},
		{"jsonb", "json-jsonb", "input"},
		{"newtonsoft", "json-newtonsoft", "input"},
		{"newtonsoft-indent", "json-newtonsoft-indent-2", "input"},
		{"node", "json-compact", "input"},
		{"node-indent", "json-indent-2", "input"},
		{"perl-pretty", "json-perl-pretty", "plain"},
		{"php", "json-php", "input"},
		{"php-hex", "json-php-hex", "input"},
		{"php-plain", "json-php-plain", "input"},
		{"php-pretty", "json-php-pretty", "input"},
		{"php-pretty-array", "json-php-pretty", "input"},
		{"python", "json-python", "input"},
		{"python-utf8", "json-python-utf8", "input"},
		{"python-compact", "json-python-compact", "input"},
		{"python-sorted-indent", "json-python-indent-4-sorted", "input"},
		{"rails", "json-rails", "input"},
		{"ruby", "json-ruby", "input"},
		{"ruby-pretty", "json-ruby-pretty", "input"},
		{"rust", "json-rust-sorted", "input"},
		{"rust-pretty", "json-rust-sorted-indent-2", "input"},
	}
	for _, test := range tests {
		want := read(test.file)
		v, ok := parseJSON(bytes.TrimSpace(read(test.from)))
		if !ok {
			t.Fatal("not parsed")
		}
		if bytes.Equal(want, bytes.TrimSpace(read(test.from))) {
			t.Errorf("%s is what it is printed from", test.file)
		}
		var printed []string
		for i := range jsonStyles {
			if jsonStyles[i].code == test.code {
				printed = append(printed, string(jsonStyles[i].print(&v, len(want))))
			}
		}
		if !slices.Contains(printed, string(want)) {
			t.Errorf("%s prints\n%s\nand %s is\n%s", test.file, want, test.code, strings.Join(printed, "\n"))
		}
	}
	files, err := filepath.Glob(filepath.Join("testdata", "writers", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		if name != "input" && name != "plain" && !slices.ContainsFunc(tests, func(test struct{ file, code, from string }) bool { return test.file == name }) {
			t.Errorf("%s is not tested", name)
		}
	}
}
