package diagnosis

import (
	"encoding/base64"
	"slices"
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
		if found := s.basic(header, value, secrets); found != nil {
			return found
		}
	}
	return nil
}

// basic asks whether the secret is in Basic authentication: the user, the password,
// or both. https://www.rfc-editor.org/rfc/rfc7617
func (s *search) basic(header, value string, secrets []signing.Secret) *proposal {
	const word = "basic "
	if !hasFold([]byte(value), word) {
		return nil
	}
	prefix, text := value[:len(word)], value[len(word):]
	plain, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	user, password, _ := strings.Cut(string(plain), ":")
	for _, secret := range secrets {
		if !slices.Contains([]string{user, password, string(plain)}, string(secret.Bytes())) {
			continue
		}
		p := &proposal{spec: signing.Spec{Header: header, Prefix: prefix, Algorithm: "static"}, note: "the secret is the base64 of user:password, as it stands in the header"}
		return s.proves(p, []signing.Secret{signing.NewSecret([]byte(text))})
	}
	return nil
}
