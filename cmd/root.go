package cmd

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/ui"
)

const (
	groupLoop     = "loop"
	groupSign     = "sign"
	groupCaptured = "captured"
	groupKnown    = "known"
)

// needsConfig marks a command that reads configuration files.
const needsConfig = "config"

func newRootCmd(app *App) *cobra.Command {
	root := &cobra.Command{
		Use:   "whk <command>",
		Short: "Fire, receive, verify, explain and replay webhooks",
		Long: `whk fires realistic, correctly signed webhooks at an endpoint, receives and keeps
incoming ones, proves or disproves a signature and says why, and replays what was
captured. It works offline and needs no account.`,
		Example: `  # the whole loop in one process
  whk demo

  # two terminals: receive in one, send in the other
  whk listen
  whk trigger Tenant.StatusChanged --to localhost`,
		Args:          noCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return app.settle(cmd)
		},
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.SetUsageTemplate(usageTemplate)
	root.SetIn(app.IO.In)
	root.SetOut(app.IO.Out)
	root.SetErr(app.IO.Err)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError(err, fmt.Sprintf("%s --help lists the flags", cmd.CommandPath()))
	})
	root.SetGlobalNormalizationFunc(flagAliases)
	root.SetHelpCommand(&cobra.Command{Hidden: true, Use: "no-help"})

	flags := root.PersistentFlags()
	flags.BoolVar(&app.global.JSON, "json", false, "print JSON, one object a line")
	flags.StringVar(&app.global.Color, "color", "auto", "colour: "+strings.Join(ui.ColorModes, ", "))
	flags.BoolVarP(&app.global.Quiet, "quiet", "q", false, "print results and errors only")
	flags.BoolVarP(&app.global.Verbose, "verbose", "v", false, "print more")
	flags.StringVar(&app.global.Config, "config", "", "read this file in place of the project's .whk.yaml")
	flags.StringVar(&app.global.State, "state", "", "keep captures and development secrets in this directory")

	root.AddGroup(
		&cobra.Group{ID: groupLoop, Title: "Send and receive:"},
		&cobra.Group{ID: groupSign, Title: "Sign and verify:"},
		&cobra.Group{ID: groupCaptured, Title: "Captured deliveries:"},
		&cobra.Group{ID: groupKnown, Title: "What whk knows:"},
	)
	for _, cmd := range commands(app) {
		wrapArgs(cmd)
		root.AddCommand(cmd)
	}
	return root
}

// commands makes all commands. Each one's run function is a parameter of its
// constructor, so that a test of its flags can pass another.
func commands(app *App) []*cobra.Command {
	return []*cobra.Command{
		newDemoCmd(app, runDemo),
		newListenCmd(app, runListen),
		newTriggerCmd(app, runTrigger),
		newSignCmd(app, runSign),
		newVerifyCmd(app, runVerify),
		newGenSecretCmd(app, runGenSecret),
		newListCmd(app, runList),
		newShowCmd(app, runShow),
		newPruneCmd(app, runPrune),
		newEventsCmd(app),
		newProvidersCmd(app),
		newVersionCmd(app, runVersion),
		newCompletionCmd(app),
	}
}

// flagAliases lets one flag have several names.
func flagAliases(_ *pflag.FlagSet, name string) pflag.NormalizedName {
	if name == "forward-to" {
		name = "to"
	}
	return pflag.NormalizedName(name)
}

// noCommand is the root's Args: any argument there is a command that does not
// exist.
func noCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	hints := []string{"whk --help lists the commands"}
	if near := provider.Near(args[0], names); len(near) > 0 {
		hints = []string{"did you mean " + strings.Join(near, " or ") + "?"}
	}
	return usageError(fmt.Errorf("unknown command %q", args[0]), hints...)
}

// wrapArgs makes a wrong number of arguments a usage error: cobra hands those to
// no hook.
func wrapArgs(cmd *cobra.Command) {
	check := cmd.Args
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if check == nil {
			return nil
		}
		err := check(cmd, args)
		if _, ok := err.(*exitError); err == nil || ok {
			return err
		}
		err = argsError(cmd, args, err)
		return usageError(err, "usage: "+cmd.UseLine(), cmd.CommandPath()+" --help shows examples")
	}
	for _, sub := range cmd.Commands() {
		wrapArgs(sub)
	}
}

// argsError puts cobra's texts about arguments into words that name what was
// typed.
func argsError(cmd *cobra.Command, args []string, err error) error {
	_, want, takes := strings.Cut(cmd.Use, " ")
	switch {
	case !takes:
		return fmt.Errorf("%s takes no arguments, and %q is one", cmd.CommandPath(), args[0])
	case len(args) == 0:
		return fmt.Errorf("%s needs an argument: %s", cmd.CommandPath(), want)
	case len(cmd.ValidArgs) > 0 && len(args) == 1:
		return fmt.Errorf("%s does not know %q", cmd.CommandPath(), args[0])
	case strings.HasPrefix(err.Error(), "accepts "):
		return fmt.Errorf("%s was given %d arguments: %q", cmd.CommandPath(), len(args), args)
	}
	return err
}
