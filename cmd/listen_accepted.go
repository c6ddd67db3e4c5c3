package cmd

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/secret"
	"github.com/whk-cli/whk/internal/signing"
)

const (
	acceptedDir = "accepted"

	acceptedChars = 1 << 10 // of one
	mostAccepted  = 16      // of a provider
)

// acceptSecret keeps a provider's secret in the state directory, before those
// that are there: some providers make one for each webhook, and the newest is
// the likeliest. Of more than mostAccepted the oldest is dropped. known is how
// many there are now.
func (app *App) acceptSecret(p *provider.Provider, text string) (path string, known int, err error) {
	s := signing.NewSecret([]byte(text))
	if len(text) > acceptedChars || !isPrintable(text) {
		return "", 0, errors.New("it is not a text of up to 1024 characters")
	}
	if err := p.CheckSecret(s); err != nil {
		return "", 0, err
	}
	dir, err := app.state()
	if err != nil {
		return "", 0, err
	}
	kept, err := dir.Update(acceptedDir+"/"+p.Name, func(old []byte) ([]byte, error) {
		return []byte(strings.Join(withAccepted(acceptedIn(old), text), "\n")), nil
	})
	if err != nil {
		return "", 0, err
	}
	app.hold([]signing.Secret{s})
	return filepath.Join(dir.Path(), acceptedDir, p.Name), len(acceptedIn(kept)), nil
}

// withAccepted is the list of secrets, the newest first, with text as the newest.
func withAccepted(old []string, text string) []string {
	others := slices.DeleteFunc(old, func(s string) bool { return s == text })
	return append([]string{text}, others[:min(len(others), mostAccepted-1)]...)
}

// acceptedIn are the secrets of a file, one a line: none has a line break in it.
func acceptedIn(data []byte) []string { return strings.Fields(string(data)) }

func isPrintable(text string) bool {
	for i := range len(text) {
		if text[i] <= ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// accepted says where a secret is kept, and whether it is used.
func (app *App) accepted(title, path string, known int, source string) {
	others := ""
	if known > 1 {
		others = ", before " + countText(known-1, "older one")
	}
	if source != secret.AcceptedSource {
		app.note("the signing secret of %s is kept in %s%s; %s goes before it", title, path, others, source)
		return
	}
	app.note("the signing secret of %s is kept in %s%s, and used from now on", title, path, others)
}

// acceptedSecrets are the secrets that were kept from a provider's handshakes,
// the newest first. It makes no state directory.
func (app *App) acceptedSecrets(name string) ([]string, error) {
	path, err := app.statePath()
	if err != nil {
		return nil, nil // without a state directory there is none
	}
	if _, err := os.Lstat(filepath.Join(path, acceptedDir, name)); err != nil {
		return nil, nil
	}
	dir, err := app.state()
	if err != nil {
		return nil, err
	}
	data, err := dir.ReadFile(acceptedDir + "/" + name)
	if err != nil {
		return nil, err
	}
	texts := acceptedIn(data)
	if len(texts) == 0 {
		return nil, errors.New("the file is empty; remove it: " + filepath.Join(path, acceptedDir, name))
	}
	return texts, nil
}
