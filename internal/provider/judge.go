package provider

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tidwall/gjson"

	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/webhook"
)

// Keys are the secrets that are known for a provider.
type Keys struct {
	Secrets     []signing.Secret
	Development bool // they are whk's own development secret, and nothing else is known
}

// Judge finds out which provider a message is from, and whether it is
// authentic. It is safe for concurrent use and prepares each provider's keys
// once.
type Judge struct {
	candidates func(*signing.Message) []*Provider
	handshake  func(*signing.Message) (*Provider, *Handshake) // for what no provider is recognised in; nil knows none
	forced     bool
	options    JudgeOptions

	verifiers sync.Map // of *prepared, by *Provider
}

// JudgeOptions are how strictly a Judge judges.
type JudgeOptions struct {
	// Keys finds the secrets of a provider. It is called once for each that is
	// recognised; an error is a message's verdict, not the end of judging.
	Keys      func(*Provider) (Keys, error)
	Tolerance time.Duration // replaces the schemes' own; negative keeps them
	Strict    bool          // a warning is a refusal
	NoVerify  bool          // everything is unverified
	Greet     bool          // a handshake that need not be signed is unverified, also of the provider that is forced

	// VerifyTokens are the verify tokens of which, with Greet, an unsigned
	// handshake must carry one if its provider's handshakes carry any. Without
	// tokens nothing is compared.
	VerifyTokens []signing.Secret
}

type prepared struct {
	once     sync.Once
	verifier *signing.Verifier
	keys     Keys
	err      error
}

// Verdict is what a Judge found.
type Verdict struct {
	Provider     *Provider // nil when none was recognised
	Event        string
	MessageID    string
	Verification webhook.Verification
	Failure      *signing.Error // the explanation, when not authentic
	Notes        []string       // what an authentic verdict leaves open, for every message of the scheme
	Secret       int            // index of the secret that matched

	// Handshake is what the message is instead of a delivery, nil when it is
	// one. A signed one is reported only when it is authentic; one without a
	// signature is unverified, unless the provider was forced.
	Handshake *Handshake
}

// NewJudge judges messages against providers. With forced there must be exactly
// one, and a message that it is not recognised in is not authentic rather than
// unverified.
func NewJudge(providers []*Provider, forced bool, options JudgeOptions) *Judge {
	return &Judge{options: options, forced: forced, candidates: func(m *signing.Message) []*Provider {
		if forced {
			return asShown(providers, m)
		}
		shown := slices.DeleteFunc(slices.Clone(providers), func(p *Provider) bool { return !p.Recognises(m) })
		return asShown(shown, m)
	}}
}

// asShown is each of the providers in the variant that m shows.
func asShown(providers []*Provider, m *signing.Message) []*Provider {
	for i, p := range providers {
		if of := p.As(m); of != p {
			providers = slices.Clone(providers)
			providers[i] = of
		}
	}
	return providers
}

// Judge judges messages against all providers of r. A provider is parsed when
// it is first recognised; an error in its file is passed to bad.
func (r *Registry) Judge(options JudgeOptions, bad func(error)) *Judge {
	return &Judge{options: options, handshake: r.Handshake,
		candidates: func(m *signing.Message) []*Provider { return r.Candidates(m, bad) }}
}

// Judge judges m as of now. Every provider that is recognised in it is tried,
// with its own secrets only; the first that authenticates it wins.
func (j *Judge) Judge(m *signing.Message, now time.Time) Verdict {
	var failed []Verdict
	var greeting *Verdict
	for _, p := range j.candidates(m) {
		v := j.try(p, m, now)
		switch {
		case v.Verification.Status == webhook.NotAuthentic:
			failed = append(failed, v)
		case v.Handshake != nil && v.Verification.Status == webhook.Unverified:
			first := v        // a copy, so that v stays off the heap elsewhere
			greeting = &first // unless it carries another provider's signature
		default:
			return v
		}
	}
	switch {
	case greeting != nil:
		return *greeting
	case len(failed) == 0:
		return j.unknown(m)
	case len(failed) == 1:
		return failed[0]
	}
	v := failed[0]
	for _, f := range failed {
		v.Verification.Candidates = append(v.Verification.Candidates, f.Provider.Name)
	}
	v.Verification.Detail = fmt.Sprintf("none of %s authenticates it; as %s: %s",
		strings.Join(v.Verification.Candidates, ", "), v.Provider.Name, v.Verification.Detail)
	return v
}

func (j *Judge) try(p *Provider, m *signing.Message, now time.Time) Verdict {
	places := reader{m: m, scheme: p.scheme}
	defer places.release()
	v := Verdict{Provider: p, Secret: -1}
	v.Event, v.MessageID = strings.TrimSpace(places.first(p.Event.Type)), places.first(p.Event.ID)
	if j.options.NoVerify {
		v.Verification.Status = webhook.Unverified
		if h := p.match(&places); h != nil && !h.Answer.keyed() {
			v.Handshake = h
		}
		return v
	}
	if h := p.unsigned(&places); h != nil {
		return j.greet(v, h, &places, j.forced && !j.options.Greet)
	}
	ready := j.prepare(p)
	if ready.err != nil {
		return v.refuse(asFailure(ready.err))
	}
	result, err := ready.verifier.Verify(m, now)
	if err != nil {
		failure := signing.AsError(err)
		if failure.Reason == signing.Mismatch && ready.keys.Development {
			failure = noSecret(p, failure)
		}
		return v.refuse(failure)
	}
	v.Secret, v.Handshake = result.Secret, p.match(&places)
	v.Notes = result.Scheme.Notes()
	v.Verification = webhook.Verification{Status: webhook.Authentic, Warnings: append(result.Warnings, p.check(&places, v.Event)...)}
	if j.options.Strict && len(v.Verification.Warnings) > 0 {
		warnings := v.Verification.Warnings
		v = v.refuse(&signing.Error{Reason: signing.Reason(webhook.ReasonStrict), Detail: warnings[0],
			Next: "without --strict this is a warning"})
		v.Verification.Warnings = warnings
	}
	return v
}

// unknown is the verdict on a message in which no provider is recognised.
func (j *Judge) unknown(m *signing.Message) Verdict {
	v := Verdict{Verification: webhook.Verification{Status: webhook.Unverified}, Secret: -1}
	if j.handshake != nil {
		if p, h := j.handshake(m); h != nil {
			places := reader{m: m, scheme: p.scheme}
			defer places.release()
			v.Provider = p
			v = j.greet(v, h, &places, false)
		}
	}
	return v
}

func (v Verdict) refuse(e *signing.Error) Verdict {
	v.Failure = e
	v.Verification = webhook.Verification{Status: webhook.NotAuthentic, Reason: webhook.Reason(e.Reason), Detail: e.Detail}
	return v
}

func asFailure(err error) *signing.Error {
	if e := signing.AsError(err); e != nil {
		return e
	}
	return &signing.Error{Reason: signing.EmptySecret, Detail: err.Error()}
}

// noSecret explains a mismatch where only whk's development secret was known.
func noSecret(p *Provider, e *signing.Error) *signing.Error {
	return &signing.Error{Reason: signing.Reason(webhook.ReasonNoSecret),
		Detail:   "only whk's development secret is known, and it does not match",
		Expected: e.Expected, Found: e.Found,
		Next: fmt.Sprintf("give %s's secret: --secret-file FILE, or %s in the environment", p.Title, p.SecretVariable())}
}

// SecretVariable is the environment variable that holds the provider's secret.
func (p *Provider) SecretVariable() string {
	return "WHK_SECRET_" + strings.ToUpper(strings.ReplaceAll(p.Name, "-", "_"))
}

// Forget makes the judge look for the keys of a provider again, after one was
// accepted.
func (j *Judge) Forget(name string) {
	j.verifiers.Range(func(p, _ any) bool {
		if p.(*Provider).Name == name {
			j.verifiers.Delete(p)
		}
		return true
	})
}

func (j *Judge) prepare(p *Provider) *prepared {
	known, ok := j.verifiers.Load(p)
	if !ok {
		known, _ = j.verifiers.LoadOrStore(p, new(prepared))
	}
	ready := known.(*prepared)
	ready.once.Do(func() {
		if ready.keys, ready.err = j.options.Keys(p); ready.err != nil {
			return
		}
		for _, s := range ready.keys.Secrets {
			if ready.err = p.CheckSecret(s); ready.err != nil {
				return
			}
		}
		ready.verifier, ready.err = p.scheme.Verifier(ready.keys.Secrets, j.options.Tolerance)
	})
	return ready
}

// check makes the provider's own checks of an authentic message.
func (p *Provider) check(places *reader, event string) []string {
	var warnings []string
	if len(places.m.Body) == 0 {
		return nil
	}
	for i := range p.Checks {
		c := &p.Checks[i]
		for _, path := range c.Present {
			if !places.hasJSON(path) {
				warnings = append(warnings, "the body has no "+path)
			}
		}
		if c.Same != nil {
			warnings = append(warnings, places.differing(c.Same)...)
		}
		if c.AsSample != "" {
			warnings = append(warnings, p.unlikeSample(places.json(c.AsSample), c.AsSample, event)...)
		}
		if c.Time != "" {
			if at := places.json(c.Time); at.Exists() && !isTime(at.String()) {
				warnings = append(warnings, c.Time+" is not a time")
			}
		}
	}
	return warnings
}

func (r *reader) differing(places []string) []string {
	first := r.read(places[0])
	for _, place := range places[1:] {
		if other := r.read(place); first != "" && other != "" && strings.TrimSpace(first) != strings.TrimSpace(other) {
			return []string{fmt.Sprintf("%s and %s differ; the signed one counts", placeTitle(places[0]), placeTitle(place))}
		}
	}
	return nil
}

func placeTitle(place string) string {
	kind, name, _ := strings.Cut(place, ":")
	switch kind {
	case "json":
		return name + " in the body"
	case "form":
		return "the form field " + name
	case "query":
		return name + " in the URL"
	case "jwt":
		return name + " in the token"
	}
	return "the header " + name
}

func (p *Provider) unlikeSample(got gjson.Result, path, event string) []string {
	if !got.Exists() {
		return nil
	}
	sample, err := p.Sample(event)
	if err != nil {
		return nil
	}
	want := gjson.GetBytes(sample.Source, path)
	if !want.Exists() || bytes.Equal([]byte(want.Raw), []byte(got.Raw)) {
		return nil
	}
	return []string{fmt.Sprintf("%s is not the one of %s", path, sample.Event.Name)}
}

// isTime accepts RFC 3339 with and without a zone, as providers write it.
func isTime(text string) bool {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if _, err := time.Parse(layout, text); err == nil {
			return true
		}
	}
	return false
}
