package statedir_test

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/whk-cli/whk/internal/statedir"
)

// TestMain lets the test's own binary play another whk: one that holds a lock
// until its standard input ends, or makes a file.
func TestMain(m *testing.M) {
	switch os.Getenv("STATEDIR_ROLE") {
	case "lock":
		os.Exit(holdLock(os.Args[1], os.Args[2]))
	case "create":
		os.Exit(createOnce(os.Args[1]))
	}
	os.Exit(m.Run())
}

func holdLock(path, addr string) int {
	d, err := statedir.Open(path, nil)
	if err != nil {
		return 1
	}
	if _, err := d.Lock(addr); err != nil {
		return 1
	}
	os.Stdout.WriteString("locked\n")
	io.Copy(io.Discard, os.Stdin)
	return 0
}

// createOnce waits for its standard input to end, so that several start at once.
func createOnce(path string) int {
	os.Stdout.WriteString("ready\n")
	io.Copy(io.Discard, os.Stdin)
	d, err := statedir.Open(path, nil)
	if err != nil {
		return 1
	}
	data, err := d.CreateOnce("secrets/saas", func() ([]byte, error) { return []byte(os.Args[2]), nil })
	if err != nil {
		return 1
	}
	os.Stdout.Write(data)
	return 0
}

// process is this test's binary in another role.
type process struct {
	*exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// start starts a process and waits for its first line.
func start(t *testing.T, role string, args ...string) *process {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{Cmd: exec.Command(exe, args...)}
	p.Env = append(os.Environ(), "STATEDIR_ROLE="+role)
	if p.in, err = p.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.out = bufio.NewReader(out)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Process.Kill() })
	if line, err := p.out.ReadString('\n'); err != nil {
		t.Fatalf("%s ended with %q, %v", role, line, err)
	}
	return p
}

func TestLockNamesHolder(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "whk"))
	holder := start(t, "lock", d.Path(), "[::1]:8080")

	_, err := d.Lock("[::1]:8080")
	var held *statedir.HeldError
	if !errors.As(err, &held) {
		t.Fatalf("got %v, want that another holds it", err)
	}
	if held.PID != holder.Process.Pid || held.Addr != "[::1]:8080" {
		t.Errorf("names process %d and %s, want %d", held.PID, held.Addr, holder.Process.Pid)
	}
	other, err := d.Lock("127.0.0.1:8080")
	if err != nil {
		t.Fatalf("another address is locked too: %v", err)
	}
	other.Close()
}

func TestLockOfKilledHolder(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "whk"))
	holder := start(t, "lock", d.Path(), "127.0.0.1:8080")
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	holder.Wait()
	lock, err := d.Lock("127.0.0.1:8080")
	if err != nil {
		t.Fatal(err)
	}
	lock.Close()
}

func TestLockTwiceInOneProcess(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "whk"))
	lock, err := d.Lock("127.0.0.1:8080")
	if err != nil {
		t.Fatal(err)
	}
	var held *statedir.HeldError
	if _, err := d.Lock("127.0.0.1:8080"); !errors.As(err, &held) || held.PID != os.Getpid() {
		t.Errorf("second lock: %v, want that process %d holds it", err, os.Getpid())
	}
	if err := lock.Close(); err != nil {
		t.Error(err)
	}
	again, err := d.Lock("127.0.0.1:8080")
	if err != nil {
		t.Fatalf("after closing: %v", err)
	}
	again.Close()
}

func TestCreateOnceByProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "whk")
	var all []*process
	for _, own := range []string{"a", "b", "c", "d"} {
		all = append(all, start(t, "create", path, strings.Repeat(own, 64)))
	}
	for _, p := range all {
		p.in.Close()
	}
	var first string
	for i, p := range all {
		out, err := io.ReadAll(p.out)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Wait(); err != nil {
			t.Fatalf("process %d: %v", i, err)
		}
		if i == 0 {
			first = string(out)
		}
		if string(out) != first || len(out) != 64 {
			t.Errorf("process %d got %q, the first one %q", i, out, first)
		}
	}
}
