package cmd

import (
	"strings"

	"github.com/spf13/cobra"
)

var shells = []string{"bash", "zsh", "fish", "powershell"}

func newCompletionCmd(app *App) *cobra.Command {
	return &cobra.Command{
		Use:     "completion {bash | zsh | fish | powershell}",
		GroupID: groupKnown,
		Short:   "Print a script that completes whk's commands in a shell",
		Example: `  # bash, for this session
  source <(whk completion bash)

  # zsh, for good
  whk completion zsh > "${fpath[1]}/_whk"

  # fish, for good
  whk completion fish > ~/.config/fish/completions/whk.fish`,
		ValidArgs: shells,
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		RunE: func(cmd *cobra.Command, args []string) error {
			root, out := cmd.Root(), app.IO.Out
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(out, true)
			case "zsh":
				return root.GenZshCompletion(out)
			case "fish":
				return root.GenFishCompletion(out, true)
			}
			return root.GenPowerShellCompletionWithDesc(out)
		},
	}
}

// completeProviders offers the names of providers.
func (app *App) completeProviders(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	if app.settle(cmd) != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return app.providers().Names(), cobra.ShellCompDirectiveNoFileComp
}

// completeVariants offers the variants of the provider of -p.
func (app *App) completeVariants(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	if app.settle(cmd) != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	p, err := app.providers().Load(cmd.Flag("provider").Value.String())
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return p.VariantNames(), cobra.ShellCompDirectiveNoFileComp
}

// completeEvents offers event types: of the provider of -p, of the one that stands
// before a slash, else of all. One that several have stands behind the provider's
// name but for the first.
func (app *App) completeEvents(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 || app.settle(cmd) != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	names, prefixed := app.providers().Ordered(), false
	own, _, _ := strings.Cut(word, "/")
	if f := cmd.Flag("provider"); f != nil && f.Value.String() != "" {
		names = []string{f.Value.String()}
	} else if prefixed = own != word && app.providers().Has(own); prefixed {
		names = []string{own}
	}
	var events []string
	seen := map[string]bool{}
	for _, name := range names {
		p, err := app.providers().Load(name)
		if err != nil {
			continue
		}
		for _, e := range p.EventTypes() {
			shown := e.Name
			if prefixed || seen[shown] {
				shown = name + "/" + shown
			}
			seen[e.Name] = true
			events = append(events, shown+"\t"+e.Title)
		}
	}
	return events, cobra.ShellCompDirectiveNoFileComp
}
