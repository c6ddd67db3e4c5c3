package cmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/store"
	"github.com/whk-cli/whk/internal/ui"
)

type pruneOptions struct {
	OlderThan durationFlag
	Keep      int // below 0 is no limit
	MaxSize   sizeFlag
	DryRun    bool
}

func newPruneCmd(app *App, run func(*cobra.Command, *App, *pruneOptions) error) *cobra.Command {
	opts := &pruneOptions{}
	cmd := &cobra.Command{
		Use:     "prune {--older-than <duration> | --keep <n> | --max-size <size>}",
		GroupID: groupCaptured,
		Short:   "Remove captured deliveries",
		Long: `prune removes what is over a limit, the oldest first. Of several limits each removes
what is over it. There is no way back; --dry-run tells how much would go. Deliveries
that are still to be forwarded are not removed by --keep, except by --keep 0.

It can run while whk listen does. listen itself keeps captures for 30 days and up to
5 GiB unless its --retain-for, --retain-size and --retain-count say otherwise.`,
		Example: `  # see first
  whk prune --older-than 7d --dry-run

  # the newest 1000 stay
  whk prune --keep 1000

  # everything goes
  whk prune --keep 0`,
		Annotations:       map[string]string{needsConfig: "", endsInOrder: ""},
		Args:              cobra.NoArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return run(cmd, app, opts) },
	}
	flags := cmd.Flags()
	flags.Var(&opts.OlderThan, "older-than", "remove what was received longer ago, such as 30d or 12h")
	flags.IntVar(&opts.Keep, "keep", -1, "remove all but this `number` of the newest, and what is still to be forwarded")
	flags.Lookup("keep").DefValue = "0" // so that help shows no default
	flags.Var(&opts.MaxSize, "max-size", "remove the oldest while all take more, such as 5GiB")
	flags.BoolVar(&opts.DryRun, "dry-run", false, "tell what would go, and remove nothing")
	return cmd
}

// limits are the store's; it takes 0 for no limit.
func (opts *pruneOptions) limits(cmd *cobra.Command) (store.Limits, error) {
	l := store.Limits{Age: opts.OlderThan.d, Count: opts.Keep, Bytes: int64(opts.MaxSize), DryRun: opts.DryRun}
	switch {
	case cmd.Flags().Changed("keep") && opts.Keep < 0:
		return l, usageError(fmt.Errorf("--keep %d is below 0", opts.Keep), "whk prune --keep 1000")
	case opts.OlderThan.given && l.Age == 0, opts.Keep == 0:
		l.Age, l.Count, l.Bytes = 0, 0, 1 // everything: even an empty store takes more
	case l.Age == 0 && l.Count < 0 && l.Bytes == 0:
		return l, usageError(errors.New("what is to go? give at least one limit"),
			"whk prune --older-than 30d", "whk prune --keep 1000", "whk prune --max-size 5GiB")
	}
	l.Count = max(l.Count, 0)
	return l, nil
}

// prunedJSON is the result as a program reads it.
type prunedJSON struct {
	Type       string `json:"type"` // pruned
	Deliveries int    `json:"deliveries"`
	Bytes      int64  `json:"bytes"`
	DryRun     bool   `json:"dry_run"`
	Forwards   int    `json:"forwards,omitempty"` // that went with them, and had not been made
	Waiting    int    `json:"waiting,omitempty"`  // deliveries that stay until they are forwarded
}

func runPrune(cmd *cobra.Command, app *App, opts *pruneOptions) error {
	limits, err := opts.limits(cmd)
	if err != nil {
		return err
	}
	pruned, err := app.prune(cmd.Context(), limits)
	if errors.Is(err, store.ErrNoStore) {
		app.nothingCaptured()
		err = nil
	}
	if err != nil {
		if pruned.Deliveries > 0 {
			app.note("removed %s before that, %s", deliveriesText(pruned.Deliveries), ui.Size(pruned.Bytes))
		}
		return err
	}
	if app.global.JSON {
		return ui.JSON(app.IO.Out, prunedJSON{"pruned", pruned.Deliveries, pruned.Bytes, opts.DryRun, pruned.Forwards, pruned.Waiting})
	}
	verb := "removed"
	if opts.DryRun {
		verb = "would remove"
	}
	if pruned.Waiting > 0 {
		app.note("still to be forwarded, and kept until then: %s", deliveriesText(pruned.Waiting))
	}
	_, err = fmt.Fprintf(app.IO.Out, "%s %s, %s%s\n", verb, deliveriesText(pruned.Deliveries), ui.Size(pruned.Bytes), lostText(pruned.Forwards))
	return err
}

// prune opens the captures for writing only if it has to: a dry run, or a place
// without captures, makes nothing.
func (app *App) prune(ctx context.Context, limits store.Limits) (store.Pruned, error) {
	s, err := app.reader(ctx)
	if err != nil && (limits.DryRun || !isDamage(err)) {
		return store.Pruned{}, err
	}
	if !limits.DryRun {
		if err == nil {
			err = s.Close()
		}
		if err != nil && !isDamage(err) {
			return store.Pruned{}, failed(err)
		}
		dir, err := app.state()
		if err != nil {
			return store.Pruned{}, err
		}
		if s, err = app.openCaptures(ctx, dir.Path()); err != nil {
			return store.Pruned{}, err
		}
	}
	pruned, err := s.Prune(ctx, limits)
	if err := errors.Join(err, s.Close()); err != nil {
		if ctx.Err() != nil {
			return pruned, ctx.Err()
		}
		return pruned, failed(err)
	}
	return pruned, nil
}

func deliveriesText(n int) string {
	if n == 1 {
		return "1 delivery"
	}
	return fmt.Sprintf("%d deliveries", n)
}
