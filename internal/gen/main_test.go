package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/cmd"
)

// docs/commands is what the command tree gives.
func TestCommandPagesAreFresh(t *testing.T) {
	want, err := commands(cmd.Root())
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join("..", "..", "docs", "commands")
	for _, fault := range stale(t, dir, want) {
		t.Errorf("%s: go run ./internal/gen, and commit what it writes", fault)
	}
	if len(want) < 8 {
		t.Errorf("only %d pages", len(want))
	}
}

// stale compares a directory with what it should hold.
func stale(t *testing.T, dir string, want files) []string {
	t.Helper()
	var faults []string
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if _, ok := want[entry.Name()]; !ok {
			faults = append(faults, entry.Name()+" belongs to no command")
		}
	}
	for name, text := range want {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(got, text) {
			faults = append(faults, name+" is stale")
		}
	}
	return faults
}

func TestStale(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"same.md": "a", "changed.md": "old", "gone.md": "a"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got := stale(t, dir, files{"same.md": []byte("a"), "changed.md": []byte("new"), "missing.md": []byte("a")})
	if len(got) != 3 {
		t.Errorf("got %q, want changed, gone and missing", got)
	}
}

// Whoever generates, the bytes are the same, and nothing of theirs is in them.
func TestPagesKnowNoMachine(t *testing.T) {
	first := everything(t)
	t.Setenv("HOME", "/home/somebody-else")
	t.Setenv("XDG_STATE_HOME", "/home/somebody-else/state")
	t.Setenv("WHK_STATE", "/home/somebody-else/whk")
	t.Setenv("TZ", "Asia/Tokyo")
	t.Setenv("SOURCE_DATE_EPOCH", "1700000000")
	t.Chdir(t.TempDir())
	second := everything(t)
	if len(first) != len(second) {
		t.Fatalf("%d files, then %d", len(first), len(second))
	}
	for name, text := range first {
		if !bytes.Equal(text, second[name]) {
			t.Errorf("%s differs from run to run", name)
		}
		for _, mine := range []string{"/home/", "/root", "/tmp/", "1970", "Auto generated"} {
			if bytes.Contains(text, []byte(mine)) && strings.HasSuffix(name, ".md") {
				t.Errorf("%s holds %q", name, mine)
			}
		}
	}
}

func everything(t *testing.T) files {
	t.Helper()
	all := files{}
	for _, makes := range []func(*cobra.Command) (files, error){commands, manual, completions} {
		made, err := makes(cmd.Root())
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range made {
			if len(text) == 0 {
				t.Errorf("%s is empty", name)
			}
			all[name] = text
		}
	}
	return all
}

func TestReleaseFiles(t *testing.T) {
	dir := t.TempDir()
	left := filepath.Join(dir, "man", "whk-gone.1")
	if err := os.MkdirAll(filepath.Dir(left), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(left, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(dir, "man", "git.1")
	if err := os.WriteFile(other, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run([]string{"--release", dir}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(other); err != nil {
		t.Error("another program's page was removed")
	}
	if _, err := os.Stat(left); err == nil {
		t.Error("the page of a command that is gone was left")
	}
	for _, name := range []string{"man/whk.1", "man/whk-verify.1", "completions/_whk", "completions/whk.bash", "completions/whk.fish", "completions/whk.ps1"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	if err := run([]string{"--relaese", dir}); err == nil {
		t.Error("an unknown argument was taken")
	}
	t.Chdir(dir)
	if err := run(nil); err == nil {
		t.Error("it wrote docs outside the module")
	}
}
