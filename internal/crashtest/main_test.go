//go:build unix

// Package crashtest holds whk's promises against whole processes: listeners are
// killed, stopped, starved of disk and sent what strangers send, and what they
// acknowledged is compared with what is kept. It has tests only.
package crashtest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/whk-cli/whk/cmd"
)

// TestMain makes this binary whk when it is started under that name, so that
// the processes are of this build, the race detector included.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "whk" {
		os.Exit(cmd.Main())
	}
	os.Exit(m.Run())
}
