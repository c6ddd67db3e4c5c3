package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/process"
	"github.com/whk-cli/whk/internal/ui"
)

// stopTime is how long a command may take to end when it is asked to.
const stopTime = 5 * time.Second

// listenArgs takes an address, and after -- a command of any length.
func listenArgs(cmd *cobra.Command, args []string) error {
	before, command := splitCommand(cmd, args)
	if command != nil && (len(command) == 0 || command[0] == "") { // such as an empty variable
		return usageError(errors.New("no command follows --"), "whk listen -- npm test")
	}
	return cobra.MaximumNArgs(2)(cmd, before) // the second is of --compare
}

// splitCommand takes what follows -- apart; nil when there is no --.
func splitCommand(cmd *cobra.Command, args []string) (before, command []string) {
	n := cmd.ArgsLenAtDash()
	if n < 0 {
		return args, nil
	}
	return args[:n], args[n:]
}

// companion is the command that runs while the listener takes deliveries.
type companion struct {
	app      *App
	cmd      *exec.Cmd
	name     string
	group    *process.Group
	signals  chan os.Signal
	watching chan struct{} // closed when nothing is watched any more
	quit     chan struct{}
	stopped  bool // whk asked it to end without being asked itself
}

// newCompanion finds the command; nil when none is given.
func (app *App) newCompanion(opts *listenOptions) (*companion, error) {
	if len(opts.Command) == 0 {
		return nil, nil
	}
	if opts.TUI {
		return nil, usageError(errors.New("--tui takes the whole screen, and a command would write over it"), "leave --tui out, or run the command in another terminal")
	}
	c := &companion{app: app, name: filepath.Base(opts.Command[0]), watching: make(chan struct{}), quit: make(chan struct{})}
	c.cmd = exec.Command(opts.Command[0], opts.Command[1:]...)
	if c.cmd.Err != nil {
		return nil, failed(fmt.Errorf("run %s: %w", opts.Command[0], commandError(c.cmd.Err)), "name a program that can be run; a line of shell is: -- sh -c 'npm test'")
	}
	c.cmd.Dir = app.Dir
	c.cmd.Stdout, c.cmd.Stderr = app.IO.Out, app.IO.Err
	if app.global.JSON {
		c.cmd.Stdout = app.IO.Err
	}
	c.cmd.WaitDelay = stopTime // where the streams are no files, as in tests
	// A terminal stays whk's: a background process that reads from it is
	// stopped.
	if file, ok := app.IO.In.(*os.File); ok && !app.IO.InTTY && !opts.readsStdin() {
		c.cmd.Stdin = file
	}
	return c, nil
}

func commandError(err error) error {
	if e, ok := errors.AsType[*exec.Error](err); ok {
		return e.Err
	}
	return err
}

// readsStdin reports whether a flag takes standard input.
func (opts *listenOptions) readsStdin() bool {
	return opts.secretFlags.claimsStdin("-") != nil || stdinName(opts.scriptFlags.Body) == "-"
}

// environment is what the command finds in its own: where deliveries go, and
// what it needs to check or make the provider's.
func (c *companion) environment(ctx context.Context, l *listener) error {
	url := l.sockets.URL()
	env := append(os.Environ(), "WHK_URL="+url, listenerVariable+"="+url, "WHK_STATE="+l.dir.Path())
	if l.opts.tlsFlags.own {
		env = append(env, "WHK_CACERT="+l.opts.trust())
	}
	if l.opts.Provider != "" {
		p, err := c.app.loadProvider(l.opts.providerFlags)
		if err != nil {
			return err
		}
		found, err := c.app.secretsFor(ctx, p, l.opts.secretFlags, true)
		if err != nil {
			return err
		}
		secret := found.Secrets[0]
		env = append(env, "WHK_PROVIDER="+p.Name, "WHK_SECRET="+string(secret.Bytes()))
		if public := p.PublicKey(secret); public != "" {
			env = append(env, "WHK_PUBLIC_KEY="+public)
		}
	}
	c.cmd.Env = env
	return nil
}

// listenerVariable has the same value as WHK_URL. It tells a whk within the
// command that WHK_URL is not meant for its --url.
const listenerVariable = "WHK_LISTENER"

// ownEnv is the environment as flags see it: without what a listener has put there
// for its command.
func (app *App) ownEnv(name string) (string, bool) {
	value, ok := app.LookupEnv(name)
	if listener, within := app.LookupEnv(listenerVariable); within && name == "WHK_URL" && value == listener {
		return "", false
	}
	return value, ok
}

// start runs the command. The listener ends with it; interrupt is called when a
// signal asks for an end.
func (c *companion) start(ctx context.Context, l *listener, interrupt func()) error {
	if err := c.environment(ctx, l); err != nil {
		return err
	}
	if c.app.Interrupted != nil { // the process is whk's own
		c.signals = make(chan os.Signal, 8)
		signal.Notify(c.signals, append(process.Ending(), process.Passed()...)...)
	}
	group, err := process.Start(c.cmd)
	if err != nil {
		signal.Stop(c.signals)
		return failed(fmt.Errorf("run %s: %w", c.name, withoutPath(err)), "name a program that can be run; a line of shell is: -- sh -c 'npm test'")
	}
	c.group = group
	if !c.app.global.JSON {
		c.app.note("running %s", c.name)
	}
	go c.watch(l.end, interrupt)
	return nil
}

// watch passes signals on, and ends the listener with the command.
func (c *companion) watch(end, interrupt func()) {
	defer close(c.watching)
	done, asked := c.group.Done(), false
	for {
		select {
		case <-done:
			done = nil
			end()
		case sig := <-c.signals:
			ending := slices.Contains(process.Ending(), sig)
			if ending && asked {
				c.kill(sig)
				continue
			}
			c.group.Signal(sig)
			if ending {
				asked = true
				interrupt()
			}
		case <-c.quit:
			return
		}
	}
}

// kill ends the command and whk at once: somebody has asked twice.
func (c *companion) kill(sig os.Signal) {
	c.group.Signal(os.Kill)
	signal.Stop(c.signals)
	signal.Reset(sig)
	self, err := os.FindProcess(os.Getpid())
	if err == nil && self.Signal(sig) != nil {
		self.Kill() // on systems without signals
	}
}

// stop ends the command, if it has not ended. asked says that it was asked to
// already, by a signal that whk passed on.
func (c *companion) stop(ctx context.Context, asked bool) {
	if c == nil || c.group == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	sig := os.Signal(process.Terminate)
	select {
	case <-c.group.Done():
	default:
		if asked && c.signals != nil {
			sig = nil
		}
		c.stopped = !asked
	}
	c.group.Stop(ctx, sig)
	close(c.quit)
	<-c.watching
	signal.Stop(c.signals)
}

// verdict is the command's exit code, where it ended by itself or by a signal
// that was passed on. A command that whk stopped has none.
func (c *companion) verdict() error {
	if c == nil || c.group == nil || c.stopped {
		return nil
	}
	code := c.group.Code()
	if code == exitOK {
		return nil
	}
	if !c.app.global.JSON {
		text := fmt.Sprintf("%s ended with exit code %d", ui.Safe(c.name), code)
		if code > 128 && c.cmd.ProcessState.ExitCode() < 0 {
			text = fmt.Sprintf("%s was ended by signal %d", ui.Safe(c.name), code-128)
		}
		c.app.note("%s", text)
	}
	return ended(code)
}
