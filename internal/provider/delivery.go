package provider

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/whk-cli/whk/internal/webhook"
)

// DeliveryPolicy is how the provider delivers. Figures it does not state are
// named in Assumed. The times between attempts are in one of Every, Backoff and
// Waits.
type DeliveryPolicy struct {
	Success    Answers             `yaml:"success"`     // which answers acknowledge; 2xx unless stated
	Retry      Answers             `yaml:"retry"`       // which of the others are tried again; all unless stated
	Final      Answers             `yaml:"final"`       // which of the others end all deliveries to the endpoint
	Timeout    Duration            `yaml:"timeout"`     // of one attempt; 0 is not stated
	Attempts   int                 `yaml:"attempts"`    // the first one included; 0 is not stated, or one more than Waits has
	Every      Duration            `yaml:"every"`       // a fixed interval between attempts
	Backoff    Backoff             `yaml:"backoff"`     // a growing one
	Waits      []Duration          `yaml:"waits"`       // one for each further attempt
	Jitter     float64             `yaml:"jitter"`      // up to this part of an interval is added or taken away; 0.1 is a tenth
	RetryAfter bool                `yaml:"retry_after"` // a 429 or 503 may say when the next attempt is made
	On         map[string]OnStatus `yaml:"on"`          // answers with a rule of their own
	PauseAfter int                 `yaml:"pause_after"` // consecutive failures that pause; 0 is never
	Fresh      bool                `yaml:"fresh"`       // each attempt has fresh times in its body and a fresh token
	Once       []string            `yaml:"once"`        // globs of event types that get one attempt
	Assumed    []string            `yaml:"assumed"`     // the fields that the provider does not state
}

// Backoff is a growing interval: First, then times Factor each time, up to Cap.
type Backoff struct {
	First  Duration `yaml:"first"`
	Factor float64  `yaml:"factor"`
	Cap    Duration `yaml:"cap"` // 0 is a day
}

// OnStatus is what one answer does to the schedule.
type OnStatus struct {
	Every           Duration `yaml:"every"`             // 0 is the usual interval
	CountsAsFailure *bool    `yaml:"counts_as_failure"` // nil is yes
}

// Answers are patterns of outcomes, as of [webhook.Answers]. In YAML it may be
// just one.
type Answers webhook.Answers

// UnmarshalYAML takes one pattern as well as a list.
func (a *Answers) UnmarshalYAML(node *yaml.Node) error {
	var list []string
	if node.Kind == yaml.ScalarNode {
		list = []string{node.Value}
	} else if err := node.Decode(&list); err != nil {
		return err
	}
	if err := webhook.Answers(list).Check(); err != nil {
		return fmt.Errorf("line %d: %w", node.Line, err)
	}
	*a = list
	return nil
}

// UnmarshalYAML lays what is stated over what was there before; stated
// intervals replace all earlier ones.
func (d *DeliveryPolicy) UnmarshalYAML(node *yaml.Node) error {
	var stated []string
	for i := 0; i+1 < len(node.Content); i += 2 {
		switch key := node.Content[i].Value; key {
		case "every", "backoff", "waits":
			stated = append(stated, key)
		}
	}
	switch len(stated) {
	case 0:
	case 1:
		d.Every, d.Backoff, d.Waits = 0, Backoff{}, nil
	default:
		return fmt.Errorf("line %d: the intervals are stated as %s: leave all but one out", node.Line, strings.Join(stated, " and "))
	}
	type plain DeliveryPolicy
	if err := node.Decode((*plain)(d)); err != nil {
		return err
	}
	if slices.Contains(stated, "waits") && len(d.Waits) == 0 {
		return fmt.Errorf("line %d: waits has no interval", node.Line)
	}
	return nil
}

// mostAttempts bounds what a file can ask for.
const mostAttempts = 1000

func (d *DeliveryPolicy) check() error {
	switch {
	case d.Attempts < 0 || d.Attempts > mostAttempts:
		return fmt.Errorf("attempts: %d is not 1 to %d", d.Attempts, mostAttempts)
	case d.Backoff != (Backoff{}) && (d.Backoff.First == 0 || !(d.Backoff.Factor >= 1)):
		return errors.New("backoff: it needs a first interval, and a factor of 1 or more")
	case !(d.Jitter >= 0 && d.Jitter <= 1):
		return fmt.Errorf("jitter: %v is not 0 to 1", d.Jitter)
	case d.PauseAfter < 0:
		return fmt.Errorf("pause_after: %d is not a number of failures", d.PauseAfter)
	}
	if err := webhook.Answers(slices.Sorted(maps.Keys(d.On))).Check(); err != nil {
		return fmt.Errorf("on: %w", err)
	}
	fields := map[string]reflect.Type{}
	addFields(fields, reflect.TypeFor[DeliveryPolicy]())
	for _, name := range d.Assumed {
		if fields[name] == nil {
			return fmt.Errorf("assumed: %q is not a field of delivery", name)
		}
	}
	return nil
}
