package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/secret"
	"github.com/whk-cli/whk/internal/signing"
)

// foundKeys are a provider's secrets and where they came from.
type foundKeys struct {
	provider.Keys
	source   string // for messages; never a value
	endpoint string // the registered endpoint whose they are; "" for none
}

// secretsFor finds the secrets of a provider. dev allows whk's own development
// secret where nothing else is named. What is wrong is a usage error.
func (app *App) secretsFor(ctx context.Context, p *provider.Provider, flags secretFlags, dev bool) (foundKeys, error) {
	app.held.lookup.Lock()
	defer app.held.lookup.Unlock()
	if own := app.held.endpoint; own != nil && own.provider == p.Name {
		return own.keys, nil
	}
	q := secret.Query{Provider: p.Name, Refs: app.secretRefs(p.Name), Usual: p.Secret.Chars()}
	if dev {
		q.Development = app.developmentMaker(p)
	}
	found, err := app.finder(flags).Find(ctx, q)
	if err != nil {
		return foundKeys{}, app.secretError(p, err)
	}
	app.hold(found.Secrets)
	for _, s := range found.Secrets {
		if err := p.CheckSecret(s); err != nil {
			return foundKeys{}, app.misfit(p, found.Source, s, err)
		}
	}
	for _, w := range found.Warnings {
		app.warnOnce(w)
	}
	return foundKeys{provider.Keys{Secrets: found.Secrets, Development: found.Development}, found.Source, ""}, nil
}

// misfit refuses a secret that p can not have. The hints say which form p's
// secrets have, and whose form this one has.
func (app *App) misfit(p *provider.Provider, source string, s signing.Secret, err error) error {
	var hints []string
	if names := app.providers().SecretShows(s); len(names) > 0 {
		const most = 6
		more := ""
		if len(names) > most {
			more, names = fmt.Sprintf(" and %d more", len(names)-most), names[:most]
		}
		hints = append(hints, "it has the form of a secret of "+strings.Join(names, ", ")+more)
	}
	makes := "whk gen-secret -p " + p.Name + " makes one in its format"
	if form := p.Scheme().SecretForm(); form != "" {
		makes += ": " + form
	}
	return usageError(fmt.Errorf("%s is not a secret of %s: %w", source, p.Name, err), append(hints, makes)...)
}

func (app *App) finder(flags secretFlags) *secret.Finder {
	if app.held.finder == nil {
		app.held.finder = &secret.Finder{LookupEnv: app.LookupEnv, Stdin: app.IO.In, State: app.state, Accepted: app.acceptedSecrets}
		for _, s := range flags.given {
			app.held.finder.Given = append(app.held.finder.Given, secret.Source{Kind: s.kind, Value: s.value})
		}
	}
	return app.held.finder
}

func (app *App) secretRefs(name string) []secret.Ref {
	var refs []secret.Ref
	for _, r := range app.config().Providers[name].Secret {
		refs = append(refs, secret.Ref{Kind: r.Kind, Value: r.Value, Dir: r.Dir, Root: r.Root, Origin: r.Origin})
	}
	return refs
}

// developmentMaker makes a development secret in the provider's own format.
func (app *App) developmentMaker(p *provider.Provider) func() ([]byte, error) {
	return func() ([]byte, error) {
		text, _, err := p.Generate(app.Random, 0)
		return []byte(text), err
	}
}

// developmentSecret is the provider's development secret, whatever other
// secrets are known.
func (app *App) developmentSecret(ctx context.Context, p *provider.Provider) ([]byte, error) {
	none := func(string) (string, bool) { return "", false }
	finder := &secret.Finder{LookupEnv: none, State: app.state}
	found, err := finder.Find(ctx, secret.Query{Provider: p.Name, Development: app.developmentMaker(p)})
	if err != nil {
		return nil, app.secretError(p, err)
	}
	return found.Secrets[0].Bytes(), nil
}

func (app *App) secretError(p *provider.Provider, err error) error {
	var coded *exitError
	if errors.As(err, &coded) || errors.Is(err, context.Canceled) {
		return err // from opening the state directory
	}
	if errors.Is(err, secret.ErrNone) {
		return usageError(fmt.Errorf("no secret of %s is known", p.Name),
			"give it: --secret-file FILE, or "+p.SecretVariable()+" in the environment",
			"--dev-secret uses the one that whk trigger and whk listen share")
	}
	return sourceError(err, "name another source: --secret-file FILE, --secret-env NAME, or "+p.SecretVariable()+" in the environment")
}

// sourceHint is what to do about a source of no provider in particular.
const sourceHint = "name another source: --secret-file FILE, or --secret-env NAME"

// sourceError is an error of a source that is named and holds no secret.
func sourceError(err error, hint string) error {
	var e *secret.Error
	if errors.As(err, &e) && e.Hint != "" {
		hint = e.Hint
	}
	return usageError(err, hint)
}

// claimsStdin refuses a command line on which the input and a secret both come
// from standard input.
func (f *secretFlags) claimsStdin(input string) error {
	if !slices.Contains([]string{"", "-", "@-"}, input) {
		return nil
	}
	if slices.Contains(f.given, secretSource{secret.KindFile, "-"}) {
		return usageError(errors.New("standard input can be the secret or the input, not both"),
			"name a file for one of them: --secret-file FILE, or the input's name as the last argument")
	}
	return nil
}

// hold remembers secrets, so that no message shows one.
func (app *App) hold(secrets []signing.Secret) {
	app.held.mu.Lock()
	defer app.held.mu.Unlock()
	app.held.secrets = append(app.held.secrets, secrets...)
}

// scrub is the safety net under all messages: it hides every secret that was
// looked up.
func (app *App) scrub(text string) string {
	app.held.mu.Lock()
	secrets := slices.Clone(app.held.secrets)
	app.held.mu.Unlock()
	return secret.Scrub(text, secrets...)
}

// signAs signs b with the first of the keys, and warns of a token that has
// expired before it is sent.
func (app *App) signAs(b *built, keys foundKeys, now time.Time) error {
	if err := b.sign(keys.Secrets[0], now); err != nil {
		return err
	}
	if !b.provider.Scheme().Token() {
		return nil
	}
	verifier, err := b.provider.Scheme().Verifier(keys.Secrets, -1)
	if err != nil {
		return usageError(err)
	}
	m := signing.Message{Method: b.request.Method, URL: b.message.URL, Header: b.request.Header.HTTP(), Body: b.request.Body}
	if _, err := verifier.Verify(&m, app.Now()); errors.Is(err, signing.ErrExpired) {
		app.warn(strings.TrimPrefix(err.Error(), "the ")+": its time follows from the body", "give the body a time of today, or judge it with --at")
	}
	return nil
}

// genSecretError distinguishes a size that is not allowed from a source of
// randomness that fails.
func genSecretError(err error) error {
	if errors.Is(err, provider.ErrSecretSize) {
		return usageError(err, sizeHint)
	}
	return failed(err)
}
