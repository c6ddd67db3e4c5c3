package diagnosis

import (
	"strings"

	"github.com/whk-cli/whk/internal/signing"
)

// maxStaticPrefix is how much may stand before a secret in its header.
const maxStaticPrefix = 24

// detectStatic asks whether the secret itself stands in a header.
func (s *search) detectStatic(secrets []signing.Secret) *proposal {
	for _, header := range otherHeaders(s.c.Message.Header, nil) {
		value := strings.Trim(s.c.Message.Header[header][0], " \t")
		for _, secret := range secrets {
			prefix, ok := strings.CutSuffix(value, string(secret.Bytes()))
			if !ok || len(prefix) > maxStaticPrefix {
				continue
			}
			for _, spec := range []signing.Spec{{Grammar: "bearer"}, {Prefix: prefix}} {
				spec.Header, spec.Algorithm = header, "static"
				if found := s.proves(&proposal{spec: spec}, secrets); found != nil {
					return found
				}
			}
		}
	}
	return nil
}
