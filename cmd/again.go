package cmd

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/sender"
	"github.com/whk-cli/whk/internal/ui"
)

// again is the command line that repeats a run: what was typed, with the seed,
// and with a word in capitals in place of each secret. What came from the
// environment and the files is left to them.
func (app *App) again(cmd *cobra.Command, opts *triggerOptions) string {
	line := "whk " + commandName(cmd)
	if opts.Event != "" {
		line += " " + format.ShellWord(opts.Event)
	}
	line += app.typedFlags(cmd, ui.NewRedactor(), "seed") + opts.secretFlags.words()
	if opts.Seed.value != nil {
		line += fmt.Sprintf(" --seed %d", *opts.Seed.value)
	}
	return app.scrub(line)
}

// typedFlags are the flags of the command line as they are typed again, each after
// a blank, but for those about secrets and those called without. Words in capitals
// stand for what is not to be shown.
func (app *App) typedFlags(cmd *cobra.Command, redactor *ui.Redactor, without ...string) string {
	line := ""
	collect := func(f *pflag.Flag, value string) error {
		switch {
		case strings.HasPrefix(f.Name, "secret"), slices.Contains(without, f.Name):
			return nil
		case f.Name == "to", f.Name == "url":
			value = withoutUser(value)
		case f.Name == "header":
			if field, err := parseHeader(value); err == nil && redactor.Hides(field.Name) {
				value = field.Name + ": VALUE"
			}
		}
		line += flagText(f, value)
		return nil
	}
	// The flags were parsed before, so this can not fail.
	_ = cmd.Flags().ParseAll(app.held.args, collect)
	return line
}

// withoutUser has words in place of the user name and password of a URL or
// target, which are to be typed in again.
func withoutUser(target string) string {
	printable := sender.Printable(target)
	if printable == target {
		return target
	}
	scheme, rest, ok := strings.Cut(printable, "://")
	if !ok {
		return "USER:PASSWORD@" + printable
	}
	return scheme + "://USER:PASSWORD@" + rest
}

// flagText is a flag as it is typed again, after a blank.
func flagText(f *pflag.Flag, value string) string {
	switch {
	case f.NoOptDefVal != "" && value == f.NoOptDefVal:
		return " --" + f.Name
	case f.NoOptDefVal != "" || strings.HasPrefix(value, "-"):
		return " --" + f.Name + "=" + format.ShellWord(value)
	}
	return " --" + f.Name + " " + format.ShellWord(value)
}
