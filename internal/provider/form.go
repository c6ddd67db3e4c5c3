package provider

import (
	"strings"

	"github.com/whk-cli/whk/internal/signing"
)

// ShowsSecret reports whether the form of s shows that it is a secret of p: a
// prefix, a key of a pair, or a key that p decodes and that has the length of
// those it makes. Where any text is a secret, only a prefix shows it.
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

// SecretShows lists the providers for which [Provider.ShowsSecret] holds. It
// parses every provider.
func (r *Registry) SecretShows(s signing.Secret) []string {
	var names []string
	for _, name := range r.Ordered() {
		if p, err := r.Load(name); err == nil && p.ShowsSecret(s) {
			names = append(names, name)
		}
	}
	return names
}
