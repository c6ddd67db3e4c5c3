//go:build unix && !linux

package screen

// stopHere relies on what was sent to the whole process.
func stopHere() {}
