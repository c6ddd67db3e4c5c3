// Package cmd is whk's command line: a file for each command, which turns flags
// into options and wires the packages that do the work. It alone knows all of
// them.
package cmd

import (
	"context"
	"crypto/rand"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/whk-cli/whk/internal/ui"
)

// App is one run of whk and the outside world that it sees. Tests make their
// own.
type App struct {
	IO        *ui.Streams
	LookupEnv func(string) (string, bool)
	Now       func() time.Time
	Random    io.Reader // of secrets, ids and samples; crypto/rand.Reader but in tests
	Dir       string    // the working directory

	// Interrupted makes a context that ends when the user wants the command to
	// end; nil never does. Commands that can not be left half done do without
	// it: a signal then simply ends the process.
	Interrupted func(context.Context) (context.Context, context.CancelFunc)

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
// code.
func Main() int {
	log.SetOutput(io.Discard) // net/http tells there what strangers sent
	dir, _ := os.Getwd()      // relative paths then fail by themselves, with their names
	app := &App{IO: ui.System(), LookupEnv: os.LookupEnv, Now: time.Now, Random: rand.Reader, Dir: dir, Interrupted: interrupted}
	return Run(context.Background(), app, os.Args[1:])
}

// Run runs one command line and returns its exit code. It prints the error, as
// JSON under --json.
func Run(ctx context.Context, app *App, args []string) int {
	root := newRootCmd(app, named(args))
	root.SetArgs(args)
	app.held.args = args
	err := root.ExecuteContext(ctx)
	code := app.finish(err)
	app.held = held{} // cobra keeps what completes flags for good, and the app with it
	return code
}

// getenv is LookupEnv for callers to whom unset and empty are the same.
func (app *App) getenv(name string) string {
	value, _ := app.LookupEnv(name)
	return value
}

// interrupted ends ctx with the first SIGINT, SIGTERM or SIGHUP (the terminal
// is gone), which lets a command end in order. A second one ends the process at
// once: signals are no longer caught by the time that ctx ends, so that none is
// lost.
func interrupted(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // as nohup has it
		signal.Notify(signals, syscall.SIGHUP)
	}
	go func() {
		defer cancel()
		defer signal.Stop(signals)
		select {
		case <-signals:
		case <-ctx.Done():
			return
		}
		signal.Stop(signals)
		select {
		case second := <-signals:
			raise(second)
		default:
		}
	}()
	return ctx, cancel
}

// raise gives the process a signal that came too early to end it.
func raise(s os.Signal) {
	if self, err := os.FindProcess(os.Getpid()); err == nil {
		_ = self.Signal(s) // where that is impossible, there is no second one either
	}
}
