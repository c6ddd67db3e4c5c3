package cmd

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/store"
)

func newEndpointResumeCmd(app *App, run func(*cobra.Command, *App, []string) error) *cobra.Command {
	return &cobra.Command{
		Use:   "resume <name>...",
		Short: "Deliver again to endpoints that were paused",
		Long: `resume ends a pause, which some providers begin after a number of failures in a row,
and forgets those failures. What was missed during the pause is not sent.`,
		Example: `  # once the handler works again
  whk endpoint resume orders`,
		Annotations:       map[string]string{needsConfig: ""},
		Args:              someEndpoints,
		ValidArgsFunction: app.completeEndpoints,
		RunE:              func(cmd *cobra.Command, args []string) error { return run(cmd, app, args) },
	}
}

func runEndpointResume(cmd *cobra.Command, app *App, names []string) error {
	return app.eachEndpoint(cmd.Context(), names, func(ctx context.Context, s *store.Store, name string) (*store.Endpoint, string, error) {
		e, err := s.ResumeEndpoint(ctx, name)
		if err != nil {
			return nil, "", err
		}
		text := "resumed"
		if !e.Paused() {
			text = "was not paused"
		}
		e.Pause = store.Pause{}
		if !e.Enabled {
			text += ", and is disabled: whk endpoint enable " + format.ShellWord(e.Name)
		}
		return e, text, nil
	})
}
