package provider

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/whk-cli/whk/internal/signing"
)

// Scheme is the provider's signature scheme.
func (p *Provider) Scheme() *signing.Scheme { return p.scheme }

// Origin says who owns the provider's folder.
func (p *Provider) Origin() Origin { return p.folder.origin }

// Path is the provider's folder for messages.
func (p *Provider) Path() string { return p.folder.path }

// File reads a file of the provider's folder.
func (p *Provider) File(name string) ([]byte, error) { return readFile(p.folder.fsys, name) }

// VariantNames lists the variants in alphabetical order.
func (p *Provider) VariantNames() []string {
	return slices.Sorted(maps.Keys(p.Variants))
}

// Method is the request method of the provider's deliveries.
func (p *Provider) Method() string {
	if p.Request.Method == "" {
		return "POST"
	}
	return p.Request.Method
}

// Form reports whether the sample of an event type is sent as a form.
func (p *Provider) Form(event string) bool {
	if own := p.Events[p.canonical(event)].Encoding; own != "" {
		return own == "form"
	}
	return p.Request.Encoding == "form"
}

// ContentType is the media type of an event type's body if it has an encoding
// of its own, "" where the request's header already says it.
func (p *Provider) ContentType(event string) string {
	switch own := p.Events[p.canonical(event)].Encoding; {
	case own == "" || own == p.Request.Encoding || (own == "json" && p.Request.Encoding == ""):
		return ""
	case own == "form":
		return "application/x-www-form-urlencoded"
	}
	return "application/json"
}

// Timeout is how long the provider waits for an answer, 0 when it does not say.
func (p *Provider) Timeout() time.Duration { return time.Duration(p.Delivery.Timeout) }

// Sensitive lists the headers whose values are the provider's secrets, tokens
// or signatures, in each of its variants. A parameter of the URL's query stands
// there as "query:NAME".
func (p *Provider) Sensitive() []string {
	names := p.scheme.Sensitive()
	for _, h := range p.Handshake {
		if name, ok := strings.CutPrefix(h.Keep, "header:"); ok {
			names = append(names, name)
		}
		if strings.HasPrefix(h.Token, "query:") {
			names = append(names, h.Token)
		}
	}
	for _, v := range p.Variants {
		over := Provider{Signature: Signature{Spec: p.Signature.Clone(), Or: p.Signature.Or}}
		if v.Overlay.Decode(&over) != nil {
			continue
		}
		if scheme, err := over.Signature.compile(); err == nil {
			names = append(names, scheme.Sensitive()...)
		}
	}
	slices.Sort(names)
	return slices.Compact(slices.DeleteFunc(names, func(n string) bool { return n == "" }))
}

// Bounds on generated secrets, in random bytes.
const (
	DefaultSecretBytes = 32
	LeastSecretBytes   = 24
	MostSecretBytes    = 64
)

// leastOwnBytes is how short a provider's own secrets may be.
const leastOwnBytes = 16

// ErrSecretSize is a size that a secret can not have.
var ErrSecretSize = errors.New("not a size for a secret")

// Generate makes a signing secret in the provider's own form, or a pair of keys
// where its scheme has them: then secret is the private one, and public what a
// receiver verifies with. n is as for [SecretFormat.Generate]; a pair has one
// size only, so any n but 0 is an [ErrSecretSize] for it.
func (p *Provider) Generate(random io.Reader, n int) (secret, public string, err error) {
	if !p.scheme.KeyPair() {
		secret, err = p.Secret.Generate(random, n)
		return secret, "", err
	}
	if n != 0 {
		return "", "", fmt.Errorf("%d bytes are %w: the keys of %s have one size", n, ErrSecretSize, p.Title)
	}
	if secret, public, err = p.scheme.NewKeyPair(random); err != nil {
		return "", "", err
	}
	return p.Secret.Prefix + secret, p.Secret.PublicPrefix + public, nil
}

// PublicKey is the part of a secret that receivers verify with, "" where the
// provider has no pairs of keys or the secret is none.
func (p *Provider) PublicKey(s signing.Secret) string {
	if !p.scheme.KeyPair() {
		return ""
	}
	public, err := p.scheme.PublicPart(s)
	if err != nil {
		return ""
	}
	return p.Secret.PublicPrefix + public
}

// Generate makes a secret of n random bytes in the provider's form; n of 0 is
// the provider's usual size. A size outside [LeastSecretBytes] and
// [MostSecretBytes], or beyond the provider's limit, is an [ErrSecretSize],
// except that a provider's own shorter size is allowed; a short read of random
// is another error.
func (f SecretFormat) Generate(random io.Reader, n int) (string, error) {
	if n == 0 {
		n = f.Bytes
	}
	if n == 0 {
		n = DefaultSecretBytes
	}
	least := LeastSecretBytes
	if f.Bytes > 0 {
		least = min(least, f.Bytes)
	}
	if n < least || n > MostSecretBytes {
		return "", fmt.Errorf("%d bytes are %w: it has %d to %d", n, ErrSecretSize, least, MostSecretBytes)
	}
	raw := make([]byte, n)
	if _, err := io.ReadFull(random, raw); err != nil {
		return "", fmt.Errorf("reading random bytes: %w", err)
	}
	text := f.Prefix + f.encode(raw)
	if f.MaxChars > 0 && len(text) > f.MaxChars {
		return "", fmt.Errorf("%d bytes are %w: they make %d characters, and the provider allows %d", n, ErrSecretSize, len(text), f.MaxChars)
	}
	return text, nil
}

// Chars is how many characters the provider's own secrets have, as far as it is
// known; else 0.
func (f SecretFormat) Chars() int {
	if f.Bytes == 0 {
		return 0
	}
	return len(f.Prefix + f.encode(make([]byte, f.Bytes)))
}

func (f SecretFormat) encode(raw []byte) string {
	switch f.Encoding {
	case "base64":
		return base64.StdEncoding.EncodeToString(raw)
	case "base64url":
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	return hex.EncodeToString(raw)
}

// CheckSecret refuses a secret that the provider's form or scheme can not have.
// The error does not quote it.
func (p *Provider) CheckSecret(s signing.Secret) error {
	if s.Empty() {
		return signing.ErrEmptySecret
	}
	if most := p.Secret.MaxChars; most > 0 && len(s.Bytes()) > most {
		return fmt.Errorf("the secret has %d characters, and %s allows %d", len(s.Bytes()), p.Title, most)
	}
	return p.scheme.CheckSecret(s)
}

// EventOf reads the event type from a request, "" when there is none.
func (p *Provider) EventOf(m *signing.Message) string {
	places := reader{m: m, scheme: p.scheme}
	defer places.release()
	return strings.TrimSpace(places.first(p.Event.Type))
}

// MessageIDOf reads the message ID from a request, "" when there is none.
func (p *Provider) MessageIDOf(m *signing.Message) string {
	places := reader{m: m, scheme: p.scheme}
	defer places.release()
	return places.first(p.Event.ID)
}
