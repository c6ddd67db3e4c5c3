package cmd

import (
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"github.com/whk-cli/whk/internal/store"
)

// A disk is full where the captures are, or where the output goes.
func TestDiskHints(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{&store.DiskError{Full: true}, "free some space there"},
		{fmt.Errorf("write: %w", syscall.ENOSPC), "free some space there"},
		{&fs.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.ENOSPC}, "what is printed"},
		{&store.DiskError{ReadOnly: true}, "name another directory"},
		{fs.ErrNotExist, ""},
	} {
		if got := strings.Join(diskHints(tt.err), "\n"); !strings.HasPrefix(got, tt.want) || tt.want == "" && got != "" {
			t.Errorf("%v: hints %q, want %q", tt.err, got, tt.want)
		}
	}
}
