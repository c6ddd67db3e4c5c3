//go:build unix

package store

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// stranger reads the store of dir in a process that may write nothing there. Root may
// write everywhere, and is somebody else for that.
func stranger(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	c := child(t, "read", dir)
	if os.Geteuid() != 0 {
		return c
	}
	place, err := os.MkdirTemp("", "whk-reader")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(place) })
	program := filepath.Join(place, "reader")
	if err := copyFile(c.Path, program); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{place, program} {
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	c.Path, c.Args[0] = program, program
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534, NoSetGroups: true}}
	return c
}

// modes gives all of dir a mode, folders another one.
func modes(t *testing.T, dir string, folders, files fs.FileMode) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() {
			return os.Chmod(path, folders)
		}
		return os.Chmod(path, files)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A store is read where nothing can be written, but not past a log that has some of
// it.
func TestReadOnlyDirectory(t *testing.T) {
	dir, err := os.MkdirTemp("", "whk-sealed") // t.TempDir's parent is closed to others
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { modes(t, dir, 0o755, 0o644); os.RemoveAll(dir) })
	writeTogether(t, dir, 1, 20)
	for _, tt := range []struct{ name, log, out, err string }{
		{"no log", "none", "read 20\n", ""},
		{"an empty log", "", "read 20\n", ""},
		{"a log", "what came last", "", "what was captured last is still in its log, deliveries.db-wal"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			modes(t, dir, 0o755, 0o644)
			if tt.log != "none" {
				if err := os.WriteFile(filepath.Join(dir, databaseName+"-wal"), []byte(tt.log), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			modes(t, dir, 0o555, 0o444)
			var errs bytes.Buffer
			c := stranger(t, dir)
			c.Stderr = &errs
			out, err := c.Output()
			if string(out) != tt.out || (err == nil) != (tt.err == "") || !strings.Contains(errs.String(), tt.err) {
				t.Errorf("%q, %v: %s", out, err, errs.String())
			}
		})
	}
}
