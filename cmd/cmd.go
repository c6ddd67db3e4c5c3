// Package cmd is whk's command line: a file for each command, which turns flags
// into options and wires the packages that do the work. It alone knows all of
// them.
package cmd

import (
	"context"
	"crypto/rand"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/whk-cli/whk/internal/ui"
)

// App is what one run of whk has of the outside world. Tests make their own.
type App struct {
	IO        *ui.Streams
	LookupEnv func(string) (string, bool)
	Now       func() time.Time
	Random    io.Reader // of secrets, ids and samples; crypto/rand.Reader but in tests
	Dir       string    // the working directory

	global globals
	held   held
}

// globals are the flags that every command has.
type globals struct {
	JSON    bool
	Color   string
	Quiet   bool
	Verbose bool
	Config  string
	State   string
}

// Main runs whk with the process's arguments and streams, and returns its exit
// code. The first SIGINT or SIGTERM lets the command end in order; a second one
// ends the process at once.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	dir, _ := os.Getwd() // relative paths then fail by themselves, with their names
	app := &App{IO: ui.System(), LookupEnv: os.LookupEnv, Now: time.Now, Random: rand.Reader, Dir: dir}
	return Run(ctx, app, os.Args[1:])
}

// Run runs one command line and returns its exit code. An error was printed by
// then, as JSON under --json.
func Run(ctx context.Context, app *App, args []string) int {
	root := newRootCmd(app)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	return app.finish(ctx, err)
}

// getenv is LookupEnv for those who do not tell unset from empty.
func (app *App) getenv(name string) string {
	value, _ := app.LookupEnv(name)
	return value
}
