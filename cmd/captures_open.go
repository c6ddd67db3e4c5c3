package cmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"syscall"

	"github.com/whk-cli/whk/internal/store"
)

// openCaptures opens the captures for writing, and makes the store when there
// is none. It reports what was damaged.
func (app *App) openCaptures(ctx context.Context, dir string) (*store.Store, error) {
	return app.openCapturesWith(ctx, dir, store.Options{})
}

func (app *App) openCapturesWith(ctx context.Context, dir string, opts store.Options) (*store.Store, error) {
	opts.Now, opts.Recovered, opts.Recovering = app.Now, app.recovered, app.recovering
	s, err := store.Open(ctx, dir, opts)
	if err != nil {
		return nil, storeError(err)
	}
	return s, nil
}

// storeError says why captures can not be kept, or read.
func storeError(err error) error {
	var newer *store.VersionError
	switch {
	case errors.As(err, &newer):
		return failed(err, "use the whk that wrote it, or another directory with --state DIR")
	case isDamage(err), len(diskHints(err)) > 0:
		return failed(err) // whose hints finish adds
	}
	return failed(err, "name another directory with --state DIR")
}

// damageHints say what to do about a database that can not be read.
func damageHints(err error) []string {
	var damage *store.CorruptError
	switch {
	case !errors.As(err, &damage):
		return nil
	case damage.Foreign:
		return []string{"use another directory with --state DIR", "that file is not changed"}
	}
	return []string{
		"the next whk listen, or whk prune, sets the damaged file aside and recovers what can be read",
		"until then it is not changed",
	}
}

// diskHints say what to do about a disk that can not be written.
func diskHints(err error) []string {
	var disk *store.DiskError
	errors.As(err, &disk)
	var path *fs.PathError
	switch {
	case errors.As(err, &path) && path.Path == "/dev/stdout":
		return []string{"what is printed has no room where it goes"}
	case disk != nil && disk.Full, errors.Is(err, syscall.ENOSPC):
		return []string{"free some space there; whk prune itself needs a little"}
	case disk != nil && disk.ReadOnly, errors.Is(err, syscall.EROFS):
		return []string{"name another directory with --state DIR: a copy of this one, to read what is in it"}
	}
	return nil
}

func isDamage(err error) bool { return errors.As(err, new(*store.CorruptError)) }

// recovering announces that a large damaged database is being read.
func (app *App) recovering(cause error) {
	app.note("%s", app.scrub(fmt.Sprintf("the captures are damaged: %v; reading what can be read, which takes a while", damageOf(cause))))
}

// damageOf is the cause without the file's name, which the hint has.
func damageOf(cause error) error {
	if damage := new(store.CorruptError); errors.As(cause, &damage) {
		return damage.Err
	}
	return cause
}

// namedLost is how many lost captures a message names.
const namedLost = 10

// lostThings says in words what tables hold.
func lostThings(tables []string) []string {
	var things []string
	for _, part := range []struct{ prefix, words string }{
		{"endpoint", "registered endpoints and what was sent to them"},
		{"forward", "forwards that waited"},
	} {
		if slices.ContainsFunc(tables, func(name string) bool { return strings.HasPrefix(name, part.prefix) }) {
			things = append(things, part.words)
		}
	}
	return things
}

// recovered reports a database that was damaged, also with --quiet: captures
// may be lost.
func (app *App) recovered(r store.Recovery) {
	if r.Aside == "" {
		app.IO.Warn(app.scrub(fmt.Sprintf("the disk has lost captures that it had confirmed: %s; before that: %v", strings.Join(r.Lost[:min(len(r.Lost), namedLost)], ", "), r.Cause)))
		return
	}
	text := fmt.Sprintf("the captures were damaged: %v; %s could be read, and are kept in a new file", damageOf(r.Cause), deliveriesText(r.Kept))
	switch n := len(r.Lost); {
	case n == 1:
		text += "; 1 is lost: " + r.Lost[0]
	case n > 0:
		text += fmt.Sprintf("; %d are lost: %s", n, strings.Join(r.Lost[:min(n, namedLost)], ", "))
		if n > namedLost {
			text += ", ..."
		}
	case r.Pages == 0 && r.Bodies == 0:
		text += "; none is known to be lost"
	}
	if r.Pages > 0 {
		text += fmt.Sprintf("; what was in %s of 16 KiB could not be read, perhaps other captures", countText(r.Pages, "part"))
	}
	if things := lostThings(r.Tables); len(things) > 0 {
		text += "; perhaps lost: " + strings.Join(things, ", ")
	}
	hint := "the damaged file is kept in " + r.Aside
	if r.Bodies > 0 {
		hint += fmt.Sprintf(", with %d large bodies whose captures are lost", r.Bodies)
	}
	app.IO.Warn(app.scrub(text), hint)
}
