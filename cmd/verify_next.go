package cmd

import (
	"fmt"
	"slices"
	"time"

	"github.com/whk-cli/whk/internal/diagnosis"
	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/webhook"
)

// nextCommands are lines to type after a refusal.
func (r *verifyReport) nextCommands(j *judged, ex diagnosis.Explanation) []string {
	p := j.verdict.Provider
	if ex.Proven() {
		switch first := ex.Hypotheses[0]; {
		case first.Provider != "":
			return []string{r.again(j, "-p "+first.Provider, "provider", "variant")}
		case first.URL != "":
			return []string{r.again(j, "--url "+format.ShellWord(first.URL), "url")}
		}
	}
	switch j.verdict.Verification.Reason {
	case webhook.ReasonMissing, webhook.ReasonMalformed, webhook.ReasonDuplicateHeader:
		if e := exampleEvent(j); e != "" && !ex.Proven() {
			return []string{fmt.Sprintf("whk trigger %s --to localhost --dry-run   shows a correct request", eventWord(p.Name, e))}
		}
	case webhook.ReasonMismatch:
		if ex.Proven() {
			return nil
		}
		hints := captureHints(p.Scheme())
		switch {
		case p.Scheme().KeyPair() || r.opts.Reveal: // who verifies has no key to sign with
		case r.input.kind == format.Body:
			hints = append(hints, fmt.Sprintf("whk sign -p %s%s %s   prints the headers that this body should carry", p.Name, r.flags(j, slices.Clone(notOfSign)...), r.inputWord()))
		default:
			hints = append(hints, r.again(j, "--reveal")+"   prints the headers that it should have had")
		}
		return hints
	case webhook.ReasonStale, webhook.ReasonFuture, webhook.ReasonExpired, webhook.ReasonNotYetValid:
		at := j.delivery.ReceivedAt
		if at.IsZero() {
			at = j.verdict.Failure.At
		}
		return []string{r.again(j, "--at "+at.UTC().Format(time.RFC3339Nano), "at", "tolerance") + "   judges it as of then"}
	}
	return nil
}

// again is the command with other flags in place of those called without. What the
// person typed of headers is a signature, and not repeated.
func (r *verifyReport) again(j *judged, flags string, without ...string) string {
	if len(r.opts.Header) > 0 {
		return "the same command with " + flags
	}
	return "whk verify" + r.flags(j, without...) + " " + flags + " " + r.inputWord()
}

// notOfSign are verify's flags that sign has not, or that are said otherwise.
var notOfSign = []string{"provider", "header", "as", "entry", "at", "tolerance", "strict", "detect", "reveal"}

// exampleEvent is the delivery's event type if there is a sample of it, else the
// provider's example.
func exampleEvent(j *judged) string {
	p := j.verdict.Provider
	if s, err := p.Sample(j.verdict.Event); err == nil {
		return s.Event.Name
	}
	return p.ExampleEvent()
}
