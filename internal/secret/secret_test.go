package secret_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/whk-cli/whk/internal/secret"
	"github.com/whk-cli/whk/internal/statedir"
)

// long makes a secret that is not warned of.
func long(name string) string { return name + strings.Repeat("-", 32) }

func env(vars map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := vars[name]; return v, ok }
}

// finder finds in nothing but what the test adds.
func finder(t *testing.T) *secret.Finder {
	state := filepath.Join(t.TempDir(), "whk")
	return &secret.Finder{
		LookupEnv: env(nil),
		Stdin:     strings.NewReader(""),
		State:     func() (*statedir.Dir, error) { return statedir.Open(state, nil) },
	}
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func find(t *testing.T, f *secret.Finder, q secret.Query) secret.Found {
	t.Helper()
	found, err := f.Find(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func texts(found secret.Found) []string {
	var all []string
	for _, s := range found.Secrets {
		all = append(all, string(s.Bytes()))
	}
	return all
}

// Each step adds a source that goes before those that are there already.
func TestOrder(t *testing.T) {
	vars := map[string]string{}
	q := secret.Query{Provider: "cloudblue-connect"}
	var given []secret.Source
	var accepted []string
	check := func(want, source string) {
		t.Helper()
		f := finder(t)
		f.Given, f.LookupEnv = given, env(vars)
		f.Accepted = func(string) ([]string, error) { return accepted, nil }
		found := find(t, f, q)
		if got := texts(found); !slices.Equal(got, []string{long(want)}) {
			t.Errorf("got %q, want %q", got, want)
		}
		if !strings.Contains(found.Source, source) {
			t.Errorf("source is %q, want %q in it", found.Source, source)
		}
		if found.Development != (want == "development") {
			t.Errorf("%s: development is %v", want, found.Development)
		}
	}
	if _, err := finder(t).Find(t.Context(), q); !errors.Is(err, secret.ErrNone) {
		t.Errorf("with no source: %v", err)
	}
	q.Development = func() ([]byte, error) { return []byte(long("development")), nil }
	check("development", "development secret")
	accepted = []string{long("newest"), long("older")}
	f := finder(t)
	f.Accepted = func(string) ([]string, error) { return accepted, nil }
	if found := find(t, f, q); !slices.Equal(texts(found), accepted) || found.Development || found.Source != "the accepted secret" {
		t.Errorf("accepted: %v", found)
	}
	vars["WHK_SECRET"] = long("any")
	check("any", "WHK_SECRET")
	q.Refs = []secret.Ref{{Kind: "file", Value: "key.txt", Dir: filepath.Dir(write(t, long("config")+"\n")), Origin: "c.yaml:3"}}
	check("config", "file:key.txt (c.yaml:3)")
	vars["WHK_SECRET_CLOUDBLUE_CONNECT"] = long("provider")
	check("provider", "WHK_SECRET_CLOUDBLUE_CONNECT")
	vars["WHK_SECRET_ENV"], vars["OWN"] = "OWN", long("own")
	check("own", "WHK_SECRET_ENV")
	given = []secret.Source{{Kind: "value", Value: long("flag")}}
	check("flag", "--secret")
}

func TestSeveralInOrder(t *testing.T) {
	f := finder(t)
	f.LookupEnv = env(map[string]string{"B": long("b")})
	f.Stdin = strings.NewReader(long("d") + "\r\n")
	path := write(t, long("a"))
	f.Given = []secret.Source{{Kind: "file", Value: path}, {Kind: "env", Value: "B"}, {Kind: "value", Value: long("c")}, {Kind: "file", Value: "-"}}
	want := []string{long("a"), long("b"), long("c"), long("d")}
	for _, provider := range []string{"saas", "rosaas"} { // standard input is read once
		if got := texts(find(t, f, secret.Query{Provider: provider})); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestOneLineBreakIsCut(t *testing.T) {
	base := long("s")
	for text, want := range map[string]string{
		base:               base,
		base + "\n":        base,
		base + "\r\n":      base,
		base + "\n\n":      base + "\n",
		base + "\r":        base + "\r",
		" " + base + " \n": " " + base + " ",
		base + "\x00\n":    base + "\x00",
	} {
		f := finder(t)
		f.Given = []secret.Source{{Kind: "file", Value: write(t, text)}}
		if got := texts(find(t, f, secret.Query{})); got[0] != want {
			t.Errorf("%q gives %q, want %q", text, got[0], want)
		}
		f = finder(t)
		f.LookupEnv = env(map[string]string{"WHK_SECRET": text})
		if got := texts(find(t, f, secret.Query{})); got[0] != text {
			t.Errorf("the variable %q gives %q", text, got[0])
		}
	}
}

// A source that is named but gives nothing never falls through to the next one.
func TestNeverFallsThrough(t *testing.T) {
	dir := t.TempDir()
	tests := []struct {
		name  string
		given []secret.Source
		vars  map[string]string
		refs  []secret.Ref
		want  string
	}{
		{"empty flag", []secret.Source{{Kind: "value"}}, nil, nil, "--secret: is empty"},
		{"empty name of a file", []secret.Source{{Kind: "file"}}, nil, nil, "--secret-file: is empty"},
		{"empty name of a variable", []secret.Source{{Kind: "env"}}, nil, nil, "--secret-env: is empty"},
		{"missing file", []secret.Source{{Kind: "file", Value: "no"}}, nil, nil, "--secret-file no: no such file"},
		{"directory", []secret.Source{{Kind: "file", Value: dir}}, nil, nil, "is a directory"},
		{"empty file", []secret.Source{{Kind: "file", Value: write(t, "")}}, nil, nil, "is empty"},
		{"line break only", []secret.Source{{Kind: "file", Value: write(t, "\r\n")}}, nil, nil, "is empty"},
		{"huge file", []secret.Source{{Kind: "file", Value: write(t, strings.Repeat("x", 64<<10+1))}}, nil, nil, "larger than 64 KiB"},
		{"empty standard input", []secret.Source{{Kind: "file", Value: "-"}}, nil, nil, "standard input: is empty"},
		{"unset variable", []secret.Source{{Kind: "env", Value: "NO"}}, nil, nil, `--secret-env NO: the environment has no variable "NO"`},
		{"empty variable", []secret.Source{{Kind: "env", Value: "E"}}, map[string]string{"E": ""}, nil, "--secret-env E: is empty"},
		{"second of two", []secret.Source{{Kind: "value", Value: "x"}, {Kind: "file", Value: "no"}}, nil, nil, "--secret-file no"},
		{"empty file's variable", nil, map[string]string{"WHK_SECRET_FILE": ""}, nil, "WHK_SECRET_FILE: is empty"},
		{"empty provider's variable", nil, map[string]string{"WHK_SECRET_SAAS": ""}, nil, "WHK_SECRET_SAAS: is empty"},
		{"empty variable for all", nil, map[string]string{"WHK_SECRET": ""}, nil, "WHK_SECRET: is empty"},
		{"unset reference", nil, nil, []secret.Ref{{Kind: "env", Value: "NO", Origin: "c:1"}}, "env:NO (c:1)"},
		{"missing reference", nil, nil, []secret.Ref{{Kind: "file", Value: "no", Dir: dir, Origin: "c:1"}}, "file:no (c:1)"},
		{"unknown reference", nil, nil, []secret.Ref{{Kind: "vault", Value: "no", Origin: "c:1"}}, "unknown kind"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			vars := map[string]string{"WHK_SECRET": long("other")}
			if tt.given != nil {
				vars["WHK_SECRET_SAAS"] = long("other")
			}
			maps.Copy(vars, tt.vars)
			f := finder(t)
			f.Given, f.LookupEnv = tt.given, env(vars)
			found, err := f.Find(t.Context(), secret.Query{
				Provider: "saas", Refs: tt.refs,
				Development: func() ([]byte, error) { t.Error("a development secret was made"); return nil, nil },
			})
			var e *secret.Error
			if !errors.As(err, &e) || len(found.Secrets) > 0 {
				t.Fatalf("got %v, %v; want an error about the source", found, err)
			}
			if !strings.Contains(e.Error(), tt.want) {
				t.Errorf("says %q, want %q in it", e.Error(), tt.want)
			}
		})
	}
}

func TestReferenceStaysInRoot(t *testing.T) {
	project := t.TempDir()
	outside := write(t, long("outside"))
	if err := os.Symlink(outside, filepath.Join(project, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(project, "key"), []byte(long("inside")), 0o600); err != nil {
		t.Fatal(err)
	}
	up, err := filepath.Rel(project, outside)
	if err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string]bool{"key": true, filepath.Join(project, "key"): true, "link": false, up: false, outside: false} {
		q := secret.Query{Refs: []secret.Ref{{Kind: "file", Value: value, Dir: project, Root: project}}}
		found, err := finder(t).Find(t.Context(), q)
		if (err == nil) != want {
			t.Errorf("%s gives %v, %v", value, found, err)
		}
	}
}

func TestWarnings(t *testing.T) {
	for name, tt := range map[string]struct {
		source secret.Source
		want   []string
	}{
		"none":        {secret.Source{Kind: "env", Value: "LONG"}, nil},
		"short":       {secret.Source{Kind: "env", Value: "SHORT"}, []string{"short: 5 bytes"}},
		"white space": {secret.Source{Kind: "env", Value: "SPACE"}, []string{"white space"}},
		"byte order":  {secret.Source{Kind: "env", Value: "BOM"}, []string{"byte order mark"}},
		"on the line": {secret.Source{Kind: "value", Value: long("LONG")}, []string{"process lists"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := finder(t)
			f.Given = []secret.Source{tt.source}
			f.LookupEnv = env(map[string]string{"LONG": long("a"), "SHORT": "hello", "SPACE": long("a") + " ", "BOM": "\ufeff" + long("a")})
			got := find(t, f, secret.Query{}).Warnings
			if len(got) != len(tt.want) {
				t.Fatalf("warnings are %q, want %q", got, tt.want)
			}
			for i, want := range tt.want {
				if !strings.Contains(got[i], want) {
					t.Errorf("warning is %q, want %q in it", got[i], want)
				}
			}
		})
	}
}

// Nothing that a finder gives away about a secret, but the secret, holds it.
func TestNothingPrintsSecrets(t *testing.T) {
	f := finder(t)
	f.Given = []secret.Source{{Kind: "value", Value: "hunter2 "}}
	found := find(t, f, secret.Query{})
	if text := fmt.Sprintf("%v %+v %#v", found, found, found); strings.Contains(text, "hunter2") {
		t.Errorf("prints %s", text)
	}
}

func TestDevelopmentSecret(t *testing.T) {
	f := finder(t)
	made := 0
	q := secret.Query{Provider: "saas", Development: func() ([]byte, error) { made++; return fmt.Appendf(nil, "%d", made), nil }}
	for range 2 {
		if found := find(t, f, q); !found.Development || !slices.Equal(texts(found), []string{"1"}) || found.Warnings != nil {
			t.Errorf("got %q, %+v", texts(found), found)
		}
	}
	q.Provider = "rosaas"
	if got := texts(find(t, f, q)); !slices.Equal(got, []string{"2"}) {
		t.Errorf("another provider got %q", got)
	}
	for _, name := range []string{"", "..", ".x", "a/b", `a\b`} {
		q.Provider = name
		if _, err := f.Find(t.Context(), q); !errors.Is(err, secret.ErrNone) {
			t.Errorf("provider %q: %v", name, err)
		}
	}
	broken := errors.New("no randomness")
	q = secret.Query{Provider: "machnet", Development: func() ([]byte, error) { return nil, broken }}
	if _, err := f.Find(t.Context(), q); !errors.Is(err, broken) {
		t.Errorf("error is %v", err)
	}
	q.Development = func() ([]byte, error) { return nil, nil }
	if found, err := f.Find(t.Context(), q); err == nil {
		t.Errorf("an empty secret was taken: %v", found)
	}
}

func TestStateIsNotOpenedWithoutNeed(t *testing.T) {
	f := finder(t)
	f.LookupEnv = env(map[string]string{"WHK_SECRET": long("a")})
	f.State = func() (*statedir.Dir, error) { t.Error("opened"); return nil, io.ErrUnexpectedEOF }
	find(t, f, secret.Query{Provider: "saas", Development: func() ([]byte, error) { return nil, nil }})
}

func TestConcurrentFinds(t *testing.T) {
	f := finder(t)
	f.Given = []secret.Source{{Kind: "file", Value: "-"}}
	f.Stdin = strings.NewReader(long("a"))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if found, err := f.Find(t.Context(), secret.Query{}); err != nil || !slices.Equal(texts(found), []string{long("a")}) {
				t.Errorf("got %v, %v", found, err)
			}
		})
	}
	wg.Wait()
}

func TestBlockedReadEndsWithContext(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close()
	f := finder(t)
	f.Given, f.Stdin = []secret.Source{{Kind: "file", Value: "-"}}, r
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Find(ctx, secret.Query{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

func TestEnvName(t *testing.T) {
	for provider, want := range map[string]string{"saas": "WHK_SECRET_SAAS", "cloudblue-connect": "WHK_SECRET_CLOUDBLUE_CONNECT", "": "", "file": "", "env": ""} {
		if got := secret.EnvName(provider); got != want {
			t.Errorf("%q gives %q, want %q", provider, got, want)
		}
	}
}

// What is as long as the provider's own secrets is not too short.
func TestShortAsUsual(t *testing.T) {
	f := &secret.Finder{
		Given:     []secret.Source{{Kind: secret.KindEnv, Value: "KEY"}},
		LookupEnv: func(string) (string, bool) { return "twenty-two-characters!", true },
	}
	for usual, want := range map[int]int{0: 1, 22: 0, 23: 1, 64: 1} {
		found, err := f.Find(context.Background(), secret.Query{Provider: "acme", Usual: usual})
		if err != nil || len(found.Warnings) != want {
			t.Errorf("where %d are usual: %q, %v, want %d warnings", usual, found.Warnings, err, want)
		}
	}
}

func ExampleFinder_Find() {
	f := &secret.Finder{
		Given:     []secret.Source{{Kind: secret.KindEnv, Value: "KEY"}},
		LookupEnv: func(string) (string, bool) { return "hunter2", true },
	}
	found, err := f.Find(context.Background(), secret.Query{Provider: "saas"})
	fmt.Println(found.Secrets, found.Source, err)
	fmt.Println(found.Warnings[0])
	// Output:
	// [[secret f52f]] --secret-env KEY <nil>
	// --secret-env KEY: the secret is short: 7 bytes, where 24 are the least to be safe
}
