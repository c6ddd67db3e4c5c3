package cmd

import (
	"context"

	"github.com/whk-cli/whk/internal/provider"
)

// newListenJudge prepares the verdicts. Secrets that flags name, and with -p
// those that anything names, are looked up at once, so that a wrong source is
// an error before anything is received.
func (app *App) newListenJudge(ctx context.Context, opts *listenOptions) (*provider.Judge, error) {
	tokens, err := opts.tokens()
	if err != nil {
		return nil, err
	}
	options := provider.JudgeOptions{
		Keys: func(p *provider.Provider) (provider.Keys, error) {
			found, err := app.secretsFor(ctx, p, opts.secretFlags, true)
			return found.Keys, err
		},
		Tolerance: opts.Tolerance.or(-1), Strict: opts.Strict, NoVerify: opts.NoVerify, Greet: true, VerifyTokens: tokens,
	}
	if opts.Provider == "" {
		if len(opts.Variants) > 0 {
			return nil, variantAlone()
		}
		if !opts.NoVerify {
			if err := app.finder(opts.secretFlags).Named(ctx); err != nil {
				return nil, sourceError(err, sourceHint)
			}
		}
		app.providers().ReadSigns()
		return app.providers().Judge(options, app.warnOfFile()), nil
	}
	p, err := app.loadProvider(opts.providerFlags)
	if err != nil {
		return nil, err
	}
	if !opts.NoVerify {
		if _, err := options.Keys(p); err != nil {
			return nil, err
		}
	}
	return provider.NewJudge([]*provider.Provider{p}, true, options), nil
}

// warnOfFile tells once of each provider whose file is wrong.
func (app *App) warnOfFile() func(error) {
	return func(err error) { app.warnOnce(err.Error()) }
}
