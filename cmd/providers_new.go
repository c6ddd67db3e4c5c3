package cmd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/ui"
)

func newProvidersNewCmd(app *App, run func(*cobra.Command, *App, string) error) *cobra.Command {
	return &cobra.Command{
		Use:   "new <name>",
		Short: "Begin a provider of your own",
		Long: `new writes a provider to start from into this project: ./.whk/providers/<name>
with a commented provider.yaml and one sample. Nothing is overwritten.`,
		Example: `  # begin one, and see that its files hold together; then change them
  whk providers new acme && whk providers lint acme`,
		Annotations: map[string]string{needsConfig: ""},
		Args:        cobra.ExactArgs(1),
		RunE:        func(cmd *cobra.Command, args []string) error { return run(cmd, app, args[0]) },
	}
}

type newProviderJSON struct {
	Provider string   `json:"provider"`
	Files    []string `json:"files"`
}

func runProvidersNew(_ *cobra.Command, app *App, name string) error {
	files, err := provider.Start(name)
	if err != nil {
		return usageError(err, "whk providers new acme")
	}
	dir := filepath.Join(".whk", "providers", name)
	if app.providers().Has(name) && app.providers().Origin(name) != provider.Project {
		return usageError(fmt.Errorf("there is a provider %s already, and a project's cannot replace it", name),
			"choose another name: whk providers new my-"+name, "whk providers show "+name)
	}
	made := newProviderJSON{Provider: name}
	if err := os.MkdirAll(filepath.Join(app.Dir, dir, "events"), 0o755); err != nil {
		return failed(err)
	}
	for _, f := range files {
		// One existing file stops all of it, so that nothing is overwritten.
		if _, err := os.Lstat(filepath.Join(app.Dir, dir, f.Name)); err == nil {
			return usageError(fmt.Errorf("%s is there already", filepath.Join(dir, f.Name)), "whk providers lint "+name)
		}
	}
	for _, f := range files {
		file := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := createFile(filepath.Join(app.Dir, file), 0o644, f.Text); err != nil {
			return failed(err)
		}
		made.Files = append(made.Files, file)
	}
	if app.global.JSON {
		return ui.JSON(app.IO.Out, made)
	}
	for _, file := range made.Files {
		if _, err := fmt.Fprintln(app.IO.Out, file); err != nil {
			return err
		}
	}
	app.note("change them, then: whk providers lint %s", name)
	return nil
}

// createFile writes a file that must not exist; [fs.ErrExist] when it does.
func createFile(name string, mode fs.FileMode, content []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}
