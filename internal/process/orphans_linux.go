package process

import "syscall"

// prSetChildSubreaper is PR_SET_CHILD_SUBREAPER of <linux/prctl.h>.
const prSetChildSubreaper = 36

// adopt makes descendants whose parents end this process's children. In a
// container nobody else may ever reap them, and they would count as alive for
// good.
func adopt() { syscall.RawSyscall(syscall.SYS_PRCTL, prSetChildSubreaper, 1, 0) }

// bury reaps the dead of a group whose leader has been waited for.
func (g *Group) bury() {
	for {
		if pid, err := syscall.Wait4(-g.cmd.Process.Pid, nil, syscall.WNOHANG, nil); pid <= 0 || err != nil {
			return
		}
	}
}
