package signing

import (
	"fmt"
	"slices"
	"strings"
)

// SecretForm says in words what secrets s takes, "" where any text may be one.
func (s *Scheme) SecretForm() string {
	var forms []string
	for _, one := range s.all() {
		form := one.ownForm()
		if form == "" {
			return ""
		}
		if !slices.Contains(forms, form) {
			forms = append(forms, form)
		}
	}
	return strings.Join(forms, ", or ")
}

func (s *Scheme) ownForm() string {
	before := ""
	if len(s.spec.KeyPrefix) > 0 {
		before = strings.Join(s.spec.KeyPrefix, " or ") + " and "
		if !s.spec.KeyPrefixRequired {
			before = "optional " + before
		}
	}
	switch s.spec.Key {
	case "", "text":
		if s.spec.KeyPrefixRequired {
			return before + "any text"
		}
		return ""
	case "spki":
		return before + s.algorithm.curve() + " key, in base64 or PEM: SPKI when public, PKCS #8 when private"
	case "jwk":
		return before + "a JSON Web Key"
	}
	text := before + s.spec.Key
	switch {
	case s.algorithm.keys == ed25519Keys:
		return text + " of an Ed25519 key: 32 bytes when public, 64 when private"
	case s.spec.KeyBytes != nil:
		return fmt.Sprintf("%s of %s bytes", text, s.spec.KeyBytes)
	}
	return text
}

// curve is the kind of a pair's keys, with an article.
func (a algorithm) curve() string {
	if a.keys == ed25519Keys {
		return "an Ed25519"
	}
	return "a P-256"
}

// ShowsSecret reports whether the form of secret shows that it is one of s: it
// has the prefix of such secrets, or is a key of a pair. A text without such a
// form may be a secret of s, too.
func (s *Scheme) ShowsSecret(secret Secret) bool {
	for _, one := range s.all() {
		if one.algorithm.keys == sharedKeys && one.prefixOf(string(secret.Bytes())) == "" {
			continue
		}
		if _, err := one.key(secret); err == nil {
			return true
		}
	}
	return false
}
