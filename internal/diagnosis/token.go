package diagnosis

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/whk-cli/whk/internal/signing"
)

// tokens tries the mistakes of schemes that send a JWT: the key, the algorithm,
// and where and how the token stands.
func (s *search) tokens() {
	spec := s.scheme.Spec()
	for _, r := range readings(s.c.Message, &spec) {
		if strings.Count(r.text, ".") != 2 {
			continue
		}
		for _, name := range []string{spec.Algorithm, tokenAlgorithmOf(r.text)} {
			if s.token(&spec, name, &r) {
				break
			}
		}
	}
}

// token judges one text as a token of an algorithm, and reports whether that
// explains it.
func (s *search) token(own *signing.Spec, algorithm string, r *reading) bool {
	probe := own.Clone()
	probe.Algorithm = algorithm
	probe.Header, probe.Accept, probe.Send, probe.Grammar = probeHeader, nil, nil, "bearer"
	probe.Numbered, probe.PerKey, probe.From, probe.Prefix = "", nil, "", ""
	keys, right := []key(nil), 0
	secrets := s.secrets
	if sharedToken(algorithm) {
		// A key of a pair is tried as text: the public one is everybody's.
		keys, right = s.allKeys(own)
		probe.Key, probe.KeyPrefix, probe.KeyPrefixRequired, probe.KeyBytes = "text", nil, false, nil
		secrets = nil
		for _, k := range keys {
			secrets = append(secrets, signing.NewSecret(k.bytes))
		}
	} else if algorithm != own.Algorithm {
		return false // nobody has the key
	}
	scheme, err := signing.Compile(probe)
	if err != nil {
		return false
	}
	steps := append(slices.Clone(r.steps), algStep(algorithm, own.Algorithm)...)
	m := *s.c.Message
	m.Header = http.Header{probeHeader: {"Bearer " + r.text}}
	result, ok := s.judge("tokens and keys", scheme, secrets, &m)
	if !ok {
		return s.tokenElsewhere(scheme, secrets, keys, m, steps)
	}
	if keys != nil {
		steps = append(steps, keys[result.Secret].steps...)
	}
	if len(steps) == 0 && result.Secret < max(right, 1) {
		steps = []step{{code: "signature-right", where: InHeader, rank: 5, title: "the token itself is right, and the request is refused for another reason"}}
	}
	s.report(steps)
	return true
}

// tokenElsewhere tries other URLs, for tokens that name the one that they are for.
func (s *search) tokenElsewhere(scheme *signing.Scheme, secrets []signing.Secret, keys []key, m signing.Message, steps []step) bool {
	spec := scheme.Spec()
	if !slices.ContainsFunc(spec.Guards, func(g signing.Guard) bool { return strings.Contains(g.Is, "${url") }) {
		return false
	}
	for _, t := range s.urls() {
		m.Method, m.URL = t.method, t.url
		result, ok := s.judge("URLs", scheme, secrets, &m)
		if !ok {
			continue
		}
		steps = append(steps, t.steps...)
		if keys != nil {
			steps = append(steps, keys[result.Secret].steps...)
		}
		s.report(steps)
		return true
	}
	return false
}

// algStep is the mistake of another algorithm than the scheme's.
func algStep(name, own string) []step {
	switch {
	case name == own:
		return nil
	case sharedToken(own):
		return []step{{code: "jwt-alg", where: InScheme, rank: 28, title: "the token is signed with " + tokenName(name) + ", not with " + tokenName(own),
			fix: "make the token with " + tokenName(own) + ": whatever a token says of itself, it is never checked by that"}}
	}
	return []step{{code: "jwt-key-confusion", where: InScheme, rank: 3, title: "the token is signed with " + tokenName(name) + ", and its key is the text of the public key: anybody can have made it",
		fix: "refuse it, and see that your own code takes " + tokenName(own) + " alone, whatever a token says of itself"}}
}

// sharedToken reports whether an algorithm makes tokens with a shared key.
func sharedToken(algorithm string) bool { return strings.HasPrefix(algorithm, "jwt-hs") }

// tokenName is an algorithm as a token's header has it.
func tokenName(algorithm string) string {
	return strings.ToUpper(strings.TrimPrefix(algorithm, "jwt-"))
}

// tokenAlgorithmOf is the algorithm that a token says it is signed with.
func tokenAlgorithmOf(token string) string { return "jwt-" + strings.ToLower(algOf(token)) }

// algOf is what a token's header says of it, "" when text is no token.
func algOf(text string) string {
	head, _, ok := strings.Cut(text, ".")
	if !ok || strings.Count(text, ".") != 2 {
		return ""
	}
	raw, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil {
		return ""
	}
	return gjson.GetBytes(raw, "alg").String()
}
