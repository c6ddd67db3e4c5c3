//go:build unix

package process

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

// Ending are the signals that ask a program to end; SIGHUP is not among them
// under nohup.
func Ending() []os.Signal {
	ending := []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT}
	if !signal.Ignored(syscall.SIGHUP) {
		ending = append(ending, syscall.SIGHUP)
	}
	return ending
}

// Passed are other signals that mean something to some programs.
func Passed() []os.Signal { return []os.Signal{syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGWINCH} }

// Terminate is the signal that a program is asked to end with.
const Terminate = syscall.SIGTERM

func apart(cmd *exec.Cmd) {
	adopt()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

// job is nothing here: a process group is known by its leader.
type job struct{}

func newJob(*os.Process) job { return job{} }

func (g *Group) signal(sig os.Signal) {
	if number, ok := sig.(syscall.Signal); ok {
		syscall.Kill(-g.cmd.Process.Pid, number) // an error is that nobody is left
	}
}

// alive reports whether anybody of the group is left.
func (g *Group) alive() bool {
	if !g.ended() {
		return true
	}
	g.bury()
	return syscall.Kill(-g.cmd.Process.Pid, 0) == nil
}

func code(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}
