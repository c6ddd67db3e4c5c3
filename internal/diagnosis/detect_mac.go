package diagnosis

import (
	"bytes"
	"slices"
	"strings"

	"github.com/whk-cli/whk/internal/signing"
)

// detectMAC searches algorithm, key decoding, message and encoding.
func (s *search) detectMAC(secrets []signing.Secret) *proposal {
	ms := s.detectAmong()
	if ms == nil {
		return nil
	}
	specs, keys := keySpecs(secrets)
	ms.keys, ms.right = keys, len(keys)
	for _, l := range s.located() {
		for _, algorithm := range algorithmsFrom("hmac-sha256") {
			secret, ok := ms.fits(&l, algorithm, keys, len(keys)*(len(s.c.Message.Body)+trialWork))
			if !ok {
				continue
			}
			spec := specs[secret]
			spec.Algorithm = algorithm
			if found := s.carried(l.on(spec), secrets); found != nil {
				return found
			}
		}
	}
	return nil
}

// detectAmong is a search among the signatures that the request may carry, nil
// when it carries none.
func (s *search) detectAmong() *macSearch {
	ms := &macSearch{search: s}
	ms.candidates = candidatesOf(s.c.Message, &ms.spec)
	ms.candidates = ms.candidates[:min(len(ms.candidates), signing.MaxCandidates)]
	if len(ms.candidates) == 0 {
		return nil
	}
	ms.header = probeHeaders(s.c.Message.Header, ms.candidates...)
	return ms
}

// fits reports which of the keys makes one of the signatures over a message form.
func (ms *macSearch) fits(l *location, algorithm string, keys []key, work int) (secret int, ok bool) {
	f := &frame{signed: template(l.literal), method: ms.c.Message.Method, url: ms.c.Message.URL}
	p := ms.prepare(f, algorithm, keys)
	if p == nil || !ms.spend("", len(keys), work) {
		return 0, false
	}
	m := *ms.c.Message
	m.Header = ms.header
	result, err := p.verifier.Verify(&m, ms.c.Now)
	return result.Secret, err == nil
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
		for _, prefix := range keyPrefixes(text) {
			for _, form := range []string{"base64", "base64url", "hex"} {
				spec := signing.Spec{Key: form, KeyPrefix: prefix}
				add(spec, rightKey(text, &spec))
			}
		}
	}
	return specs, keys
}

// keyPrefixes are what may stand before a key in a secret: something like whsec_,
// or nothing.
func keyPrefixes(secret []byte) []signing.Strings {
	if at := secretPrefix.regexp().FindIndex(secret); at != nil {
		return []signing.Strings{{string(secret[:at[1]])}, nil}
	}
	return []signing.Strings{nil}
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
		for _, item := range pairSplit.regexp().Split(m.Header[name][0], 17) {
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

// on is spec with the message form.
func (l *location) on(spec signing.Spec) signing.Spec {
	spec.Signed, spec.ID, spec.Timestamp = l.signed, l.id, l.clock
	return spec
}

// carried completes spec with a header and its grammar.
func (s *search) carried(spec signing.Spec, secrets []signing.Secret) *proposal {
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
			if r.query != "" {
				if s.provesQuery(full, r.text, secrets) {
					return &proposal{spec: full, query: r.query}
				}
				continue
			}
			if found := s.proves(&proposal{spec: full}, secrets); found != nil {
				return found
			}
		}
	}
	return nil
}

// provesQuery asks whether the request would be authentic with the signature of its
// query in a header, which is where a scheme can have it.
func (s *search) provesQuery(spec signing.Spec, text string, secrets []signing.Secret) bool {
	spec.Header, spec.Prefix, spec.Grammar, spec.Versions, spec.Separator = probeHeader, "", "", nil, ""
	scheme, err := signing.Compile(spec)
	if err != nil {
		return false
	}
	m := *s.c.Message
	m.Header = m.Header.Clone()
	m.Header.Set(probeHeader, text)
	_, ok := s.judge("", scheme, fitting(scheme.CheckSecret, secrets), &m)
	return ok
}
