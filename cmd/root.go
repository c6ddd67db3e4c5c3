package cmd

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/whk-cli/whk/internal/near"
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

// endsInOrder marks a command that finishes what it has begun when it is
// interrupted.
const endsInOrder = "ends-in-order"

// newRootCmd makes the root with the commands that build names; nil is all of
// them. A run needs one command, and the flags of the others cost more to make
// than most commands take.
func newRootCmd(app *App, build []string) *cobra.Command {
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
	setUsage(root)
	root.SetIn(app.IO.In)
	root.SetOut(app.IO.Out)
	root.SetErr(app.IO.Err)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		hint := cmd.CommandPath() + " --help lists the flags"
		if err.Error() == "unknown flag: --version" {
			hint = "whk version"
		}
		return usageError(plainFlagError(err), hint)
	})
	root.SetGlobalNormalizationFunc(flagAliases)
	root.SetHelpCommand(newHelpCmd())

	flags := root.PersistentFlags()
	flags.BoolVar(&app.global.JSON, "json", false, "print JSON, one object a line")
	flags.StringVar(&app.global.Color, "color", "auto", "colour `when`: "+strings.Join(ui.ColorModes, ", "))
	cobra.CheckErr(root.RegisterFlagCompletionFunc("color", cobra.FixedCompletions(ui.ColorModes, cobra.ShellCompDirectiveNoFileComp)))
	flags.BoolVarP(&app.global.Quiet, "quiet", "q", false, "print results and errors only")
	flags.BoolVarP(&app.global.Verbose, "verbose", "v", false, "print more")
	flags.StringVar(&app.global.Config, "config", "", "read this `file` in place of the project's .whk.yaml")
	flags.StringVar(&app.global.State, "state", "", "keep captures and development secrets in this `directory`")

	root.AddGroup(
		&cobra.Group{ID: groupLoop, Title: "Send and receive:"},
		&cobra.Group{ID: groupSign, Title: "Sign and verify:"},
		&cobra.Group{ID: groupCaptured, Title: "Captured deliveries:"},
		&cobra.Group{ID: groupKnown, Title: "What whk knows:"},
	)
	for _, c := range constructors() {
		if build == nil || slices.Contains(build, c.name) {
			cmd := c.make(app)
			wrapArgs(cmd)
			root.AddCommand(cmd)
		}
	}
	return root
}

// newHelpCmd answers whk help and whk help COMMAND as --help does. It is
// hidden: --help is the documented way.
func newHelpCmd() *cobra.Command {
	return &cobra.Command{
		Use:    "help [<command>]",
		Hidden: true,
		Args:   cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			asked, rest, err := cmd.Root().Find(args)
			if err != nil || asked.HasSubCommands() && len(rest) > 0 {
				return noCommand(asked, rest)
			}
			asked.InitDefaultHelpFlag() // cobra makes it for the command that runs alone
			return asked.Help()
		},
	}
}

// named returns what newRootCmd is to build for a command line: the one command
// that it names, or all, for help and for what is no command.
func named(args []string) []string {
	if len(args) > 0 && slices.ContainsFunc(constructors(), func(c constructor) bool { return c.name == args[0] }) {
		return args[:1]
	}
	return nil
}

// constructor makes one command.
type constructor struct {
	name string
	make func(*App) *cobra.Command
}

// constructors make all commands; the order does not matter. The run function
// is a parameter of the constructor, so that a test of the flags can pass
// another.
func constructors() []constructor {
	return []constructor{
		{"endpoint", newEndpointCmd},
		{"demo", func(app *App) *cobra.Command { return newDemoCmd(app, runDemo) }},
		{"listen", func(app *App) *cobra.Command { return newListenCmd(app, runListen) }},
		{"trigger", func(app *App) *cobra.Command { return newTriggerCmd(app, runTrigger) }},
		{"replay", func(app *App) *cobra.Command { return newReplayCmd(app, runReplay) }},
		{"sign", func(app *App) *cobra.Command { return newSignCmd(app, runSign) }},
		{"verify", func(app *App) *cobra.Command { return newVerifyCmd(app, runVerify) }},
		{"gen-secret", func(app *App) *cobra.Command { return newGenSecretCmd(app, runGenSecret) }},
		{"list", func(app *App) *cobra.Command { return newListCmd(app, runList) }},
		{"show", func(app *App) *cobra.Command { return newShowCmd(app, runShow) }},
		{"prune", func(app *App) *cobra.Command { return newPruneCmd(app, runPrune) }},
		{"events", newEventsCmd},
		{"providers", newProvidersCmd},
		{"version", func(app *App) *cobra.Command { return newVersionCmd(app, runVersion) }},
		{"completion", newCompletionCmd},
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
	if meant := near.Names(args[0], names); len(meant) > 0 {
		hints = []string{"did you mean " + strings.Join(meant, " or ") + "?"}
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

// argsError turns cobra's errors about arguments into ones that name what was
// typed.
func argsError(cmd *cobra.Command, args []string, err error) error {
	_, want, takes := strings.Cut(cmd.Use, " ")
	switch {
	case !takes, strings.HasPrefix(err.Error(), "unknown command "): // cobra.NoArgs, with flags in the use
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
