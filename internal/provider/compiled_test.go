package provider

import (
	"bytes"
	"io/fs"
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.yaml.in/yaml/v3"

	"github.com/whk-cli/whk/fixtures"
)

// What is compiled is what the files say.
func TestCompiledIsFresh(t *testing.T) {
	want, err := Compile(fixtures.FS, NewRegistry().Names())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, []byte(compiled)) {
		t.Error("compiled.bin is stale: go run ./internal/gen, and commit what it writes")
	}
}

// A provider is the same, compiled or read.
func TestCompiled(t *testing.T) {
	whole := []cmp.Option{
		cmpopts.IgnoreUnexported(Provider{}), // made from the rest, later
		cmpopts.IgnoreFields(yaml.Node{}, "HeadComment", "LineComment", "FootComment"),
	}
	names := NewRegistry().Names()
	for _, name := range names {
		src := providerText(t, name)
		var read, short Provider
		if _, err := decode(src, &read, true); err != nil {
			t.Fatal(err)
		}
		if !readCompiled(name, src, &short) {
			t.Errorf("%s is not compiled", name)
		}
		if diff := cmp.Diff(&read, &short, whole...); diff != "" {
			t.Errorf("%s: read - compiled +\n%s", name, diff)
		}
	}
	if len(names) < 60 {
		t.Errorf("only %d providers", len(names))
	}
}

// A text that was changed since, and one of a name that is not compiled, are left
// to be read.
func TestCompiledOfAnotherText(t *testing.T) {
	name := NewRegistry().Names()[0]
	src := providerText(t, name)
	for what, of := range map[string]struct {
		name string
		src  []byte
	}{
		"a longer text":   {name, append(bytes.Clone(src), '\n')},
		"a changed one":   {name, bytes.Replace(src, []byte("title:"), []byte("titel:"), 1)},
		"no text":         {name, nil},
		"another name":    {"no-such-provider", src},
		"a longer name":   {name + "-2", src},
		"a shorter one":   {strings.TrimSuffix(name, name[len(name)-1:]), src},
		"an empty one":    {"", src},
		"another's text":  {name, providerText(t, NewRegistry().Names()[1])},
		"a name in bytes": {"\x00", src},
	} {
		var p Provider
		if readCompiled(of.name, of.src, &p) || p.Name != "" || p.Title != "" {
			t.Errorf("%s: read as %q", what, p.Name)
		}
	}
}

func providerText(t *testing.T, name string) []byte {
	t.Helper()
	src, err := fs.ReadFile(fixtures.FS, path.Join(name, providerFile))
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// What a provider costs, from its compiled form and as YAML.
func BenchmarkParse(b *testing.B) {
	r := NewRegistry()
	f := *r.find("github")
	for what, check := range map[string]bool{"compiled": false, "yaml": true} {
		b.Run(what, func(b *testing.B) {
			for b.Loop() {
				if _, err := parse(f, nil, check); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
