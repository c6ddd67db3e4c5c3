package store

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// bodies is the folder of the bodies that are too large for a row, one file
// each.
//
// A file is synced before its row is written, and removed after its row. So a
// crash can leave a file without a row, which collect removes, but never a row
// without its file.
type bodies struct{ dir string }

const bodySuffix = ".body"

// write keeps a body and returns its file's name.
func (b bodies) write(body []byte) (name string, err error) {
	if err := makePrivate(b.dir); err != nil {
		return "", err
	}
	name = strings.ToLower(rand.Text()) + bodySuffix
	path := filepath.Join(b.dir, name)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, fileMode)
	if err != nil {
		return "", err
	}
	_, err = f.Write(body)
	if err == nil {
		err = f.Chmod(fileMode)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = syncDir(b.dir)
	}
	if err != nil {
		return "", errors.Join(err, b.remove(name))
	}
	return name, nil
}

func (b bodies) read(name string) ([]byte, error) {
	if !bodyName(name) {
		return nil, fs.ErrInvalid
	}
	return os.ReadFile(filepath.Join(b.dir, name))
}

func (b bodies) has(name string) bool {
	_, err := os.Lstat(filepath.Join(b.dir, name))
	return err == nil
}

// remove ignores a file that is missing already.
func (b bodies) remove(name string) error {
	if !bodyName(name) {
		return fs.ErrInvalid
	}
	return ignoreMissing(os.Remove(filepath.Join(b.dir, name)))
}

// old returns the files last written before a time.
func (b bodies) old(before time.Time) ([]string, error) {
	entries, err := os.ReadDir(b.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if !bodyName(e.Name()) {
			continue
		}
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && info.ModTime().Before(before) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// bodyName reports whether name is one that write makes, so that a damaged row
// cannot name a file elsewhere.
func bodyName(name string) bool {
	text, ok := strings.CutSuffix(name, bodySuffix)
	return ok && text != "" && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz234567") == ""
}
