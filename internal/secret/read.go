package secret

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

const (
	// maxSecret bounds what is read of one source; keys are far smaller.
	maxSecret = 64 << 10
	// patience is how long a file, which may be a pipe, or a command may take.
	patience = 30 * time.Second
)

var errTooLarge = errors.New("is larger than 64 KiB, which no secret is")

// readStdin has no time limit, since a person may be typing.
func readStdin(ctx context.Context, stdin io.Reader) (piece, error) {
	const label = "standard input"
	if stdin == nil {
		return piece{}, &Error{Source: label, Msg: "is closed"}
	}
	return read(ctx, label, func() (io.ReadCloser, error) { return io.NopCloser(stdin), nil })
}

// readFile reads a file or a pipe. With a root, it must be inside it, also
// after following links.
func readFile(ctx context.Context, label, path, root string) (piece, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errors.New("nothing came within "+patience.String()))
	defer cancel()
	return read(ctx, label, func() (io.ReadCloser, error) { return openFile(path, root) })
}

func openFile(path, root string) (*os.File, error) {
	f, err := openWithin(path, root)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = errors.New("is a directory")
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func openWithin(path, root string) (*os.File, error) {
	if root == "" {
		return os.Open(path)
	}
	rel, err := filepath.Rel(root, path)
	if err != nil {
		return nil, err
	}
	r, err := os.OpenRoot(root)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return r.Open(rel)
}

// read reads a source, which may block for ever, until ctx ends.
func read(ctx context.Context, label string, open func() (io.ReadCloser, error)) (piece, error) {
	type result struct {
		data []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		data, err := readAll(open)
		done <- result{data, err}
	}()
	select {
	case r := <-done:
		if r.err != nil {
			return piece{}, &Error{Source: label, Msg: cause(r.err), Err: r.err}
		}
		return piece{label: label, bytes: trimLineBreak(r.data)}, nil
	case <-ctx.Done():
		return piece{}, interrupted(ctx, label)
	}
}

// interrupted is the error for a source that took too long, or ctx's own if the
// whole command was stopped.
func interrupted(ctx context.Context, label string) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &Error{Source: label, Msg: context.Cause(ctx).Error(), Err: ctx.Err()}
	}
	return ctx.Err()
}

func readAll(open func() (io.ReadCloser, error)) ([]byte, error) {
	r, err := open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, maxSecret+1))
	if err == nil && len(data) > maxSecret {
		err = errTooLarge
	}
	return data, err
}

// trimLineBreak removes one final LF or CRLF.
func trimLineBreak(data []byte) []byte {
	if rest, ok := bytes.CutSuffix(data, []byte("\n")); ok {
		return bytes.TrimSuffix(rest, []byte("\r"))
	}
	return data
}

// cause is an error's text without the path, which the label has already.
func cause(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	return err.Error()
}
