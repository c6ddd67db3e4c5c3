//go:build unix

package config

import (
	"io/fs"
	"os"
	"syscall"
)

// ownedByUser reports whether the file is of the user who runs this process.
func ownedByUser(info fs.FileInfo) bool { return ownedBy(os.Geteuid(), info) }

// ownedByUserOrRoot also takes root, who writes the files of managed homes.
func ownedByUserOrRoot(info fs.FileInfo) bool { return ownedByUser(info) || ownedBy(0, info) }

func ownedBy(uid int, info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == uid
}

// writableByAll reports whether everybody may change the file.
func writableByAll(info fs.FileInfo) bool { return info.Mode().Perm()&0o002 != 0 }
