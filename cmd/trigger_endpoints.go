package cmd

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/sender"
	"github.com/whk-cli/whk/internal/store"
	"github.com/whk-cli/whk/internal/ui"
)

// endpointFlags choose among the registered endpoints.
type endpointFlags struct {
	Endpoints []string
	Force     bool
}

func (f *endpointFlags) add(cmd *cobra.Command, app *App) {
	cmd.Flags().StringArrayVar(&f.Endpoints, "endpoint", nil, "deliver to the registered endpoint of this `name` (repeatable)")
	cmd.Flags().BoolVar(&f.Force, "force", false, "of --endpoint: also to one that is disabled, paused, or not subscribed to the event")
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("endpoint", app.completeEndpoints))
}

// skippedJSON is an endpoint that gets nothing although it is subscribed.
type skippedJSON struct {
	Type     string `json:"type"` // skipped
	Name     string `json:"endpoint_name"`
	Endpoint string `json:"endpoint"` // the URL
	State    string `json:"state"`    // paused
	Why      string `json:"why,omitempty"`
	Since    string `json:"since,omitempty"`
}

// triggerEndpoints delivers to the chosen endpoints, all at the same time.
func (app *App) triggerEndpoints(ctx context.Context, opts *triggerOptions, chosen *endpointChoice) error {
	if err := opts.oneBody(chosen); err != nil {
		return err
	}
	for _, e := range chosen.skipped {
		if err := app.skipPaused(e); err != nil {
			return err
		}
	}
	data, err := app.dataFlag(opts.Data)
	if err != nil {
		return err
	}
	edit, err := app.editWith(ctx, opts.Edit)
	if err != nil {
		return err
	}
	run := &endpointRun{app: app, opts: opts, data: data, edit: edit, at: app.asOf(opts.At)}
	if run.generator, err = app.generator(opts.Seed.value); err != nil {
		return err
	}
	if err := run.open(ctx); err != nil {
		return err
	}
	defer run.close()
	for _, one := range chosen.ready {
		c, err := run.course(ctx, one)
		if err != nil {
			return err
		}
		run.courses = append(run.courses, c)
	}
	if opts.dry() {
		return run.printDry()
	}
	return run.deliver(ctx)
}

// oneBody refuses what makes sense for one delivery only.
func (opts *triggerOptions) oneBody(chosen *endpointChoice) error {
	if !opts.Edit || len(chosen.ready) < 2 {
		return nil
	}
	return usageError(fmt.Errorf("--edit changes one body, and %d endpoints would get it", len(chosen.ready)),
		"choose one of them: --endpoint "+format.ShellWord(chosen.ready[0].endpoint.Name))
}

func (app *App) skipPaused(e *store.Endpoint) error {
	if app.global.JSON {
		return ui.JSON(app.IO.Out, skippedJSON{
			Type: "skipped", Name: e.Name, Endpoint: app.shownURL(e.URL), State: endpointState(e), Why: e.Pause.Why, Since: stampText(e.Pause.Since),
		})
	}
	app.note("%s is skipped: it is paused since %s, after %s", e.Name, shownTime(stampText(e.Pause.Since)), e.Pause.Why)
	app.note("hint: whk endpoint resume %s", format.ShellWord(e.Name))
	return nil
}

// afterwardsAt says what to do before anything is delivered to an endpoint again.
func (app *App) afterwardsAt(name string, step sender.Step) {
	switch step.Kind {
	case sender.Pause:
		app.note("%s is paused now: it gets nothing more until it is resumed", name)
		app.note("hint: correct the handler, then: whk endpoint resume %s", format.ShellWord(name))
	case sender.Stop:
		why := "the target says that it is gone"
		if step.Rule == "" { // no answer has led to it
			why = "it gets nothing more until it is enabled"
		}
		app.note("%s is disabled now: %s", name, why)
		app.note("hint: whk endpoint enable %s", format.ShellWord(name))
	}
}
