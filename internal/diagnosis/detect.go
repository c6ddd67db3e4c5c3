package diagnosis

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/signing"
)

// Unknown is a request of which it is not known whose it is.
type Unknown struct {
	Message   *signing.Message
	Providers []Known          // who is asked, each with the secrets known for it alone
	Secrets   []signing.Secret // those given for this request; none is allowed
	Now       time.Time
}

// Detection is what [Detect] found.
type Detection struct {
	Matches []Match // best first; a proven one stands before all others
	Scheme  *Found  // nil unless no provider is proven and a scheme is
}

// Match is a provider whose the request may be.
type Match struct {
	Provider *provider.Provider
	Proven   bool // its scheme and a secret make the request authentic
	Why      string
	score    int
}

// Found is a scheme under which the request is authentic, and that none of the
// providers has.
type Found struct {
	Spec signing.Spec
	YAML string // a provider.yaml with it
}

// Detect finds out whose u is. With no secret it goes by the headers alone, and
// nothing is proven. name is what a scheme that is found is called in its YAML.
func Detect(ctx context.Context, u Unknown, name string) Detection {
	var d Detection
	s := newSearch(ctx, &Case{Message: u.Message, Now: u.Now})
	for _, known := range u.Providers {
		if m := s.match(known, u.Secrets); m.score > 0 {
			d.Matches = append(d.Matches, m)
		}
	}
	slices.SortStableFunc(d.Matches, func(a, b Match) int { return cmp.Compare(b.score, a.score) })
	if len(u.Secrets) > 0 && (len(d.Matches) == 0 || !d.Matches[0].Proven) {
		if d.Scheme = s.detectScheme(u.Secrets, name); d.Scheme == nil {
			d.Scheme = s.detectStatic(u.Secrets, name)
		}
	}
	return d
}

// match judges by how far a provider's scheme gets with the message.
func (s *search) match(known Known, given []signing.Secret) Match {
	p, m := known.Provider, s.c.Message
	scheme := p.Scheme()
	secrets := append(fitting(p.CheckSecret, known.Secrets), fitting(p.CheckSecret, given)...)
	if _, ok := s.judge("", scheme, secrets, m); ok {
		return Match{p, true, "its signature is right under a secret that is known", 100}
	}
	out := Match{Provider: p}
	if p.Recognises(m) {
		out.score, out.Why = 50, "its headers are on the request"
	}
	if s.wellFormed(p, secrets) && !scheme.Static() {
		out.score += 20
		if out.Why == "" {
			out.Why = "the signature has its form"
		} else {
			out.Why += ", and the signature has its form"
		}
	}
	if out.score > 0 && len(secrets) > 0 {
		out.Why += ", but it is not right under the secrets that are known"
	}
	return out
}

// wellFormed reports whether only the secret stands between the message and a
// verdict that it is authentic.
func (s *search) wellFormed(p *provider.Provider, secrets []signing.Secret) bool {
	if len(secrets) == 0 {
		secrets = fitting(p.CheckSecret, standIns(p))
	}
	v, err := p.Scheme().Verifier(secrets, forever)
	if err != nil {
		return false
	}
	_, err = v.Verify(s.c.Message, s.c.Now)
	e := signing.AsError(err)
	return e != nil && e.Reason == signing.Mismatch
}

// standIns are texts of the form of p's secrets.
func standIns(p *provider.Provider) []signing.Secret {
	random := bytes.NewReader(bytes.Repeat([]byte{1}, provider.MostSecretBytes))
	text, err := p.Secret.Generate(random, 0)
	if err != nil {
		return nil
	}
	return []signing.Secret{signing.NewSecret([]byte(text))}
}

// detectScheme searches algorithm, key decoding, message and encoding.
func (s *search) detectScheme(secrets []signing.Secret, name string) *Found {
	ms := &macSearch{search: s}
	ms.candidates = candidatesOf(s.c.Message, &ms.spec)
	ms.candidates = ms.candidates[:min(len(ms.candidates), signing.MaxCandidates)]
	if len(ms.candidates) == 0 {
		return nil
	}
	ms.header = probeHeaders(s.c.Message.Header, ms.candidates...)
	specs, keys := keySpecs(secrets)
	ms.keys, ms.right = keys, len(keys)
	for _, l := range s.located() {
		f := &frame{signed: template(l.literal), method: s.c.Message.Method, url: s.c.Message.URL}
		for _, algorithm := range algorithmsFrom("hmac-sha256") {
			p := ms.prepare(f, algorithm, keys)
			if p == nil || !s.spend("", len(keys), len(keys)*(len(s.c.Message.Body)+trialWork)) {
				continue
			}
			m := *s.c.Message
			m.Header = ms.header
			result, err := p.verifier.Verify(&m, s.c.Now)
			if err != nil {
				continue
			}
			spec := specs[result.Secret]
			spec.Algorithm, spec.Signed, spec.ID, spec.Timestamp = algorithm, l.signed, l.id, l.clock
			if found := s.carried(spec, secrets, name); found != nil {
				return found
			}
		}
	}
	return nil
}

// keySpecs are the ways to make keys of secrets, with the spec of each.
func keySpecs(secrets []signing.Secret) (specs []signing.Spec, keys []key) {
	add := func(spec signing.Spec, k []byte) {
		if len(k) > 0 && !slices.ContainsFunc(keys, func(old key) bool { return bytes.Equal(old.bytes, k) }) {
			specs, keys = append(specs, spec), append(keys, key{bytes: k})
		}
	}
	for _, secret := range secrets {
		text := secret.Bytes()
		add(signing.Spec{}, text)
		var prefixes []signing.Strings
		if at := secretPrefix().FindIndex(text); at != nil {
			prefixes = append(prefixes, signing.Strings{string(text[:at[1]])})
		}
		for _, prefix := range append(prefixes, nil) {
			for _, form := range []string{"base64", "base64url", "hex"} {
				spec := signing.Spec{Key: form, KeyPrefix: prefix}
				add(spec, rightKey(text, &spec))
			}
		}
	}
	return specs, keys
}

// location is a message form with where its time and ID come from.
type location struct {
	literal []piece
	signed  []string
	id      string
	clock   *signing.ClockSpec
}

// located are the message forms with every time and ID of the request.
func (s *search) located() []location {
	m := s.c.Message
	times := timesIn(m.Header)
	for i := range times {
		times[i].name = "header:" + times[i].name
	}
	times = append(times, fieldTimes(m)...)
	ids := idsIn(m.Header)
	for i := range ids {
		ids[i].name = "header:" + ids[i].name
	}
	var out []location
	for _, letters := range messageForms {
		for _, t := range orOne(times, strings.Contains(letters, "T")) {
			for _, id := range orOne(ids, strings.Contains(letters, "I")) {
				l := location{literal: letterForm(letters, t, id).pieces, id: id.name}
				if t.name != "" {
					l.clock = &signing.ClockSpec{From: t.name, Unit: unitOf(t.text)}
				}
				l.signed = []string{strings.Join(template(withNames(letters, l.literal)), "")}
				out = append(out, l)
			}
		}
	}
	return out
}

// withNames puts the names back where a form has a time or an ID.
func withNames(letters string, ps []piece) []piece {
	out := slices.Clone(ps)
	for i, r := range []rune(letters) {
		if r == 'T' || r == 'I' {
			out[i] = piece{name: formParts[r]}
		}
	}
	return out
}

// fieldTimes are the times among the fields of a header that looks like
// "t=…,v1=…".
func fieldTimes(m *signing.Message) []named {
	var out []named
	for _, name := range otherHeaders(m.Header, nil) {
		for _, item := range pairSplit().Split(m.Header[name][0], 17) {
			if k, v, ok := strings.Cut(strings.Trim(item, " \t"), "="); ok && isTimeText(v) {
				out = append(out, named{"field:" + k, v})
			}
		}
	}
	return out[:min(len(out), 4)]
}

func unitOf(text string) string {
	switch {
	case len(text) == 13 && strings.Trim(text, "0123456789") == "":
		return "ms"
	case strings.Trim(text, "0123456789") == "":
		return ""
	case strings.Contains(text, ","):
		return "http-date"
	}
	return "rfc3339"
}

// carried completes spec with a header and its grammar, and keeps it only if the
// request as it is is then authentic.
func (s *search) carried(spec signing.Spec, secrets []signing.Secret, name string) *Found {
	m := s.c.Message
	for _, r := range readings(m, &signing.Spec{}) {
		for _, encoding := range []string{"hex", "base64", "base64url"} {
			full := spec
			full.Header, full.Encoding, full.Prefix, full.Grammar = r.header, encoding, r.prefix, r.grammar
			if r.version != "" {
				full.Versions = []string{r.version}
			}
			if r.grammar == "pairs" && !strings.Contains(m.Header.Get(r.header), ",") {
				full.Separator = ";"
			}
			scheme, err := signing.Compile(full)
			if err != nil || scheme.CheckSecret(secrets[0]) != nil {
				continue
			}
			if _, ok := s.judge("", scheme, secrets, m); ok {
				return &Found{full, yamlOf(name, full)}
			}
		}
	}
	return nil
}

// detectStatic asks whether the secret itself stands in a header.
func (s *search) detectStatic(secrets []signing.Secret, name string) *Found {
	for _, header := range otherHeaders(s.c.Message.Header, nil) {
		for _, grammar := range []string{"", "bearer"} {
			spec := signing.Spec{Header: header, Grammar: grammar, Algorithm: "static"}
			scheme, err := signing.Compile(spec)
			if err != nil {
				continue
			}
			if _, ok := s.judge("", scheme, secrets, s.c.Message); ok {
				return &Found{spec, yamlOf(name, spec)}
			}
		}
	}
	return nil
}
