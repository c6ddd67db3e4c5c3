package cmd

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/ui"
)

func newProvidersCmd(app *App) *cobra.Command {
	var variants []string
	cmd := &cobra.Command{
		Use:     "providers [list | show <name> | new <name> | lint <directory>]",
		GroupID: groupKnown,
		Short:   "List the providers whose conventions whk knows",
		Example: `  # all of them
  whk providers

  # how one signs, names its events and delivers
  whk providers show machnet`,
		Annotations: map[string]string{needsConfig: ""},
		Args:        subcommandArgs,
		RunE:        func(*cobra.Command, []string) error { return runProvidersList(app) },
	}
	list := &cobra.Command{
		Use: "list", Short: "List providers", Args: cobra.NoArgs, Annotations: cmd.Annotations,
		Example: "  # for a script\n  whk providers list --json",
		RunE:    func(*cobra.Command, []string) error { return runProvidersList(app) },
	}
	show := &cobra.Command{
		Use: "show <name>", Short: "Show a provider's conventions", Args: cobra.ExactArgs(1), Annotations: cmd.Annotations,
		Example:           "  # one provider\n  whk providers show saas",
		ValidArgsFunction: app.completeProviders,
		RunE: func(_ *cobra.Command, args []string) error {
			return runProvidersShow(app, providerFlags{args[0], variants})
		},
	}
	show.Flags().StringArrayVar(&variants, "variant", nil, "a variant of the provider, by `name` (repeatable)")
	cmd.AddCommand(list, show, newProvidersNewCmd(app, runProvidersNew), newProvidersLintCmd(app, runProvidersLint))
	return cmd
}

type providerJSON struct {
	Name      string   `json:"name"`
	Title     string   `json:"title"`
	Origin    string   `json:"origin"` // built-in, user or project
	Path      string   `json:"path,omitempty"`
	Docs      string   `json:"docs,omitempty"`
	Header    string   `json:"header"` // "" where it is not in one header
	Where     string   `json:"where"`  // the signature is, for people
	Algorithm string   `json:"algorithm"`
	Variants  []string `json:"variants"`
	Events    int      `json:"events"`
}

func providerAsJSON(p *provider.Provider) providerJSON {
	j := providerJSON{
		Name: p.Name, Title: p.Title, Origin: string(p.Origin()), Docs: p.Docs,
		Header: p.Signature.Header, Where: p.Scheme().Where(), Algorithm: p.Signature.Algorithm,
		Variants: append([]string{}, p.VariantNames()...), Events: len(p.EventTypes()),
	}
	if p.Origin() != provider.BuiltIn {
		j.Path = p.Path()
	}
	return j
}

func runProvidersList(app *App) error {
	table := ui.NewTable("NAME", "TITLE", "SIGNATURE", "HEADER", "EVENTS", "ORIGIN").Style(ui.Bold).Right(4).Narrow(1, 2, 3)
	for _, name := range app.providers().Ordered() {
		p, err := app.loadProvider(providerFlags{Provider: name})
		if err != nil {
			return err
		}
		if app.global.JSON {
			if err := ui.JSON(app.IO.Out, providerAsJSON(p)); err != nil {
				return err
			}
			continue
		}
		table.Row(p.Name, p.Title, p.Scheme().Title(), p.Scheme().Where(), fmt.Sprint(len(p.EventTypes())), string(p.Origin()))
	}
	if app.global.JSON {
		return nil
	}
	return table.Write(app.IO.Out, app.IO.Style(), app.IO.Width)
}

func runProvidersShow(app *App, chosen providerFlags) error {
	p, err := app.loadProvider(chosen)
	if err != nil {
		return err
	}
	flows, err := flowsOf(p)
	if err != nil {
		return app.flowError(err)
	}
	if app.global.JSON {
		return ui.JSON(app.IO.Out, providerShownJSON{providerAsJSON(p), newPolicyJSON(p), flowsAsJSON(flows)})
	}
	st := app.IO.Style()
	var out strings.Builder
	out.WriteString(st.Bold(ui.Safe(p.Title)) + "  " + st.Dim(ui.Safe(p.Name)) + "\n")
	for _, line := range providerLines(p) {
		if line[1] != "" {
			fmt.Fprintf(&out, "  %s%s%s\n", st.Key(line[0]), strings.Repeat(" ", 14-len(line[0])), ui.Safe(line[1]))
		}
	}
	width := 0
	for _, e := range p.EventTypes() {
		width = max(width, len(e.Name))
	}
	for _, e := range p.EventTypes() {
		fmt.Fprintf(&out, "    %s%s  %s\n", st.Event(ui.Safe(e.Name)), strings.Repeat(" ", width-len(e.Name)), st.Dim(ui.Safe(eventTitle(e))))
	}
	writeFlows(&out, st, flows)
	_, err = app.IO.Out.Write([]byte(out.String()))
	return err
}

func providerLines(p *provider.Provider) [][2]string {
	sig := p.Signature
	carried := p.Scheme().Where()
	if len(sig.Accept) > 0 {
		carried += ", or " + strings.Join(sig.Accept, ", ")
	}
	lines := [][2]string{
		{"documented", p.Docs},
		{"origin", originText(p)},
		{"signature", p.Scheme().Title() + " in " + carried},
		{"protects", protects(p)},
		{"secret", p.SecretVariable() + ", or --secret-file"},
		{"request", p.Method() + " " + p.Request.Path},
		{"delivery", deliveryText(p.DeliveryOf(""))},
	}
	for _, name := range p.VariantNames() {
		v := p.Variants[name]
		text := name + ": " + v.Title
		if v.Default {
			text += " (the default)"
		}
		lines = append(lines, [2]string{"variant", text})
	}
	return append(lines, [2]string{"event types", fmt.Sprint(len(p.EventTypes()))})
}

func originText(p *provider.Provider) string {
	if p.Origin() == provider.BuiltIn {
		return string(provider.BuiltIn)
	}
	return string(p.Origin()) + ", " + p.Path()
}

func protects(p *provider.Provider) string {
	c := p.Scheme().Covers()
	var parts []string
	for _, part := range []struct {
		covered bool
		name    string
	}{{c.Body, "the body"}, {c.Time, "the time"}, {c.ID, "the message ID"}, {c.Method, "the method"}, {c.URL, "the URL"}} {
		if part.covered {
			parts = append(parts, part.name)
		}
	}
	if len(parts) == 0 {
		return strings.Join(p.Scheme().Notes(), "; ")
	}
	return strings.Join(parts, ", ")
}
