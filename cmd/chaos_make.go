package cmd

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"

	"github.com/whk-cli/whk/internal/chaos"
	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/sender"
	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/webhook"
)

// faulty makes the requests of a run that misbehaves.
type faulty struct {
	app    *App
	opts   *triggerOptions
	plan   *plan
	faults chaos.Faults
	seed   uint64
	left   map[int]int           // requests of each delivery that are yet to be made
	made   map[int]*faultRequest // deliveries that are made, while copies are to come
	wrong  map[string]signing.Secret
}

// faultRequest is one request as it goes out, with what was done to it.
type faultRequest struct {
	chaos.Op
	b      *built
	done   []string
	wanted wanted
}

// wanted is what a good receiver makes of a request.
type wanted struct {
	refused bool
	none    bool // no answer is due
	once    bool // it is a repetition, and is to have no effect
	why     string
}

func (w wanted) String() string {
	switch {
	case w.none:
		return "no answer is due"
	case w.refused:
		return "401 wanted: " + w.why
	case w.why != "":
		return "2xx wanted: " + w.why
	case w.once:
		return "2xx wanted, and nothing done twice"
	}
	return "2xx wanted"
}

// fits reports whether an attempt ended as it should.
func (w wanted) fits(a *webhook.Attempt) bool {
	switch {
	case w.none:
		return a.Status == 0 || a.Status >= 400 // one that notices says so
	case w.refused:
		return a.Error == "" && a.Status/100 == 4
	}
	return a.Acknowledged()
}

// newFaulty plans a run of n deliveries.
func (app *App) newFaulty(p *plan, opts *triggerOptions, n int) (*faulty, []chaos.Op) {
	f := &faulty{
		app: app, opts: opts, plan: p, faults: opts.Faults, seed: *opts.Seed.value,
		left: map[int]int{}, made: map[int]*faultRequest{}, wrong: map[string]signing.Secret{},
	}
	ops := chaos.Plan(f.seed, n, f.faults)
	if f.faults.Duplicate > 0 {
		for _, op := range ops {
			f.left[op.Delivery]++
		}
	}
	return f, ops
}

// check finds out whether all that is asked for can be done, before anything is
// sent: it makes what is wrong with a delivery of each event type in each way.
func (f *faulty) check() error {
	targets := f.faults.Tamper
	if len(targets) == 0 {
		targets = []chaos.Target{""}
	}
	for i := range f.plan.steps {
		for _, target := range targets {
			r, err := f.first(chaos.Op{Delivery: i + 1, Tamper: target})
			if err != nil {
				return err
			}
			if err := sender.Check(&r.b.request); err != nil {
				return usageError(err, "--dry-run prints the request")
			}
		}
	}
	return nil
}

// make makes a request. The copies of a delivery have the bytes of the first.
func (f *faulty) make(op chaos.Op) (*faultRequest, error) {
	r := f.made[op.Delivery]
	if r == nil {
		var err error
		if r, err = f.first(op); err != nil {
			return nil, err
		}
	}
	if f.left[op.Delivery]--; f.left[op.Delivery] > 0 {
		f.made[op.Delivery] = r
	} else {
		delete(f.made, op.Delivery)
		delete(f.left, op.Delivery)
	}
	made := *r
	made.Op, made.done = op, f.said(op, r.done)
	made.wanted.once = op.Copy > 0
	return &made, nil
}

// first makes a delivery with all that is wrong with it.
func (f *faulty) first(op chaos.Op) (*faultRequest, error) {
	r := &faultRequest{b: new(built)}
	now := f.plan.now().Add(f.faults.Shift)
	if err := f.plan.build(r.b, op.Delivery, now); err != nil {
		return nil, err
	}
	if op.Drop {
		return r, nil
	}
	switch {
	case f.faults.NoSignature:
		r.done = append(r.done, "no signature")
	case op.Tamper == chaos.Secret:
		secret, err := f.wrongSecret(r.b.provider)
		if err != nil {
			return nil, err
		}
		if err := r.b.sign(secret, now); err != nil {
			return nil, err
		}
		r.done = append(r.done, "signed with another secret")
	default:
		if err := r.b.signWith(f.plan.step(op.Delivery).signer, now); err != nil {
			return nil, err
		}
	}
	switch {
	case f.faults.Shift < 0:
		r.done = append(r.done, "made "+webhook.ShortDuration(-f.faults.Shift)+" ago")
	case f.faults.Shift > 0:
		r.done = append(r.done, "made "+webhook.ShortDuration(f.faults.Shift)+" ahead")
	}
	if err := f.tamper(r, op); err != nil {
		return nil, err
	}
	if (f.faults.Split || f.faults.Abort) && len(r.b.request.Body) == 0 {
		return nil, usageError(fmt.Errorf("%s sends no body here, and --split and --abort are about bodies", r.b.provider.Name), "--method POST sends one")
	}
	r.wanted = f.judge(r)
	return r, nil
}

// said adds what is done to one request of a delivery.
func (f *faulty) said(op chaos.Op, done []string) []string {
	if op.Drop {
		return []string{"never sent"}
	}
	all := append([]string{}, done...)
	if op.Copy > 0 {
		all = append(all, fmt.Sprintf("copy %d", op.Copy))
	}
	if op.Delay > 0 {
		all = append(all, "held back "+webhook.ShortDuration(op.Delay.Round(1e6)))
	}
	if f.faults.Split {
		all = append(all, "in slow pieces")
	}
	if f.faults.Abort {
		all = append(all, "closed half-way")
	}
	return all
}

// wrongSecret is another secret of the provider's form, the same for a seed.
func (f *faulty) wrongSecret(p *provider.Provider) (signing.Secret, error) {
	if s, ok := f.wrong[p.Name]; ok {
		return s, nil
	}
	text, _, err := p.Generate(f.random(), 0)
	if err != nil {
		return signing.Secret{}, genSecretError(err)
	}
	f.wrong[p.Name] = signing.NewSecret([]byte(text))
	return f.wrong[p.Name], nil
}

func (f *faulty) random() io.Reader {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], f.seed)
	return rand.NewChaCha8(key)
}

// tamper changes a signed request.
func (f *faulty) tamper(r *faultRequest, op chaos.Op) error {
	t := tamperer(r.b.provider)
	request := &r.b.request
	var change chaos.Change
	var err error
	what := ""
	switch op.Tamper {
	case chaos.Body:
		what = "body"
		change, err = t.Body(request, op.Choice)
	case chaos.Signature:
		what = "signature"
		change, err = t.Signature(request)
	case chaos.Timestamp:
		what = "timestamp"
		change, err = t.Timestamp(request)
	case chaos.Event:
		what = "event"
		change, err = f.otherEvent(t, r.b, op)
	default:
		return nil
	}
	if err != nil {
		return usageError(fmt.Errorf("--tamper %s: a request of %s, event %s, has nothing to change there", what, r.b.provider.Name, r.b.event),
			"whk providers show "+r.b.provider.Name+" tells what it signs")
	}
	r.done = append(r.done, what+" changed: "+change.String())
	return nil
}

// tamperer knows where things are in the requests of a provider.
func tamperer(p *provider.Provider) *chaos.Tamperer {
	spec := p.Signature
	t := &chaos.Tamperer{Signed: p.Scheme().Sensitive(), From: spec.From}
	if spec.Each != "" {
		t.From = "json:" + spec.Each + ".0." + strings.TrimPrefix(spec.From, "json:")
	}
	switch {
	case spec.Timestamp != nil:
		t.Clock = spec.Timestamp.From
	case p.Scheme().Token():
		t.Clock = "claim:exp"
	}
	t.Spare = append(t.Spare, t.From, t.Clock)
	for _, rules := range []provider.Rules{p.Event.Type, p.Event.ID, p.Event.Created} {
		for _, rule := range rules {
			t.Spare = append(t.Spare, rule.Of, rule.If, rule.Plus)
		}
	}
	for _, rule := range p.Event.Type {
		t.Event = append(t.Event, rule.Of)
	}
	return t
}

// otherEvent gives a delivery the event type of another one.
func (f *faulty) otherEvent(t *chaos.Tamperer, b *built, op chaos.Op) (chaos.Change, error) {
	types := b.provider.EventTypes()
	start := int(op.Choice % uint64(max(1, len(types))))
	for i := range types {
		sample, err := b.provider.Sample(types[(start+i)%len(types)].Name)
		if err != nil || sample.Event.Name == b.event {
			continue
		}
		other, err := f.app.build(&chosenSample{provider: b.provider, sample: sample, name: sample.Event.Name}, buildOptions{now: f.plan.now(), url: b.request.URL})
		if err == nil {
			err = other.sign(f.plan.keys.Secrets[0], f.plan.now())
		}
		if err != nil {
			continue
		}
		if change, err := t.EventOf(&b.request, &other.request); err == nil {
			return change, nil
		}
	}
	return chaos.Change{}, errors.New("no other event type tells itself apart")
}

// judge is what a receiver that knows the secret makes of a request.
func (f *faulty) judge(r *faultRequest) wanted {
	if f.faults.Abort {
		return wanted{none: true}
	}
	b := r.b
	verdict := provider.NewJudge([]*provider.Provider{b.provider}, true, provider.JudgeOptions{Tolerance: -1,
		Keys: func(*provider.Provider) (provider.Keys, error) {
			return provider.Keys{Secrets: f.plan.keys.Secrets}, nil // whose ever they are, a good receiver has them
		},
	}).Judge(&signing.Message{Method: b.request.Method, URL: b.signedURL(), Header: b.request.Header.HTTP(), Body: b.request.Body}, f.plan.now())
	v := verdict.Verification
	switch {
	case v.Status != webhook.Authentic:
		return wanted{refused: true, why: string(v.Reason)}
	case len(v.Warnings) > 0:
		return wanted{why: "only a strict receiver refuses it: " + v.Warnings[0]}
	case len(r.done) > 0:
		return wanted{why: "the signature does not show it"}
	}
	return wanted{}
}

// signedURL is the URL that b's receiver is to verify.
func (b *built) signedURL() string {
	if b.message.URL == "" {
		return b.request.URL
	}
	return b.message.URL
}
