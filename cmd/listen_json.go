package cmd

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/whk-cli/whk/internal/receiver"
	"github.com/whk-cli/whk/internal/sender"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

// jsonOutput shows programs what comes, as one object on a line.
type jsonOutput struct{ *listenView }

func (o jsonOutput) delivery(d *webhook.Delivery, _ time.Duration) {
	o.object(deliveryLine{"delivery", o.redactor.Delivery(d)})
}

// forwardJSON is one attempt at a forward as a program reads it.
type forwardJSON struct {
	Type string `json:"type"` // forward
	ID   string `json:"id"`   // the delivery's
	webhook.Forward
	Attempt int    `json:"attempt"`           // its number, from 1; 0 when nothing was sent
	Next    string `json:"next,omitempty"`    // retry, when another one follows
	WaitMS  int64  `json:"wait_ms,omitempty"` // until then
	Answer  string `json:"answer,omitempty"`  // the beginning of a body that came with a refusal

	Location string `json:"location,omitempty"` // of a redirect, which is not followed
}

func (o jsonOutput) forward(f forwarded, wait time.Duration, refusal []byte) {
	line := forwardJSON{Type: "forward", ID: f.ID, Forward: f.Result, Attempt: f.Attempts, Answer: string(refusal), Location: o.location(f)}
	if f.Again {
		line.Next, line.WaitMS = string(sender.Retry), wait.Milliseconds()
	}
	o.object(line)
}

// comparedJSON is a difference as a program reads it.
type comparedJSON struct {
	Type        string            `json:"type"` // compared
	ID          string            `json:"id"`   // the delivery's
	Differences []string          `json:"differences"`
	Answers     []webhook.Forward `json:"answers"`
}

func (o jsonOutput) differ(id string, found []string, a, b answered) {
	o.object(comparedJSON{"compared", id, found, []webhook.Forward{
		{URL: a.url, Status: a.status, Error: a.class}, {URL: b.url, Status: b.status, Error: b.class},
	}})
}

// refusedJSON is a request that was no delivery, as a program reads it.
type refusedJSON struct {
	Type   string `json:"type"` // refused
	Status int    `json:"status"`
	Reason string `json:"reason"`
	Method string `json:"method"`
	Target string `json:"target"`
	Line   string `json:"line,omitempty"` // where there is no method
	Remote string `json:"remote"`
	Count  int    `json:"count,omitempty"` // from the 10th of a kind on, which are not all told
}

func (o jsonOutput) refused(r receiver.Refusal) {
	line := refusedJSON{"refused", r.Status, r.Reason, r.Method, r.Target, r.Line, r.Remote, 0}
	if r.Method == "" {
		n, tell := o.tellEarly(r)
		if !tell {
			return
		}
		if n > 1 {
			line.Count = n
		}
	}
	o.object(line)
}

// hint goes to stderr.
func (o jsonOutput) hint(text string) { o.say("hint: " + text) }

// deliveryLine is a delivery as an event of the stream.
type deliveryLine struct {
	kind     string
	delivery *webhook.Delivery
}

// MarshalJSON puts the type in front of the delivery's own fields.
func (l deliveryLine) MarshalJSON() ([]byte, error) {
	body, err := json.Marshal(l.delivery)
	if err != nil {
		return nil, err
	}
	return append(fmt.Appendf(nil, `{"type":%q,`, l.kind), body[1:]...), nil
}

func (v *listenView) object(value any) {
	line, err := ui.AppendJSON(nil, value)
	if err != nil {
		v.say("this could not be written as JSON: " + err.Error())
		return
	}
	v.lines.Line(line)
}
