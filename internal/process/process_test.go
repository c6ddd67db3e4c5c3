//go:build unix

package process

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = time.Minute

// start runs a line of shell and waits until it has said its first line.
func start(t *testing.T, line string) (*Group, string) {
	t.Helper()
	cmd := exec.Command("sh", "-c", line)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd.Stdout = w
	g, err := Start(cmd)
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Signal(os.Kill) })
	said, _ := bufio.NewReader(r).ReadString('\n')
	return g, strings.TrimSpace(said)
}

func ended(t *testing.T, g *Group) int {
	t.Helper()
	select {
	case <-g.Done():
		return g.Code()
	case <-time.After(patience):
		t.Fatal("it does not end")
		return 0
	}
}

func TestCode(t *testing.T) {
	for line, want := range map[string]int{"exit 0": 0, "exit 7": 7, "kill -TERM $$": 143, "kill -KILL $$": 137} {
		g, _ := start(t, line)
		if got := ended(t, g); got != want {
			t.Errorf("%s: %d, want %d", line, got, want)
		}
	}
	if _, err := Start(exec.Command("/nowhere/command")); err == nil {
		t.Error("a command that is not there was started")
	}
}

// A signal reaches what the command has started, too.
func TestSignal(t *testing.T) {
	g, child := start(t, `trap "wait; exit 5" TERM; sh -c 'trap "exit 3" TERM; echo $$; while :; do sleep 0.01; done' & wait`)
	g.Signal(Terminate)
	if got := ended(t, g); got != 5 {
		t.Errorf("it ended with %d", got)
	}
	gone(t, child)
}

// gone checks that a process is no more, or only waits to be forgotten.
func gone(t *testing.T, pid string) {
	t.Helper()
	n, err := strconv.Atoi(pid)
	if err != nil {
		t.Fatalf("the child's number is %q", pid)
	}
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		stat, _ := os.ReadFile("/proc/" + pid + "/stat")
		if syscall.Kill(n, 0) != nil || strings.Contains(string(stat), ") Z ") {
			return
		}
		if time.Now().After(end) {
			t.Fatal("a child lives")
		}
	}
}

func TestStop(t *testing.T) {
	t.Run("what ends when asked", func(t *testing.T) {
		g, _ := start(t, `trap "exit 4" TERM; echo; while :; do sleep 0.01; done`)
		g.Stop(t.Context(), Terminate)
		if got := ended(t, g); got != 4 {
			t.Errorf("it ended with %d", got)
		}
	})
	t.Run("what does not", func(t *testing.T) {
		g, _ := start(t, `trap "" TERM; echo; while :; do sleep 0.01; done`)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		g.Stop(ctx, Terminate)
		if got := ended(t, g); got != 137 {
			t.Errorf("it ended with %d", got)
		}
	})
	t.Run("nobody is left", func(t *testing.T) {
		g, _ := start(t, `sleep 60 & echo; exit 0`)
		ended(t, g)
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		begun := time.Now()
		g.Stop(ctx, Terminate)
		if took := time.Since(begun); took > patience/2 { // and not all the time that it is given
			t.Errorf("it took %v", took)
		}
	})
	t.Run("what outlives its parent", func(t *testing.T) {
		g, child := start(t, `sh -c 'trap "" TERM; echo $$; while :; do sleep 0.01; done' & read x < /dev/null; sleep 0.05`)
		ended(t, g)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		g.Stop(ctx, Terminate)
		gone(t, child)
	})
}
