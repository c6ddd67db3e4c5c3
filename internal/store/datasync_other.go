//go:build !linux

package store

// fileSystem is what the address of a database that is written to says of its file
// system: nothing, so that it is SQLite's own.
func fileSystem() (query string, err error) { return "", nil }
