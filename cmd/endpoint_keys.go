package cmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/store"
)

// endpointKeyFlags let a registered endpoint say whose deliveries are meant, and
// with which secrets.
type endpointKeyFlags struct {
	Endpoint string
	endpoint *store.Endpoint // once it is looked up; nil without one
}

func (f *endpointKeyFlags) add(cmd *cobra.Command, app *App) {
	cmd.Flags().StringVar(&f.Endpoint, "endpoint", "", "use the provider and the secrets of the registered endpoint of this `name`")
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("endpoint", app.completeEndpoints))
}

// settle sets the provider that is not given otherwise, and has the endpoint's
// secrets found for it: the current one, and earlier ones that are valid now.
func (f *endpointKeyFlags) settle(ctx context.Context, app *App, of *providerFlags, secrets *secretFlags) error {
	if f.Endpoint == "" {
		return nil
	}
	if len(secrets.given) > 0 {
		return usageError(errors.New("--endpoint has secrets of its own, and another is given"), "leave one of them out")
	}
	s, err := app.endpointReader(ctx)
	if err != nil {
		return err
	}
	if s != nil {
		defer s.Close()
	}
	found, err := endpoints(ctx, s, []string{f.Endpoint})
	if err != nil {
		return err
	}
	e := found[0]
	switch {
	case of.Provider == "" || of.Provider == app.held.preferred:
		of.Provider = e.Provider
	case of.Provider != e.Provider:
		return usageError(fmt.Errorf("endpoint %q belongs to %s, not to %s", e.Name, e.Provider, of.Provider), "leave --provider out")
	}
	if len(of.Variants) == 0 {
		of.Variants = e.Variants
	}
	f.endpoint = e
	keys, err := app.endpointKeys(ctx, s, e)
	if len(keys.Secrets) > 0 {
		app.held.endpoint = &endpointSecrets{e.Provider, keys}
	}
	return err
}

// endpointSecrets are the secrets of a provider that an endpoint has.
type endpointSecrets struct {
	provider string
	keys     foundKeys
}
