package cmd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

// readyFlag names a file that is there while the listener takes deliveries, and
// holds its URL.
type readyFlag struct{ ReadyFile string }

func (f *readyFlag) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.ReadyFile, "ready-file", "", "write the URL to this `file` when ready, and remove it at the end")
}

// clearReady removes what a killed listener has left, so that nobody takes it
// for this one's.
func (app *App) clearReady(name string) error {
	if err := app.canWrite(name); err != nil || name == "" {
		return err
	}
	if err := os.Remove(app.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return failed(readError("--ready-file "+name, err), "name a file in a directory that you may write")
	}
	return nil
}

// tellReady writes the ready file; the result removes it.
func (app *App) tellReady(name, url string) (remove func(), err error) {
	if name == "" {
		return func() {}, nil
	}
	if err := app.writeWhole(name, []byte(url+"\n")); err != nil {
		return func() {}, failed(err, "name a file in a directory that you may write")
	}
	return func() {
		if err := os.Remove(app.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			app.warn("the ready file is still there: " + err.Error())
		}
	}, nil
}

// canWrite refuses early what writeWhole could not write.
func (app *App) canWrite(name string) error {
	if name == "" {
		return nil
	}
	path := app.path(name)
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return failed(fmt.Errorf("%s is no file to be written", name), "name a file")
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return failed(fmt.Errorf("write %s: there is no directory %s", name, filepath.Dir(name)), "make it, or name another file")
	}
	return nil
}

// writeWhole writes a file that others see whole or not at all.
func (app *App) writeWhole(name string, data []byte) (err error) {
	path := app.path(name)
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, withoutPath(err))
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
			err = fmt.Errorf("write %s: %w", name, withoutPath(err))
		}
	}()
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// withoutPath strips the name of a file that nobody typed.
func withoutPath(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return e.Err
	}
	return err
}
