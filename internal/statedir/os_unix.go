//go:build unix

package statedir

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// hasModes says that permission bits mean something here.
const hasModes = true

// checkOwner refuses what another user owns.
func checkOwner(path string, info fs.FileInfo, hint string) error {
	return checkOwnerIs(os.Geteuid(), path, info, hint)
}

func checkOwnerIs(uid int, path string, info fs.FileInfo, hint string) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || int(stat.Uid) != uid {
		return &Error{path, "belongs to another user", hint}
	}
	return nil
}

// syncDir makes the entries of a directory durable.
func (d *Dir) syncDir(name string) error {
	f, err := d.root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
