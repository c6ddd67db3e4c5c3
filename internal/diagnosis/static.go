package diagnosis

import (
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/whk-cli/whk/internal/signing"
)

// statics tries the mistakes of schemes that send the secret itself, and then
// whether somebody signed instead.
func (s *search) statics() {
	spec := s.scheme.Spec()
	keys, _ := s.allKeys(&spec)
	s.equal(&spec, keys, nil)
	if len(s.found) == 0 {
		s.signedInstead(&spec)
	}
}

// equal looks for any of the keys, as they are, in any header.
func (s *search) equal(spec *signing.Spec, keys []key, also []step) {
	keys = slices.DeleteFunc(slices.Clone(keys), func(k key) bool { return len(k.bytes) < 4 }) // any text could be these
	var secrets []signing.Secret
	for _, k := range keys {
		secrets = append(secrets, signing.NewSecret(k.bytes))
	}
	scheme, err := signing.Compile(signing.Spec{Header: probeHeader, Algorithm: "static"})
	if err != nil || len(secrets) == 0 {
		return
	}
	v, err := scheme.Verifier(secrets, -1)
	if err != nil {
		return
	}
	for _, r := range readings(s.c.Message, spec) {
		for _, d := range plainDecodings(r.text) {
			if !s.spend("forms of the secret", len(keys), len(keys)*trialWork) {
				return
			}
			m := &signing.Message{Header: http.Header{probeHeader: {d.text}}}
			result, err := v.Verify(m, s.c.Now)
			if err != nil {
				continue
			}
			var steps []step
			for _, part := range [][]step{keys[result.Secret].steps, r.stepsBefore(&d), d.steps, also} {
				steps = append(steps, part...)
			}
			if len(steps) > 0 {
				s.report(steps)
			}
		}
	}
}

type plainDecoding struct {
	text  string
	steps []step
}

// stepsBefore are the steps to the text that was decoded: the word Basic is no
// mistake of its own.
func (r *reading) stepsBefore(d *plainDecoding) []step {
	if len(d.steps) == 0 || d.steps[0].code != "header-basic" {
		return r.steps
	}
	return slices.DeleteFunc(slices.Clone(r.steps), func(st step) bool { return st.code == prefixCode })
}

// plainDecodings are what a header's text may be an encoded form of.
func plainDecodings(text string) []plainDecoding {
	out := []plainDecoding{{text: text}}
	add := func(code, title, plain string) {
		if plain != "" && plain != text {
			out = append(out, plainDecoding{plain, []step{{code: code, where: InHeader, rank: 30, title: title, fix: "send the secret as it is"}}})
		}
	}
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.RawURLEncoding} {
		if plain, err := enc.DecodeString(text); err == nil {
			add("header-base64", "the header holds the secret in base64", strings.TrimSuffix(string(plain), ":"))
			if user, password, ok := strings.Cut(string(plain), ":"); ok {
				add("header-basic", "the header holds the secret as the password of Basic authentication", password)
				add("header-basic", "the header holds the secret as the user of Basic authentication", user)
			}
		}
	}
	if plain, err := hex.DecodeString(text); err == nil {
		add("header-hex", "the header holds the secret in hex", string(plain))
	}
	if plain, err := url.PathUnescape(text); err == nil {
		add("header-percent", "the header holds the secret percent-encoded", plain)
	}
	return out
}

// signedInstead asks whether a scheme without a MAC got one.
func (s *search) signedInstead(spec *signing.Spec) {
	ms := &macSearch{search: s, spec: *spec}
	ms.spec.Algorithm, ms.spec.Encoding = "hmac-sha256", "hex"
	ms.candidates = candidatesOf(s.c.Message, &ms.spec)
	ms.candidates = ms.candidates[:min(len(ms.candidates), signing.MaxCandidates)]
	if len(ms.candidates) == 0 {
		return
	}
	ms.header = probeHeaders(s.c.Message.Header, ms.candidates...)
	ms.keys, ms.right = s.allKeys(spec)
	before := len(s.found)
	for _, f := range ms.frames() {
		for _, name := range algorithmsFrom(ms.spec.Algorithm) {
			ms.try("message forms", ms.prepare(&f, name, ms.keys), &body{bytes: s.c.Message.Body})
		}
	}
	st := step{code: "signed-not-static", where: InScheme, rank: 35, title: "the header holds a signature, and " + s.c.Provider.Title + " sends the secret itself",
		fix: "send the secret as it is, or verify it as another provider's: this is what another scheme signs"}
	for i := range s.found[before:] {
		f := &s.found[before+i]
		f.steps, f.rank = []step{st}, st.rank
	}
}
