package cmd

import (
	"errors"

	"github.com/whk-cli/whk/internal/flow"
	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/signing"
)

// flows makes every step of every flow that p has.
func (l *linter) flows(p *provider.Provider) {
	for _, name := range p.FlowNames() {
		l.result.Flows++
		if err := l.flow(p, name); err != nil {
			l.result.Faults = append(l.result.Faults, flowFault(err))
		}
	}
}

func (l *linter) flow(p *provider.Provider, name string) error {
	plan, err := l.app.planFlow(&triggerOptions{flowFlags: flowFlags{p.Name + "/" + name}, To: "localhost"}, func(c *chosenSample) (foundKeys, error) {
		secret, _, err := c.provider.Generate(l.app.Random, 0)
		return foundKeys{Keys: provider.Keys{Secrets: []signing.Secret{signing.NewSecret([]byte(secret))}}}, err
	})
	if err != nil {
		return err
	}
	if plan.Title == "" {
		return &flow.FileError{File: plan.file, Line: 1, Msg: "title is missing: what happens, for people"}
	}
	_, err = plan.plan(l.app.Now())
	return err
}

// flowFault is an error of a flow with its place, where it has one.
func flowFault(err error) fault {
	var e *flow.FileError
	if errors.As(err, &e) {
		return fault{e.File, e.Line, e.Msg}
	}
	return fault{Message: err.Error()}
}
