// Package process runs a command as a group with all that it starts, so that the
// group can be told to end, and be ended.
package process

import (
	"context"
	"os"
	"os/exec"
	"time"
)

// Group is a command that was started, and its descendants that did not leave
// its process group. Its methods may be called from any goroutine.
type Group struct {
	cmd  *exec.Cmd
	done chan struct{}
	job  job
}

// poll is how often a group is looked at whose command has ended.
const poll = 10 * time.Millisecond

// Start starts cmd, which must not have been started, at the head of a group of
// its own: a terminal's Ctrl-C does not reach it, only Signal does.
func Start(cmd *exec.Cmd) (*Group, error) {
	apart(cmd)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	g := &Group{cmd: cmd, done: make(chan struct{}), job: newJob(cmd.Process)}
	go func() {
		defer close(g.done)
		cmd.Wait() // what it says is in the process's state
	}()
	return g, nil
}

// Done is closed when the command has ended, whatever else of its group lives.
func (g *Group) Done() <-chan struct{} { return g.done }

// Code is what the command ended with, once Done is closed: its exit code, or 128
// and the number of the signal that ended it, as shells have it.
func (g *Group) Code() int { return code(g.cmd.ProcessState) }

// Signal sends a signal to all of the group. Where there are none, os.Interrupt
// and the like ask it to end, and os.Kill ends it.
func (g *Group) Signal(sig os.Signal) { g.signal(sig) }

// Stop asks the group to end with sig (nil when that was done already), kills
// what is left when ctx ends, and returns when the command has ended.
func (g *Group) Stop(ctx context.Context, sig os.Signal) {
	if sig != nil {
		g.signal(sig)
	}
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for g.alive() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			g.signal(os.Kill)
			<-g.done
			return
		}
	}
	<-g.done
}

func (g *Group) ended() bool {
	select {
	case <-g.done:
		return true
	default:
		return false
	}
}
