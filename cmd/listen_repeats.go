package cmd

import (
	"context"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// usualTolerance is how long a message id is remembered without --tolerance: as
// long as any provider that states a tolerance accepts a signature.
const usualTolerance = 10 * time.Minute

// remembers is how long listen remembers message ids: a captured request that
// somebody sends again is authentic for as long as its signature is not too old.
func (opts *listenOptions) remembers() time.Duration {
	if d := opts.Tolerance.or(usualTolerance); d > 0 {
		return d
	}
	return usualTolerance
}

// noteRepeat marks an authentic delivery whose message id has come before, and
// with --strict refuses it.
func (l *listener) noteRepeat(ctx context.Context, d *webhook.Delivery) {
	if d.Verification.Status != webhook.Authentic {
		return
	}
	first, repeated := l.store.Repeats(ctx, d)
	if !repeated {
		return
	}
	text := "replay of " + first
	if !l.opts.Strict {
		d.Verification.Warnings = append(d.Verification.Warnings, text)
		return
	}
	d.Verification = webhook.Verification{
		Status: webhook.NotAuthentic, Reason: webhook.ReasonReplayed,
		Detail: text + ": a message with this ID was received before, and --strict refuses the second",
	}
}
