//go:build unix

package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/whk-cli/whk/internal/config"
)

func giveAway(t *testing.T, path string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file away")
	}
	if err := os.Lchown(path, 65534, 65534); err != nil {
		t.Fatal(err)
	}
}

func TestSearchPassesOverAnotherUsersFile(t *testing.T) {
	w := newWorld(t, map[string]string{"project/a/.whk.yaml": "json: true\n", "project/.whk.yaml": ""})
	planted := filepath.Join(w.project, "a", ".whk.yaml")
	giveAway(t, planted)
	w.opts.Dir = filepath.Join(w.project, "a")
	c := w.load(t)
	if c.ProjectDir != w.project {
		t.Errorf("found %q, want %q", c.ProjectDir, w.project)
	}
	if len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], planted) {
		t.Errorf("warnings are %q, want one that names %s", c.Warnings, planted)
	}
}

func TestAnotherUsersFileBesideOwnFolder(t *testing.T) {
	w := newWorld(t, map[string]string{"project/.whk.yaml": "listen: {to: evil.example}\n", "project/.whk/providers/x": ""})
	giveAway(t, filepath.Join(w.project, ".whk.yaml"))
	if c := w.load(t); len(c.Files) > 0 || c.ProjectProviders == "" {
		t.Errorf("read %q, providers in %q", c.Files, c.ProjectProviders)
	}
}

func TestSearchPassesOverAnotherUsersLink(t *testing.T) {
	w := newWorld(t, map[string]string{"own.yaml": "json: true\n"})
	link := filepath.Join(w.project, ".whk.yaml")
	if err := os.Symlink(w.path("own.yaml"), link); err != nil {
		t.Fatal(err)
	}
	if c := w.load(t); c.ProjectDir != w.project {
		t.Errorf("the user's own link is not followed: %+v", c)
	}
	giveAway(t, link)
	if c := w.load(t); c.ProjectDir != "" {
		t.Errorf("found %q", c.ProjectDir)
	}
}

func TestUserFileOfAnother(t *testing.T) {
	w := newWorld(t, map[string]string{userConfig: "json: true\n"})
	giveAway(t, w.path(userConfig))
	refusal(t, w.opts)
}

func TestUserFileForEverybodyToWrite(t *testing.T) {
	w := newWorld(t, map[string]string{userConfig: "json: true\n"})
	if err := os.Chmod(w.path(userConfig), 0o666); err != nil {
		t.Fatal(err)
	}
	if e := refusal(t, w.opts); !strings.Contains(e.Hint, "chmod") {
		t.Errorf("hint is %q", e.Hint)
	}
}

func TestUnreadableFile(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root reads everything")
	}
	w := newWorld(t, map[string]string{userConfig: "json: true\n"})
	if err := os.Chmod(w.path(userConfig), 0); err != nil {
		t.Fatal(err)
	}
	refusal(t, w.opts)
}

// Opening a pipe would wait for a writer that never comes.
func TestPipeInProject(t *testing.T) {
	w := newWorld(t, nil)
	if err := syscall.Mkfifo(filepath.Join(w.project, ".whk.yaml"), 0o600); err != nil {
		t.Fatal(err)
	}
	refusal(t, w.opts)
}

func TestDanglingLinkIsAnError(t *testing.T) {
	w := newWorld(t, nil)
	if err := os.Symlink("none", filepath.Join(w.project, ".whk.yaml")); err != nil {
		t.Fatal(err)
	}
	refusal(t, w.opts)
}

// Config.SecretRef's file may lie behind a link that stays inside the project.
func TestLinkInsideProject(t *testing.T) {
	w := newWorld(t, map[string]string{
		"project/keys/a":    "key",
		"project/.whk.yaml": "providers: {saas: {secret: file:link}}\n",
	})
	if err := os.Symlink("keys/a", filepath.Join(w.project, "link")); err != nil {
		t.Fatal(err)
	}
	want := config.SecretRef{Kind: "file", Value: "link", Dir: w.project, Root: w.project, Origin: filepath.Join(w.project, ".whk.yaml") + ":1"}
	if got := w.load(t).Providers["saas"].Secret; len(got) != 1 || got[0] != want {
		t.Errorf("got %+v", got)
	}
}
