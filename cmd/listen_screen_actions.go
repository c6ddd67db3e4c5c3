package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/screen"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

// screenActions are what the keys of the screen do.
type screenActions struct {
	listener *listener
	view     *listenView
	verifier *verification // of explain, once it was called
}

// read reads a captured delivery and redacts it.
func (s *screenActions) read(ctx context.Context, id string) (shown *webhook.Delivery, err error) {
	d, err := capture(ctx, s.listener.store, id)
	if err != nil {
		return nil, err
	}
	return s.view.redactor.Delivery(d), nil
}

func (s *screenActions) open(ctx context.Context, id string) ([]byte, error) {
	d, err := s.read(ctx, id)
	if err != nil {
		return nil, err
	}
	return ui.AppendDetail(nil, s.view.app.IO.Style(), d, nil), nil
}

// explain looks for what would make a delivery authentic.
func (s *screenActions) explain(ctx context.Context, id string) ([]byte, error) {
	app, l := s.listener.app, s.listener
	d, err := capture(ctx, l.store, id)
	if err != nil || d.Verification.Status != webhook.NotAuthentic || l.opts.NoVerify {
		return nil, err
	}
	opts := &verifyOptions{providerFlags: l.opts.providerFlags, secretFlags: l.opts.secretFlags, Tolerance: l.opts.Tolerance, Strict: l.opts.Strict}
	if s.verifier == nil {
		if s.verifier, err = app.newVerification(ctx, opts, true); err != nil {
			return nil, err
		}
	}
	j := s.verifier.judge(format.Entry{Delivery: d}, new(deliveries))
	if j.err != nil {
		return nil, j.err
	}
	var b strings.Builder
	(&verifyReport{app: app, opts: opts}).appendWhy(&b, s.verifier.why(ctx, &j), j.verdict.Verification.Reason)
	if p := j.verdict.Provider; p != nil && d.Verification.Reason == webhook.ReasonNoSecret {
		fmt.Fprintf(&b, "  %s%s\n", app.IO.Style().Key("hint      "), ui.Safe(l.secretHint(ctx, p)))
	}
	if b.Len() == 0 {
		return nil, nil
	}
	return []byte(app.IO.Style().Bold("why it is not authentic") + "\n" + b.String()), nil
}

// replay sends a delivery again, as whk replay does.
func (s *screenActions) replay(ctx context.Context, id, to string, resign bool) (string, error) {
	text, err := s.send(ctx, id, to, resign)
	if hints := hintsOf(err); len(hints) > 0 {
		err = fmt.Errorf("%w; %s", err, hints[0])
	}
	return text, err
}

func (s *screenActions) send(ctx context.Context, id, to string, resign bool) (string, error) {
	app, l := s.listener.app, s.listener
	opts := &replayOptions{secretFlags: l.opts.secretFlags, networkFlags: l.opts.networkFlags, Variants: l.opts.Variants, To: to, Resign: resign}
	opts.Provider = l.opts.Provider
	r, err := app.newReplayer(opts)
	if err != nil {
		return "", err
	}
	d, err := capture(ctx, l.store, id)
	if err != nil {
		return "", err
	}
	requests, err := r.requests(ctx, d)
	if err != nil {
		return "", err
	}
	if len(requests) == 0 {
		return "", screen.ErrNoTarget
	}
	for _, request := range requests {
		if l.sockets.Reaches(request.URL) {
			return "", fmt.Errorf("%s is this listener itself", app.shownURL(request.URL))
		}
	}
	attempts, err := app.newSender(opts.networkFlags, 0)
	if err != nil {
		return "", err
	}
	defer attempts.Close()
	var told []string
	for _, request := range requests {
		app.hideSent(d.Provider, &request.Request)
		a := request.sentBy(ctx, attempts)
		told = append(told, app.scrub(app.replayedText(request, &a)))
	}
	return "replayed " + strings.Join(told, "; "), nil
}

// replayedText is the outcome of a replay in a line.
func (app *App) replayedText(request *replayRequest, a *webhook.Attempt) string {
	text := "to " + app.shownURL(request.URL)
	if request.signer != nil {
		text += ", signed anew"
		if request.keys.Development {
			text += " with the development secret"
		}
	}
	if len(request.leftOut) > 0 {
		text += ", without " + strings.Join(request.leftOut, ", ")
	}
	switch {
	case a.Error != "":
		return text + ": " + a.Error + ": " + a.Detail
	case a.Acknowledged():
		return fmt.Sprintf("%s: ✓ %d in %s", text, a.Status, ui.Took(a.Duration))
	}
	return fmt.Sprintf("%s: ✗ %d in %s", text, a.Status, ui.Took(a.Duration))
}

func (s *screenActions) curl(ctx context.Context, id string) (string, error) {
	d, err := s.read(ctx, id)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	err = format.WriteCurl(&b, d)
	return b.String(), err
}

// save writes to a new file in the working directory.
func (s *screenActions) save(ctx context.Context, id string, what screen.Part) (string, error) {
	d, err := s.read(ctx, id)
	if err != nil {
		return "", err
	}
	content, ending := d.Body, bodyEnding(d.Body)
	if what != screen.Body {
		var b bytes.Buffer
		write := format.WriteHTTP
		if ending = ".http"; what == screen.Curl {
			write, ending = format.WriteCurl, ".sh"
		}
		if err := write(&b, d); err != nil {
			return "", err
		}
		content = b.Bytes()
	}
	name, err := s.listener.app.writeNew(d.ID, ending, content)
	if err != nil {
		return "", err
	}
	text := fmt.Sprintf("wrote %s to %s", countText(len(content), "byte"), name)
	if _, redacted := format.Redacted(d); redacted && what != screen.Body {
		text += ", with values [redacted]: listen --reveal writes the true ones"
	}
	return text, nil
}

func bodyEnding(body []byte) string {
	switch {
	case json.Valid(body):
		return ".json"
	case utf8.Valid(body):
		return ".txt"
	}
	return ".bin"
}

// writeNew writes a file that only the user can read, and overwrites none: its
// name gets a number where it is taken.
func (app *App) writeNew(name, ending string, content []byte) (string, error) {
	for n := 1; ; n++ {
		file := name + ending
		if n > 1 {
			file = fmt.Sprintf("%s-%d%s", name, n, ending)
		}
		err := createFile(filepath.Join(app.Dir, file), 0o600, content)
		if errors.Is(err, fs.ErrExist) && n < 1000 {
			continue
		}
		return file, err
	}
}
