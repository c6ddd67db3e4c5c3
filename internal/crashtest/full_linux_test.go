package crashtest

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// The same on a file system that is really full, until there is space again.
func TestFullDisk(t *testing.T) {
	h := newHome(t)
	small(t, h.state, 8<<20)
	ballast := filepath.Join(h.state, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 5<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	l := h.listen()
	d := newDisk(t, l)
	for d.failed < 20 && d.sent < 500 {
		d.send(1)
	}
	if d.failed < 20 || len(d.acknowledged) == 0 {
		t.Fatalf("%d kept and %d refused: the disk did not fill up", len(d.acknowledged), d.failed)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	d.whole(5)
	d.end(h)
}

// small makes a directory a file system of its own with so many bytes.
func small(t *testing.T, dir string, size int) {
	t.Helper()
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("whk", dir, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0700", size)); err != nil {
		t.Skipf("needs the right to mount a file system: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
}
