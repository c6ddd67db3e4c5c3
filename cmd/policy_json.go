package cmd

import (
	"time"

	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/webhook"
)

// policyJSON is how a provider delivers, for programs.
type policyJSON struct {
	Success    webhook.Answers   `json:"success"`
	Retry      webhook.Answers   `json:"retry"`
	Final      webhook.Answers   `json:"final"`
	TimeoutMS  float64           `json:"timeout_ms"` // 0: not stated
	Attempts   int               `json:"attempts"`
	WaitsMS    []float64         `json:"waits_ms"` // between the attempts, without jitter
	Jitter     float64           `json:"jitter"`
	RetryAfter bool              `json:"retry_after"`
	On         map[string]onJSON `json:"on"`
	PauseAfter int               `json:"pause_after"` // 0: never
	Fresh      bool              `json:"fresh"`
	Once       []string          `json:"once"`
	Assumed    []string          `json:"assumed"`
}

type onJSON struct {
	EveryMS         float64 `json:"every_ms"` // 0: the usual wait
	CountsAsFailure bool    `json:"counts_as_failure"`
}

func newPolicyJSON(p *provider.Provider) policyJSON {
	d := p.DeliveryOf("")
	j := policyJSON{
		Success: webhook.Answers(d.Success), Retry: webhook.Answers(d.Retry), Final: append(webhook.Answers{}, d.Final...),
		TimeoutMS: milliseconds(time.Duration(d.Timeout)), Attempts: d.Attempts, WaitsMS: []float64{}, Jitter: d.Jitter,
		RetryAfter: d.RetryAfter, On: map[string]onJSON{}, PauseAfter: d.PauseAfter, Fresh: d.Fresh,
		Once: append([]string{}, d.Once...), Assumed: append([]string{}, d.Assumed...),
	}
	waits := waitsOf(d)
	for n := 1; n < d.Attempts; n++ {
		j.WaitsMS = append(j.WaitsMS, milliseconds(waits.After(n)))
	}
	for pattern, on := range d.On {
		j.On[pattern] = onJSON{milliseconds(time.Duration(on.Every)), on.CountsAsFailure == nil || *on.CountsAsFailure}
	}
	return j
}
