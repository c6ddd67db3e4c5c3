package cmd

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/sender"
	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

func newDemoCmd(app *App, run func(context.Context, *App) error) *cobra.Command {
	return &cobra.Command{
		Use:     "demo",
		GroupID: groupLoop,
		Short:   "Show the whole loop in one process",
		Long: `demo starts a listener on a free port of this machine, sends it events, signed as
their providers sign, then one whose body was changed on the way and one that was
signed with a wrong secret, and shows what the listener says to each. It uses
secrets and a directory of its own and leaves nothing behind.`,
		Example: `  # half a minute well spent
  whk demo`,
		Annotations: map[string]string{endsInOrder: ""},
		Args:        cobra.NoArgs,
		RunE:        func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), app) },
	}
}

// demo is one run: a listener as a user would start it, and what is sent to it.
type demo struct {
	app     *App
	secrets map[string]signing.Secret // by provider
	events  *json.Decoder             // the listener's own JSON
	url     string
	sender  *sender.Sender
}

// demoStep is one thing that is sent.
type demoStep struct {
	title    string
	provider string
	wrong    bool                   // sign with a secret that the listener does not have
	change   func(*webhook.Request) // on the way
}

func runDemo(ctx context.Context, app *App) (err error) {
	dir, err := os.MkdirTemp("", "whk-demo-")
	if err != nil {
		return failed(err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	d := &demo{app: app, secrets: map[string]signing.Secret{}}
	// What the user has configured has no part in this.
	registry := provider.NewRegistry()
	app.held.registry, app.held.finder = registry, nil
	for _, name := range registry.First() {
		if err := d.makeSecret(name); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	stopped, err := d.listen(ctx, dir)
	if err == nil {
		err = d.show(ctx, registry.First())
	}
	cancel()
	if code := <-stopped; err == nil && code != exitOK {
		err = failed(fmt.Errorf("the listener ended with code %d", code))
	}
	return err
}

func (d *demo) makeSecret(name string) error {
	p, err := d.app.loadProvider(providerFlags{Provider: name})
	if err != nil {
		return err
	}
	text, err := p.Secret.Generate(d.app.Random, 0)
	d.secrets[p.SecretVariable()] = signing.NewSecret([]byte(text))
	return err
}

// listen runs the listen command with an environment of its own and waits until
// it is ready.
func (d *demo) listen(ctx context.Context, dir string) (stopped <-chan int, err error) {
	streams, _, complaints := ui.Buffers("")
	out, in := io.Pipe()
	streams.Out = in
	listener := &App{IO: streams, Now: d.app.Now, Random: d.app.Random, Dir: dir, LookupEnv: func(name string) (string, bool) {
		secret, ok := d.secrets[name]
		return string(secret.Bytes()), ok
	}}
	done := make(chan int, 1)
	go func() {
		code := Run(ctx, listener, []string{"listen", ":0", "--json", "--state", dir})
		in.CloseWithError(io.EOF)
		done <- code
	}()
	d.events = json.NewDecoder(bufio.NewReader(out))
	var ready readyJSON
	if err := d.events.Decode(&ready); err != nil {
		return done, failed(fmt.Errorf("the listener did not start: %s", strings.TrimSpace(complaints.String())))
	}
	d.url = ready.URL
	d.sender, err = d.app.newSender(networkFlags{}, 0)
	return done, err
}

func (d *demo) show(ctx context.Context, names []string) error {
	defer d.sender.Close()
	signed := slices.IndexFunc(names, func(name string) bool {
		p, err := d.app.providers().Load(name)
		return err == nil && p.Scheme().Covers().Body
	})
	changed := names[max(signed, 0)]
	var steps []demoStep
	for _, name := range names {
		steps = append(steps, demoStep{title: "Each system signs in its own way, and is believed", provider: name})
	}
	steps = append(steps,
		demoStep{title: "One byte of a body was changed on the way", provider: changed, change: flipLastDigit},
		demoStep{title: "Somebody signed with another secret", provider: names[len(names)-1], wrong: true})
	d.print("whk is listening on " + d.url + ", in this process, for this demo.\n")
	for i, step := range steps {
		if i == 0 || step.title != steps[i-1].title {
			d.print("\n" + d.app.IO.Style().Bold(step.title) + "\n")
		}
		if err := d.step(ctx, step); err != nil {
			return err
		}
	}
	example, err := d.app.providers().Load(names[0])
	if err != nil {
		return err
	}
	d.print(fmt.Sprintf("\nEach delivery was synced to disk before it was answered. All of it is gone now.\n"+
		"Next, in two terminals:\n\n  whk listen\n  whk trigger %s --to localhost\n", example.ExampleEvent()))
	return nil
}

// print writes for people; under --json only the steps are written.
func (d *demo) print(text string) {
	if !d.app.global.JSON {
		io.WriteString(d.app.IO.Out, text)
	}
}

// step sends one event and shows what the listener makes of it.
func (d *demo) step(ctx context.Context, step demoStep) error {
	p, err := d.app.providers().Load(step.provider)
	if err != nil {
		return err
	}
	chosen, err := d.app.findSample(p.ExampleEvent(), providerFlags{Provider: p.Name})
	if err != nil {
		return err
	}
	now := d.app.Now()
	b, err := d.app.build(chosen, buildOptions{now: now, url: d.url + p.Request.Path})
	if err != nil {
		return err
	}
	secret := d.secrets[p.SecretVariable()]
	if step.wrong {
		text, err := p.Secret.Generate(d.app.Random, 0)
		if err != nil {
			return err
		}
		secret = signing.NewSecret([]byte(text))
	}
	if err := b.sign(secret, now); err != nil {
		return err
	}
	if step.change != nil {
		step.change(&b.request)
	}
	attempt := d.sender.Attempt(ctx, &b.request)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if attempt.Error != "" {
		return failed(fmt.Errorf("%s: %s", attempt.Error, attempt.Detail))
	}
	var seen webhook.Delivery
	if err := d.event(&seen); err != nil {
		return err
	}
	return d.report(step, b, &attempt, &seen)
}

// event reads the listener's next delivery.
func (d *demo) event(delivery *webhook.Delivery) error {
	for {
		var raw json.RawMessage
		if err := d.events.Decode(&raw); err != nil {
			return failed(fmt.Errorf("the listener stopped: %w", err))
		}
		var kind struct {
			Type string `json:"type"`
		}
		if err := json.Unmarshal(raw, &kind); err != nil {
			return failed(err)
		}
		if kind.Type == "delivery" {
			return json.Unmarshal(raw, delivery)
		}
	}
}

type demoJSON struct {
	Type         string               `json:"type"` // step
	Title        string               `json:"title"`
	Provider     string               `json:"provider"`
	Event        string               `json:"event"`
	Status       int                  `json:"status"`
	DurationMS   float64              `json:"duration_ms"`
	Verification webhook.Verification `json:"verification"`
}

func (d *demo) report(step demoStep, b *built, a *webhook.Attempt, seen *webhook.Delivery) error {
	if d.app.global.JSON {
		return ui.JSON(d.app.IO.Out, demoJSON{"step", step.title, b.provider.Name, seen.Event, a.Status, milliseconds(a.Duration), seen.Verification})
	}
	st := d.app.IO.Style()
	verdict := ui.AppendVerdict(nil, st, seen.Verification)
	d.print(fmt.Sprintf("  %-17s  %-25s  %d  %s  %s\n", b.provider.Name, b.event, a.Status, st.Dim(fmt.Sprintf("%7s", ui.Took(a.Duration))), verdict))
	if seen.Verification.Status == webhook.Authentic {
		return nil
	}
	// The listener tells its sender nothing; this is what it tells its owner.
	m := signing.Message{Method: b.request.Method, URL: b.request.URL, Header: b.request.Header.HTTP(), Body: b.request.Body}
	v := provider.NewJudge([]*provider.Provider{b.provider}, true, provider.JudgeOptions{Tolerance: -1, Keys: func(p *provider.Provider) (provider.Keys, error) {
		return provider.Keys{Secrets: []signing.Secret{d.secrets[p.SecretVariable()]}}, nil
	}}).Judge(&m, d.app.Now())
	if v.Failure == nil {
		return failed(errors.New("the listener refused what is authentic"))
	}
	for _, line := range [][2]string{{"expected", v.Failure.Expected}, {"found", v.Failure.Found}, {"next", v.Failure.Next}} {
		if line[1] != "" {
			d.print(fmt.Sprintf("    %s%s%s\n", st.Key(line[0]), strings.Repeat(" ", 10-len(line[0])), ui.Safe(line[1])))
		}
	}
	return nil
}

// flipLastDigit changes one byte of a body and leaves it JSON.
func flipLastDigit(r *webhook.Request) {
	r.Body = slices.Clone(r.Body)
	for i, c := range slices.Backward(r.Body) {
		if c >= '0' && c <= '9' {
			r.Body[i] = '0' + (c-'0'+1)%10
			return
		}
	}
}
