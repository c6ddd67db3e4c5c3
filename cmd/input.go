package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/whk-cli/whk/internal/store"
)

// errNoInput means that a command needs input and was given none.
var errNoInput = errors.New("nothing to read: name a file, or pipe something in")

// readBody reads a body: a file, @file, or - for standard input, which is also
// read when nothing is named and it is not a terminal. example is a line to
// type.
func (app *App) readBody(name, example string) ([]byte, error) {
	r, err := app.openInput(name, example)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	body, err := io.ReadAll(r)
	if err != nil {
		return nil, failed(readError(name, err))
	}
	return body, nil
}

// openInput opens what readBody reads.
func (app *App) openInput(name, example string) (io.ReadCloser, error) {
	if name == "" {
		if app.IO.InTTY {
			return nil, usageError(errNoInput, example)
		}
		name = "-"
	}
	if name == "-" || name == "@-" {
		return io.NopCloser(app.IO.In), nil
	}
	file := app.path(strings.TrimPrefix(name, "@"))
	f, err := os.Open(file)
	if err != nil {
		return nil, failed(readError(name, err), "name a file that can be read, or - for standard input")
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		f.Close()
		return nil, failed(fmt.Errorf("%s is a directory", strings.TrimPrefix(name, "@")), "name a file in it")
	}
	return f, nil
}

// path makes a file's name absolute.
func (app *App) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(app.Dir, name)
}

// readError says what could not be read, by the name that was typed.
func readError(name string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Errorf("read %s: %w", inputTitle(name), err)
}

// stdinTitle is what messages call standard input.
const stdinTitle = "standard input"

// inputTitle is what messages call an input.
func inputTitle(name string) string {
	if name == "-" || name == "@-" || name == "" {
		return stdinTitle
	}
	return strings.TrimPrefix(name, "@")
}

// looksLikeRef reports whether a word may be the ID of a capture, a prefix of
// one, or last~N.
func looksLikeRef(word string) bool {
	if word == "last" || strings.HasPrefix(word, "last~") {
		return true
	}
	return word != "" && len(word) <= 13 && strings.Trim(word, "0123456789abcdefghjkmnpqrstvwxyz") == ""
}

// isFile reports whether a word names something that exists.
func (app *App) isFile(word string) bool {
	_, err := os.Stat(app.path(word))
	return err == nil
}

// reader opens the captures for reading; store.ErrNoStore when there are none.
func (app *App) reader(ctx context.Context) (*store.Store, error) {
	path, err := app.statePath()
	if err != nil {
		return nil, err
	}
	s, err := store.OpenReader(ctx, path)
	if err != nil && !errors.Is(err, store.ErrNoStore) {
		return nil, storeError(fmt.Errorf("open the captures in %s: %w", path, err))
	}
	return s, err
}

// noCaptures is store.ErrNoStore for a person.
func noCaptures() error {
	return failed(store.ErrNoStore, "whk listen", "whk trigger Tenant.StatusChanged --to localhost")
}

// resolveError says why a reference means no capture.
func resolveError(ref string, err error) error {
	var many *store.AmbiguousError
	if errors.As(err, &many) {
		return failed(err, "type more of it: "+strings.Join(many.Matches, ", "))
	}
	if errors.Is(err, store.ErrNotFound) {
		return failed(fmt.Errorf("no captured delivery %q", ref), "whk list shows them")
	}
	return failed(err)
}
