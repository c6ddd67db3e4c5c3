//go:build unix

package statedir_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/whk-cli/whk/internal/statedir"
)

// withUmask sets the umask of the whole process for one test, which therefore
// must not be parallel.
func withUmask(t *testing.T, mask int) {
	old := syscall.Umask(mask)
	t.Cleanup(func() { syscall.Umask(old) })
}

func TestModesUnderAnyUmask(t *testing.T) {
	for name, mask := range map[string]int{"none": 0, "usual": 0o022, "strict": 0o777} {
		t.Run(name, func(t *testing.T) {
			temp := t.TempDir()
			withUmask(t, mask)
			d := open(t, filepath.Join(temp, "parent", "whk"))
			if _, err := d.CreateOnce("secrets/saas", content("x")); err != nil {
				t.Fatal(err)
			}
			lock, err := d.Lock("127.0.0.1:8080")
			if err != nil {
				t.Fatal(err)
			}
			defer lock.Close()
			wantModes(t, filepath.Join(temp, "parent"))
		})
	}
}

// wantModes fails the test unless all below dir is 0700 and 0600.
func wantModes(t *testing.T, dir string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if entry.IsDir() {
			want = 0o700
		} else {
			files++
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s is %04o, want %04o", path, got, want)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 3 {
		t.Errorf("looked at %d files only", files)
	}
}

func TestOpenWideDirectory(t *testing.T) {
	tests := []struct {
		name  string
		base  string
		mode  fs.FileMode
		after fs.FileMode // 0 wants a refusal
	}{
		{"its own is narrowed", "whk", 0o755, 0o700},
		{"its own is narrowed from everything", "whk", 0o777, 0o700},
		{"its own stays without write permission", "whk", 0o555, 0o500},
		{"another stays", "project", 0o755, 0o755},
		{"another stays for a group", "project", 0o775, 0o775},
		{"another that everybody may write", "project", 0o777, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), tt.base)
			mkdirMode(t, path, tt.mode)
			var warnings []string
			d, err := statedir.Open(path, func(w string) { warnings = append(warnings, w) })
			if tt.after == 0 {
				refused(t, err, path)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			if got := modeOf(t, path); got != tt.after {
				t.Errorf("mode is %04o, want %04o", got, tt.after)
			}
			if len(warnings) != 1 || !strings.Contains(warnings[0], path) {
				t.Errorf("warnings are %q, want one that names the directory", warnings)
			}
		})
	}
}

func TestOpenRefusesLink(t *testing.T) {
	temp := t.TempDir()
	target := filepath.Join(temp, "target")
	mkdirMode(t, target, 0o700)
	for name, to := range map[string]string{"to a directory": target, "to nothing": filepath.Join(temp, "none")} {
		t.Run(name, func(t *testing.T) {
			link := filepath.Join(t.TempDir(), "whk")
			symlink(t, to, link)
			_, err := statedir.Open(link, nil)
			refused(t, err, link)
			_, err = statedir.Open(link+"/", nil)
			refused(t, err, link)
		})
	}
	if _, err := os.Lstat(filepath.Join(temp, "none")); err == nil {
		t.Error("the link's target was made")
	}
}

func TestOpenThroughLinkedParent(t *testing.T) {
	temp := t.TempDir()
	mkdirMode(t, filepath.Join(temp, "real"), 0o700)
	symlink(t, filepath.Join(temp, "real"), filepath.Join(temp, "link"))
	open(t, filepath.Join(temp, "link", "whk"))
}

func TestOpenRefusesAnotherUsersDirectory(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a directory away")
	}
	path := filepath.Join(t.TempDir(), "whk")
	mkdirMode(t, path, 0o700)
	chown(t, path)
	_, err := statedir.Open(path, nil)
	refused(t, err, path)
}

func TestReadFileRefusals(t *testing.T) {
	tests := map[string]func(t *testing.T, path string){
		"link": func(t *testing.T, path string) {
			own := filepath.Join(t.TempDir(), "own")
			writeMode(t, own, 0o600)
			symlink(t, own, path)
		},
		"link inside": func(t *testing.T, path string) {
			writeMode(t, path+"2", 0o600)
			symlink(t, filepath.Base(path)+"2", path)
		},
		"dangling link": func(t *testing.T, path string) { symlink(t, path+"2", path) },
		"directory":     func(t *testing.T, path string) { mkdirMode(t, path, 0o700) },
		"pipe": func(t *testing.T, path string) {
			if err := syscall.Mkfifo(path, 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"another user's": func(t *testing.T, path string) {
			if os.Geteuid() != 0 {
				t.Skip("only root can give a file away")
			}
			writeMode(t, path, 0o600)
			chown(t, path)
		},
	}
	for name, plant := range tests {
		t.Run(name, func(t *testing.T) {
			d := open(t, filepath.Join(t.TempDir(), "whk"))
			mkdirMode(t, filepath.Join(d.Path(), "secrets"), 0o700)
			path := filepath.Join(d.Path(), "secrets", "saas")
			plant(t, path)
			_, err := d.ReadFile("secrets/saas")
			refused(t, err, path)
			_, err = d.CreateOnce("secrets/saas", content("x"))
			refused(t, err, path)
		})
	}
}

// Somebody who could write into the directory once has left links where whk
// will make files.
func TestCreateOnceIgnoresPlantedLinks(t *testing.T) {
	outside := t.TempDir()
	victim := filepath.Join(outside, "victim")
	t.Run("directory", func(t *testing.T) {
		d := open(t, filepath.Join(t.TempDir(), "whk"))
		symlink(t, outside, filepath.Join(d.Path(), "secrets"))
		if _, err := d.CreateOnce("secrets/victim", content("x")); err == nil {
			t.Error("created through a link")
		}
	})
	t.Run("temporary file", func(t *testing.T) {
		d := open(t, filepath.Join(t.TempDir(), "whk"))
		mkdirMode(t, filepath.Join(d.Path(), "secrets"), 0o700)
		symlink(t, victim, filepath.Join(d.Path(), "secrets", ".saas.new"))
		if _, err := d.CreateOnce("secrets/saas", content("x")); err != nil {
			t.Error(err)
		}
	})
	t.Run("lock", func(t *testing.T) {
		d := open(t, filepath.Join(t.TempDir(), "whk"))
		mkdirMode(t, filepath.Join(d.Path(), "locks"), 0o700)
		symlink(t, victim, filepath.Join(d.Path(), "locks", "create"))
		_, err := d.CreateOnce("secrets/saas", content("x"))
		refused(t, err, filepath.Join(d.Path(), "locks", "create"))
	})
	if _, err := os.Lstat(victim); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file was made outside: %v", err)
	}
}

func TestReadFileNarrowsMode(t *testing.T) {
	var warnings []string
	d, err := statedir.Open(filepath.Join(t.TempDir(), "whk"), func(w string) { warnings = append(warnings, w) })
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	path := filepath.Join(d.Path(), "file")
	writeMode(t, path, 0o644)
	if _, err := d.ReadFile("file"); err != nil {
		t.Fatal(err)
	}
	if got := modeOf(t, path); got != 0o600 {
		t.Errorf("mode is %04o", got)
	}
	if len(warnings) != 1 || !strings.Contains(warnings[0], path) {
		t.Errorf("warnings are %q, want one that names the file", warnings)
	}
}

func mkdirMode(t *testing.T, path string, mode fs.FileMode) {
	t.Helper()
	if err := errors.Join(os.Mkdir(path, 0o700), os.Chmod(path, mode)); err != nil {
		t.Fatal(err)
	}
}

func writeMode(t *testing.T, path string, mode fs.FileMode) {
	t.Helper()
	if err := errors.Join(os.WriteFile(path, []byte("x"), mode), os.Chmod(path, mode)); err != nil {
		t.Fatal(err)
	}
}

func symlink(t *testing.T, to, path string) {
	t.Helper()
	if err := os.Symlink(to, path); err != nil {
		t.Fatal(err)
	}
}

func chown(t *testing.T, path string) {
	t.Helper()
	if err := os.Chown(path, 65534, 65534); err != nil {
		t.Fatal(err)
	}
}

func modeOf(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}
