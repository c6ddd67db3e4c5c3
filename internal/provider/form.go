package provider

import (
	"strings"

	"github.com/whk-cli/whk/internal/signing"
)

// ShowsSecret reports whether s shows itself as a secret of p and is one: by a
// prefix, by being a key of a pair, or as a key that p decodes and that is as
// long as those it makes. Where any text is a secret, none but a prefix shows it.
func (p *Provider) ShowsSecret(s signing.Secret) bool {
	if p.CheckSecret(s) != nil {
		return false
	}
	text := string(s.Bytes())
	switch {
	case p.Secret.Prefix != "" && strings.HasPrefix(text, p.Secret.Prefix):
		return true
	case p.scheme.ShowsSecret(s):
		return true
	}
	n := p.Secret.Bytes
	if n == 0 {
		n = DefaultSecretBytes
	}
	return p.scheme.SecretForm() != "" && p.Secret.Prefix == "" && len(text) == len(p.Secret.encode(make([]byte, n)))
}

// SecretShows lists the providers that s shows itself as a secret of, as
// [Provider.ShowsSecret] says. It parses every provider.
func (r *Registry) SecretShows(s signing.Secret) []string {
	var names []string
	for _, name := range r.Ordered() {
		if p, err := r.Load(name); err == nil && p.ShowsSecret(s) {
			names = append(names, name)
		}
	}
	return names
}
