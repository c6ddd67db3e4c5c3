package cmd

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/near"
	"github.com/whk-cli/whk/internal/store"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

// selectFlags say which captured deliveries are meant.
type selectFlags struct {
	Provider string
	Events   []string
	Verdict  string
	Failed   bool
	Since    time.Time
	Until    time.Time
	Text     string
}

func (f *selectFlags) add(cmd *cobra.Command, app *App) {
	flags := cmd.Flags()
	flags.StringVarP(&f.Provider, "provider", "p", "", "only deliveries of the provider of this `name`")
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("provider", app.completeProviders))
	flags.StringArrayVarP(&f.Events, "event", "e", nil, "only event types that fit this `pattern`; ! in front excludes (repeatable)")
	addOneOf(cmd, &f.Verdict, "verdict", "", "only deliveries with this verdict",
		string(webhook.Authentic), string(webhook.NotAuthentic), string(webhook.Unverified))
	flags.BoolVar(&f.Failed, "failed", false, "only deliveries that went wrong: a target, or whk itself, did not answer 2xx")
	addPastFlag(cmd, app, &f.Since, "since", "only what was received then or later: RFC 3339, Unix seconds, or a difference such as 2h")
	addPastFlag(cmd, app, &f.Until, "until", "only what was received before then")
	flags.StringVar(&f.Text, "text", "", "only bodies that hold this `text`, byte for byte")
}

// settle drops a provider that comes from a configuration file: that is whose
// events are sent, and no filter on what was received.
func (f *selectFlags) settle(app *App) {
	if app.held.preferred != "" {
		f.Provider = ""
	}
}

// given lists the flags that select, but for --provider.
func (f *selectFlags) given() []string {
	var names []string
	for _, flag := range []struct {
		name string
		set  bool
	}{
		{"--event", len(f.Events) > 0}, {"--verdict", f.Verdict != ""}, {"--failed", f.Failed},
		{"--since", !f.Since.IsZero()}, {"--until", !f.Until.IsZero()}, {"--text", f.Text != ""},
	} {
		if flag.set {
			names = append(names, flag.name)
		}
	}
	return names
}

// deliveries are those that f selects: at most limit of them, 0 for all. Errors
// are those of [store.Store.List].
func (f *selectFlags) deliveries(ctx context.Context, app *App, s *store.Store, limit int, oldestFirst bool) iter.Seq2[*webhook.Delivery, error] {
	q := store.Query{
		Provider: f.Provider, Events: app.arriving(f.Events, f.Provider), Verdict: webhook.Status(f.Verdict),
		Since: f.Since, Until: f.Until, Text: []byte(f.Text), OldestFirst: oldestFirst,
	}
	if !f.Failed {
		q.Limit = limit
		return s.List(ctx, q)
	}
	return func(yield func(*webhook.Delivery, error) bool) {
		left := limit
		for d, err := range s.List(ctx, q) {
			if err == nil && !wentWrong(d) {
				continue
			}
			if !yield(d, err) {
				return
			}
			if left--; left == 0 {
				return
			}
		}
	}
}

// wentWrong reports whether somebody did not acknowledge d: the last forward to
// any of its targets, or whk.
func wentWrong(d *webhook.Delivery) bool {
	if s := d.Response.Status; s != 0 && s/100 != 2 || s == 0 && d.Response.Played != "" {
		return true
	}
	last := map[string]bool{}
	for _, f := range d.Forwards {
		last[f.URL] = f.Error == "" && f.Status/100 == 2
	}
	for _, ok := range last {
		if !ok {
			return true
		}
	}
	return false
}

// arriving adds the event types under which such deliveries arrive, where a
// receiver can not tell the types of the patterns apart.
func (app *App) arriving(patterns []string, of string) webhook.Patterns {
	if len(patterns) == 0 {
		return nil
	}
	all := webhook.Patterns(slices.Clone(patterns))
	for _, name := range app.providers().Names() {
		if of != "" && name != of {
			continue
		}
		p, err := app.providers().Load(name)
		if err != nil {
			continue
		}
		for _, pattern := range patterns {
			if arrives := p.Arrives(pattern); !slices.Contains(all, arrives) {
				all = append(all, arrives)
			}
		}
	}
	return all
}

// nothingSelected says on stderr why a result is empty.
func (f *selectFlags) nothingSelected(app *App) {
	if f.Provider == "" && len(f.given()) == 0 {
		app.nothingCaptured()
		return
	}
	app.note("no captured delivery matches")
	if f.Provider != "" && !app.providers().Has(f.Provider) {
		if names := near.Names(f.Provider, app.providers().Names()); len(names) > 0 {
			app.note("hint: did you mean -p %s?", strings.Join(names, " or -p "))
		}
	}
}

// nothingCaptured says how to capture something.
func (app *App) nothingCaptured() {
	app.note("nothing has been captured yet")
	app.note("hint: whk listen")
	app.note("hint: whk trigger Tenant.StatusChanged --to localhost")
}

// report prints an error that does not end the command.
func (app *App) report(err error, hints ...string) {
	err = errors.New(app.scrub(err.Error()))
	if app.global.JSON {
		app.IO.PrintErrorJSON(err, exitFailed, hints...)
		return
	}
	app.IO.PrintError(err, hints...)
}

// damagedOnly reports a damaged record and returns nil; any other error is
// returned.
func (app *App) damagedOnly(err error) error {
	var damaged *store.DamagedError
	if !errors.As(err, &damaged) {
		return err
	}
	app.report(err, "only this one is affected")
	return nil
}

// shownBy is what deliveries go through before they are printed; nil with
// --reveal.
func (app *App) shownBy(reveal bool) *ui.Redactor {
	if reveal {
		return nil
	}
	return app.redactor()
}

func addRevealFlag(cmd *cobra.Command, reveal *bool) {
	cmd.Flags().BoolVar(reveal, "reveal", false, "show the values of signature, secret, Authorization and Cookie headers, and secrets in URLs")
}

// completeCaptures offers the newest captures.
func (app *App) completeCaptures(cmd *cobra.Command, given []string, _ string) ([]string, cobra.ShellCompDirective) {
	const none = cobra.ShellCompDirectiveNoFileComp
	if app.settle(cmd) != nil {
		return nil, none
	}
	s, err := app.reader(cmd.Context())
	if err != nil {
		return nil, none
	}
	defer s.Close()
	words := []string{"last\tthe newest"}
	for d, err := range s.List(cmd.Context(), store.Query{Limit: 30}) {
		if err != nil || slices.Contains(given, d.ID) {
			continue
		}
		words = append(words, fmt.Sprintf("%s\t%s %s", d.ID, d.ReceivedAt.Local().Format(time.DateTime), ui.Safe(d.Provider+" "+d.Event)))
	}
	return words, none | cobra.ShellCompDirectiveKeepOrder
}
