//go:build unix

package secret_test

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/whk-cli/whk/internal/secret"
	"github.com/whk-cli/whk/internal/statedir"
)

// TestMain lets the test's own binary play another whk that wants the
// development secret. It waits for its standard input to end, so that several
// start at once.
func TestMain(m *testing.M) {
	state := os.Getenv("SECRET_STATE")
	if state == "" {
		goleak.VerifyTestMain(m)
	}
	os.Stdout.WriteString("r")
	io.Copy(io.Discard, os.Stdin)
	f := &secret.Finder{
		LookupEnv: func(string) (string, bool) { return "", false },
		State:     func() (*statedir.Dir, error) { return statedir.Open(state, nil) },
	}
	found, err := f.Find(context.Background(), secret.Query{
		Provider:    "saas",
		Development: func() ([]byte, error) { return []byte(strconv.Itoa(os.Getpid())), nil },
	})
	if err != nil {
		os.Stderr.WriteString(err.Error())
		os.Exit(1)
	}
	os.Stdout.Write(found.Secrets[0].Bytes())
	os.Exit(0)
}

func TestProcessesShareDevelopmentSecret(t *testing.T) {
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	state := filepath.Join(t.TempDir(), "whk")
	var ins []io.WriteCloser
	var outs []io.Reader
	for range 4 {
		cmd := exec.Command(exe)
		cmd.Env = append(os.Environ(), "SECRET_STATE="+state)
		cmd.Stderr = os.Stderr
		in, _ := cmd.StdinPipe()
		out, _ := cmd.StdoutPipe()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		defer cmd.Wait()
		if _, err := io.ReadFull(out, make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		ins, outs = append(ins, in), append(outs, out)
	}
	for _, in := range ins {
		in.Close()
	}
	var first string
	for i, out := range outs {
		text, err := io.ReadAll(out)
		if err != nil || len(text) == 0 {
			t.Fatalf("process %d gave %q, %v", i, text, err)
		}
		if i == 0 {
			first = string(text)
		}
		if string(text) != first {
			t.Errorf("process %d has %q, the first one %q", i, text, first)
		}
	}
	info, err := os.Stat(filepath.Join(state, "secrets", "saas"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v; want mode 0600", info, err)
	}
}

// A development secret that is a link could be anybody's.
func TestDevelopmentSecretIsNoLink(t *testing.T) {
	f := finder(t)
	d, err := f.State()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(d.Path(), "secrets"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(write(t, long("known")), filepath.Join(d.Path(), "secrets", "saas")); err != nil {
		t.Fatal(err)
	}
	found, err := f.Find(t.Context(), secret.Query{Provider: "saas", Development: func() ([]byte, error) { return []byte("new"), nil }})
	var refusal *statedir.Error
	if !errors.As(err, &refusal) {
		t.Errorf("got %q, %v", texts(found), err)
	}
}

func TestSecretFromPipe(t *testing.T) {
	path := mkfifo(t)
	go func() {
		if w, err := os.OpenFile(path, os.O_WRONLY, 0); err == nil {
			io.WriteString(w, long("piped")+"\n")
			w.Close()
		}
	}()
	f := finder(t)
	f.Given = []secret.Source{{Kind: "file", Value: path}}
	for range 2 { // the second time from memory
		if got := texts(find(t, f, secret.Query{})); !slices.Equal(got, []string{long("piped")}) {
			t.Errorf("got %q", got)
		}
	}
}

// Nobody writes into the pipe: the read ends when the command does.
func TestSecretFromPipeWithoutWriter(t *testing.T) {
	path := mkfifo(t)
	f := finder(t)
	f.Given = []secret.Source{{Kind: "file", Value: path}}
	ctx, cancel := context.WithCancel(t.Context())
	reading := make(chan *os.File)
	go func() { // the command ends once somebody reads
		for {
			w, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NONBLOCK, 0)
			if err == nil || !errors.Is(err, syscall.ENXIO) {
				cancel()
				reading <- w
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	if _, err := f.Find(ctx, secret.Query{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	(<-reading).Close() // frees the read that was left behind
}

func mkfifo(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSecretFromCommand(t *testing.T) {
	dir := t.TempDir()
	for name, tt := range map[string]struct {
		line string
		want string // the secret, or a part of the error after "!"
	}{
		"output":           {`sh -c 'echo "  a b"'`, "  a b"},
		"in its directory": {`sh -c 'basename "$PWD"'`, filepath.Base(dir)},
		"no shell":         {`echo $HOME ; false`, "$HOME ; false"},
		"fails":            {`sh -c 'echo no such entry >&2; exit 3' pa55word`, "!sh: exit status 3: no such entry"},
		"fails at length":  {`sh -c 'yes | head -c 100000 >&2; exit 3'`, "!exit status 3: y y"},
		"empty":            {`true`, "!is empty"},
		"missing":          {`whk-test-no-such-command pa55word`, "!whk-test-no-such-command cannot be run: "},
		"endless":          {`yes`, "!larger than 64 KiB"},
		"half a quote":     {`echo 'pa55word`, "!not closed"},
	} {
		t.Run(name, func(t *testing.T) {
			q := secret.Query{Refs: []secret.Ref{{Kind: "command", Value: tt.line, Dir: dir, Origin: "c:1"}}}
			found, err := finder(t).Find(t.Context(), q)
			if want, bad := strings.CutPrefix(tt.want, "!"); bad {
				var e *secret.Error
				if !errors.As(err, &e) || !strings.Contains(e.Error(), want) || !strings.Contains(e.Error(), "c:1") {
					t.Fatalf("got %v, %v; want an error with %q", found, err, want)
				}
				if strings.Contains(e.Error(), "pa55word") || len(e.Error()) > 2000 {
					t.Errorf("says too much: %q", e.Error())
				}
				return
			}
			if err != nil || !slices.Equal(texts(found), []string{tt.want}) {
				t.Errorf("got %q, %v; want %q", texts(found), err, tt.want)
			}
		})
	}
}

func TestCommandEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	q := secret.Query{Refs: []secret.Ref{{Kind: "command", Value: "sleep 60", Origin: "c:1"}}}
	start := time.Now()
	if _, err := finder(t).Find(ctx, q); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error is %v", err)
	}
	if took := time.Since(start); took > 50*time.Second {
		t.Errorf("took %s", took)
	}
}
