package statedir_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/whk-cli/whk/internal/statedir"
)

// open opens the state directory at path, whose warnings fail the test.
func open(t *testing.T, path string) *statedir.Dir {
	t.Helper()
	d, err := statedir.Open(path, func(w string) { t.Errorf("unexpected warning: %s", w) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func content(text string) func() ([]byte, error) {
	return func() ([]byte, error) { return []byte(text), nil }
}

// refused fails the test unless err is a refusal of the path.
func refused(t *testing.T, err error, path string) {
	t.Helper()
	var refusal *statedir.Error
	if !errors.As(err, &refusal) {
		t.Fatalf("got error %v, want a refusal", err)
	}
	if refusal.Path != path {
		t.Errorf("refuses %s, want %s", refusal.Path, path)
	}
}

func TestOpenAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "whk")
	if got := open(t, path).Path(); got != path {
		t.Errorf("path is %s, want %s", got, path)
	}
	open(t, path)
}

func TestOpenRelative(t *testing.T) {
	t.Chdir(t.TempDir())
	if d := open(t, "state"); !filepath.IsAbs(d.Path()) {
		t.Errorf("path %s is not absolute", d.Path())
	}
}

func TestOpenRefusesFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "whk")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := statedir.Open(path, nil)
	refused(t, err, path)
	if _, err := statedir.Open("", nil); err == nil {
		t.Error("an empty path was opened")
	}
}

func TestCreateOnce(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "whk"))
	for _, text := range []string{"first", "second"} {
		got, err := d.CreateOnce("secrets/saas", content(text))
		if err != nil || string(got) != "first" {
			t.Errorf("got %q, %v; want the first content", got, err)
		}
	}
	if got, err := d.ReadFile("secrets/saas"); err != nil || string(got) != "first" {
		t.Errorf("read %q, %v", got, err)
	}
}

func TestCreateOnceKeepsNothingAfterError(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "whk"))
	broken := errors.New("no randomness")
	_, err := d.CreateOnce("secrets/saas", func() ([]byte, error) { return []byte("half"), broken })
	if !errors.Is(err, broken) {
		t.Errorf("error is %v", err)
	}
	if _, err := d.ReadFile("secrets/saas"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("reading gives %v, want that it does not exist", err)
	}
	if _, err := d.CreateOnce("secrets/saas", content("whole")); err != nil {
		t.Error(err)
	}
}

// A process that died while it wrote leaves a temporary file, and no trouble.
func TestCreateOnceAfterCrash(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "whk"))
	secrets := filepath.Join(d.Path(), "secrets")
	if err := os.Mkdir(secrets, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(secrets, ".saas.new"), []byte("ha"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := d.CreateOnce("secrets/saas", content("whole")); err != nil || string(got) != "whole" {
		t.Errorf("got %q, %v", got, err)
	}
	if left, _ := filepath.Glob(filepath.Join(secrets, ".*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestNamesStayInside(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "whk"))
	for _, name := range []string{"../out", "/out", "a/../../out", "", "."} {
		if _, err := d.CreateOnce(name, content("x")); err == nil {
			t.Errorf("created %q", name)
		}
		if _, err := d.ReadFile(name); err == nil {
			t.Errorf("read %q", name)
		}
	}
	if _, err := os.Lstat(filepath.Join(filepath.Dir(d.Path()), "out")); err == nil {
		t.Error("a file was made outside")
	}
}

func TestCreateOnceByMany(t *testing.T) {
	path := filepath.Join(t.TempDir(), "whk")
	var calls atomic.Int32
	got := make([][]byte, 16)
	var wg sync.WaitGroup
	for i := range got {
		d := open(t, path)
		wg.Go(func() {
			data, err := d.CreateOnce("secrets/saas", func() ([]byte, error) {
				calls.Add(1)
				return fmt.Appendf(nil, "made by %d", i), nil
			})
			if err != nil {
				t.Error(err)
			}
			got[i] = data
		})
	}
	wg.Wait()
	for _, data := range got {
		if !bytes.Equal(data, got[0]) || len(data) == 0 {
			t.Errorf("one got %q, another %q", got[0], data)
		}
	}
	if n := calls.Load(); n != 1 {
		t.Errorf("content was made %d times", n)
	}
}

func ExampleDir_CreateOnce() {
	temp, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(temp)
	d, err := statedir.Open(filepath.Join(temp, "whk"), nil)
	if err != nil {
		panic(err)
	}
	defer d.Close()
	for _, made := range []string{"one", "another"} {
		data, err := d.CreateOnce("secrets/saas", func() ([]byte, error) { return []byte(made), nil })
		fmt.Println(string(data), err)
	}
	// Output:
	// one <nil>
	// one <nil>
}
