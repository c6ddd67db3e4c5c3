package cmd_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/pty"
)

// While a sender that never finishes holds up the end of a listener, a second
// Ctrl-C ends it at once, which the first one tells. A screen has given the terminal
// back by then: there Ctrl-C is a key, and everywhere else a signal.
func TestASecondCtrlC(t *testing.T) {
	for _, tt := range []struct{ name, flag, ready string }{{"lines", "--tui=false", "try: "}, {"screen", "--tui", "nothing yet"}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			// On a busy machine the five seconds may be over before the second one.
			for range 5 {
				screen, listen, address := listenOnTerminal(t, tt.flag)
				screen.waits(tt.ready)
				sender := neverFinishes(t, address)
				screen.types("\x03")
				screen.waits("press Ctrl-C again to end at once")
				screen.types("\x03")
				listen.Wait() // its error is the signal that is looked at
				sender.Close()
				if status := listen.ProcessState.Sys().(syscall.WaitStatus); status.Signaled() && status.Signal() == syscall.SIGINT {
					return
				}
				t.Logf("it ended with %v", listen.ProcessState)
			}
			t.Error("the second Ctrl-C never ended it")
		})
	}
}

// neverFinishes is a sender that has begun, and for which a listener that ends
// waits five seconds.
func neverFinishes(t *testing.T, address string) net.Conn {
	t.Helper()
	sender, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(sender, "POST / HTTP/1.1\r\nHost: "+address+"\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	const begun = "HTTP/1.1 100 Continue"
	answer := make([]byte, len(begun))
	if _, err := io.ReadFull(sender, answer); err != nil || string(answer) != begun {
		t.Fatalf("%q, %v", answer, err)
	}
	return sender
}

// keyboard is the other end of a terminal.
type keyboard struct {
	t      *testing.T
	master *os.File
	mu     sync.Mutex
	all    []byte // that was shown
}

// listenOnTerminal starts a listener on a terminal of its own.
func listenOnTerminal(t *testing.T, flags ...string) (*keyboard, *exec.Cmd, string) {
	t.Helper()
	master, terminal := pty.Open(t, 80)
	home := t.TempDir()
	listen := exec.Command(released(t), append([]string{"listen", "127.0.0.1:0", "--ready-file", readyFile}, flags...)...)
	listen.Dir, listen.Env = home, []string{"HOME=" + home, "TERM=xterm"}
	listen.Stdin, listen.Stdout, listen.Stderr = terminal, terminal, terminal
	listen.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := listen.Start(); err != nil {
		t.Fatal(err)
	}
	terminal.Close() // so that reading ends with the process
	k := &keyboard{t: t, master: master}
	done := make(chan struct{})
	go func() {
		defer close(done)
		k.read()
	}()
	t.Cleanup(func() {
		listen.Process.Kill()
		<-done
	})
	return k, listen, ready(t, home)
}

func (k *keyboard) read() {
	buffer := make([]byte, 4096)
	for {
		n, err := k.master.Read(buffer) // an error once the process is gone
		k.mu.Lock()
		k.all = append(k.all, buffer[:n]...)
		k.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (k *keyboard) types(keys string) {
	k.t.Helper()
	if _, err := io.WriteString(k.master, keys); err != nil {
		k.t.Fatal(err)
	}
}

// waits waits until a text has been shown.
func (k *keyboard) waits(text string) {
	k.t.Helper()
	var shown string
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		k.mu.Lock()
		shown = string(k.all)
		k.mu.Unlock()
		if strings.Contains(shown, text) {
			return
		}
	}
	k.t.Fatalf("the screen never had %q: %s", text, fmt.Sprintf("%.4000q", shown))
}
