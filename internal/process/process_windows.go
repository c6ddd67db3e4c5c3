package process

import (
	"os"
	"os/exec"
	"syscall"
)

// Ending are the signals that ask a program to end.
func Ending() []os.Signal { return []os.Signal{os.Interrupt, syscall.SIGTERM} }

// Passed are other signals that mean something to some programs.
func Passed() []os.Signal { return nil }

// Terminate is the signal that a program is asked to end with.
const Terminate = syscall.SIGTERM

func apart(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

// signal asks a group to end in the only way that reaches one: as Ctrl-Break does.
// https://learn.microsoft.com/windows/console/generateconsolectrlevent
func (g *Group) signal(sig os.Signal) {
	if sig == os.Kill {
		g.job.kill()
		g.cmd.Process.Kill()
		return
	}
	breaks := syscall.NewLazyDLL("kernel32.dll").NewProc("GenerateConsoleCtrlEvent")
	breaks.Call(syscall.CTRL_BREAK_EVENT, uintptr(g.cmd.Process.Pid))
}

// alive reports whether anybody of the group is left.
func (g *Group) alive() bool { return !g.ended() || g.job.alive() }

func code(state *os.ProcessState) int { return state.ExitCode() }
