package cmd

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

type eventsOptions struct {
	providerFlags
	Patterns []string
}

func newEventsCmd(app *App) *cobra.Command {
	opts := &eventsOptions{}
	cmd := &cobra.Command{
		Use:     "events [list | show <event>]",
		GroupID: groupKnown,
		Short:   "List the event types that whk has samples of",
		Long: `events lists the event types of which whk has samples, for whk trigger and whk sign.

Flows, several events that belong together, are listed by whk providers show NAME.`,
		Example: `  # all event types of one provider
  whk events -p rosaas

  # those about subscriptions, of any provider
  whk events -e '*ubscription*'

  # what one looks like
  whk events show invoice.paid`,
		Annotations: map[string]string{needsConfig: ""},
		Args:        subcommandArgs,
		RunE:        func(*cobra.Command, []string) error { return runEventsList(app, opts) },
	}
	list := &cobra.Command{
		Use: "list", Short: "List event types", Args: cobra.NoArgs, Annotations: cmd.Annotations,
		Example: "  # for a script\n  whk events list --json",
		RunE:    func(*cobra.Command, []string) error { return runEventsList(app, opts) },
	}
	show := &cobra.Command{
		Use: "show <event>", Short: "Show an event type and a fresh sample of it", Args: cobra.ExactArgs(1), Annotations: cmd.Annotations,
		Example:           "  # with fresh values\n  whk events show Tenant.StatusChanged",
		ValidArgsFunction: app.completeEvents,
		RunE:              func(_ *cobra.Command, args []string) error { return runEventsShow(app, opts, args[0]) },
	}
	for _, c := range []*cobra.Command{cmd, list} {
		opts.add(c, app)
		c.Flags().StringArrayVarP(&opts.Patterns, "event", "e", nil, "only event types that fit this `pattern`; ! in front excludes (repeatable)")
	}
	opts.add(show, app)
	cmd.AddCommand(list, show)
	return cmd
}

// subcommandArgs refuses an argument that is no subcommand.
func subcommandArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usageError(fmt.Errorf("%s has no subcommand %q", cmd.CommandPath(), args[0]), subcommandHints(cmd, args[0])...)
}

// subcommandHints are lines to type in place of a subcommand that is none: the
// word may have been meant as what show takes.
func subcommandHints(cmd *cobra.Command, word string) []string {
	var hints []string
	for _, c := range cmd.Commands() {
		line := c.CommandPath()
		if strings.Contains(c.Use, " ") {
			line += " " + word
		}
		hints = append(hints, line)
	}
	return hints
}

type eventJSON struct {
	Provider string   `json:"provider"`
	Name     string   `json:"name"`
	Title    string   `json:"title"`
	Aliases  []string `json:"aliases"`
	Variant  string   `json:"variant,omitempty"` // the one that alone has it
	Assumed  bool     `json:"assumed,omitempty"` // the provider does not state its name or form
}

func eventAsJSON(e provider.EventType) eventJSON {
	return eventJSON{e.Provider, e.Name, e.Title, append([]string{}, e.Aliases...), e.Variant, e.Assumed}
}

func runEventsList(app *App, opts *eventsOptions) error {
	providers, err := app.chosenOrAll(opts.providerFlags)
	if err != nil {
		return err
	}
	table := ui.NewTable("PROVIDER", "EVENT", "WHAT HAPPENED").Style(ui.Plain, ui.Event)
	for _, p := range providers {
		for _, e := range p.EventTypes() {
			if !webhook.Patterns(opts.Patterns).Match(e.Name) {
				continue
			}
			if app.global.JSON {
				if err := ui.JSON(app.IO.Out, eventAsJSON(e)); err != nil {
					return err
				}
				continue
			}
			table.Row(e.Provider, e.Name, eventTitle(e))
		}
	}
	if app.global.JSON {
		return nil
	}
	if table.Len() == 0 {
		app.note("no event type fits: whk events lists all of them")
		return nil
	}
	return table.Write(app.IO.Out, app.IO.Style(), app.IO.Width)
}

// eventTitle is a title with what sets the event type apart.
func eventTitle(e provider.EventType) string {
	title := e.Title
	if e.Variant != "" {
		title += " (variant " + e.Variant + ")"
	}
	if e.Assumed {
		title += " (name assumed)"
	}
	return title
}

func runEventsShow(app *App, opts *eventsOptions, event string) error {
	sample, err := app.findSample(event, opts.providerFlags)
	if err != nil {
		return err
	}
	built, err := app.build(sample, buildOptions{now: app.Now()})
	if err != nil {
		return err
	}
	e := sample.event()
	if app.global.JSON {
		return ui.JSON(app.IO.Out, struct {
			eventJSON
			Sample json.RawMessage `json:"sample"`
		}{eventAsJSON(e), built.payload})
	}
	st := app.IO.Style()
	out := []byte(st.Event(ui.Safe(e.Name)) + "  " + ui.Safe(eventTitle(e)) + "\n")
	for _, line := range [][2]string{
		{"provider", sample.provider.Title + " (" + sample.provider.Name + ")"},
		{"aliases", strings.Join(e.Aliases, ", ")},
		{"sent as", built.request.Method + " to " + sample.provider.Request.Path},
		{"try", "whk trigger " + app.shortEventWord(sample.provider, e.Name) + " --to localhost"},
	} {
		if line[1] != "" {
			out = append(out, "  "+st.Key(line[0]+":")+strings.Repeat(" ", 10-len(line[0]))+ui.Safe(line[1])+"\n"...)
		}
	}
	out = ui.AppendBody(append(out, '\n'), st, built.payload, "")
	_, err = app.IO.Out.Write(out)
	return err
}
