package cmd

import (
	"context"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// replayItem is one delivery that is to be sent.
type replayItem struct {
	id       string
	received time.Time
	targets  int
	delivery *webhook.Delivery // nil: to be read again, since all do not fit into memory
}

// planBytes is how many bytes of deliveries a plan keeps in memory, each with
// itemBytes besides its body.
const planBytes, itemBytes = 32 << 20, 2 << 10

// plan finds the deliveries and checks that every one of them can be sent, so
// that a mistake on the command line does not stop a run half-way. What is
// captured later, perhaps because of this run, is not part of it.
func (r *replayer) plan(ctx context.Context) error {
	var homeless []string
	room := planBytes
	add := func(d *webhook.Delivery) error {
		requests, err := r.requests(ctx, d)
		if err != nil {
			return err
		}
		if len(requests) == 0 {
			homeless = append(homeless, d.ID)
			return nil
		}
		item := replayItem{id: d.ID, received: d.ReceivedAt, targets: len(requests)}
		if room -= len(d.Body) + itemBytes; room >= 0 {
			item.delivery = d
		}
		r.items = append(r.items, item)
		return nil
	}
	if err := r.find(ctx, add); err != nil {
		return err
	}
	if len(homeless) > 0 {
		return r.noTarget(homeless)
	}
	return nil
}

// find calls add for each delivery that is named or selected.
func (r *replayer) find(ctx context.Context, add func(*webhook.Delivery) error) error {
	for _, ref := range r.opts.Refs {
		d, err := capture(ctx, r.store, ref)
		if err != nil {
			return err
		}
		if err := add(d); err != nil {
			return err
		}
	}
	if len(r.opts.Refs) > 0 {
		return nil
	}
	for d, err := range r.opts.deliveries(ctx, r.app, r.store, 0, true) {
		if err != nil {
			if err := r.app.damagedOnly(err); err != nil {
				return err
			}
			r.code = exitFailed
			continue
		}
		if err := add(d); err != nil {
			return err
		}
	}
	return nil
}
