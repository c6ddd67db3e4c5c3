package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whk-cli/whk/internal/config"
)

// world is a home with a project in it.
type world struct {
	home, project string
	opts          config.Options
}

var known = map[string][]string{
	"listen":       {"to", "header", "tolerance", "provider", "timeout", "insecure-tls", "strict", "json", "respond-body", "script"},
	"trigger":      {"to", "header", "provider", "endpoint", "data"},
	"endpoint add": {"description"},
}

// newWorld makes the files named by their paths below the home.
func newWorld(t *testing.T, files map[string]string) *world {
	t.Helper()
	home, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w := &world{home: home, project: filepath.Join(home, "project")}
	mkdir(t, w.project)
	for name, text := range files {
		w.write(t, name, text)
	}
	w.opts = config.Options{
		Dir: w.project, GOOS: "linux", Flags: func() map[string][]string { return known },
		Getenv: func(name string) string { return map[string]string{"HOME": home}[name] },
	}
	return w
}

const userConfig = ".config/whk/config.yaml"

func (w *world) path(name string) string { return filepath.Join(w.home, filepath.FromSlash(name)) }

func (w *world) write(t *testing.T, name, text string) {
	t.Helper()
	path := w.path(name)
	mkdir(t, filepath.Dir(path))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (w *world) load(t *testing.T) *config.Config {
	t.Helper()
	c, err := config.Load(w.opts)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func mkdir(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(path, 0o700); err != nil {
		t.Fatal(err)
	}
}

// refusal loads the configuration, which must not work.
func refusal(t *testing.T, opts config.Options) *config.Error {
	t.Helper()
	c, err := config.Load(opts)
	var e *config.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %+v, %v; want an error of the configuration", c, err)
	}
	if strings.Contains(e.Error(), "\n") {
		t.Errorf("%q is more than one line", e.Error())
	}
	return e
}

func TestLoadNothing(t *testing.T) {
	w := newWorld(t, nil)
	c := w.load(t)
	if c.ProjectDir != "" || c.Trusted || len(c.Files)+len(c.Providers)+len(c.Warnings) > 0 {
		t.Errorf("got %+v", c)
	}
	if want := w.path(".config/whk/providers"); c.UserProviders != want {
		t.Errorf("the user's providers are in %q, want %q", c.UserProviders, want)
	}
}

func TestLoadWithoutHome(t *testing.T) {
	w := newWorld(t, map[string]string{"project/.whk.yaml": "provider: saas\n"})
	w.opts.Getenv = func(string) string { return "" }
	if c := w.load(t); c.UserProviders != "" || c.ProjectDir != w.project {
		t.Errorf("got %+v", c)
	}
}

func TestUserFilePlaces(t *testing.T) {
	for goos, env := range map[string]map[string]string{
		"linux":   {"XDG_CONFIG_HOME": "config"},
		"darwin":  {"HOME": "", "": "Library/Application Support"},
		"windows": {"APPDATA": "config", "USERPROFILE": ""},
	} {
		t.Run(goos, func(t *testing.T) {
			w := newWorld(t, nil)
			place := "config"
			if dir, ok := env[""]; ok {
				place = dir
			}
			w.write(t, place+"/whk/config.yaml", "provider: saas\n")
			w.opts.GOOS = goos
			w.opts.Getenv = func(name string) string {
				if dir, ok := env[name]; ok {
					return w.path(dir)
				}
				return ""
			}
			if got := w.load(t).Files; !slices.Equal(got, []string{w.path(place + "/whk/config.yaml")}) {
				t.Errorf("read %q", got)
			}
		})
	}
}

func TestProvidersOfBothFiles(t *testing.T) {
	w := newWorld(t, map[string]string{
		userConfig: `providers:
  saas: {secret: "env:MINE", variant: a}
  machnet:
    secret: ["command:pass show machnet", file:~/key]
`,
		"project/.whk.yaml": "providers:\n  saas:\n    secret: [env:WHK_A, 'file:keys/a']\n",
	})
	c := w.load(t)
	user, project := w.path(userConfig), filepath.Join(w.project, ".whk.yaml")
	want := map[string]config.ProviderConfig{
		"saas": {
			Secret: []config.SecretRef{
				{Kind: "env", Value: "WHK_A", Dir: w.project, Origin: project + ":3"},
				{Kind: "file", Value: "keys/a", Dir: w.project, Root: w.project, Origin: project + ":3"},
			},
			Variant: []string{"a"},
			Origin:  config.Origin{File: project, Line: 2},
		},
		"machnet": {
			Secret: []config.SecretRef{
				{Kind: "command", Value: "pass show machnet", Dir: filepath.Dir(user), Origin: user + ":4"},
				{Kind: "file", Value: w.path("key"), Dir: filepath.Dir(user), Origin: user + ":4"},
			},
			Origin: config.Origin{File: user, Line: 3},
		},
	}
	if diff := cmp.Diff(want, c.Providers); diff != "" {
		t.Error(diff)
	}
	if want := []string{project, user}; !slices.Equal(c.Files, want) {
		t.Errorf("read %q, want %q", c.Files, want)
	}
}

func TestExplicitFile(t *testing.T) {
	w := newWorld(t, map[string]string{
		userConfig:          "providers: {machnet: {secret: env:MINE}}\n",
		"project/.whk.yaml": "providers: {saas: {secret: env:WHK_A}}\n",
		"project/ci.yaml":   "providers: {rosaas: {secret: env:ANY}}\n",
	})
	w.opts.Explicit = "ci.yaml"
	c := w.load(t)
	for name, want := range map[string]bool{"machnet": true, "saas": false, "rosaas": true} {
		if _, got := c.Providers[name]; got != want {
			t.Errorf("provider %s is there: %v", name, got)
		}
	}
	w.opts.Explicit = "none.yaml"
	if e := refusal(t, w.opts); e.File != filepath.Join(w.project, "none.yaml") {
		t.Errorf("blames %q", e.File)
	}
}

func TestBadFiles(t *testing.T) {
	const secret = "b3VyLXNlY3JldC1rZXk"
	tests := []struct {
		name, text string
		line       int
		want       string // in the message or the hint
	}{
		{"not YAML", "a: b: c\n", 0, "not valid YAML: mapping values"},
		{"not YAML further down", "json: true\nto: x\n  b: 1\n", 3, "not valid YAML"},
		{"no end of a list", "a: 1\nb: [1\nc: 2\n", 2, "not valid YAML: did not find expected ',' or ']'"},
		{"no value", "a: 1\nb: }\n", 2, "not valid YAML: did not find expected node content"},
		{"list among keys", "a: 1\n- b\n", 2, "not valid YAML: did not find expected key"},
		{"tab", "\ta: 1\n", 0, "not valid YAML"},
		{"binary", "\x00\x01", 0, "not valid YAML"},
		{"list", "- a\n", 1, "provider: NAME"},
		{"text", "saas\n", 1, "provider: NAME"},
		{"two documents", "json: true\n---\njson: false\n", 0, "more than one document"},
		{"key twice", "json: true\njson: false\n", 2, `"json" stands here again after line 1`},
		{"unknown setting", "json: true\ntolerence: 5m\n", 2, `did you mean "tolerance"?`},
		{"unknown setting of a command", "listen:\n  two: x\n", 2, `did you mean "to"?`},
		{"setting of another command", "listen:\n  endpoint: x\n", 2, `unknown setting "endpoint"`},
		{"unknown command", "lisen:\n  to: x\n", 1, `did you mean "listen"?`},
		{"unknown setting of a provider", "providers:\n  saas:\n    secrets: env:A\n", 3, `did you mean "secret"?`},
		{"a command without flags", "listen: [to]\n", 1, "retain-for: 7d"},
		{"a command as a flag", "listen: :8080\n", 1, `"listen" is a command`},
		{"no value", "listen:\n  to:\n", 2, `"to" has no value`},
		{"empty list", "listen:\n  to: []\n", 2, `"to" has no value`},
		{"too deep", "listen:\n  to: [[a]]\n", 2, "a value or a list"},
		{"alias of itself", "listen:\n  to: &x [*x]\n", 2, "a value or a list"},
		{"merge key", "listen: &l {to: a}\ntrigger:\n  <<: *l\n", 3, "plain text"},
		{"list of providers", "providers: [saas]\n", 1, "names of providers"},
		{"secret at a provider's place", "providers:\n  saas: " + secret + "\n", 2, "secret: env:VARIABLE"},
		{"literal secret", "providers:\n  saas:\n    secret: " + secret + "\n", 3, "by its place"},
		{"literal secret with a colon", "providers:\n  saas:\n    secret: 'x:" + secret + "'\n", 3, "by its place"},
		{"empty reference", "providers:\n  saas:\n    secret: 'env:'\n", 3, "nothing follows env:"},
		{"secret as a flag", "secret: " + secret + "\n", 1, "cannot be set in a file"},
		{"secret file as a flag", "secret-file: x\n", 1, "under providers"},
		{"relative trust", "trust: [a]\n", 1, "should begin with"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, map[string]string{userConfig: tt.text})
			e := refusal(t, w.opts)
			if e.File != w.path(userConfig) || tt.line > 0 && e.Line != tt.line {
				t.Errorf("blames %s:%d, want line %d", e.File, e.Line, tt.line)
			}
			text := e.Error() + "\n" + e.Hint
			if !strings.Contains(text, tt.want) {
				t.Errorf("says %q, want %q in it", text, tt.want)
			}
			if strings.Contains(text, secret) || strings.Contains(text, "unmarshal") || strings.Contains(e.Msg, "yaml: ") {
				t.Errorf("says too much: %q", text)
			}
		})
	}
}

func TestEmptyFile(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "---\n", "~\n", "listen:\n  # to: x\n"} {
		w := newWorld(t, map[string]string{userConfig: text})
		w.load(t)
	}
}

func TestDirectoryInPlaceOfFile(t *testing.T) {
	w := newWorld(t, nil)
	mkdir(t, w.path(userConfig))
	if e := refusal(t, w.opts); !strings.Contains(e.Msg, "directory") {
		t.Errorf("says %q", e.Msg)
	}
}

func TestTooLargeFile(t *testing.T) {
	w := newWorld(t, map[string]string{userConfig: strings.Repeat("#\n", 1<<20)})
	refusal(t, w.opts)
}

func FuzzLoad(f *testing.F) {
	f.Add("provider: saas\nlisten: {to: [a, b]}\n")
	f.Add("providers: {saas: {secret: [env:WHK_A, file:b], variant: x}}\n")
	f.Add("a: &x [*x]\n")
	f.Add("? [a]\n: b\n")
	f.Fuzz(func(t *testing.T, text string) {
		w := newWorld(t, map[string]string{"project/.whk.yaml": text})
		c, err := config.Load(w.opts)
		var e *config.Error
		if err != nil && !errors.As(err, &e) {
			t.Fatalf("error %v has no place", err)
		}
		if err != nil {
			return
		}
		for name, p := range c.Providers {
			for _, ref := range p.Secret {
				if ref.Kind == "command" || ref.Kind == "env" && !config.EnvAllowed(ref.Value) || ref.Kind == "file" && ref.Root == "" {
					t.Errorf("provider %s may use %+v", name, ref)
				}
			}
		}
	})
}
