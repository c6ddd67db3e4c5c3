package cmd

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/whk-cli/whk/internal/flow"
	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/payload"
	"github.com/whk-cli/whk/internal/sender"
)

// flowPlan makes the deliveries of a flow, each with values from the steps
// before it.
type flowPlan struct {
	*openedFlow
	app       *App
	opts      *triggerOptions
	generator *payload.Generator
	first     *payload.Payload // whose labels all steps share: it is one tenant, one user
	steps     []flowStep
}

// flowStep is a step with its provider and where it goes.
type flowStep struct {
	*flow.Step
	chosen *chosenSample
	url    string
	data   []byte // of its file; nil without one
	keys   foundKeys
}

// planFlow settles all that does not change from run to run. Its errors name
// the line in the file.
func (app *App) planFlow(opts *triggerOptions, find func(*chosenSample) (foundKeys, error)) (*flowPlan, error) {
	opened, err := app.openFlow(opts.Flow, opts.Provider)
	if err != nil {
		return nil, err
	}
	if opts.To == "" && !opts.dry() {
		return nil, opts.whereTo(nil)
	}
	p := &flowPlan{openedFlow: opened, app: app, opts: opts}
	if p.generator, err = app.generator(opts.Seed.value); err != nil {
		return nil, err
	}
	p.first = p.generator.Payload(1)
	for i := range opened.Steps {
		step := flowStep{Step: &opened.Steps[i]}
		if err := p.choose(&step); err != nil {
			return nil, p.at(step.Line, err)
		}
		if step.url, err = opts.target(step.chosen.provider); err != nil {
			return nil, err
		}
		if step.keys, err = find(step.chosen); err != nil {
			return nil, err
		}
		p.steps = append(p.steps, step)
	}
	return p, nil
}

// choose finds the provider of a step's event, and reads its body.
func (p *flowPlan) choose(s *flowStep) (err error) {
	flags := providerFlags{Provider: firstOf(s.Provider, p.Provider, p.opts.Provider)}
	for _, variants := range [][]string{p.opts.Variants, s.Variants, p.Variants} {
		if len(flags.Variants) == 0 {
			flags.Variants = slices.Clone(variants)
		}
	}
	find := p.app.findSample
	if s.OwnData() {
		find = p.app.findEventWithData
	}
	if s.chosen, err = find(s.Event, flags); err != nil {
		return err
	}
	if s.File() != "" {
		if s.data, err = fs.ReadFile(p.dir, s.File()); err != nil {
			return failed(readError(s.File(), err), "a body's file stands beside the flow, or below it")
		}
	}
	return nil
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// at puts the flow's file and a line in front of an error, and keeps its code and
// hints.
func (p *flowPlan) at(line int, err error) error {
	e := &exitError{code: exitFailed, err: err}
	errors.As(err, &e)
	return &exitError{code: e.code, err: &flow.FileError{File: p.file, Line: line, Msg: e.Error()}, hints: e.hints}
}

// build makes the delivery of a step as of now, unsigned.
func (p *flowPlan) build(s *flowStep, done flow.Done, now time.Time) (*built, error) {
	values := p.generator.Payload(s.Number)
	values.Now, values.Step, values.Event = now, done.Value, s.chosen.name
	values.ShareLabels(p.first)
	data, edits, err := s.Render(values)
	if err != nil {
		return nil, usageError(err, "whk trigger --flow "+format.ShellWord(p.opts.Flow)+" --dry-run shows the steps before it")
	}
	if s.data != nil {
		data = s.data
	}
	recipe, err := newRecipe(s.chosen, buildOptions{
		method: p.opts.Method, url: s.url, signURL: p.opts.URL, data: data, edits: edits, header: p.opts.Header,
	})
	if err != nil {
		return nil, p.at(s.Line, err)
	}
	b := new(built)
	if err := recipe.fill(b, values); err != nil {
		return nil, p.misfit(s, err)
	}
	b.message.Header = nil // signing reads the request's
	return b, nil
}

// sign signs a step's delivery, and refuses one that no request can carry.
func (p *flowPlan) sign(s *flowStep, b *built, now time.Time) error {
	if err := b.sign(s.keys.Secrets[0], now); err != nil {
		return p.at(s.Line, err)
	}
	if err := sender.Check(&b.request); err != nil {
		return p.at(s.Line, usageError(err, "--dry-run prints the request"))
	}
	return nil
}

// misfit names the line of an edit that does not fit the body.
func (p *flowPlan) misfit(s *flowStep, err error) error {
	var path *payload.PathError
	if !errors.As(err, &path) {
		return p.at(s.Line, err)
	}
	hint := strings.ReplaceAll(path.Hint(), "--add "+path.Path+"=…", "add:")
	hint = strings.ReplaceAll(hint, "--override "+path.Path+"=…", "override:")
	return p.at(s.LineOf(path.Path), usageError(err, hint))
}

// plan makes all deliveries without sending any, so that a mistake in the last
// step shows before the first is sent. The first is made as of start, and the
// others after their waits.
func (p *flowPlan) plan(start time.Time) ([]*built, error) {
	var all []*built
	var done flow.Done
	for i := range p.steps {
		s := &p.steps[i]
		start = start.Add(s.Wait)
		b, err := p.build(s, done, start)
		if err == nil {
			err = p.sign(s, b, start)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, b)
		done = append(done, sentAs(s, b))
	}
	return all, nil
}

func sentAs(s *flowStep, b *built) flow.Sent {
	return flow.Sent{Step: s.Step, Event: b.event, MessageID: b.messageID, Body: b.payload}
}

// pace is how the waits between the steps are scaled here.
func (p *flowPlan) pace() sender.Pace {
	var longest time.Duration
	for _, s := range p.steps {
		longest = max(longest, s.Wait)
	}
	return p.opts.pace(longest)
}
