// Package statedir is the directory in which whk keeps captures, development
// secrets and locks: where it is, who may read it, and how its small files are
// made.
//
// The directory is 0700 and its files 0600, whatever the umask. A link in the
// directory's place and a directory of another user are refused, since whoever
// controls either could read the secrets in it or replace them. Everything
// below the directory is reached through an open handle of it ([os.Root]), so
// that nothing is ever created outside, even if the path is swapped while whk
// runs. On Windows, modes and owners are not checked: there the directory is in
// the user's profile, whose access list protects it.
package statedir

import (
	"errors"
	"path/filepath"
)

// ErrNoDefault is the error of [Default] when the environment does not name a
// place.
var ErrNoDefault = errors.New("no state directory: neither HOME nor XDG_STATE_HOME is set")

// Error is a refusal to use the state directory, or a file in it, because that
// is not safe. Plain failures of the file system are [*io/fs.PathError].
type Error struct {
	Path string
	Msg  string // what is wrong with Path
	Hint string // what to do about it, "" when there is nothing to say
}

func (e *Error) Error() string { return e.Path + ": " + e.Msg }

// Default is where the state directory is when nothing else names one:
// $XDG_STATE_HOME/whk, else the platform's counterpart. That is
// ~/Library/Application Support/whk on macOS, %LOCALAPPDATA%\whk on Windows,
// and ~/.local/state/whk elsewhere. As the specification demands, a relative
// $XDG_STATE_HOME counts as unset. goos is [runtime.GOOS] but in tests.
//
// Without a home it is [ErrNoDefault]. Nothing is looked at on disk.
//
// Source of the rule: https://specifications.freedesktop.org/basedir-spec/latest/
func Default(getenv func(string) string, goos string) (string, error) {
	if dir := getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "whk"), nil
	}
	if goos == "windows" {
		return defaultWindows(getenv)
	}
	home := getenv("HOME")
	switch {
	case !filepath.IsAbs(home):
		return "", ErrNoDefault
	case goos == "darwin":
		return filepath.Join(home, "Library", "Application Support", "whk"), nil
	default:
		return filepath.Join(home, ".local", "state", "whk"), nil
	}
}

func defaultWindows(getenv func(string) string) (string, error) {
	if dir := getenv("LOCALAPPDATA"); dir != "" {
		return filepath.Join(dir, "whk"), nil
	}
	if home := getenv("USERPROFILE"); home != "" {
		return filepath.Join(home, "AppData", "Local", "whk"), nil
	}
	return "", ErrNoDefault
}
