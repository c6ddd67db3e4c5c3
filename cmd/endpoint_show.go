package cmd

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/store"
	"github.com/whk-cli/whk/internal/ui"
)

type endpointShowOptions struct {
	Name     string
	Reveal   bool
	Attempts bool
	Attempt  int64
	Limit    int
}

func newEndpointShowCmd(app *App, run func(*cobra.Command, *App, *endpointShowOptions) error) *cobra.Command {
	opts := &endpointShowOptions{}
	cmd := &cobra.Command{
		Use:   "show <name>",
		Short: "Show an endpoint: its settings, its secret, its attempts",
		Long: `show prints an endpoint's settings. --attempts lists what was sent to it, the newest
first, and --attempt shows one of them by its number: the request and the answer.

The newest ` + fmt.Sprint(store.KeptAttempts) + ` attempts of an endpoint are kept, or fewer where they take more than
` + ui.Size(store.KeptAttemptBytes) + `, and always the last success and the last failure.

Secrets, and the values of headers that carry them, are [redacted] unless --reveal is
given.`,
		Example: `  # its settings
  whk endpoint show orders

  # its signing secret, for your handler
  whk endpoint show orders --reveal

  # what was sent to it, and one of the answers
  whk endpoint show orders --attempts
  whk endpoint show orders --attempt 1`,
		Annotations:       map[string]string{needsConfig: ""},
		Args:              oneEndpoint,
		ValidArgsFunction: app.completeEndpoint,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Name = args[0]
			return run(cmd, app, opts)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&opts.Attempts, "attempts", false, "list its attempts, the newest first")
	flags.Int64Var(&opts.Attempt, "attempt", 0, "show the attempt of this `number`, request and answer")
	flags.IntVarP(&opts.Limit, "limit", "n", 20, "the `number` of attempts at most; 0 for all that are kept")
	flags.BoolVar(&opts.Reveal, "reveal", false, "show its secrets, and the values of headers that carry secrets or signatures")
	return cmd
}

func runEndpointShow(cmd *cobra.Command, app *App, opts *endpointShowOptions) error {
	ctx := cmd.Context()
	if opts.Limit < 0 {
		return usageError(fmt.Errorf("--limit %d is below 0", opts.Limit), "-n 0 lists all")
	}
	s, err := app.endpointReader(ctx)
	if err != nil {
		return err
	}
	if s != nil {
		defer s.Close()
	}
	found, err := endpoints(ctx, s, []string{opts.Name})
	if err != nil {
		return err
	}
	e := found[0]
	switch {
	case cmd.Flags().Changed("attempt"):
		return app.showEndpointAttempt(ctx, s, e, opts)
	case opts.Attempts:
		return app.listEndpointAttempts(ctx, s, e, opts)
	}
	return app.printEndpoint(ctx, s, e, opts.Reveal)
}

// printEndpoint prints what is set of an endpoint.
func (app *App) printEndpoint(ctx context.Context, s *store.Store, e *store.Endpoint, reveal bool) error {
	secrets, err := s.EndpointSecrets(ctx, e, app.Now())
	if err != nil {
		return storeError(err)
	}
	j := app.endpointAsJSON(e, secrets, reveal)
	if app.global.JSON {
		return ui.JSON(app.IO.Out, j)
	}
	return app.printFacts(e.Name, endpointFacts(&j))
}
