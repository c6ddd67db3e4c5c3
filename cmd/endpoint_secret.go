package cmd

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/store"
)

// newSecretFlags give an endpoint a secret.
type newSecretFlags struct {
	secretFlags
	Generate bool
}

func (f *newSecretFlags) add(cmd *cobra.Command) {
	f.secretFlags.add(cmd)
	cmd.Flags().BoolVar(&f.Generate, "generate", false, "make a signing secret in the provider's own format")
}

// find is the secret that the flags name or make; nil for none.
func (f *newSecretFlags) find(ctx context.Context, app *App, p *provider.Provider) ([]byte, error) {
	switch {
	case f.Generate && len(f.given) > 0:
		return nil, usageError(errors.New("--generate makes a secret, and another one is given"), "leave one of them out")
	case len(f.given) > 1:
		return nil, usageError(errors.New("an endpoint has one signing secret, and several are given"),
			"give the current one; whk endpoint rotate-secret keeps the earlier one valid for a while")
	case f.Generate:
		text, _, err := p.Generate(app.Random, 0)
		if err != nil {
			return nil, genSecretError(err)
		}
		app.hold([]signing.Secret{signing.NewSecret([]byte(text))})
		return []byte(text), nil
	case len(f.given) == 0:
		return nil, nil
	}
	keys, err := app.secretsFor(ctx, p, f.secretFlags, false)
	if err != nil {
		return nil, err
	}
	if _, err := p.Scheme().Signer(keys.Secrets[0]); errors.Is(err, signing.ErrPublicKey) {
		return nil, usageError(err, signHint(err)...)
	}
	return keys.Secrets[0].Bytes(), nil
}

// endpointKeys are the secrets that an endpoint has now, the signing one first;
// none where it has none of its own.
func (app *App) endpointKeys(ctx context.Context, s *store.Store, e *store.Endpoint) (foundKeys, error) {
	kept, err := s.EndpointSecrets(ctx, e, app.Now())
	if err != nil {
		return foundKeys{}, storeError(err)
	}
	keys := foundKeys{source: "endpoint " + e.Name, endpoint: e.Name}
	for _, one := range kept {
		keys.Secrets = append(keys.Secrets, signing.NewSecret(one.Value))
	}
	app.hold(keys.Secrets)
	return keys, nil
}
