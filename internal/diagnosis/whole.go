package diagnosis

import (
	"slices"

	"github.com/whk-cli/whk/internal/signing"
)

// decodable reports whether the scheme's keys are bytes that a secret decodes
// to, so that other bytes may be tried in their place.
func decodable(spec *signing.Spec) bool {
	return slices.Contains([]string{"", "text", "base64", "base64url", "hex"}, spec.Key)
}

// whole tries mistakes under the scheme as it stands, for what a probe of the
// signed message can not show: signatures in the body, and conditions besides
// the signature that the body has a part in.
func (s *search) whole(spec *signing.Spec) {
	m := s.c.Message
	s.changes(m.Body, s.wholeBody)
	for _, name := range []string{"hex", "base64", "base64url"} {
		other := spec.Clone()
		other.Encoding = name
		s.wholeSpec(spec, other, step{code: "encoding-" + name, where: InHeader, rank: 25, title: "the signature is in " + name, fix: fixEncoding})
	}
	if !decodable(spec) || s.scheme.KeyPair() {
		return
	}
	for _, name := range algorithmsFrom(spec.Algorithm)[1:] {
		other := spec.Clone()
		other.Algorithm = name
		if st := algorithmStep(name, spec.Algorithm); name != plainHash {
			s.wholeSpec(spec, other, st[0])
		}
	}
	s.wholeKeys(spec)
}

func (s *search) wholeBody(c *bodyChange, signed []byte) {
	changed := *s.c.Message
	changed.Body = signed
	if string(signed) == string(s.c.Message.Body) {
		return
	}
	if _, ok := s.judge("forms of the body", s.scheme, s.secrets, &changed); ok {
		s.report([]step{c.step(signed, s.c.Message.Body)})
	}
}

func (s *search) wholeSpec(own *signing.Spec, other signing.Spec, st step) {
	scheme, err := signing.Compile(other)
	if err != nil || (other.Encoding == own.Encoding && other.Algorithm == own.Algorithm) {
		return
	}
	if _, ok := s.judge("algorithms", scheme, s.secrets, s.c.Message); ok {
		s.report([]step{st})
	}
}

func (s *search) wholeKeys(spec *signing.Spec) {
	keys, _ := s.allKeys(spec)
	text := spec.Clone()
	text.Key, text.KeyPrefix, text.KeyPrefixRequired, text.KeyBytes = "text", nil, false, nil
	scheme, err := signing.Compile(text)
	if err != nil {
		return
	}
	secrets := make([]signing.Secret, len(keys))
	for i, k := range keys {
		secrets[i] = signing.NewSecret(k.bytes)
	}
	if result, ok := s.judge("forms of the secret", scheme, secrets, s.c.Message); ok && len(keys[result.Secret].steps) > 0 {
		s.report(keys[result.Secret].steps)
	}
}
