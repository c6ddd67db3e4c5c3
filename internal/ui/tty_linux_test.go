package ui

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/whk-cli/whk/internal/pty"
	"github.com/whk-cli/whk/internal/webhook"
)

// childVariable makes the test binary the child of
// TestASilentTerminalIsAskedNothing.
const childVariable = "WHK_UI_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		printOnTerminal()
		return
	}
	goleak.VerifyTestMain(m)
}

// printOnTerminal uses all that could ask a terminal something.
func printOnTerminal() {
	s := System()
	if err := s.SetColor("auto", os.Getenv); err != nil {
		panic(err)
	}
	line := Line{Style: s.Style(), Width: s.Width, Zone: time.UTC}
	s.Out.Write(line.Append(nil, &webhook.Delivery{ReceivedAt: noon, ID: "id"}, -1))
	s.PrintError(fmt.Errorf("in %v, out %v, err %v, %d columns", s.InTTY, s.OutTTY, s.ErrTTY, s.Width))
}

// A terminal that never answers must get nothing but the text, at once.
func TestASilentTerminalIsAskedNothing(t *testing.T) {
	master, terminal := pty.Open(t, 133)
	cmd := exec.Command(os.Args[0])
	cmd.Env = []string{childVariable + "=1", "TERM=xterm-256color", "COLORTERM=truecolor"}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = terminal, terminal, terminal
	// It has to be the child's own terminal, or nobody would ask it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 4096)
	n, err := master.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	want := "\x1b[2m12:03:44\x1b[0m  \x1b[2mid\x1b[0m             \x1b[33m? unverified\x1b[0m     \x1b[2m-\x1b[0m        0 B  \x1b[2m-\x1b[0m\n" +
		"\x1b[1;31mwhk:\x1b[0m in true, out true, err true, 133 columns\n"
	if got := strings.ReplaceAll(string(buf[:n]), "\r\n", "\n"); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
