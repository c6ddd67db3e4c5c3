package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/whk-cli/whk/internal/statedir"
	"github.com/whk-cli/whk/internal/ui"
)

// maxEdited bounds a body that comes out of an editor.
const maxEdited = 64 << 20

// editFunc lets a person change a body. name tells an editor what it is; exact
// is a body that was given, and is shown as it is.
type editFunc func(name string, body []byte, exact bool) ([]byte, error)

// editWith is how --edit changes a body; nil without it.
func (app *App) editWith(ctx context.Context, wanted bool) (editFunc, error) {
	if !wanted {
		return nil, nil
	}
	e, err := app.newEditor()
	if err != nil {
		return nil, err
	}
	return func(name string, body []byte, exact bool) ([]byte, error) {
		shown := body
		if !exact {
			shown = indented(body)
		}
		return e.edit(ctx, name, body, shown)
	}, nil
}

// editName is a file's name for a body, by whose ending an editor knows JSON.
func editName(c *chosenSample, body []byte) string {
	if json.Valid(body) {
		return c.name + ".json"
	}
	return c.name + ".txt"
}

// editor lets a person change a body before it is signed.
type editor struct {
	app  *App
	line string // the command, as the environment has it
	from string // the variable that names it, "" for the usual one
}

// newEditor finds the person's editor. It is called before anything is built,
// so that a missing one is an error at once.
func (app *App) newEditor() (*editor, error) {
	if !app.IO.InTTY {
		return nil, usageError(errors.New("--edit opens an editor, and there is no terminal here"),
			"--override PATH=VALUE and --data @FILE change the body without one")
	}
	for _, name := range []string{"VISUAL", "EDITOR"} {
		if line := app.getenv(name); strings.TrimSpace(line) != "" {
			return &editor{app, line, name}, nil
		}
	}
	usual := "vi"
	if runtime.GOOS == "windows" {
		usual = "notepad"
	}
	if _, err := exec.LookPath(usual); err != nil {
		return nil, usageError(errors.New("--edit opens an editor, and neither VISUAL nor EDITOR names one"), "EDITOR=nano whk trigger …")
	}
	return &editor{app: app, line: usual}, nil
}

// edit opens what is shown of body, and returns the bytes that were saved, or body
// when nothing was changed. A final line break that was not there, and that
// editors add by themselves, is left out.
func (e *editor) edit(ctx context.Context, name string, body, shown []byte) ([]byte, error) {
	dir, err := e.app.state()
	if err != nil {
		return nil, err
	}
	scratch, err := dir.Scratch(name, shown)
	if err != nil {
		return nil, failed(fmt.Errorf("make a file to edit: %w", err), "name another directory with --state DIR")
	}
	defer scratch.Close()
	if err := e.open(ctx, scratch.Path()); err != nil {
		return nil, err
	}
	saved, err := scratch.Read(maxEdited)
	if err != nil {
		var refusal *statedir.Error
		if errors.As(err, &refusal) {
			return nil, failed(err, refusal.Hint)
		}
		return nil, failed(fmt.Errorf("read what was edited: %w", err), "nothing was sent")
	}
	return e.settle(body, shown, saved)
}

// settle makes the body from what was saved, and says what was changed.
func (e *editor) settle(body, shown, saved []byte) ([]byte, error) {
	if len(bytes.TrimSpace(saved)) == 0 {
		return nil, usageError(errors.New("the payload was saved empty, so nothing is sent"), "to send an empty body: --data @/dev/null")
	}
	left := ""
	if !endsLine(shown) && endsLine(saved) {
		saved = bytes.TrimSuffix(bytes.TrimSuffix(saved, []byte("\n")), []byte("\r"))
		left = ", without the line break at the end, which the payload did not have"
	}
	switch {
	case bytes.Equal(saved, shown):
		e.app.note("edited: nothing was changed, %s", ui.Size(int64(len(body))))
		return body, nil
	case json.Valid(body) && !json.Valid(saved):
		e.app.warn("what was saved is not JSON; it goes out as it is")
	}
	e.app.note("edited: %s as saved%s", ui.Size(int64(len(saved))), left)
	return saved, nil
}

func endsLine(text []byte) bool { return bytes.HasSuffix(text, []byte("\n")) }

// indented is body with one member on a line, where it is JSON.
func indented(body []byte) []byte {
	var out bytes.Buffer
	if json.Indent(&out, body, "", "  ") != nil {
		return body
	}
	return out.Bytes()
}

// open runs the editor and waits for it. An end of ctx ends it, too.
func (e *editor) open(ctx context.Context, file string) error {
	cmd := exec.CommandContext(ctx, "sh", "-c", e.line+` "$@"`, e.line, file)
	if runtime.GOOS == "windows" {
		words := append(strings.Fields(e.line), file)
		cmd = exec.CommandContext(ctx, words[0], words[1:]...)
	}
	cmd.WaitDelay = time.Second
	cmd.Stdin, cmd.Stdout, cmd.Stderr = e.app.IO.In, e.app.IO.Out, e.app.IO.Err
	if !e.app.IO.OutTTY {
		cmd.Stdout = e.app.IO.Err // a result that is piped on is not the editor's
	}
	err := cmd.Run()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return hinted(ctx.Err(), "nothing was sent")
	}
	hint := "nothing was sent; EDITOR or VISUAL names another one"
	if e.from != "" {
		hint = "nothing was sent; " + e.from + " names it"
	}
	return failed(fmt.Errorf("editor %s: %w", e.line, err), hint)
}
