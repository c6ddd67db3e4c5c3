package cmd

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/store"
)

type endpointEditOptions struct {
	settingFlags
	Name      string
	NewName   string
	NoHeaders bool
	Reveal    bool
}

func newEndpointEditCmd(app *App, run func(*cobra.Command, *App, *endpointEditOptions) error) *cobra.Command {
	opts := &endpointEditOptions{}
	cmd := &cobra.Command{
		Use:   "edit <name>",
		Short: "Change an endpoint's settings",
		Long: `edit changes what its flags name, and nothing else. A repeatable flag replaces all that
was set before; an empty value takes a setting away, and --event '*' subscribes to all
event types. Only flags of the command line count here, no variables and no files.

The secret is changed with whk endpoint rotate-secret. Statistics and attempts stay.`,
		Example: `  # to another address
  whk endpoint edit orders --url localhost:3000/v2/hooks

  # to all event types but one
  whk endpoint edit orders -e '*' -e '!user.deleted'

  # under another name, without custom data
  whk endpoint edit orders --name billing --custom-data ''`,
		Annotations:       map[string]string{needsConfig: ""},
		Args:              oneEndpoint,
		ValidArgsFunction: app.completeEndpoint,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Name = args[0]
			return run(cmd, app, opts)
		},
	}
	opts.settingFlags.add(cmd, app)
	cmd.Flags().StringVar(&opts.NewName, "name", "", "the new `name`")
	cmd.Flags().BoolVar(&opts.NoHeaders, "no-headers", false, "send no headers besides the provider's own")
	addRevealFlag(cmd, &opts.Reveal)
	return cmd
}

func runEndpointEdit(cmd *cobra.Command, app *App, opts *endpointEditOptions) error {
	ctx := cmd.Context()
	given := func(flag string) bool { return app.held.typed[flag] }
	if err := opts.check(given); err != nil {
		return err
	}
	found, err := app.findEndpoints(ctx, opts.Name)
	if err != nil {
		return err
	}
	// All that takes time, or reads standard input, is done before the store is
	// held. Nobody else's change is lost: only what is given is taken over.
	edited := *found[0]
	if err := opts.set(app, &edited, given); err != nil {
		return err
	}
	if opts.NoHeaders {
		edited.Header = nil
	}
	s, err := app.endpointWriter(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := app.secretsFit(ctx, s, &edited); err != nil {
		return err
	}
	e, err := s.EditEndpoint(ctx, opts.Name, func(e *store.Endpoint) error {
		opts.take(e, &edited, given)
		return nil
	})
	if err != nil {
		return endpointError(err)
	}
	return app.printEndpoint(ctx, s, e, opts.Reveal)
}

// secretsFit refuses a provider whose secrets have another form than those of e.
func (app *App) secretsFit(ctx context.Context, s *store.Store, e *store.Endpoint) error {
	keys, err := app.endpointKeys(ctx, s, e)
	if err != nil {
		return err
	}
	p, err := app.endpointProvider(e)
	if err != nil {
		return err
	}
	for _, secret := range keys.Secrets {
		if err := p.CheckSecret(secret); err != nil {
			return app.misfit(p, "the secret of "+keys.source, secret, err)
		}
	}
	return nil
}

func (opts *endpointEditOptions) check(given func(string) bool) error {
	any := opts.NoHeaders || given("name")
	for _, flag := range []string{"url", "provider", "variant", "event", "method", "header", "custom-data", "description"} {
		any = any || given(flag)
	}
	switch {
	case !any:
		return usageError(errors.New("what is to change? give a flag"), "whk endpoint edit "+format.ShellWord(opts.Name)+" --url localhost:3000/hooks", "whk endpoint edit --help lists the flags")
	case opts.NoHeaders && given("header"):
		return usageError(errors.New("--no-headers and --header do not go together"), "--header alone replaces all that were set before")
	case given("name"):
		return checkEndpointName(opts.NewName)
	}
	return nil
}

// take sets in e what was given, as edited has it.
func (opts *endpointEditOptions) take(e, edited *store.Endpoint, given func(string) bool) {
	for flag, set := range map[string]func(){
		"name":        func() { e.Name = opts.NewName },
		"url":         func() { e.URL = edited.URL },
		"provider":    func() { e.Provider, e.Variants = edited.Provider, edited.Variants },
		"variant":     func() { e.Variants = edited.Variants },
		"event":       func() { e.Events = edited.Events },
		"method":      func() { e.Method = edited.Method },
		"header":      func() { e.Header = edited.Header },
		"no-headers":  func() { e.Header = edited.Header },
		"custom-data": func() { e.Data = edited.Data },
		"description": func() { e.Description = edited.Description },
	} {
		if given(flag) {
			set()
		}
	}
}
