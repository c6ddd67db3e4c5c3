package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/store"
)

// formatOptions are the flags as the reader of the input takes them.
func (app *App) formatOptions(opts *verifyOptions) format.Options {
	return format.Options{Method: opts.Method, URL: opts.URL, Header: opts.Header, Only: opts.Entry.only(), ReadFile: app.readReferred}
}

// readReferred reads a file that the input names. The input may be a stranger's,
// so only regular files in and below the working directory are read.
func (app *App) readReferred(name string) ([]byte, error) {
	root, err := os.OpenRoot(app.Dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	info, err := root.Stat(name)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, errors.New("there is no such file in the working directory")
	case err != nil:
		return nil, errors.New("only files in the working directory are read")
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a regular file")
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, errors.New("the file cannot be opened")
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, format.DefaultLimit+1))
}

// kindTitle names a form of input for people.
func kindTitle(k format.Kind) string {
	switch k {
	case format.HTTP:
		return "a raw HTTP request"
	case format.JSON:
		return "a delivery in JSON"
	case format.NDJSON:
		return "deliveries in JSON, one a line"
	case format.HAR:
		return "a request in a HAR"
	case format.Curl:
		return "a curl command"
	}
	return "a body"
}

// deliveries is what is to be judged.
type deliveries struct {
	kind       format.Kind
	captured   bool // from the own store
	deliveries iter.Seq2[format.Entry, error]
	lines      *format.BatchReader // the same, for those that stand one to a line
	large      *largeFile          // the body, where it stays in its file
	name       string              // as typed, for messages
	close      func()
}

// openDeliveries finds out whether the input is a file or a capture.
func (app *App) openDeliveries(ctx context.Context, opts *verifyOptions) (*deliveries, error) {
	if err := opts.secretFlags.claimsStdin(opts.Input); err != nil {
		return nil, err
	}
	word := opts.Input
	if looksLikeRef(word) {
		s, err := app.reader(ctx)
		switch {
		case errors.Is(err, store.ErrNoStore):
			if !app.isFile(word) {
				return nil, failed(fmt.Errorf("no file %q, and nothing has been captured yet", word), "whk listen captures deliveries")
			}
		case err != nil:
			return nil, err
		default:
			id, err := s.Resolve(ctx, word)
			if app.isFile(word) {
				s.Close()
				if err == nil {
					return nil, usageError(fmt.Errorf("%q is a file and a captured delivery", word),
						"whk verify ./"+word+"   for the file", "whk verify "+id+"   for the capture")
				}
				break
			}
			if err != nil {
				s.Close()
				return nil, resolveError(word, err)
			}
			if err := opts.Entry.check(""); err != nil {
				s.Close()
				return nil, err
			}
			return capturedDelivery(ctx, s, id), nil
		}
	}
	return app.openFile(opts)
}

func capturedDelivery(ctx context.Context, s *store.Store, id string) *deliveries {
	return &deliveries{captured: true, name: id, close: func() { s.Close() },
		deliveries: func(yield func(format.Entry, error) bool) {
			d, err := s.Get(ctx, id)
			yield(format.Entry{Delivery: d, Line: 1}, err)
		}}
}

func (app *App) openFile(opts *verifyOptions) (*deliveries, error) {
	const example = `whk verify -p saas --secret-file secret.txt -H "X-Webhook-Signature: …" body.json`
	r, err := app.openInput(opts.Input, example)
	if err != nil {
		return nil, err
	}
	kind := format.Kind(opts.As)
	if len(opts.Header) > 0 {
		if kind != "" && kind != format.Body {
			return nil, usageError(fmt.Errorf("with --header the input is a body, and --as says %s", kind), "leave one of them out")
		}
		kind = format.Body
	}
	in := &deliveries{name: opts.Input, close: func() { r.Close() }}
	if kind == format.Body {
		in.large = asLarge(r)
	}
	if err := in.open(r, kind, app.formatOptions(opts)); err != nil {
		r.Close()
		return nil, inputError(opts.Input, err)
	}
	if err := opts.Entry.check(in.kind); err != nil {
		r.Close()
		return nil, err
	}
	if in.kind == format.Body && len(opts.Header) == 0 && kind == "" && opts.Provider == "" {
		r.Close()
		return nil, usageError(errors.New("the input is a body without headers, so there is no signature to check"),
			"give the headers that came with it: "+example, "a raw request begins with a line such as POST /path HTTP/1.1",
			"if it was meant for a delivery in JSON, --as json says what is wrong with it")
	}
	return in, nil
}

// open finds out the input's form, unless kind is given, and how to read it.
func (in *deliveries) open(r io.Reader, kind format.Kind, options format.Options) (err error) {
	if kind == "" {
		if kind, r, err = format.Detect(r, options); err != nil {
			return err
		}
	}
	if in.kind = kind; kind == format.NDJSON {
		in.lines = format.NewBatchReader(r, options)
	}
	_, in.deliveries, err = format.Open(r, kind, options)
	return err
}

func inputError(name string, err error) error {
	if errors.Is(err, format.ErrEmpty) {
		return failed(readError(name, err), "an empty body needs its headers: -H \"Name: value\"")
	}
	return failed(readError(name, err), "--as says which form it has, where whk is to be told")
}
