package cmd

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/ui"
)

func newEndpointListCmd(app *App, run func(*cobra.Command, *App) error) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the endpoints",
		Example: `  # all of them, in alphabetical order
  whk endpoint list

  # for a script
  whk endpoint list --json`,
		Annotations:       map[string]string{needsConfig: ""},
		Args:              cobra.NoArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return run(cmd, app) },
	}
}

func runEndpointList(cmd *cobra.Command, app *App) error {
	ctx := cmd.Context()
	s, err := app.endpointReader(ctx)
	if err != nil {
		return err
	}
	if s == nil {
		app.noEndpoints()
		return nil
	}
	defer s.Close()
	all, err := s.Endpoints(ctx)
	table := ui.NewTable("NAME", "PROVIDER", "STATE", "EVENTS", "TRIGGERS", "FAILED", "URL").Style(ui.Bold).Right(4, 5)
	redactor := app.redactor()
	for _, e := range all {
		if app.global.JSON {
			secrets, err := s.EndpointSecrets(ctx, e, app.Now())
			if err != nil {
				return storeError(err)
			}
			if err := ui.JSON(app.IO.Out, app.endpointAsJSON(e, secrets, false)); err != nil {
				return err
			}
			continue
		}
		events := "all"
		if len(e.Events) > 0 {
			events = strings.Join(e.Events, " ")
		}
		table.Row(e.Name, e.Provider, endpointState(e), events, fmt.Sprint(e.Stats.Triggers), fmt.Sprint(e.Stats.Failures), redactor.URL(e.URL))
	}
	if table.Len() > 0 {
		if err := table.Print(app.IO); err != nil {
			return err
		}
	}
	if err == nil && len(all) == 0 {
		app.noEndpoints()
	}
	return endpointError(err)
}

// noEndpoints says how to add one.
func (app *App) noEndpoints() {
	app.note("there is no endpoint yet")
	app.note("hint: whk endpoint add orders --url localhost:3000 --provider saas")
}
