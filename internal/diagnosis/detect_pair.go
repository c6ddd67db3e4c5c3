package diagnosis

import (
	"slices"

	"github.com/whk-cli/whk/internal/signing"
)

// pairWork is how many bytes are hashed in the time in which a signature of a key
// pair is verified.
const pairWork = 64 << 10

// detectPair takes the secrets for keys of a pair, and searches key form, message
// and encoding.
func (s *search) detectPair(secrets []signing.Secret) *proposal {
	ms := s.detectAmong()
	if ms == nil {
		return nil
	}
	ms.opaque = true
	located := s.located()
	for _, spec := range pairSpecs(secrets, "ed25519", "ecdsa-p256", "ecdsa-p256-raw") {
		ms.spec, s.secrets = spec, fittingSpec(spec, secrets)
		keys := make([]key, len(s.secrets))
		work := len(keys) * (len(s.c.Message.Body) + len(ms.candidates)*pairWork)
		for _, l := range located {
			if _, ok := ms.fits(&l, spec.Algorithm, keys, work); !ok {
				continue
			}
			if found := s.carried(l.on(spec), secrets); found != nil {
				return found
			}
		}
	}
	return nil
}

// pairSpecs are the ways to make keys of some algorithms of the secrets.
func pairSpecs(secrets []signing.Secret, algorithms ...string) []signing.Spec {
	var specs []signing.Spec
	for _, secret := range secrets {
		for _, prefix := range keyPrefixes(secret.Bytes()) {
			for _, form := range []string{"spki", "jwk", "base64", "base64url", "hex"} {
				for _, algorithm := range algorithms {
					spec := signing.Spec{Algorithm: algorithm, Key: form, KeyPrefix: prefix}
					known := slices.ContainsFunc(specs, func(old signing.Spec) bool {
						return old.Algorithm == algorithm && old.Key == form && slices.Equal(old.KeyPrefix, prefix)
					})
					if !known && len(fittingSpec(spec, []signing.Secret{secret})) > 0 {
						specs = append(specs, spec)
					}
				}
			}
		}
	}
	return specs
}

// fittingSpec are the secrets that spec, which says nothing of a header yet, can
// take.
func fittingSpec(spec signing.Spec, secrets []signing.Secret) []signing.Secret {
	spec.Header = probeHeader
	if isToken(spec.Algorithm) {
		spec.Claims = &signing.ClaimsSpec{Alone: true}
	}
	scheme, err := signing.Compile(spec)
	if err != nil {
		return nil
	}
	return fitting(scheme.CheckSecret, secrets)
}
