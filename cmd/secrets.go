package cmd

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/signing"
)

// foundKeys are a provider's secrets and where they came from.
type foundKeys struct {
	provider.Keys
	source string // for messages; never a value
}

// TEMPORARY until internal/secret lands.
func (app *App) secretsFor(ctx context.Context, p *provider.Provider, flags secretFlags, dev bool) (foundKeys, error) {
	var found foundKeys
	for _, s := range flags.given {
		found.source = "--secret-" + s.kind
		switch s.kind {
		case "value":
			found.Secrets = append(found.Secrets, signing.NewSecret([]byte(s.value)))
		case "env":
			found.Secrets = append(found.Secrets, signing.NewSecret([]byte(app.getenv(s.value))))
		case "file":
			b, err := os.ReadFile(app.path(s.value))
			if err != nil {
				return found, usageError(err)
			}
			found.Secrets = append(found.Secrets, signing.NewSecret(b))
		}
	}
	if len(found.Secrets) == 0 {
		if v := app.getenv(p.SecretVariable()); v != "" {
			found.Secrets = append(found.Secrets, signing.NewSecret([]byte(v)))
			found.source = p.SecretVariable()
		}
	}
	if len(found.Secrets) == 0 {
		if !dev {
			return found, usageError(errors.New("no secret"))
		}
		b, err := app.developmentSecret(p)
		if err != nil {
			return found, err
		}
		found.Secrets = append(found.Secrets, signing.NewSecret(b))
		found.Development = true
		found.source = "development secret"
	}
	return found, nil
}

func (app *App) developmentSecret(p *provider.Provider) ([]byte, error) {
	dir, err := app.state()
	if err != nil {
		return nil, err
	}
	return dir.CreateOnce("secrets/"+p.Name, func() ([]byte, error) {
		s, err := p.Secret.Generate(app.Random, 0)
		return []byte(s), err
	})
}

// claimsStdin refuses a command line on which the body and a secret both come
// from standard input.
func (f *secretFlags) claimsStdin(body string) error {
	for _, s := range f.given {
		if s.kind == "file" && s.value == "-" && (body == "-" || body == "" || body == "@-") {
			return usagef("standard input can be the secret or the input, not both")
		}
	}
	return nil
}

func (app *App) scrub(text string) string { return text }

// signAs signs b with the first of the keys, and warns of a token that has
// expired before it was made.
func (app *App) signAs(b *built, keys foundKeys, now time.Time) error {
	return b.sign(keys.Secrets[0], now)
}

func genSecretError(err error) error {
	if errors.Is(err, provider.ErrSecretSize) {
		return usageError(err)
	}
	return failed(err)
}
