package cmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/ui"
)

type genSecretOptions struct {
	providerFlags
	Bytes       int
	Count       int
	Development bool
	Public      bool
}

func newGenSecretCmd(app *App, run func(*cobra.Command, *App, *genSecretOptions) error) *cobra.Command {
	opts := &genSecretOptions{}
	cmd := &cobra.Command{
		Use:     "gen-secret",
		GroupID: groupSign,
		Short:   "Make a signing secret in the provider's own format",
		Long: `gen-secret makes a signing secret in the provider's own format. For a provider
that signs with a private key it makes a pair of keys, and prints the private
one; --json has both, and --public prints what a receiver verifies with.`,
		Example: `  # 32 random bytes in hex
  whk gen-secret

  # in a provider's format, into a file that only you can read
  (umask 077; whk gen-secret -p cloudblue-connect > secret.txt)

  # the secret that listen and trigger share until you give them another
  whk gen-secret -p saas --development`,
		Annotations: map[string]string{needsConfig: ""},
		Args:        cobra.NoArgs,
		RunE:        func(cmd *cobra.Command, _ []string) error { return run(cmd, app, opts) },
	}
	opts.add(cmd, app)
	cmd.Flags().IntVar(&opts.Bytes, "bytes", 0, fmt.Sprintf("the `number` of random bytes, %d to %d; the provider's usual size unless given", provider.LeastSecretBytes, provider.MostSecretBytes))
	cmd.Flags().IntVar(&opts.Count, "count", 1, "the `number` of secrets")
	cmd.Flags().BoolVar(&opts.Development, "development", false, "print whk's own development secret of the provider")
	cmd.Flags().BoolVar(&opts.Public, "public", false, "print the public key of a pair, in place of the private one; with --json both are printed anyway")
	return cmd
}

// sizeHint is the hint for a size that is not allowed.
const sizeHint = "leave --bytes out for the usual size"

type secretJSON struct {
	Provider    string `json:"provider,omitempty"`
	Secret      string `json:"secret"`           // the private key of a pair
	Public      string `json:"public,omitempty"` // the public one
	Development bool   `json:"development,omitempty"`
}

func runGenSecret(cmd *cobra.Command, app *App, opts *genSecretOptions) error {
	var p *provider.Provider
	generate := func(n int) (string, string, error) {
		text, err := provider.SecretFormat{}.Generate(app.Random, n)
		return text, "", err
	}
	if opts.Provider != "" {
		var err error
		if p, err = app.loadProvider(opts.providerFlags); err != nil {
			return err
		}
		generate = func(n int) (string, string, error) { return p.Generate(app.Random, n) }
	}
	if opts.Public && (p == nil || !p.Scheme().KeyPair()) {
		return usageError(errors.New("--public is for providers that sign with a private key"), "whk providers lists how each one signs")
	}
	if opts.Count < 1 || opts.Count > 10_000 {
		return usageError(fmt.Errorf("--count %d: 1 to 10000 can be made at once", opts.Count), "whk gen-secret --count 10")
	}
	flags := cmd.Flags()
	if flags.Changed("bytes") && opts.Bytes == 0 {
		return usageError(fmt.Errorf("0 bytes are not a size for a secret: it has %d to %d", provider.LeastSecretBytes, provider.MostSecretBytes), sizeHint)
	}
	if opts.Development {
		return app.printDevelopment(cmd.Context(), p, opts.Public, flags.Changed("bytes") || flags.Changed("count"))
	}
	// All are made before the first is printed: an error leaves no output.
	var secrets []secretJSON
	for range opts.Count {
		text, public, err := generate(opts.Bytes)
		if err != nil {
			return genSecretError(err)
		}
		secrets = append(secrets, secretJSON{Provider: opts.Provider, Secret: text, Public: public})
	}
	for _, made := range secrets {
		if err := app.printSecret(made, opts.Public); err != nil {
			return err
		}
	}
	return nil
}

func (app *App) printDevelopment(ctx context.Context, p *provider.Provider, public, sized bool) error {
	if p == nil {
		return usageError(errors.New("--development needs a provider: each has its own"), "whk gen-secret -p saas --development")
	}
	if sized {
		return usageError(errors.New("--development prints the secret that there is, so --bytes and --count do not go with it"), "whk gen-secret -p "+p.Name+" --development")
	}
	secret, err := app.developmentSecret(ctx, p)
	if err != nil {
		return err
	}
	made := secretJSON{Provider: p.Name, Secret: string(secret), Public: p.PublicKey(signing.NewSecret(secret)), Development: true}
	return app.printSecret(made, public)
}

func (app *App) printSecret(s secretJSON, public bool) error {
	if app.global.JSON {
		return ui.JSON(app.IO.Out, s)
	}
	text := s.Secret
	if public {
		text = s.Public
	}
	_, err := fmt.Fprintln(app.IO.Out, text)
	return err
}
