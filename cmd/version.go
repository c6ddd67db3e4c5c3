package cmd

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/ui"
)

// version is set by the linker in released binaries.
var version string

type versionInfo struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func newVersionCmd(app *App, run func(*App) error) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		GroupID: groupKnown,
		Short:   "Print whk's version",
		Example: `  # for a bug report
  whk version

  # for a script
  whk version --json`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return run(app) },
	}
}

func runVersion(app *App) error {
	info := currentVersion()
	if app.global.JSON {
		return ui.JSON(app.IO.Out, info)
	}
	commit := ""
	if info.Commit != "" {
		commit = info.Commit + ", "
	}
	_, err := fmt.Fprintf(app.IO.Out, "whk %s (%s%s, %s)\n", info.Version, commit, info.Go, info.Platform)
	return err
}

func currentVersion() versionInfo {
	info := versionInfo{Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return info
	}
	if info.Version == "" {
		info.Version = build.Main.Version
	}
	if info.Version == "" {
		info.Version = "(devel)"
	}
	for _, s := range build.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			info.Commit = s.Value[:12]
		}
	}
	return info
}
