package cmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/whk-cli/whk/internal/config"
	"github.com/whk-cli/whk/internal/payload"
	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/secret"
	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/statedir"
)

// held is what a run finds out once and keeps.
type held struct {
	args      []string // the command line
	settled   bool
	typed     map[string]bool    // the flags on the command line, as opposed to those settled otherwise
	stop      context.CancelFunc // of Interrupted; nil when the command does without
	config    *config.Config
	preferred string // the provider that a configuration file names, as opposed to -p
	registry  *provider.Registry
	state     *statedir.Dir
	finder    *secret.Finder
	endpoint  *endpointSecrets // of --endpoint, where it has some
	lookup    sync.Mutex       // held while a secret is looked up, which deliveries that arrive together ask for
	mu        sync.Mutex       // of secrets
	secrets   []signing.Secret // those that were looked up, so that no message shows one
	warned    firsts
}

// settle gives the flags of cmd their values from the environment and, for
// commands that read them, from the configuration files; then it settles the
// colours. For a command that does not need them no files are read.
func (app *App) settle(cmd *cobra.Command) error {
	if app.held.settled {
		return nil
	}
	app.held.settled = true
	app.held.config = &config.Config{}
	if _, ok := cmd.Annotations[endsInOrder]; ok && app.Interrupted != nil {
		ctx, stop := app.Interrupted(cmd.Context())
		app.held.stop = stop
		cmd.SetContext(ctx)
	}
	flags := cmd.Flags()
	app.held.typed = map[string]bool{}
	flags.Visit(func(f *pflag.Flag) { app.held.typed[f.Name] = true })
	given := flags.Changed("provider") || app.getenv(config.EnvName("provider")) != ""
	if _, ok := cmd.Annotations[needsConfig]; ok {
		if err := app.loadConfig(); err != nil {
			return configError(err)
		}
	}
	if err := app.held.config.Settle(commandName(cmd), flags, app.ownEnv); err != nil {
		return configError(err)
	}
	if f := flags.Lookup("provider"); f != nil && !given {
		app.held.preferred = f.Value.String()
	}
	if err := app.IO.SetColor(app.global.Color, app.getenv); err != nil {
		return usageError(err, "auto is colour on a terminal and none elsewhere")
	}
	return nil
}

func (app *App) loadConfig() error {
	explicit := app.global.Config
	if explicit == "" {
		explicit = app.getenv(config.EnvName("config"))
	}
	loaded, err := config.Load(config.Options{
		Dir: app.Dir, Explicit: explicit, GOOS: runtime.GOOS, Getenv: app.getenv,
		Flags: func() map[string][]string { return flagNames(Root()) },
	})
	if err != nil {
		return err
	}
	app.held.config = loaded
	for _, w := range loaded.Warnings {
		app.warn(w)
	}
	return nil
}

func configError(err error) error {
	var e *config.Error
	switch {
	case !errors.As(err, &e):
		return usageError(err, "whk --help names the variable of each flag: --x-y is WHK_X_Y")
	case e.Hint != "":
		return usageError(err, e.Hint)
	case e.File == "":
		return usageError(err, "correct the variable, or unset it")
	}
	return usageError(err, "correct "+e.File+", or move it away")
}

// commandName is a command's name without the program's: "endpoint add".
func commandName(cmd *cobra.Command) string {
	name := cmd.Name()
	for p := cmd.Parent(); p != nil && p.HasParent(); p = p.Parent() {
		name = p.Name() + " " + name
	}
	return name
}

// flagNames lists the flags that each command has, its own and the common ones.
func flagNames(root *cobra.Command) map[string][]string {
	names := map[string][]string{}
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			key := commandName(sub)
			collect := func(f *pflag.Flag) { names[key] = append(names[key], f.Name) }
			sub.LocalFlags().VisitAll(collect)
			sub.InheritedFlags().VisitAll(collect)
			walk(sub)
		}
	}
	walk(root)
	return names
}

// config is what the files say. It is empty for commands that read none.
func (app *App) config() *config.Config {
	if app.held.config == nil {
		app.held.config = &config.Config{}
	}
	return app.held.config
}

// providers are the built-in ones, the user's and the project's.
func (app *App) providers() *provider.Registry {
	if app.held.registry != nil {
		return app.held.registry
	}
	var sources []provider.Source
	c := app.config()
	if dir := c.UserProviders; dir != "" {
		sources = append(sources, provider.Source{FS: os.DirFS(dir), Origin: provider.User, Trusted: true, Path: dir})
	}
	if dir := c.ProjectProviders; dir != "" {
		// A root follows no links that lead out of it: a project sees only its
		// own files.
		root, err := os.OpenRoot(dir)
		if err == nil {
			sources = append(sources, provider.Source{FS: root.FS(), Origin: provider.Project, Trusted: c.Trusted, Path: dir})
		} else if !errors.Is(err, fs.ErrNotExist) {
			app.warn(fmt.Sprintf("the providers in %s are left out: %v", dir, err))
		}
	}
	app.held.registry = provider.NewRegistry(sources...)
	app.held.registry.Warn = func(text string) { app.warn(text) }
	return app.held.registry
}

// state opens the state directory, and makes it when there is none.
func (app *App) state() (*statedir.Dir, error) {
	if app.held.state != nil {
		return app.held.state, nil
	}
	path, err := app.statePath()
	if err != nil {
		return nil, err
	}
	dir, err := statedir.Open(path, func(w string) { app.warn(w) })
	if err != nil {
		var e *statedir.Error
		if errors.As(err, &e) {
			return nil, failed(err, e.Hint)
		}
		return nil, failed(fmt.Errorf("open the state directory %s: %w", path, err), "name another directory with --state DIR")
	}
	app.held.state = dir
	return dir, nil
}

// statePath is where the state directory is, or would be.
func (app *App) statePath() (string, error) {
	path := app.global.State
	if path == "" {
		var err error
		if path, err = statedir.Default(app.getenv, runtime.GOOS); err != nil {
			return "", usageError(err, "name a directory with --state DIR")
		}
	}
	return app.path(path), nil
}

// generator gives samples their values; with a seed they repeat.
func (app *App) generator(seed *uint64) (*payload.Generator, error) {
	g := &payload.Generator{Now: app.Now, LookupEnv: app.sampleEnv}
	if seed != nil {
		g.Seed = payload.FixedSeed(*seed)
		return g, nil
	}
	var err error
	if g.Seed, err = payload.RandomSeed(app.Random); err != nil {
		return nil, failed(err)
	}
	return g, nil
}

// sampleEnv answers ${env:NAME}. Samples of an untrusted project see only whk's
// own variables, since the project also says where a payload goes.
func (app *App) sampleEnv(name string) (string, error) {
	c := app.config()
	if c.ProjectDir != "" && !c.Trusted && !config.EnvAllowed(name) {
		return "", errors.New("a project's samples see only variables that begin with WHK_, unless your own config lists the project under trust")
	}
	value, ok := app.LookupEnv(name)
	if !ok {
		return "", errors.New("it is not set")
	}
	return value, nil
}

// warn prints a warning unless --quiet.
func (app *App) warn(text string, hints ...string) {
	if !app.global.Quiet {
		app.IO.Warn(text, hints...)
	}
}

// warnOnce is warn for texts that would come up again and again. It is safe for
// concurrent use.
func (app *App) warnOnce(text string, hints ...string) {
	if app.held.warned.first(text) {
		app.warn(text, hints...)
	}
}

// note prints what was done besides the result, unless --quiet.
func (app *App) note(format string, args ...any) {
	if !app.global.Quiet {
		app.IO.Notef(format, args...)
	}
}

// hint prints what may be typed next, unless --quiet.
func (app *App) hint(text string) {
	if !app.global.Quiet {
		app.IO.Hint(text)
	}
}
