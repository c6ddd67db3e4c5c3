package cmd_test

import (
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/whk-cli/whk/internal/pty"
)

// Some libraries ask the terminal for its colours as soon as they are linked, and
// wait for an answer that not every terminal gives. whk writes what it has to say
// and nothing else.
func TestASilentTerminalIsAskedNothing(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string // the beginning
	}{
		{[]string{"version"}, "whk "},
		{[]string{"version", "--json"}, `{"version":`},
		{[]string{"gen-secret", "--bytes", "24"}, ""},
		{[]string{"--help"}, "whk fires"},
		{[]string{"completion", "bash"}, "# bash completion"},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			got, code := onTerminal(t, c.args...)
			if code != 0 {
				t.Errorf("exit code %d", code)
			}
			if strings.ContainsRune(got, '\x1b') {
				t.Errorf("an escape sequence: %q", got)
			}
			if !strings.HasPrefix(got, c.want) || got == "" {
				t.Errorf("got %q, want %q in front", got, c.want)
			}
		})
	}
}

// On a terminal that is a tty for all streams, colour is on by itself, and verify
// without an input asks for one instead of waiting for a person to type it.
func TestOnATerminal(t *testing.T) {
	got, _ := onTerminal(t, "events", "-p", "saas")
	if !strings.HasPrefix(got, "\x1b[2mPROVIDER\x1b[0m") {
		t.Errorf("no colour on a terminal: %q", got)
	}
	for _, args := range [][]string{{"verify"}, {"verify", "-p", "saas", "--secret-env", "KEY"}, {"sign", "-p", "saas", "--secret-env", "KEY"}} {
		if got, code := onTerminal(t, args...); code != 2 || !strings.Contains(got, "hint:") || !strings.Contains(got, "nothing to read") {
			t.Errorf("whk %q on a terminal: exit code %d, %q", args, code, got)
		}
	}
}

// onTerminal runs whk on a new pseudo-terminal that never answers.
func onTerminal(t *testing.T, args ...string) (output string, code int) {
	t.Helper()
	master, terminal := pty.Open(t, 0)
	run := exec.Command(released(t), args...)
	run.Dir = t.TempDir()
	run.Env = []string{"TERM=xterm-256color", "COLORTERM=truecolor", "HOME=" + run.Dir, "KEY=a-secret-of-twenty-four-bytes"}
	run.Stdin, run.Stdout, run.Stderr = terminal, terminal, terminal
	run.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	read := make(chan string, 1)
	go func() {
		var all []byte
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf) // an error once the last writer is gone
			if all = append(all, buf[:n]...); err != nil {
				read <- string(all)
				return
			}
		}
	}()
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	terminal.Close()
	run.Wait() // its error is the exit code
	return strings.ReplaceAll(<-read, "\r\n", "\n"), run.ProcessState.ExitCode()
}
