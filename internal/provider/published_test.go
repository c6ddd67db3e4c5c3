package provider

import (
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/signing"
)

// Examples that providers publish, judged by what their folders say: a rule that
// is stated wrongly signs and verifies itself, but not these. Nothing near them
// is authentic.
func TestPublishedExamples(t *testing.T) {
	for _, c := range wholeExamples() {
		c.check(t)
		c.neighbours(t, load(t, c.provider))
	}
	for _, c := range publishedInPart() {
		c.check(t)
		p := load(t, c.provider)
		if c.judged(t, p, c.message(), c.otherSecret(t, p)) == nil {
			t.Errorf("%s: %s: authentic with another secret", c.provider, c.source)
		}
	}
}

// wholeExamples are signed in all their bytes.
func wholeExamples() []published {
	return slices.Concat(publishedExamples(), publishedByLibraries(), publishedByPayments(), publishedByPlatforms(), publishedByOthers(), signedByLibraries())
}

// A folder without an example is listed, so that a new one is looked for.
func TestFoldersWithoutExample(t *testing.T) {
	with := map[string]bool{}
	for _, c := range append(wholeExamples(), publishedInPart()...) {
		with[c.provider] = true
	}
	for _, name := range NewRegistry().Names() {
		switch {
		case with[name] && unpublished[name] != "":
			t.Errorf("%s has an example, and is listed without", name)
		case !with[name] && unpublished[name] == "":
			t.Errorf("%s has no published example: is there one?", name)
		}
	}
}

// check holds the folder against the example.
func (c published) check(t *testing.T) {
	t.Helper()
	p := load(t, c.provider)
	if err := c.judged(t, p, c.message(), c.secret); err != nil {
		t.Errorf("%s: %s: %v", c.provider, c.source, err)
	}
	if m := c.message(); !p.Recognises(m) || p.EventOf(m) != c.event {
		t.Errorf("%s: %s: recognised %v, event %q, want %q", c.provider, c.source, p.Recognises(m), p.EventOf(m), c.event)
	}
}

func (c published) message() *signing.Message {
	m := &signing.Message{Method: cmp.Or(c.method, "POST"), URL: c.url, Header: http.Header{}, Body: []byte(c.body)}
	for name, value := range c.header {
		m.Header.Set(name, value)
	}
	return m
}

func (c published) judged(t *testing.T, p *Provider, m *signing.Message, secret string) error {
	t.Helper()
	verifier, err := p.Scheme().Verifier([]signing.Secret{signing.NewSecret([]byte(secret))}, -1)
	if err != nil {
		t.Fatalf("%s: %v", c.provider, err)
	}
	_, err = verifier.Verify(m, time.Unix(c.at, 0))
	return err
}

// neighbours differ from the example in one place that is signed.
func (c published) neighbours(t *testing.T, p *Provider) {
	t.Helper()
	refused := func(secret, what string, change func(*signing.Message)) {
		t.Helper()
		m := c.message()
		change(m)
		if c.judged(t, p, m, secret) == nil {
			t.Errorf("%s: %s: authentic with another %s", c.provider, c.source, what)
		}
	}
	for i := range len(c.body) {
		refused(c.secret, "body", func(m *signing.Message) { m.Body[i] ^= 1 })
	}
	refused(c.secret, "end of the body", func(m *signing.Message) { m.Body = append(m.Body, '\n') })
	if c.url != "" {
		refused(c.secret, "URL", func(m *signing.Message) { m.URL += "&c" })
	}
	for name, value := range c.header {
		if carriesSignature(name) {
			changed := []byte(value)
			if at := len(changed) - 20; changed[at] == '0' {
				changed[at] = '1'
			} else {
				changed[at] = '0'
			}
			refused(c.secret, "signature in "+name, func(m *signing.Message) { m.Header.Set(name, string(changed)) })
		}
		if strings.Contains(strings.ToLower(name), "timestamp") {
			refused(c.secret, "time in "+name, func(m *signing.Message) { m.Header.Set(name, value[:len(value)-1]+string(value[len(value)-1]^1)) })
		}
	}
	refused(c.otherSecret(t, p), "secret", func(*signing.Message) {})
}

func carriesSignature(header string) bool {
	name := strings.ToLower(header)
	return (strings.Contains(name, "signature") || strings.Contains(name, "-hmac-") || strings.HasSuffix(name, "-mac")) && !strings.HasSuffix(name, "-version") &&
		!strings.HasSuffix(name, "-algorithm") && !strings.HasSuffix(name, "-timestamp")
}

// otherSecret has one bit of the key changed and its form kept.
func (c published) otherSecret(t *testing.T, p *Provider) string {
	t.Helper()
	if p.Scheme().KeyPair() {
		_, public, err := p.Generate(rand.Reader, 0)
		if err != nil {
			t.Fatal(err)
		}
		return public
	}
	prefix, text, _ := strings.Cut(c.secret, "_")
	if raw, err := base64.StdEncoding.DecodeString(text); strings.HasPrefix(prefix, "wh") && err == nil {
		raw[len(raw)/2] ^= 1
		return prefix + "_" + base64.StdEncoding.EncodeToString(raw)
	}
	return string(c.secret[0]^1) + c.secret[1:]
}
