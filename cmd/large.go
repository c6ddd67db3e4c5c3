package cmd

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/webhook"
)

// largeBody is the size in bytes above which the body in a file is read in
// pieces where its scheme allows that. Then only its signature is looked at.
const largeBody = 8 << 20

// largeFile is a body that stays in its file. A verdict on it counts only when
// err is nil.
type largeFile struct {
	file *os.File
	size int64
	err  error
}

// asLarge is r as a large body; nil when it is none, or no regular file.
func asLarge(r io.Reader) *largeFile {
	f, ok := r.(*os.File)
	if !ok {
		return nil
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() <= largeBody {
		return nil
	}
	return &largeFile{file: f, size: info.Size()}
}

// ReadAt reads from the file and keeps its error. A file that has become
// shorter counts as one.
func (l *largeFile) ReadAt(p []byte, at int64) (int, error) {
	n, err := l.file.ReadAt(p, at)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		l.err = err
	case n < len(p) && at+int64(n) < l.size:
		l.err = io.ErrUnexpectedEOF
	}
	return n, err
}

func (l *largeFile) section() *io.SectionReader { return io.NewSectionReader(l, 0, l.size) }

// stream leaves the input's body in its file, where that is large and the scheme
// only hashes it.
func (in *deliveries) stream(app *App, scheme *signing.Scheme, opts *verifyOptions) {
	if in.large == nil || scheme == nil || !scheme.Streams() {
		in.large = nil
		return
	}
	app.note("the body of %d bytes is read in pieces: only its signature is checked", in.large.size)
	method := opts.Method
	if method == "" {
		method = "POST"
	}
	entry := format.Entry{Line: 1, Delivery: &webhook.Delivery{Method: method, URL: opts.URL, Header: opts.Header}}
	in.deliveries = func(yield func(format.Entry, error) bool) { yield(entry, nil) }
}

// openLarge opens the body that sign is given if it is a large file; nil when it
// is not.
func (app *App) openLarge(opts *signOptions, scheme *signing.Scheme) (*largeFile, error) {
	if inputTitle(opts.Body) == stdinTitle || !scheme.Streams() {
		return nil, nil
	}
	f, err := os.Open(app.path(strings.TrimPrefix(opts.Body, "@")))
	if err != nil {
		return nil, nil // reading it says so
	}
	large := asLarge(f)
	if large == nil {
		return nil, f.Close()
	}
	if opts.Print != "headers" && opts.Print != "value" {
		f.Close()
		return nil, usageError(fmt.Errorf("--print %s would print the %d bytes of the body", opts.Print, large.size), "--print headers, or value, is for large ones")
	}
	return large, nil
}
