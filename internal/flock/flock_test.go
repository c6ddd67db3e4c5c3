package flock_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/whk-cli/whk/internal/flock"
)

// One of two open files has the lock; it passes on when that gives it back, or
// is closed.
func TestLock(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lock")
	open := func() *os.File {
		f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	first, second := open(), open()
	if err := flock.Lock(first); err != nil {
		t.Fatal(err)
	}
	if err := flock.TryLock(second); !errors.Is(err, flock.ErrLocked) {
		t.Errorf("while another has it: %v", err)
	}
	if err := flock.Unlock(first); err != nil {
		t.Fatal(err)
	}
	if err := flock.TryLock(second); err != nil {
		t.Errorf("after it was given back: %v", err)
	}
	got := make(chan error)
	go func() { got <- flock.Lock(first) }()
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-got; err != nil {
		t.Errorf("after the file was closed: %v", err)
	}
}
