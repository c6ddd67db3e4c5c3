package cmd

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/ui"
)

func newProvidersLintCmd(app *App, run func(*cobra.Command, *App, string) error) *cobra.Command {
	return &cobra.Command{
		Use:   "lint {<directory> | <name>}",
		Short: "Look for mistakes in a provider",
		Long: `lint reads a provider's folder with all its variants, and then uses it: it makes
a secret, signs every sample and judges it, as sent, changed, and under another
secret; without samples it does so with an empty object. It prints a line for each
mistake; the exit code is then 4.`,
		Example: `  # one of those that whk knows, of this project, or of your own
  whk providers lint saas

  # a folder, wherever it is
  whk providers new acme && whk providers lint .whk/providers/acme`,
		Annotations:       map[string]string{needsConfig: ""},
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: app.completeProviders,
		RunE:              func(cmd *cobra.Command, args []string) error { return run(cmd, app, args[0]) },
	}
}

// fault is something that is wrong with a provider.
type fault struct {
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Message string `json:"message"`
}

func (f fault) String() string {
	switch {
	case f.File == "":
		return f.Message
	case f.Line == 0:
		return f.File + ": " + f.Message
	}
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Message)
}

type lintJSON struct {
	Provider string   `json:"provider"`
	Variants []string `json:"variants"`
	Events   int      `json:"events"` // samples that were signed and judged
	Flows    int      `json:"flows"`  // flows whose steps were made
	Faults   []fault  `json:"faults"`
}

// linter collects what is wrong with one provider.
type linter struct {
	app    *App
	name   string
	result lintJSON
}

func runProvidersLint(_ *cobra.Command, app *App, arg string) error {
	name, err := app.lintTarget(arg)
	if err != nil {
		return err
	}
	l := &linter{app: app, name: name, result: lintJSON{Provider: name, Variants: []string{}, Faults: []fault{}}}
	if err := l.run(); err != nil {
		return err
	}
	if err := l.print(); err != nil {
		return err
	}
	if len(l.result.Faults) > 0 {
		return ended(exitUnwanted)
	}
	return nil
}

// lintTarget makes a folder loadable and returns its provider's name. A word
// that is not a directory is a provider's name.
func (app *App) lintTarget(arg string) (string, error) {
	dir := app.path(arg)
	if filepath.Base(dir) == "provider.yaml" {
		dir, arg = filepath.Dir(dir), filepath.Dir(arg)
	}
	_, err := os.Stat(filepath.Join(dir, "provider.yaml"))
	if err != nil && !strings.ContainsAny(arg, `/\.`) && !isDirectory(dir) {
		if app.providers().Has(arg) {
			app.providers().Check = true
			return arg, nil
		}
		_, err := app.loadProvider(providerFlags{Provider: arg})
		return "", err // it is unknown; the error names near ones
	}
	if err != nil {
		return "", failed(fmt.Errorf("%s: no provider.yaml there", arg), "whk providers new acme   begins one")
	}
	parent, name := filepath.Split(filepath.Clean(dir))
	app.held.registry = provider.NewRegistry(provider.Source{FS: os.DirFS(parent), Origin: provider.User, Trusted: true, Path: filepath.Dir(filepath.Clean(arg))})
	return name, nil
}

func isDirectory(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func (l *linter) run() error {
	p, err := l.app.providers().Load(l.name)
	if err != nil {
		return l.unloadable(err)
	}
	l.provider(p)
	for _, variant := range p.VariantNames() {
		l.result.Variants = append(l.result.Variants, variant)
		v, err := l.app.providers().Load(l.name, variant)
		if err != nil {
			if err := l.unloadable(err); err != nil {
				return err
			}
			continue
		}
		l.samples(v, variant)
	}
	l.samples(p, "")
	l.flows(p)
	return nil
}

// unloadable notes a fault where the file is wrong, and returns any other
// error.
func (l *linter) unloadable(err error) error {
	var file *provider.FileError
	if !errors.As(err, &file) {
		return failed(err)
	}
	l.result.Faults = append(l.result.Faults, fault{file.File, file.Line, file.Msg})
	return nil
}

func (l *linter) fault(p *provider.Provider, format string, args ...any) {
	file := p.Path() + "/provider.yaml"
	message := fmt.Sprintf(format, args...)
	if !slices.ContainsFunc(l.result.Faults, func(f fault) bool { return f.Message == message }) {
		l.result.Faults = append(l.result.Faults, fault{File: file, Message: message})
	}
}

// provider checks what the file says, before anything is signed.
func (l *linter) provider(p *provider.Provider) {
	types := p.EventTypes()
	if len(types) == 0 {
		l.app.note("there is no sample, so --data is needed to trigger anything: put one into %s/events/<EventType>.json", p.Path())
	}
	have := func(name string) bool {
		return slices.ContainsFunc(types, func(e provider.EventType) bool { return e.Name == name })
	}
	for _, name := range slices.Sorted(maps.Keys(p.Events)) {
		if !have(name) {
			l.fault(p, "events has %q, and there is no sample of it", name)
		}
	}
	if p.Example != "" && !have(p.Example) {
		l.fault(p, "example is %q, and there is no sample of it", p.Example)
	}
	if p.Title == "" {
		l.fault(p, "title is missing: the name for people")
	}
}

func (l *linter) print() error {
	if l.app.global.JSON {
		return ui.JSON(l.app.IO.Out, l.result)
	}
	for _, f := range l.result.Faults {
		if _, err := fmt.Fprintln(l.app.IO.Out, ui.Safe(f.String())); err != nil {
			return err
		}
	}
	if len(l.result.Faults) == 0 {
		l.app.note("%s: nothing is wrong; samples that were signed and judged: %d", l.name, l.result.Events)
	}
	return nil
}
