package statedir

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/whk-cli/whk/internal/flock"
)

// maxFile is the size of the largest file that is read.
const maxFile = 1 << 20

// ReadFile returns the file called name, a path with slashes inside the
// directory. A missing one is [fs.ErrNotExist]. A link, anything else that is
// not a file, and a file of another user are refused with an [*Error]; a file
// that others could read is narrowed to 0600 with a warning, since they may
// have read it.
func (d *Dir) ReadFile(name string) ([]byte, error) {
	f, err := d.open(name, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, &Error{d.join(name), "is too large for a file of whk", ""}
	}
	return data, nil
}

// open opens an existing file after checking what it is: first by its name, so
// that a pipe does not block, and again through the open file, so that what was
// checked is what is read.
func (d *Dir) open(name string, flag int) (*os.File, error) {
	named, err := d.root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !named.Mode().IsRegular() {
		return nil, &Error{d.join(name), "is not a plain file", "remove it; whk makes what it needs anew"}
	}
	f, err := d.root.OpenFile(name, flag, 0)
	if err != nil {
		return nil, err
	}
	if err := d.check(name, named, f); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func (d *Dir) check(name string, named fs.FileInfo, f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !os.SameFile(named, info) {
		return &Error{d.join(name), "was replaced while it was opened", ""}
	}
	if err := checkOwner(d.join(name), info, "remove it; whk makes what it needs anew"); err != nil {
		return err
	}
	if mode := info.Mode().Perm(); hasModes && mode&others != 0 {
		d.warn(fmt.Sprintf("%s was open to others (mode %04o) and is now 0600: what it holds may be known to them", d.join(name), mode))
		return f.Chmod(mode &^ others)
	}
	return nil
}

// CreateOnce returns the file called name, and makes it from what content
// returns if it is missing. Of any number of processes that do so at the same
// time, one calls content, and all get the same bytes; nobody ever sees half of
// them, even after a crash. They are synced to disk before CreateOnce returns.
// Parents of the name inside the directory are made 0700. An existing file is
// checked as by [Dir.ReadFile]. An error of content is returned as it is, and
// no file is made.
func (d *Dir) CreateOnce(name string, content func() ([]byte, error)) ([]byte, error) {
	if data, err := d.ReadFile(name); !errors.Is(err, fs.ErrNotExist) {
		return data, err
	}
	return d.Update(name, func(old []byte) ([]byte, error) {
		if old != nil {
			return nil, nil
		}
		return content()
	})
}

// Update replaces the content of the file called name with what change returns
// for it, and returns the new content. old is nil only if there is no file;
// change may return nil to leave the file as it is. One process at a time does
// so; nobody ever sees half a file, and it is synced to disk as by
// [Dir.CreateOnce].
func (d *Dir) Update(name string, change func(old []byte) ([]byte, error)) ([]byte, error) {
	if err := d.mkdirAll(path.Dir(name)); err != nil {
		return nil, err
	}
	lock, err := d.openLock("create")
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	if err := flock.Lock(lock); err != nil {
		return nil, fmt.Errorf("lock %s: %w", lock.Name(), err)
	}
	old, err := d.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	data, err := change(old)
	if err != nil || data == nil {
		return old, err
	}
	return data, d.publish(name, data)
}

// publish makes the whole file appear at once. The caller holds the lock, so a
// temporary file that is already there was left by a process that died.
func (d *Dir) publish(name string, data []byte) error {
	temp := path.Join(path.Dir(name), "."+path.Base(name)+".new")
	if err := d.root.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := d.write(temp, data); err != nil {
		d.root.Remove(temp)
		return err
	}
	if err := d.root.Rename(temp, name); err != nil {
		return err
	}
	return d.syncDir(path.Dir(name))
}

func (d *Dir) write(name string, data []byte) error {
	f, err := d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Chmod(fileMode), f.Sync(), f.Close())
}

// mkdirAll makes the directory called name inside the state directory, with
// mode 0700, and refuses a link or another user's directory on the way.
func (d *Dir) mkdirAll(name string) error {
	at := ""
	for part := range strings.SplitSeq(name, "/") {
		at = path.Join(at, part)
		if at == "." {
			continue
		}
		if err := d.mkdir(at); err != nil {
			return err
		}
	}
	return nil
}

func (d *Dir) mkdir(name string) error {
	err := d.root.Mkdir(name, dirMode)
	if err == nil {
		return errors.Join(d.root.Chmod(name, dirMode), d.syncDir(path.Dir(name)))
	}
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := d.root.Lstat(name)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return &Error{d.join(name), "is not a directory", "remove it; whk makes what it needs anew"}
	}
	if err := checkOwner(d.join(name), info, "remove it; whk makes what it needs anew"); err != nil {
		return err
	}
	if mode := info.Mode().Perm(); hasModes && mode&others != 0 {
		return d.root.Chmod(name, mode&^others)
	}
	return nil
}

// join is the path of the file called name, for messages.
func (d *Dir) join(name string) string { return filepath.Join(d.path, filepath.FromSlash(name)) }
