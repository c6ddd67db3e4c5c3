package cmd

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/store"
	"github.com/whk-cli/whk/internal/webhook"
)

// earlierValid is how long a secret stays valid once another has replaced it.
const earlierValid = 24 * time.Hour

type endpointRotateOptions struct {
	newSecretFlags
	Name     string
	ValidFor durationFlag
	Reveal   bool
}

func newEndpointRotateCmd(app *App, run func(*cobra.Command, *App, *endpointRotateOptions) error) *cobra.Command {
	opts := &endpointRotateOptions{}
	cmd := &cobra.Command{
		Use:   "rotate-secret <name>",
		Short: "Give an endpoint a new signing secret",
		Long: `rotate-secret gives an endpoint a new signing secret: yours, or one that whk makes.
Deliveries are signed with the new one from now on. The earlier one stays valid for
a while, so that your handler can change without a gap: whk verify and whk listen with
--endpoint take both until then.`,
		Example: `  # a new one, and what it is
  whk endpoint rotate-secret orders --reveal

  # one of yours; the earlier one ends at once
  whk endpoint rotate-secret orders --secret-file secret.txt --valid-for 0s`,
		Annotations:       map[string]string{needsConfig: ""},
		Args:              oneEndpoint,
		ValidArgsFunction: app.completeEndpoint,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Name = args[0]
			return run(cmd, app, opts)
		},
	}
	opts.newSecretFlags.add(cmd)
	cmd.Flags().Var(&opts.ValidFor, "valid-for", "how long the earlier secret stays valid (24h unless given)")
	cmd.Flags().BoolVar(&opts.Reveal, "reveal", false, "show the secrets")
	return cmd
}

func runEndpointRotate(cmd *cobra.Command, app *App, opts *endpointRotateOptions) error {
	ctx := cmd.Context()
	found, err := app.findEndpoints(ctx, opts.Name)
	if err != nil {
		return err
	}
	p, err := app.endpointProvider(found[0])
	if err != nil {
		return err
	}
	opts.Generate = opts.Generate || len(opts.given) == 0
	secret, err := opts.find(ctx, app, p)
	if err != nil {
		return err
	}
	s, err := app.endpointWriter(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	e, err := s.RotateSecret(ctx, opts.Name, secret, app.Now().Add(opts.ValidFor.or(earlierValid)))
	if err != nil {
		return endpointError(err)
	}
	if app.global.JSON {
		return app.printEndpoint(ctx, s, e, opts.Reveal)
	}
	secrets, err := s.EndpointSecrets(ctx, e, app.Now())
	if err != nil {
		return storeError(err)
	}
	return app.printFacts(e.Name, rotatedFacts(secrets, opts.Reveal))
}

func rotatedFacts(secrets []store.EndpointSecret, reveal bool) []fact {
	shown := func(one store.EndpointSecret) string {
		if reveal {
			return string(one.Value)
		}
		return webhook.Redacted
	}
	facts := []fact{{"signs with", shown(secrets[0]) + ", new"}}
	for _, one := range secrets[1:] {
		facts = append(facts, fact{"takes too", shown(one) + ", valid until " + one.Until.Local().Format(time.RFC3339)})
	}
	if len(secrets) == 1 {
		facts = append(facts, fact{"takes too", "no earlier one"})
	}
	return facts
}
