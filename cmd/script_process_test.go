package cmd_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// processKey is the key of a script's background processes, by name.
type processKey struct{}

// process is a command in the background.
type process struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error // of Wait, once done is closed
}

func processes(ts *testscript.TestScript) map[string]*process {
	return ts.Value(processKey{}).(map[string]*process)
}

func cmdStart(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || processes(ts)[args[0]] != nil {
		ts.Fatalf("usage: start NAME COMMAND ..., each name once")
	}
	name := args[0]
	p := &process{cmd: exec.Command(lookPath(ts, args[1]), args[2:]...), done: make(chan struct{})}
	p.cmd.Dir = ts.MkAbs(".")
	p.cmd.Env = environment(ts)
	var err error
	for file, w := range map[string]**os.File{".out": new(*os.File), ".err": new(*os.File)} {
		*w, err = os.Create(ts.MkAbs(name + file))
		ts.Check(err)
		defer (*w).Close()
		if file == ".out" {
			p.cmd.Stdout = *w
		} else {
			p.cmd.Stderr = *w
		}
	}
	ts.Check(p.cmd.Start())
	processes(ts)[name] = p
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	ts.Defer(func() {
		p.cmd.Process.Kill()
		<-p.done
	})
}

// lookPath finds a program in the script's PATH.
func lookPath(ts *testscript.TestScript, name string) string {
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		file := filepath.Join(dir, name+ts.Getenv("exe"))
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
			return file
		}
	}
	ts.Fatalf("no program %s", name)
	return ""
}

// environment is the script's: testscript shows single variables only.
func environment(ts *testscript.TestScript) []string {
	var env []string
	ts.Check(ts.Exec("env"))
	for line := range strings.Lines(ts.ReadFile("stdout")) {
		env = append(env, strings.TrimSuffix(line, "\n"))
	}
	return env
}

func cmdEnds(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: ends NAME CODE [INT|TERM|HUP|KILL]")
	}
	p := processes(ts)[args[0]]
	if p == nil {
		ts.Fatalf("%s was not started", args[0])
	}
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	if len(args) == 3 {
		signals := []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGKILL}
		i := slices.Index([]string{"INT", "TERM", "HUP", "KILL"}, args[2])
		if i < 0 {
			ts.Fatalf("no signal %s", args[2])
		}
		ts.Check(p.cmd.Process.Signal(signals[i]))
	}
	select {
	case <-p.done:
	case <-time.After(patience):
		ts.Fatalf("%s does not end", args[0])
	}
	if got := p.cmd.ProcessState.ExitCode(); got != want {
		ts.Fatalf("%s ended with %d, want %d; stderr:\n%s", args[0], got, want, ts.ReadFile(args[0]+".err"))
	}
}
