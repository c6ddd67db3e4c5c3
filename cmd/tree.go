package cmd

import (
	"crypto/rand"
	"time"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/ui"
)

// Root makes the command tree for documentation and completion. It knows
// nothing of the machine: no variable, no directory, no terminal. To run a
// command line, call [Run].
func Root() *cobra.Command {
	streams, _, _ := ui.Buffers("")
	return newRootCmd(&App{
		IO:        streams,
		LookupEnv: func(string) (string, bool) { return "", false },
		Now:       time.Now,
		Random:    rand.Reader,
	}, nil)
}
