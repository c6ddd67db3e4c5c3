package cmd_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func mkdirPrivate(dir string) error { return os.MkdirAll(dir, 0o700) }

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := mkdirPrivate(filepath.Dir(name)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func wantNoFile(t *testing.T, name string) {
	t.Helper()
	if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is there (%v)", name, err)
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
