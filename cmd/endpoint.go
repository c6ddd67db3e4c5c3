package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/near"
	"github.com/whk-cli/whk/internal/store"
	"github.com/whk-cli/whk/internal/ui"
)

func newEndpointCmd(app *App) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "endpoint [list | <command>]",
		GroupID: groupLoop,
		Short:   "Register endpoints, as a provider's console does",
		Long: `An endpoint is where deliveries of a provider go: a URL, a signing secret, headers and
data of its own, and the event types that it is subscribed to. whk trigger without
--to delivers to every endpoint that is subscribed to the event, and keeps every
attempt with its answer.

Endpoints are kept in the state directory, their secrets in files that only you can
read. No command prints a secret without --reveal.`,
		Example: `  # register one, and send it something
  whk endpoint add shop --url localhost:3000/hooks --provider saas
  whk trigger invoice.paid

  # all of them
  whk endpoint`,
		Annotations: map[string]string{needsConfig: ""},
		Args:        endpointSubcommand,
		RunE:        func(cmd *cobra.Command, _ []string) error { return runEndpointList(cmd, app) },
	}
	cmd.AddCommand(
		newEndpointAddCmd(app, runEndpointAdd),
		newEndpointListCmd(app, runEndpointList),
		newEndpointShowCmd(app, runEndpointShow),
		newEndpointEditCmd(app, runEndpointEdit),
		newEndpointEnableCmd(app, runEndpointSwitch),
		newEndpointDisableCmd(app, runEndpointSwitch),
		newEndpointResumeCmd(app, runEndpointResume),
		newEndpointRotateCmd(app, runEndpointRotate),
		newEndpointRemoveCmd(app, runEndpointRemove),
		newEndpointStatsCmd(app, runEndpointStats),
	)
	return cmd
}

// endpointSubcommand refuses what is no subcommand: it may be misspelt, or an
// endpoint's name.
func endpointSubcommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, sub := range cmd.Commands() {
		names = append(names, sub.Name())
	}
	hint := "whk endpoint show " + format.ShellWord(args[0]) + "   if that is an endpoint's name"
	if meant := near.Names(args[0], names); len(meant) > 0 {
		hint = "did you mean whk endpoint " + strings.Join(meant, " or ") + "?"
	}
	return usageError(fmt.Errorf("whk endpoint has no subcommand %q", args[0]), hint, "whk endpoint --help lists them")
}

// endpointReader opens the store for reading. Where nothing was ever kept it is
// nil, and there are no endpoints.
func (app *App) endpointReader(ctx context.Context) (*store.Store, error) {
	s, err := app.reader(ctx)
	if errors.Is(err, store.ErrNoStore) {
		return nil, nil
	}
	return s, err
}

// endpointWriter opens the store for changes, and makes it when there is none.
func (app *App) endpointWriter(ctx context.Context) (*store.Store, error) {
	dir, err := app.state()
	if err != nil {
		return nil, err
	}
	return app.openCaptures(ctx, dir.Path())
}

// endpoints are those of the names, or all for no names, from the open store.
// With all, a *store.DamagedError comes with those that can be read.
func endpoints(ctx context.Context, s *store.Store, names []string) ([]*store.Endpoint, error) {
	if s == nil {
		if len(names) > 0 {
			return nil, endpointError(&store.UnknownEndpointError{Name: names[0]})
		}
		return nil, nil
	}
	if len(names) == 0 {
		return s.Endpoints(ctx)
	}
	var found []*store.Endpoint
	for _, name := range names {
		e, err := s.Endpoint(ctx, name)
		if err != nil {
			return nil, endpointError(err)
		}
		found = append(found, e)
	}
	return found, nil
}

// findEndpoints reads the endpoints of these names, and closes the store again.
func (app *App) findEndpoints(ctx context.Context, names ...string) ([]*store.Endpoint, error) {
	s, err := app.endpointReader(ctx)
	if err != nil {
		return nil, err
	}
	found, err := endpoints(ctx, s, names)
	if s != nil {
		err = errors.Join(err, s.Close())
	}
	return found, err
}

// endpointError gives the store's errors about endpoints their codes and hints.
func endpointError(err error) error {
	var unknown *store.UnknownEndpointError
	var exists *store.EndpointExistsError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &unknown):
		return usageError(err, unknownEndpointHints(unknown)...)
	case errors.As(err, &exists):
		return usageError(err, "whk endpoint edit "+format.ShellWord(exists.Name)+" changes it", "or give another name")
	case errors.As(err, new(*exitError)):
		return err
	case errors.As(err, new(*store.DamagedError)):
		return failed(err, damagedEndpointHint(err))
	}
	return storeError(err)
}

// damagedEndpointHint is what is to be done about an endpoint whose settings
// can not be read.
func damagedEndpointHint(err error) string {
	var damaged *store.DamagedError
	if errors.As(err, &damaged) && damaged.Thing == "endpoint" {
		return "only this one is affected; whk endpoint remove " + format.ShellWord(damaged.ID) + " forgets it"
	}
	return "only this one is affected"
}

func unknownEndpointHints(e *store.UnknownEndpointError) []string {
	if len(e.Known) == 0 {
		return []string{"there is none yet", fmt.Sprintf("whk endpoint add %s --url localhost:3000 --provider saas", format.ShellWord(e.Name))}
	}
	if meant := near.Names(e.Name, e.Known); len(meant) > 0 {
		return []string{"did you mean " + strings.Join(meant, " or ") + "?"}
	}
	return []string{"whk endpoint list shows them all"}
}

// oneEndpoint wants the name of one endpoint.
func oneEndpoint(cmd *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	line := cmd.CommandPath() + " orders"
	if len(args) == 0 {
		return usageError(errors.New("which endpoint? name it"), line, "whk endpoint list shows them")
	}
	return usageError(fmt.Errorf("%d names, and one endpoint is meant at a time: a name with blanks needs quotes", len(args)), line)
}

// someEndpoints wants one name or more.
func someEndpoints(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return oneEndpoint(cmd, args)
	}
	return nil
}

// completeEndpoints offers the names of endpoints.
func (app *App) completeEndpoints(cmd *cobra.Command, given []string, _ string) ([]string, cobra.ShellCompDirective) {
	const none = cobra.ShellCompDirectiveNoFileComp
	if app.settle(cmd) != nil {
		return nil, none
	}
	s, err := app.endpointReader(cmd.Context())
	if err != nil || s == nil {
		return nil, none
	}
	defer s.Close()
	all, _ := s.Endpoints(cmd.Context()) // as many as can be read
	var words []string
	for _, e := range all {
		words = append(words, ui.Safe(e.Name)+"\t"+ui.Safe(e.Provider+" "+ui.NewRedactor().URL(e.URL)))
	}
	return words, none
}

// completeEndpoint is completeEndpoints for a command that takes one.
func (app *App) completeEndpoint(cmd *cobra.Command, given []string, word string) ([]string, cobra.ShellCompDirective) {
	if len(given) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return app.completeEndpoints(cmd, given, word)
}
