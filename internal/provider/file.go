package provider

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
)

// maxFile bounds a file of a provider's folder, in bytes.
const maxFile = 16 << 20

// readFile reads a file of a provider's folder.
func readFile(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if err := readable(info); err != nil {
		return nil, err
	}
	return fs.ReadFile(fsys, name)
}

// readable refuses what is not a file of a sensible size: a pipe would keep whk
// waiting, and a device has no end.
func readable(info fs.FileInfo) error {
	switch {
	case !info.Mode().IsRegular():
		return errors.New("it is not a regular file")
	case info.Size() > maxFile:
		return fmt.Errorf("it has %d bytes, and up to %d are read", info.Size(), maxFile)
	}
	return nil
}

// leadsOut reports whether name is a link in fsys that can not be followed.
func leadsOut(fsys fs.FS, name string) bool {
	info, err := fs.Lstat(fsys, name)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}

// subFS is a folder of root. Unlike that of fs.Sub it does not open a file to
// stat it, which would wait for a writer where the file is a pipe.
type subFS struct {
	root fs.FS
	dir  string
}

func (s subFS) full(op, name string) (string, error) {
	if !fs.ValidPath(name) {
		return "", &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	return path.Join(s.dir, name), nil
}

// Open opens a file of the folder.
func (s subFS) Open(name string) (fs.File, error) {
	full, err := s.full("open", name)
	if err != nil {
		return nil, err
	}
	return s.root.Open(full)
}

// Stat describes a file of the folder, after following links.
func (s subFS) Stat(name string) (fs.FileInfo, error) {
	full, err := s.full("stat", name)
	if err != nil {
		return nil, err
	}
	return fs.Stat(s.root, full)
}

// ReadFile reads a file of the folder.
func (s subFS) ReadFile(name string) ([]byte, error) {
	full, err := s.full("read", name)
	if err != nil {
		return nil, err
	}
	return fs.ReadFile(s.root, full)
}

// ReadDir lists a directory of the folder.
func (s subFS) ReadDir(name string) ([]fs.DirEntry, error) {
	full, err := s.full("read", name)
	if err != nil {
		return nil, err
	}
	return fs.ReadDir(s.root, full)
}
