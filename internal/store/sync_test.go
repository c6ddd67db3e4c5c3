package store

import (
	"bufio"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/whk-cli/whk/internal/tool"
)

// What is acknowledged is synced: that is these settings' doing.
// https://www.sqlite.org/pragma.html#pragma_synchronous
func TestSynced(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	err := s.writer.task(t.Context(), func(c *conn) error {
		if n, err := c.number("PRAGMA synchronous"); err != nil || n != 2 {
			t.Errorf("synchronous is %d, %v", n, err)
		}
		mode := ""
		err := c.query(func(row []driver.Value) error {
			mode, _ = row[0].(string)
			return nil
		}, "PRAGMA journal_mode")
		if mode != "wal" {
			t.Errorf("journal_mode is %q", mode)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// A sync that fails is an error to who waits for it, and the next that works is
// none. What failed is not there afterwards, though its bytes were in the log.
// strace makes them fail.
func TestFailedSync(t *testing.T) {
	strace := tool.Need(t, "strace")
	dir := t.TempDir()
	pid, keep, end := onDemand(t, dir)
	if got := keep(1); got != "kept" {
		t.Fatal(got)
	}
	detach := attach(t, strace, pid)
	for n := 2; n <= 3; n++ {
		if got := keep(n); got == "kept" {
			t.Errorf("delivery %d was acknowledged without a sync", n)
		}
	}
	detach()
	for n := 4; n <= 5; n++ {
		if got := keep(n); got != "kept" {
			t.Errorf("delivery %d, with syncs that work: %s", n, got)
		}
	}
	end()
	s := open(t, dir, Options{})
	seen := map[string]int{}
	for d, err := range s.List(t.Context(), Query{OldestFirst: true}) {
		if err != nil {
			t.Fatal(err)
		}
		if text := diff(sent(t, d), d); text != "" {
			t.Error(text)
		}
		seen[d.MessageID]++
	}
	for n, want := range []int{1: 1, 2: 0, 3: 0, 4: 1, 5: 1} {
		if got := seen[fmt.Sprint("run-", n)]; got != want {
			t.Errorf("delivery %d is there %d times, want %d", n, got, want)
		}
	}
}

// attach makes every sync of a process fail until the returned function is called.
func attach(t *testing.T, strace string, pid int) (detach func()) {
	t.Helper()
	c := exec.Command(strace, "-f", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO", "-p", fmt.Sprint(pid))
	messages, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(messages).ReadString('\n')
	if err != nil || !strings.Contains(line, "attached") {
		c.Wait() //nolint:errcheck // it has said what is wrong
		tool.Lacking(t, "strace cannot attach: "+line)
	}
	return func() {
		if err := c.Process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
		c.Wait() //nolint:errcheck // it ends by the signal
	}
}

// onDemand starts a process that keeps the delivery of each number that it is
// told, and says how that went.
func onDemand(t *testing.T, dir string) (pid int, keep func(int) string, end func()) {
	t.Helper()
	c := child(t, "sync", dir)
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	answers := bufio.NewReader(out)
	keep = func(n int) string {
		t.Helper()
		fmt.Fprintln(in, n)
		line, err := answers.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(line)
	}
	end = func() {
		t.Helper()
		if err := errors.Join(in.Close(), c.Wait()); err != nil {
			t.Error(err)
		}
	}
	return c.Process.Pid, keep, end
}

// keepOnDemand is the child: it keeps the delivery of each number that it is
// told, and says how that went.
func keepOnDemand(dir string, _ []string) error {
	s, err := Open(context.Background(), dir, Options{BodyFile: childBodyFile})
	if err != nil {
		return err
	}
	for {
		var n int
		if _, err := fmt.Scanln(&n); errors.Is(err, io.EOF) {
			return s.Close()
		} else if err != nil {
			return err
		}
		if err := s.Keep(context.Background(), numbered("run", n)); err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println("kept")
	}
}
