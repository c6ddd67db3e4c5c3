package cmd

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/payload"
	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/sender"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

type triggerOptions struct {
	providerFlags
	secretFlags
	networkFlags
	retryFlags
	flowFlags
	endpointFlags
	chaosFlags
	loadFlags
	Event  string
	To     string
	Method string
	URL    string
	Data   string
	Edits  []payload.Edit
	Edit   bool
	Header webhook.Header
	Seed   seedFlag
	At     time.Time
	DryRun bool
	Print  string
}

func newTriggerCmd(app *App, run func(*cobra.Command, *App, *triggerOptions) error) *cobra.Command {
	opts := &triggerOptions{}
	cmd := &cobra.Command{
		Use:     "trigger {<event> | --flow <flow>} [--to <url>]",
		GroupID: groupLoop,
		Short:   "Build a sample event, sign it, deliver it",
		Long: `trigger makes a realistic event with fresh values, signs it as its provider does,
and delivers it once.

The target is a URL, used as typed. Without a scheme it may be short: localhost is
http://localhost:8080, 3000 and :3000 are ports of this machine, another host means
https; a target without a path gets the provider's usual one.

Without --to the event goes to every endpoint of whk endpoint that is enabled and
subscribed to it, to all at the same time; --endpoint chooses among them.

--retry goes on as the provider does until the delivery is acknowledged or it would
give up; whk providers show tells how. Waits are shortened, so that none is longer
than five seconds; timeouts are not.

--override, --add and --remove change the body before it is signed, --edit opens it in
your editor, and --data sends another one.

--flow delivers the steps of a file, which may refer to each other, in place of one
event: each has an event, and may have override, add, remove, data, wait, expect and
retry. whk providers show lists samples, and --dry-run shows what one is made of.

--count, --duration and --rate make many deliveries, each with fresh values and its
own signature, and sum them up; a pattern such as 'invoice.*', or a list with commas,
is a mix of event types in turn. At a rate each delivery begins when it is due, whether
or not earlier ones are answered, and its latency counts from then.

--duplicate, --shuffle, --drop, --delay, --tamper, --stale, --future, --split, --abort
and --no-signature misbehave on purpose. Each line then says what was done and how a
good receiver answers it, and the last one is the command that repeats the run.

Without a secret of yours it signs with a development secret, which listen knows.`,
		Example: `  # to whk listen in another terminal
  whk trigger Tenant.StatusChanged --to localhost

  # to your own handler, with your secret and other values
  whk trigger invoice.paid --to localhost:3000/hooks --secret-file secret.txt --override data.amount=990

  # with the further attempts that its provider makes
  whk trigger invoice.paid --to localhost:3000 --retry

  # a tenant's life, from registration to suspension
  whk trigger --flow rosaas/tenant-life --to localhost

  # to one of your endpoints, and to all that are subscribed
  whk trigger invoice.paid --endpoint orders
  whk trigger invoice.paid

  # 100 user events of all kinds in turn, 200 a second
  whk trigger 'user.*' -p saas --to localhost --rate 200/s --count 100

  # what the receiver makes of a forged body, and of the same delivery twice
  whk trigger invoice.paid --to localhost --tamper body
  whk trigger invoice.paid --to localhost --duplicate 1

  # see it without sending it
  whk trigger transaction_processed --dry-run

  # as a command for a colleague
  whk trigger usage_file.event --to https://example.com/hooks --print curl`,
		Annotations:       map[string]string{needsConfig: "", endsInOrder: ""},
		Args:              oneEvent,
		ValidArgsFunction: app.completeEvents,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				opts.Event = args[0]
			}
			return run(cmd, app, opts)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&opts.To, "to", "f", "", "the target, a `url`, host or port (also --forward-to)")
	opts.providerFlags.add(cmd, app)
	opts.secretFlags.add(cmd)
	flags.StringVarP(&opts.Data, "data", "d", "", "send this `body`, exactly: @file, - for standard input, or the text itself")
	addEditFlags(cmd, &opts.Edits)
	flags.BoolVar(&opts.Edit, "edit", false, "change the body in $VISUAL or $EDITOR before it is signed")
	addHeaderFlag(cmd, &opts.Header, "a header to send (repeatable)")
	flags.StringVar(&opts.Method, "method", "", "the request's `method`, in place of the provider's usual one")
	flags.StringVar(&opts.URL, "url", "", "the `URL` that is signed, for schemes that sign it, where the target sees another")
	flags.Var(&opts.Seed, "seed", "repeat the random values of an earlier run with this number")
	addTimeFlag(cmd, app, &opts.At, "at", "take this time as now: RFC 3339, Unix seconds, or a difference such as -2h")
	flags.BoolVar(&opts.DryRun, "dry-run", false, "print the request, true values and all, and send nothing")
	addOneOf(cmd, &opts.Print, "print", "", "how --dry-run prints; implies it", "http", "curl", "json")
	opts.networkFlags.add(cmd)
	opts.retryFlags.add(cmd)
	opts.flowFlags.add(cmd, app)
	opts.loadFlags.add(cmd)
	opts.endpointFlags.add(cmd, app)
	opts.chaosFlags.add(cmd)
	return cmd
}

func oneEvent(cmd *cobra.Command, args []string) error {
	if len(args) <= 1 {
		return nil // whether one is needed depends on the flags
	}
	return usageError(fmt.Errorf("%d event types, and one is sent at a time", len(args)), "usage: "+cmd.UseLine())
}

// dry reports whether the request is printed and not sent.
func (o *triggerOptions) dry() bool { return o.DryRun || o.Print != "" }

// target is where samples of p go. A request that is only printed needs none.
func (o *triggerOptions) target(p *provider.Provider) (string, error) {
	to := o.To
	switch {
	case to == "" && o.dry():
		to = "localhost"
	case to == "":
		return "", o.whereTo(p)
	}
	target, err := sender.ResolveTarget(to, p.Request.Path, "")
	if err != nil {
		return "", usageError(err, "a target is a URL, a host, or a port of this machine: --to localhost, --to :3000")
	}
	return target, nil
}

// words are the command as far as it says which event, as it is typed again.
func (o *triggerOptions) words() string {
	line := "whk trigger " + format.ShellWord(o.Event)
	if o.Provider != "" && !strings.HasPrefix(o.Event, o.Provider+"/") {
		line += " -p " + o.Provider
	}
	for _, v := range o.Variants {
		line += " --variant " + v
	}
	return line
}

// whereTo is the error for a target that is not named; p is whose event it is,
// nil for a flow.
func (o *triggerOptions) whereTo(p *provider.Provider) error {
	line := o.words()
	if o.Flow != "" {
		line = "whk trigger --flow " + format.ShellWord(o.Flow)
	}
	if o.Flow != "" || o.many() || o.Faults.Any() { // endpoints get single deliveries
		return usageError(errors.New("where to? name the target"), line+" --to localhost", line+" --to https://example.com/hooks")
	}
	return usageError(errors.New("where to? name the target, or register an endpoint"),
		line+" --to localhost", "whk endpoint add orders --url localhost:3000/hooks --provider "+p.Name)
}

func runTrigger(cmd *cobra.Command, app *App, opts *triggerOptions) error {
	ctx := cmd.Context()
	switch {
	case len(opts.Endpoints) > 0 && (opts.Flow != "" || opts.Faults.Any()):
		return usageError(errors.New("--endpoint is for single deliveries: flows, and deliveries that misbehave, go to one target"), "leave --endpoint out, and name the target: --to localhost")
	case opts.Flow == "" && opts.many() && !opts.Faults.Any():
		return runLoad(cmd, app, opts)
	case opts.Flow != "":
		return runFlow(cmd, app, opts)
	case opts.Event == "":
		return usageError(errors.New("which event? name its type"), "whk trigger Tenant.StatusChanged --to localhost", "whk events lists them")
	case opts.Faults.Any():
		return runChaos(cmd, app, opts)
	}
	if err := opts.retryFlags.check(app); err != nil {
		return err
	}
	if err := opts.secretFlags.claimsStdin(stdinName(opts.Data)); err != nil {
		return err
	}
	chosen, err := app.chooseEndpoints(ctx, opts)
	if err != nil {
		return err
	}
	if chosen != nil {
		return app.triggerEndpoints(ctx, opts, chosen)
	}
	return app.triggerOne(cmd, opts)
}

// triggerOne makes one delivery to one target, or prints it.
func (app *App) triggerOne(cmd *cobra.Command, opts *triggerOptions) error {
	ctx := cmd.Context()
	plan, b, err := app.planTrigger(cmd, opts)
	if err != nil {
		return err
	}
	keys := plan.keys
	course, err := app.newCourse(plan, b, opts)
	if err != nil {
		return err
	}
	if err := app.signAs(b, keys, plan.now()); err != nil {
		return err
	}
	if err := sender.Check(&b.request); err != nil {
		return usageError(err, "--dry-run prints the request")
	}
	if opts.dry() {
		return app.printDry(b, opts.Print)
	}
	s, err := app.newSender(opts.network(opts.networkFlags, b.provider), b.provider.Timeout())
	if err != nil {
		return err
	}
	defer s.Close()
	app.announce(b, keys)
	if opts.Retry {
		return course.run(ctx, s)
	}
	attempt := s.Attempt(ctx, &b.request)
	attempt.Success = course.policy.Success
	if attempt.Error == webhook.ClassCanceled {
		return &exitError{code: exitInterrupted, err: fmt.Errorf("interrupted before an answer: %s may have received it", app.shownURL(b.request.URL))}
	}
	if err := app.reportAttempt(b.id(), b.provider.Name, b.event, &b.request, &attempt, app.secretHints(b, keys, &attempt)...); err != nil {
		return err
	}
	var all outcomes
	all.add(&attempt)
	if app.global.JSON {
		if err := ui.JSON(app.IO.Out, all.summaryJSON); err != nil {
			return err
		}
	}
	return ended(all.code())
}

// stdinName is "-" where --data reads standard input, else something else.
func stdinName(data string) string {
	if data == "-" || data == "@-" {
		return "-"
	}
	return "sample"
}

// dataFlag reads a body given by --data: nil when there is none.
func (app *App) dataFlag(text string) ([]byte, error) {
	switch {
	case text == "":
		return nil, nil
	case text == "-", strings.HasPrefix(text, "@"):
		return app.readBody(text, "")
	}
	return []byte(text), nil
}

func (app *App) printDry(b *built, as string) error {
	request := b.delivery()
	request.URL, request.Header = sender.Sent(&b.request)
	switch {
	case as == "json", as == "" && app.global.JSON:
		return ui.JSON(app.IO.Out, request)
	case as == "curl":
		return format.WriteCurl(app.IO.Out, request)
	}
	if err := format.WriteHTTP(app.IO.Out, request); err != nil {
		return err
	}
	if app.IO.OutTTY {
		fmt.Fprintln(app.IO.Out) // the body ends without a line break, and the prompt follows
	}
	return nil
}
