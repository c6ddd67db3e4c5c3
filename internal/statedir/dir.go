package statedir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	dirMode  fs.FileMode = 0o700
	fileMode fs.FileMode = 0o600
	others   fs.FileMode = 0o077 // what nobody but the owner may
)

// Dir is an open state directory. Its methods may be called concurrently, and
// by several processes on the same directory.
type Dir struct {
	path string
	root *os.Root
	warn func(string)
}

// Open opens the state directory at path and creates it if it is missing,
// together with missing parents, all 0700. It refuses, with an [*Error], a link
// in its place, anything that is not a directory, a directory of another user,
// and one that everybody may write to. An existing directory that others may
// read is narrowed to its owner when it is called "whk", as the default one is;
// any other may serve more than whk (--state . is a project), so it stays as it
// is and warn is called. Links among the parents are fine. warn gets one
// sentence per finding, from Open and from the methods of Dir, perhaps from
// several goroutines at once; nil drops them.
func Open(path string, warn func(string)) (*Dir, error) {
	if path == "" {
		return nil, &Error{Path: `""`, Msg: "the state directory has no name", Hint: "give one with --state DIR"}
	}
	if warn == nil {
		warn = func(string) {}
	}
	info, err := lookAt(filepath.Clean(path))
	if err != nil {
		return nil, err
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(abs)
	if err != nil {
		return nil, err
	}
	d := &Dir{path: abs, root: root, warn: warn}
	if err := d.settle(info); err != nil {
		root.Close()
		return nil, err
	}
	return d, nil
}

// lookAt returns what is at path, after creating a directory if nothing is, and
// refuses anything but a directory.
func lookAt(path string) (fs.FileInfo, error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := mkdirAll(path); err != nil {
			return nil, err
		}
		info, err = os.Lstat(path)
	}
	switch {
	case err != nil:
		return nil, err
	case info.Mode()&fs.ModeSymlink != 0:
		return nil, &Error{path, "a link is in the state directory's place", "name the directory itself with --state DIR"}
	case !info.IsDir():
		return nil, &Error{path, "is not a directory", "name another one with --state DIR"}
	}
	return info, nil
}

// mkdirAll creates path and its missing parents with mode 0700. Unlike
// [os.MkdirAll] it does so under every umask.
func mkdirAll(path string) error {
	err := mkdir(path)
	if errors.Is(err, fs.ErrNotExist) && filepath.Dir(path) != path {
		if err := mkdirAll(filepath.Dir(path)); err != nil {
			return err
		}
		err = mkdir(path)
	}
	if errors.Is(err, fs.ErrExist) {
		return nil // another process was faster
	}
	return err
}

func mkdir(path string) error {
	if err := os.Mkdir(path, dirMode); err != nil {
		return err
	}
	return os.Chmod(path, dirMode)
}

// settle checks the owner and mode of the opened directory, and that it is the
// one that info describes.
func (d *Dir) settle(info fs.FileInfo) error {
	opened, err := d.root.Stat(".")
	if err != nil {
		return err
	}
	if !os.SameFile(info, opened) {
		return &Error{d.path, "was replaced while it was opened", ""}
	}
	if err := checkOwner(d.path, opened, "give a directory of your own with --state DIR"); err != nil {
		return err
	}
	mode := opened.Mode().Perm()
	switch {
	case !hasModes || mode&others == 0:
		return nil
	case filepath.Base(d.path) == "whk":
		d.warn(fmt.Sprintf("%s was open to others (mode %04o) and is now 0700", d.path, mode))
		return d.root.Chmod(".", mode&^others)
	case mode&0o002 != 0:
		return &Error{d.path, fmt.Sprintf("everybody may write into it (mode %04o)", mode), "chmod 700 " + d.path + ", or give another directory with --state DIR"}
	}
	d.warn(fmt.Sprintf("%s is open to others (mode %04o): chmod 700 it if it serves whk alone", d.path, mode))
	return nil
}

// Path is the absolute path of the directory.
func (d *Dir) Path() string { return d.path }

// Close releases the handle of the directory. Locks taken from it stay.
func (d *Dir) Close() error { return d.root.Close() }
