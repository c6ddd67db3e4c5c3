package cmd

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/webhook"
)

// deliveryText is a policy in a line; figures that the provider does not state
// are marked.
func deliveryText(d provider.DeliveryPolicy) string {
	parts, further := endsText(d), attemptsText(d)
	if !slices.Contains(d.Assumed, "attempts") || !slices.Contains(d.Assumed, "retry") {
		return strings.Join(slices.Concat(further, parts), ", ")
	}
	// Nothing is known of further attempts, and one mark is enough.
	assumed := strings.ReplaceAll(strings.Join(further, ", "), " (assumed)", "")
	if len(parts) == 0 {
		return "assumed: " + assumed
	}
	return strings.Join(parts, ", ") + ", the rest is assumed: " + assumed
}

// attemptsText says how often there are attempts, and when.
func attemptsText(d provider.DeliveryPolicy) []string {
	if d.Attempts == 1 {
		return []string{assumedText(d, "attempts", "one attempt")}
	}
	parts := []string{assumedText(d, "attempts", fmt.Sprintf("up to %d attempts", d.Attempts)), intervalsText(d)}
	if !slices.Equal(d.Retry, provider.Answers{webhook.AnyAnswer}) {
		parts = append(parts, assumedText(d, "retry", "if the answer is "+answersText(d.Retry)))
	}
	if d.RetryAfter {
		parts = append(parts, assumedText(d, "retry_after", "or as Retry-After asks"))
	}
	parts = append(parts, onText(d)...)
	if len(d.Final) > 0 {
		parts = append(parts, assumedText(d, "final", answersText(d.Final)+" ends it for good"))
	}
	return parts
}

// endsText says what ends an attempt, and what follows from many failures.
func endsText(d provider.DeliveryPolicy) []string {
	var parts []string
	if !slices.Equal(d.Success, provider.Answers{"2xx"}) {
		parts = append(parts, assumedText(d, "success", answersText(d.Success)+" acknowledges"))
	}
	if d.Timeout > 0 {
		parts = append(parts, assumedText(d, "timeout", webhook.ShortDuration(time.Duration(d.Timeout))+" for an answer"))
	}
	if d.PauseAfter > 0 {
		text := fmt.Sprintf("paused after %d failures in a row", d.PauseAfter)
		if d.Attempts > 1 {
			text = fmt.Sprintf("paused after a delivery that ends in %d failures in a row", d.PauseAfter)
		}
		parts = append(parts, assumedText(d, "pause_after", text))
	}
	return parts
}

func assumedText(d provider.DeliveryPolicy, field, text string) string {
	if slices.Contains(d.Assumed, field) {
		return text + " (assumed)"
	}
	return text
}

func intervalsText(d provider.DeliveryPolicy) string {
	var text string
	switch {
	case d.Every > 0:
		text = assumedText(d, "every", "one every "+webhook.ShortDuration(time.Duration(d.Every)))
	case len(d.Waits) > 0:
		var waits []string
		for _, wait := range d.Waits {
			waits = append(waits, webhook.ShortDuration(time.Duration(wait)))
		}
		text = assumedText(d, "waits", "after "+strings.Join(waits, ", "))
	default:
		text = fmt.Sprintf("after %s, then times %g", webhook.ShortDuration(time.Duration(d.Backoff.First)), d.Backoff.Factor)
		if d.Backoff.Cap > 0 {
			text += " up to " + webhook.ShortDuration(time.Duration(d.Backoff.Cap))
		}
		text = assumedText(d, "backoff", text)
	}
	if d.Jitter > 0 {
		text += fmt.Sprintf(", ±%g%%", 100*d.Jitter)
	}
	return text
}

func onText(d provider.DeliveryPolicy) []string {
	var parts []string
	for _, pattern := range slices.SortedFunc(maps.Keys(d.On), byNarrowness) {
		on, text := d.On[pattern], answersText(provider.Answers{pattern})
		if on.Every > 0 {
			text += " every " + webhook.ShortDuration(time.Duration(on.Every))
		}
		if on.CountsAsFailure != nil && !*on.CountsAsFailure {
			text += " without counting as a failure"
		}
		parts = append(parts, assumedText(d, "on", text))
	}
	return parts
}

// answersText is patterns in words.
func answersText(answers provider.Answers) string {
	var words, but []string
	for _, pattern := range answers {
		without, out := strings.CutPrefix(pattern, "!")
		without = strings.ReplaceAll(without, "_", " ")
		if out {
			but = append(but, without)
		} else {
			words = append(words, without)
		}
	}
	if len(words) == 0 {
		words = []string{webhook.AnyAnswer}
	}
	if len(but) > 0 {
		return strings.Join(words, ", ") + " but " + strings.Join(but, ", ")
	}
	return strings.Join(words, ", ")
}
