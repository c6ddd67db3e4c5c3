//go:build !unix

package screen

// Run does nothing: nothing here stops and continues programs.
func (suspension) Run() error { return errNotSuspended }
