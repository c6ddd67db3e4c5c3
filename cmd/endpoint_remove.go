package cmd

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/store"
)

func newEndpointRemoveCmd(app *App, run func(*cobra.Command, *App, []string) error) *cobra.Command {
	return &cobra.Command{
		Use:     "remove <name>...",
		Aliases: []string{"rm"},
		Short:   "Forget endpoints, with their secrets, statistics and attempts",
		Long: `remove forgets an endpoint and all that is known of it. There is no way back; disable
keeps it without delivering to it.`,
		Example:           "  # for good\n  whk endpoint remove orders",
		Annotations:       map[string]string{needsConfig: ""},
		Args:              someEndpoints,
		ValidArgsFunction: app.completeEndpoints,
		RunE:              func(cmd *cobra.Command, args []string) error { return run(cmd, app, args) },
	}
}

func runEndpointRemove(cmd *cobra.Command, app *App, names []string) error {
	return app.eachEndpoint(cmd.Context(), names, func(ctx context.Context, s *store.Store, name string) (*store.Endpoint, string, error) {
		e, err := s.RemoveEndpoint(ctx, name)
		if err != nil {
			return nil, "", err
		}
		return e, fmt.Sprintf("removed, with its %s", countText(int(e.Stats.Triggers), "attempt")), nil
	})
}
