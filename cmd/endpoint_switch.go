package cmd

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/store"
	"github.com/whk-cli/whk/internal/ui"
)

type endpointSwitchOptions struct {
	Names []string
	On    bool
}

func newEndpointEnableCmd(app *App, run func(*cobra.Command, *App, *endpointSwitchOptions) error) *cobra.Command {
	return newEndpointSwitchCmd(app, run, true, &cobra.Command{
		Use:   "enable <name>...",
		Short: "Deliver to endpoints again",
		Long: `enable ends what disable began. An endpoint that its provider's rules have paused is
resumed with whk endpoint resume.`,
		Example: "  # deliver to it again\n  whk endpoint enable orders",
	})
}

func newEndpointDisableCmd(app *App, run func(*cobra.Command, *App, *endpointSwitchOptions) error) *cobra.Command {
	return newEndpointSwitchCmd(app, run, false, &cobra.Command{
		Use:     "disable <name>...",
		Short:   "Deliver nothing to endpoints until they are enabled",
		Example: "  # for a while\n  whk endpoint disable orders",
	})
}

func newEndpointSwitchCmd(app *App, run func(*cobra.Command, *App, *endpointSwitchOptions) error, on bool, cmd *cobra.Command) *cobra.Command {
	cmd.Annotations = map[string]string{needsConfig: ""}
	cmd.Args = someEndpoints
	cmd.ValidArgsFunction = app.completeEndpoints
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return run(cmd, app, &endpointSwitchOptions{Names: args, On: on})
	}
	return cmd
}

func runEndpointSwitch(cmd *cobra.Command, app *App, opts *endpointSwitchOptions) error {
	verb := "disabled"
	if opts.On {
		verb = "enabled"
	}
	return app.eachEndpoint(cmd.Context(), opts.Names, func(ctx context.Context, s *store.Store, name string) (*store.Endpoint, string, error) {
		e, err := s.EditEndpoint(ctx, name, func(e *store.Endpoint) error { e.Enabled = opts.On; return nil })
		if err != nil {
			return nil, "", err
		}
		text := verb
		if opts.On && e.Paused() {
			text += ", and still paused: whk endpoint resume " + format.ShellWord(e.Name)
		}
		return e, text, nil
	})
}

// eachEndpoint changes endpoints one after the other, once it is clear that all
// are there, and says of each what was done.
func (app *App) eachEndpoint(ctx context.Context, names []string, change func(context.Context, *store.Store, string) (*store.Endpoint, string, error)) error {
	if _, err := app.findEndpoints(ctx, names...); err != nil && !errors.As(err, new(*store.DamagedError)) {
		return err
	}
	s, err := app.endpointWriter(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	for _, name := range names {
		e, text, err := change(ctx, s, name)
		if err != nil {
			return endpointError(err)
		}
		if err := app.printChanged(e, text); err != nil {
			return err
		}
	}
	return nil
}

// printChanged says what was done to an endpoint.
func (app *App) printChanged(e *store.Endpoint, text string) error {
	if app.global.JSON {
		return ui.JSON(app.IO.Out, app.endpointAsJSON(e, nil, false))
	}
	out := app.IO.Style().AppendSafe(nil, ui.Bold, e.Name)
	_, err := app.IO.Out.Write(append(ui.AppendSafe(append(out, ": "...), text), '\n'))
	return err
}
