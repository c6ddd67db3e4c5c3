package cmd

import (
	"fmt"
	"slices"
	"strings"

	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/store"
)

// notTaking says why an endpoint does not get an event; nil where it does.
func notTaking(e *store.Endpoint, event string) error {
	name := format.ShellWord(e.Name)
	const force = "--force sends it all the same"
	switch {
	case !e.Enabled:
		return usageError(fmt.Errorf("endpoint %q is disabled", e.Name), "whk endpoint enable "+name, force)
	case e.Paused():
		return usageError(fmt.Errorf("endpoint %q is paused since %s, after %s", e.Name, shownTime(stampText(e.Pause.Since)), e.Pause.Why), "whk endpoint resume "+name, force)
	case !e.Events.Match(event):
		return usageError(fmt.Errorf("endpoint %q is not subscribed to %s", e.Name, event), "whk endpoint edit "+name+" -e "+format.ShellWord(event)+" subscribes it to that", force)
	}
	return nil
}

// nobodyTakes is why an event goes to no endpoint: none knows it, or none of
// those that do takes it.
func (app *App) nobodyTakes(all []*store.Endpoint, opts *triggerOptions, without []error) error {
	if len(without) == 1 {
		hints := slices.DeleteFunc(hintsOf(without[0]), func(hint string) bool { return strings.HasPrefix(hint, "--force") })
		return usageError(without[0], append(hints, "or name a target: "+opts.words()+" --to localhost")...)
	}
	if len(without) > 1 {
		var hints []string
		for _, err := range without {
			hints = append(hints, err.Error())
		}
		return usageError(fmt.Errorf("no endpoint takes %s", opts.Event), append(hints, "or name a target: "+opts.words()+" --to localhost")...)
	}
	find := app.findSample
	if opts.Data != "" {
		find = app.findEventWithData
	}
	chosen, err := find(opts.Event, opts.providerFlags)
	if err != nil {
		return err
	}
	return usageError(fmt.Errorf("no endpoint belongs to %s, which sends %s", chosen.provider.Name, chosen.name),
		"whk endpoint add orders --url localhost:3000/hooks --provider "+chosen.provider.Name,
		opts.words()+" --to localhost", "whk endpoint list shows the "+countText(len(all), "endpoint")+" there are")
}
