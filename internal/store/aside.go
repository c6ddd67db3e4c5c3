package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// The suffixes of the files beside a database.
const (
	logSuffix     = "-wal"
	indexSuffix   = "-shm"
	madeSuffix    = ".new"       // a database that is being made of a damaged one
	readySuffix   = ".recovered" // the same when it is whole, and is to take the other's place
	suspectSuffix = ".suspect"   // somebody met damage
)

// asideName is the directory of all that was set aside, each in one of its own.
const asideName = "damaged"

// newAside makes a new directory in it.
func newAside(dir string, now time.Time) (string, error) {
	parent := filepath.Join(dir, asideName)
	if err := makePrivate(parent); err != nil {
		return "", err
	}
	name := filepath.Join(parent, now.UTC().Format("2006-01-02T15-04-05Z"))
	for i := 2; ; i++ {
		path := name
		if i > 2 {
			path = fmt.Sprintf("%s-%d", name, i-1)
		}
		err := os.Mkdir(path, 0o700)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		return path, errors.Join(err, syncDir(parent))
	}
}

// makePrivate makes a private directory if it is missing.
func makePrivate(path string) error {
	err := os.Mkdir(path, 0o700)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil
	case err != nil:
		return err
	}
	return errors.Join(os.Chmod(path, 0o700), syncDir(filepath.Dir(path)))
}

// setAside links a database's files into the directory aside: from then on they
// stay, whatever happens to the first name.
func setAside(path, aside string) error {
	for _, suffix := range []string{"", logSuffix, indexSuffix} {
		to := filepath.Join(aside, databaseName+suffix)
		err := os.Link(path+suffix, to)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			err = copyFile(path+suffix, to) // on a file system without links
		}
		if ignoreMissing(err) != nil {
			return err
		}
	}
	return syncDir(aside)
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, fileMode)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}

// finishRecovery moves a recovered database, if there is one, into place. The
// old database's log is removed first: it would be taken for the new one's.
func finishRecovery(path string) error {
	if _, err := os.Lstat(path + readySuffix); err != nil {
		return ignoreMissing(err)
	}
	for _, suffix := range []string{logSuffix, indexSuffix, suspectSuffix} {
		if err := ignoreMissing(os.Remove(path + suffix)); err != nil {
			return err
		}
	}
	dir := filepath.Dir(path)
	return errors.Join(syncDir(dir), os.Rename(path+readySuffix, path), syncDir(dir))
}

// removeDatabase removes a database that nobody uses.
func removeDatabase(path string) error {
	var errs []error
	for _, suffix := range []string{"", logSuffix, indexSuffix} {
		errs = append(errs, ignoreMissing(os.Remove(path+suffix)))
	}
	return errors.Join(errs...)
}

// orphaned reports whether a log is there without its database: SQLite would
// remove it unread.
func orphaned(path string) bool {
	db, err := os.Lstat(path)
	if err == nil && db.Size() > 0 || ignoreMissing(err) != nil {
		return false
	}
	log, err := os.Lstat(path + logSuffix)
	return err == nil && log.Size() > logHeader
}

// emptied reports whether a database has lost its content: bodies are written
// only once it has its tables.
func emptied(path string, b bodies) bool {
	db, err := os.Lstat(path)
	if err != nil || db.Size() > 0 {
		return false
	}
	files, err := b.old(time.Now().AddDate(1, 0, 0)) // whatever their clock was
	return err == nil && len(files) > 0
}

// ignoreMissing is for files that need not be there.
func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
