package statedir

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/whk-cli/whk/internal/flock"
)

// HeldError says that another process holds a lock.
type HeldError struct {
	Addr string // as it was given to [Dir.Lock]
	PID  int    // of the holder; 0 when it could not be learnt
}

func (e *HeldError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("another whk already listens on %s with this state directory", e.Addr)
	}
	return fmt.Sprintf("another whk (process %d) already listens on %s with this state directory", e.PID, e.Addr)
}

// Lock is the right to be the only listener on an address with a state
// directory. It ends with [Lock.Close] or with the process, however it dies: a
// killed holder leaves nothing that stops the next one.
type Lock struct{ f *os.File }

// Lock takes the lock of a listening address, without waiting. Addresses are
// compared as text, so addr must be the resolved one, such as "127.0.0.1:8080".
// If another process, or another Lock of this one, holds it, the error is a
// [*HeldError] that names the holder.
func (d *Dir) Lock(addr string) (*Lock, error) {
	f, err := d.openLock("listen-" + url.QueryEscape(addr))
	if err != nil {
		return nil, d.lockError(addr, err)
	}
	held, err := claim(f)
	switch {
	case err != nil:
		err = d.lockError(addr, err)
	case held != nil:
		held.Addr = addr
		err = held
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return &Lock{f}, nil
}

// lockError names the address and the directory, since users do not know the
// lock file.
func (d *Dir) lockError(addr string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Errorf("listen on %s with the state directory %s: %w", addr, d.path, err)
}

// Holder returns the process that holds the lock of a listening address, if one
// does. Unlike [Dir.Lock] it creates no files.
func (d *Dir) Holder(addr string) (pid int, held bool) {
	f, err := d.open("locks/listen-"+url.QueryEscape(addr), os.O_RDWR)
	if err != nil {
		return 0, false
	}
	defer f.Close()
	if err := flock.TryLock(f); err == nil {
		return 0, false
	}
	return holder(f), true
}

// Close gives the lock back. The file stays: removing it would let two
// processes hold locks on two files of one name.
func (l *Lock) Close() error {
	return errors.Join(l.f.Truncate(0), l.f.Close())
}

// claim locks f and writes this process's ID into it. A holder that has not
// written its own ID yet is about to, or about to end, so claim waits a moment
// for it.
func claim(f *os.File) (*HeldError, error) {
	for range 200 {
		err := flock.TryLock(f)
		if err == nil {
			return nil, inscribe(f)
		}
		if !errors.Is(err, flock.ErrLocked) {
			return nil, err
		}
		if pid := holder(f); pid != 0 {
			return &HeldError{PID: pid}, nil
		}
		time.Sleep(5 * time.Millisecond)
	}
	return &HeldError{}, nil
}

// inscribe writes this process's ID. The line break marks it as complete.
func inscribe(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

func holder(f *os.File) int {
	text, err := io.ReadAll(io.NewSectionReader(f, 0, 32))
	if err != nil {
		return 0
	}
	line, whole := strings.CutSuffix(string(text), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil || !whole {
		return 0
	}
	return pid
}

// openLock opens the lock file called name and makes it if it is missing.
func (d *Dir) openLock(name string) (*os.File, error) {
	if err := d.mkdirAll("locks"); err != nil {
		return nil, err
	}
	name = "locks/" + name
	f, err := d.root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, fileMode)
	if err == nil {
		if err := f.Chmod(fileMode); err != nil {
			f.Close()
			return nil, err
		}
		return f, nil
	}
	if !errors.Is(err, os.ErrExist) {
		return nil, err
	}
	return d.open(name, os.O_RDWR)
}
