package cmd

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/payload"
	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/store"
)

type endpointAddOptions struct {
	settingFlags
	newSecretFlags
	Name     string
	Disabled bool
	Reveal   bool
}

func newEndpointAddCmd(app *App, run func(*cobra.Command, *App, *endpointAddOptions) error) *cobra.Command {
	opts := &endpointAddOptions{}
	cmd := &cobra.Command{
		Use:   "add <name> --url <url> --provider <name>",
		Short: "Register an endpoint",
		Long: `add registers an endpoint under a name of your choice. A name may hold letters,
digits, blanks and . _ -; upper and lower case count as the same.

It is subscribed to all event types of its provider unless --event says which.

With neither --generate nor a secret of yours the endpoint has no secret of its own:
deliveries to it are signed with the secret that whk trigger finds, and if there is
none, with the development secret that whk listen knows.`,
		Example: `  # for whk listen in another terminal
  whk endpoint add local --url localhost --provider saas

  # a handler with a secret of its own, for some event types
  whk endpoint add billing --url localhost:3000/hooks --provider saas --generate -e 'invoice.*'

  # as the provider's console has it: a secret of yours, custom data, a header
  whk endpoint add "Orders hook" --url https://example.com/hooks -p cloudblue-connect --secret-file secret.txt --custom-data '{"team":"ops"}' -H 'X-Team: ops'`,
		Annotations:       map[string]string{needsConfig: ""},
		Args:              newEndpoint,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Name = args[0]
			return run(cmd, app, opts)
		},
	}
	opts.settingFlags.add(cmd, app)
	opts.newSecretFlags.add(cmd)
	cmd.Flags().BoolVar(&opts.Disabled, "disabled", false, "register it without delivering to it yet")
	addRevealFlag(cmd, &opts.Reveal)
	return cmd
}

// newEndpoint wants the name of a new endpoint.
func newEndpoint(cmd *cobra.Command, args []string) error {
	const line = "whk endpoint add orders --url localhost:3000 --provider saas"
	switch len(args) {
	case 1:
		return nil
	case 0:
		return usageError(errors.New("what is it to be called? give it a name"), line)
	}
	return usageError(fmt.Errorf("%d names, and one endpoint is added at a time: a name with blanks needs quotes", len(args)), line)
}

func runEndpointAdd(cmd *cobra.Command, app *App, opts *endpointAddOptions) error {
	ctx := cmd.Context()
	if err := checkEndpointName(opts.Name); err != nil {
		return err
	}
	switch {
	case opts.Provider == "":
		return usageError(errors.New("whose deliveries does it get? name the provider"), fmt.Sprintf("whk endpoint add %s --url URL --provider saas", format.ShellWord(opts.Name)), "whk providers lists them")
	case opts.URL == "":
		return usageError(errors.New("where do deliveries go? name the URL"), fmt.Sprintf("whk endpoint add %s --url localhost:3000 --provider %s", format.ShellWord(opts.Name), opts.Provider))
	}
	if err := opts.claimsStdin(stdinName(opts.Data)); err != nil {
		return err
	}
	e := &store.Endpoint{Enabled: !opts.Disabled}
	e.Name, e.Provider = opts.Name, opts.Provider
	if err := opts.set(app, e, func(flag string) bool { return flag != "provider" && cmd.Flags().Changed(flag) }); err != nil {
		return err
	}
	p, err := app.endpointProvider(e)
	if err != nil {
		return err
	}
	secret, err := opts.find(ctx, app, p)
	if err != nil {
		return err
	}
	if e.ID, err = app.newEndpointID(p); err != nil {
		return err
	}
	s, err := app.endpointWriter(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.AddEndpoint(ctx, e, secret); err != nil {
		return endpointError(err)
	}
	if err := app.printEndpoint(ctx, s, e, opts.Reveal); err != nil {
		return err
	}
	if event := p.ExampleEvent(); e.Enabled && event != "" && !app.global.JSON {
		if !e.Events.Match(event) {
			event = "EVENT"
		}
		app.note("try: whk trigger %s --endpoint %s", format.ShellWord(event), format.ShellWord(e.Name))
	}
	return nil
}

// newEndpointID makes an ID in the provider's form.
func (app *App) newEndpointID(p *provider.Provider) (string, error) {
	form := p.Endpoint.ID
	if form == "" {
		form = "${uuid}"
	}
	id, err := newText(form)
	if err == nil {
		var generator *payload.Generator
		if generator, err = app.generator(nil); err != nil {
			return "", err
		}
		var rendered string
		if rendered, err = id.render(generator.Payload(1)); err == nil {
			return rendered, nil
		}
	}
	return "", usageError(err, "correct endpoint.id in "+p.Path()+"/provider.yaml")
}
