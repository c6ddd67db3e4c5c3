package config_test

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/whk-cli/whk/internal/config"
)

func listenFlags() *pflag.FlagSet {
	flags := pflag.NewFlagSet("listen", pflag.ContinueOnError)
	flags.StringArray("to", []string{"default"}, "")
	flags.String("provider", "default", "")
	flags.Duration("timeout", time.Second, "")
	flags.Bool("json", false, "")
	flags.String("secret", "", "")
	flags.StringArray("secret-file", nil, "")
	flags.StringArray("header", nil, "")
	flags.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if name == "forward-to" {
			name = "to"
		}
		return pflag.NormalizedName(name)
	})
	return flags
}

// Each row adds a stronger source to the ones above it.
func TestPrecedence(t *testing.T) {
	w := newWorld(t, nil)
	env := map[string]string{}
	var args []string
	check := func(want string) {
		t.Helper()
		flags := listenFlags()
		if err := flags.Parse(args); err != nil {
			t.Fatal(err)
		}
		lookup := func(name string) (string, bool) { v, ok := env[name]; return v, ok }
		if err := w.load(t).Settle("listen", flags, lookup); err != nil {
			t.Fatal(err)
		}
		if got, _ := flags.GetString("provider"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if flags.Changed("provider") != (want != "default") {
			t.Errorf("%q counts as changed: %v", want, flags.Changed("provider"))
		}
	}
	check("default")
	w.write(t, userConfig, "provider: user\n")
	check("user")
	w.write(t, userConfig, "provider: user\nlisten: {provider: user-listen}\ntrigger: {provider: other}\n")
	check("user-listen")
	w.write(t, "project/.whk.yaml", "provider: project\n")
	check("project")
	w.write(t, "project/.whk.yaml", "listen: {provider: project-listen}\nprovider: project\n")
	check("project-listen")
	env["WHK_PROVIDER"] = ""
	check("project-listen")
	env["WHK_PROVIDER"] = "environment"
	check("environment")
	args = []string{"--provider", "flag"}
	check("flag")
}

func TestSettleValues(t *testing.T) {
	w := newWorld(t, map[string]string{userConfig: `
listen:
  to: [localhost:3000, "a=:4000"]
  header: "X-Case: KeepMe"
  timeout: 90s
  json: yes
`})
	w.opts.Flags = nil
	flags := listenFlags()
	env := map[string]string{"WHK_JSON": "true", "WHK_SECRET": "s", "WHK_SECRET_FILE": "f", "WHK_HEADER": "A: 1\nB: 2\n"}
	err := w.load(t).Settle("listen", flags, func(name string) (string, bool) { v, ok := env[name]; return v, ok })
	if err != nil {
		t.Fatal(err)
	}
	to, _ := flags.GetStringArray("to")
	if want := []string{"localhost:3000", "a=:4000"}; !slices.Equal(to, want) {
		t.Errorf("to is %q, want %q", to, want)
	}
	header, _ := flags.GetStringArray("header")
	if want := []string{"A: 1", "B: 2"}; !slices.Equal(header, want) {
		t.Errorf("header is %q, want %q", header, want)
	}
	if timeout, _ := flags.GetDuration("timeout"); timeout != 90*time.Second {
		t.Errorf("timeout is %s", timeout)
	}
	if flags.Changed("secret") || flags.Changed("secret-file") {
		t.Error("the flags about secrets were touched")
	}
}

func TestSettleRefusals(t *testing.T) {
	tests := []struct {
		name, text string
		env        map[string]string
		want       string
	}{
		{"bad value", "json: false\ntimeout: soon\n", nil, "config.yaml:2: timeout: \"soon\""},
		{"list for a single value", "provider: [a, b]\n", nil, "config.yaml:1: provider: takes one value"},
		{"bad variable", "", map[string]string{"WHK_TIMEOUT": "soon"}, "WHK_TIMEOUT: \"soon\""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, map[string]string{userConfig: tt.text})
			err := w.load(t).Settle("listen", listenFlags(), func(name string) (string, bool) { v, ok := tt.env[name]; return v, ok })
			var e *config.Error
			if !errors.As(err, &e) || !strings.Contains(filepath.ToSlash(e.Error()), tt.want) {
				t.Errorf("error is %v, want %q in it", err, tt.want)
			}
		})
	}
}

// A command that reads no files still has the environment.
func TestSettleWithoutFiles(t *testing.T) {
	flags := listenFlags()
	if err := new(config.Config).Settle("listen", flags, func(name string) (string, bool) { return "saas", name == "WHK_PROVIDER" }); err != nil {
		t.Fatal(err)
	}
	if got, _ := flags.GetString("provider"); got != "saas" {
		t.Errorf("got %q", got)
	}
}
