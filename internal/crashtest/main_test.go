//go:build unix

// Package crashtest holds whk's promises against whole processes: listeners are
// killed, stopped, starved of disk and sent what strangers send, and what they
// acknowledged is compared with what is kept. It has tests only.
package crashtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/whk-cli/whk/cmd"
)

// program is whk as people run it. The race detector, which would make every
// start slow, is in the one that [home.checked] selects.
var program string

// TestMain builds whk once. Started under the name whk, this binary is whk
// itself, with whatever it was compiled with.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "whk" {
		os.Exit(cmd.Main())
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "whk")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "whk")
	build := exec.Command("go", "build", "-o", program, "github.com/whk-cli/whk")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}
