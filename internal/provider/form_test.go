package provider

import (
	"crypto/rand"
	"slices"
	"strings"
	"testing"

	"github.com/whk-cli/whk/internal/signing"
)

// What a provider makes in a form of its own shows itself as its, and what any
// other provider could have made as well does not.
func TestSecretShows(t *testing.T) {
	r := NewRegistry()
	telling := 0
	for _, name := range r.Names() {
		p := load(t, name)
		secret, public, err := p.Generate(rand.Reader, 0)
		if err != nil {
			t.Fatal(err)
		}
		own := p.Secret.Prefix != "" || p.Scheme().KeyPair() || p.Scheme().SecretForm() != ""
		for _, text := range []string{secret, public} {
			if text == "" {
				continue
			}
			if got := slices.Contains(r.SecretShows(signing.NewSecret([]byte(text))), name); got != own {
				t.Errorf("%s: its own shows itself: %v, want %v", name, got, own)
			}
		}
		if own {
			telling++
		}
	}
	if telling < 10 {
		t.Errorf("%d providers have secrets of a form", telling)
	}
	for _, text := range []string{"", "correct horse battery staple", "whsec_", "whsec_%%%", "s3cr3t", "whpk_AAAA"} {
		for _, name := range r.SecretShows(signing.NewSecret([]byte(text))) {
			if p := load(t, name); p.Scheme().SecretForm() != "" {
				t.Errorf("%q shows itself as %s's, which takes %s", text, name, p.Scheme().SecretForm())
			}
		}
	}
}

func TestSecretForm(t *testing.T) {
	for name, want := range map[string]string{
		"github": "", "stripe": "",
		"svix": "optional whsec_ and base64",
		"standard-webhooks": "optional whsec_ and base64 of 24 to 64 bytes, or " +
			"whsk_ or whpk_ and base64 of an Ed25519 key: 32 bytes when public, 64 when private",
		"discord":  "hex of an Ed25519 key: 32 bytes when public, 64 when private",
		"sendgrid": "a P-256 key, in base64 or PEM: SPKI when public, PKCS #8 when private",
	} {
		if got := load(t, name).Scheme().SecretForm(); got != want && !strings.HasPrefix(got, want+", or ") {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
