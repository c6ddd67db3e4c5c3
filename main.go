// Command whk fires, receives, verifies, explains and replays webhooks.
package main

import (
	"os"

	"github.com/whk-cli/whk/cmd"
)

func main() { os.Exit(cmd.Main()) }
