package config

import "io/fs"

// On Windows the access lists decide who can write where, and modes and owners
// say nothing.

func ownedByUser(fs.FileInfo) bool       { return true }
func ownedByUserOrRoot(fs.FileInfo) bool { return true }
func writableByAll(fs.FileInfo) bool     { return false }
