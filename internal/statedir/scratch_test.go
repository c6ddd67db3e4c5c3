package statedir_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestScratch(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "whk"))
	s, err := d.Scratch("../orders/créate.json", []byte("one"))
	if err != nil {
		t.Fatal(err)
	}
	if got := filepath.Base(s.Path()); got != "-orders-cr-ate.json" {
		t.Errorf("the file is called %s", got)
	}
	if rel, err := filepath.Rel(d.Path(), s.Path()); err != nil || !filepath.IsLocal(rel) {
		t.Errorf("%s is not inside %s", s.Path(), d.Path())
	}
	for name, want := range map[string]os.FileMode{s.Path(): 0o600, filepath.Dir(s.Path()): 0o700} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want && runtime.GOOS != "windows" {
			t.Errorf("%s has mode %o, want %o", name, got, want)
		}
	}

	// An editor may write a new file and leave the old one beside it.
	if err := os.Rename(s.Path(), s.Path()+"~"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.Path(), []byte("three"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Read(5); string(got) != "three" || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
	if got, err := s.Read(4); err == nil {
		t.Errorf("read %q of a file that is too large", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Dir(s.Path())); !os.IsNotExist(err) {
		t.Errorf("the directory is still there: %v", err)
	}
}

// Whoever can write beside the file must not make whk read another one.
func TestScratchRefusesALink(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "whk"))
	s, err := d.Scratch("a.json", []byte("one"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	other := filepath.Join(t.TempDir(), "other")
	if err := os.WriteFile(other, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(s.Path()); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(other, s.Path()); err != nil {
		t.Skip(err)
	}
	_, err = s.Read(100)
	refused(t, err, s.Path())
}
