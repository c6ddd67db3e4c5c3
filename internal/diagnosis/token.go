package diagnosis

import (
	"net/http"
	"strings"

	"github.com/whk-cli/whk/internal/signing"
)

// tokens tries the mistakes of schemes that send a JWT: the key, and where and
// how the token stands.
func (s *search) tokens() {
	spec := s.scheme.Spec()
	keys, right := []key(nil), 0
	textKey := strings.HasPrefix(spec.Algorithm, "jwt-hs") && decodable(&spec)
	if textKey {
		keys, right = s.allKeys(&spec)
	}
	probe := spec
	probe.Header, probe.Accept, probe.Send, probe.Grammar = probeHeader, nil, nil, "bearer"
	probe.Numbered, probe.PerKey, probe.From, probe.Prefix = "", nil, "", ""
	secrets := s.secrets
	if textKey {
		probe.Key, probe.KeyPrefix, probe.KeyPrefixRequired, probe.KeyBytes = "text", nil, false, nil
		secrets = nil
		for _, k := range keys {
			secrets = append(secrets, signing.NewSecret(k.bytes))
		}
	}
	scheme, err := signing.Compile(probe)
	if err != nil {
		return
	}
	for _, r := range readings(s.c.Message, &spec) {
		if strings.Count(r.text, ".") != 2 {
			continue
		}
		m := *s.c.Message
		m.Header = http.Header{probeHeader: {"Bearer " + r.text}}
		result, ok := s.judge("tokens and keys", scheme, secrets, &m)
		if !ok {
			continue
		}
		steps := r.steps
		if textKey {
			steps = append(steps[:len(steps):len(steps)], keys[result.Secret].steps...)
		}
		if len(steps) == 0 && result.Secret < max(right, 1) {
			steps = []step{{code: "signature-right", where: InHeader, rank: 5, title: "the token itself is right, and the request is refused for another reason"}}
		}
		s.report(steps)
	}
}
