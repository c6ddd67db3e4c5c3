package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSearchUpwards(t *testing.T) {
	tests := []struct {
		name string
		has  []string // a name that ends in / is a directory
		want string   // below the home; "" finds nothing
	}{
		{"in place", []string{"project/a/.whk.yaml"}, "project/a"},
		{"further up", []string{"project/.whk.yaml"}, "project"},
		{"nearest", []string{"project/.whk.yaml", "project/a/.whk.yaml"}, "project/a"},
		{"by its folder", []string{"project/.whk/"}, "project"},
		{"root of the repository", []string{"project/.git/", "project/.whk.yaml"}, "project"},
		{"beyond the repository", []string{"project/a/.git/", "project/.whk.yaml"}, ""},
		{"beyond a work tree", []string{"project/a/.git", "project/.whk.yaml"}, ""},
		{"home", []string{".whk.yaml"}, "."},
		{"beyond home", []string{"../.whk.yaml"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, nil)
			home := filepath.Join(w.home, "home")
			w.home, w.project = home, filepath.Join(home, "project")
			for _, name := range append(tt.has, "project/a/b/") {
				if dir, ok := strings.CutSuffix(name, "/"); ok {
					mkdir(t, w.path(dir))
				} else {
					w.write(t, name, "")
				}
			}
			w.opts.Dir = w.path("project/a/b")
			w.opts.Getenv = func(name string) string { return map[string]string{"HOME": home}[name] }
			want := ""
			if tt.want != "" {
				want = w.path(tt.want)
			}
			if c := w.load(t); c.ProjectDir != want {
				t.Errorf("found %q, want %q", c.ProjectDir, want)
			}
		})
	}
}

func TestHostileProject(t *testing.T) {
	secret := func(ref string) string { return "providers: {saas: {secret: '" + ref + "'}}\n" }
	tests := []struct {
		name, text string
		trustable  bool // trust allows it
	}{
		{"a command to run", secret("command:touch pwned"), false},
		{"trusts itself", "trust: [/]\n", false},
		{"a variable of the user", secret("env:AWS_SECRET_ACCESS_KEY"), true},
		{"a variable in lower case", secret("env:whk_a"), true},
		{"a file of the user", secret("file:~/.ssh/id_ed25519"), true},
		{"a file by its full path", secret("file:/etc/passwd"), true},
		{"a file above", secret("file:../outside"), true},
		{"a file above, in disguise", secret("file:a/../../outside"), true},
		{"a file behind a link", secret("file:link"), true},
		{"a file in a linked directory", secret("file:dir/outside"), true},
		{"one of several", "providers: {saas: {secret: [env:WHK_A, env:HOME]}}\n", true},
		{"another host", "listen: {to: https://evil.example}\n", true},
		{"another host without scheme", "listen: {to: evil.example}\n", true},
		{"another host among others", "listen: {to: [localhost:3000, evil.example]}\n", true},
		{"another host for a pattern", "listen: {to: '*=https://evil.example'}\n", true},
		{"another host with a local user", "trigger: {to: 'localhost:3000@evil.example'}\n", true},
		{"a user at a local host", "trigger: {to: 'http://evil.example@localhost'}\n", true},
		{"another host that looks local", "trigger: {to: localhost.evil.example}\n", true},
		{"another host before a local path", "trigger: {to: 'evil.example/=localhost'}\n", true},
		{"a file to send", "trigger: {data: '@/etc/passwd'}\n", true},
		{"a file to answer with", "listen: {respond-body: '@/etc/passwd'}\n", true},
		{"an answer that leads elsewhere", "listen: {script: '503,redirect=https://evil.example'}\n", true},
		{"a saved endpoint", "trigger: {endpoint: production}\n", true},
		{"no certificate check", "insecure-tls: true\n", true},
		{"a long tolerance", "tolerance: 10000h\n", true},
		{"warnings are none", "strict: false\n", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, map[string]string{"outside": "key", "project/.whk.yaml": tt.text})
			for name, to := range map[string]string{"link": "../outside", "dir": ".."} {
				if err := os.Symlink(to, filepath.Join(w.project, name)); err != nil {
					t.Fatal(err)
				}
			}
			e := refusal(t, w.opts)
			if e.File != filepath.Join(w.project, ".whk.yaml") || e.Line != 1 || e.Hint == "" {
				t.Errorf("refuses with %+v", e)
			}
			w.write(t, userConfig, "trust: [~/project]\n")
			if tt.trustable {
				if c := w.load(t); !c.Trusted {
					t.Error("the project is not trusted")
				}
				return
			}
			refusal(t, w.opts)
		})
	}
}

func TestHarmlessProject(t *testing.T) {
	for _, text := range []string{
		"provider: saas\n",
		"strict: true\n",
		"listen: {script: '503x2,delay=6s,200'}\n",
		"listen: {to: [localhost:3000, '3000', ':3000', 'http://127.0.0.1:1/x', '[::1]:9', 'invoice.*=localhost', localhost]}\n",
		"providers: {saas: {secret: [env:WHK_SECRET_SAAS, file:keys/missing]}}\n",
	} {
		w := newWorld(t, map[string]string{"project/.whk.yaml": text})
		w.load(t)
	}
}

func TestTrustIsForOneDirectory(t *testing.T) {
	for name, tt := range map[string]struct {
		trust string
		want  bool
	}{
		"itself":     {"~/project", true},
		"by a slash": {"~/project/", true},
		"by a link":  {"~/link", true},
		"parent":     {"~/", false},
		"below":      {"~/project/a", false},
		"another":    {"~/other", false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, map[string]string{userConfig: "trust: " + tt.trust + "\n", "project/.whk.yaml": "", "project/a/x": ""})
			if err := os.Symlink(w.project, w.path("link")); err != nil {
				t.Fatal(err)
			}
			if c := w.load(t); c.Trusted != tt.want {
				t.Errorf("trusted is %v", c.Trusted)
			}
		})
	}
}
