package provider

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/signing"
)

// schemes states one of each kind of scheme that is in use, as a provider.yaml
// would. Each must be able to sign what it then takes for authentic, and only
// that.
var schemes = []struct {
	name, yaml  string
	contentType string
	body        string
	uncovered   bool // a changed body stays authentic
	noTime      bool // an old request stays authentic
}{
	{name: "prefix", yaml: `signature: {header: X-Sig, prefix: sha256=, algorithm: hmac-sha256}`, noTime: true},
	{name: "sha1", yaml: `signature: {header: X-Sig, prefix: sha1=, algorithm: hmac-sha1}`, noTime: true},
	{name: "sha512", yaml: `signature: {header: X-Sig, algorithm: hmac-sha512, encoding: base64}`, noTime: true},
	{name: "hex-key", yaml: `signature: {header: X-Sig, algorithm: hmac-sha256, key: hex, encoding: base64}`, noTime: true},
	{name: "pairs", yaml: `signature: {header: X-Sig, grammar: pairs, versions: [v1], algorithm: hmac-sha256, signed: ["${timestamp}.${body}"], timestamp: {from: "field:t"}}`},
	{name: "semicolon", yaml: `signature: {header: X-Sig, grammar: pairs, separator: ";", versions: [h1], algorithm: hmac-sha256, signed: ["${timestamp}:${body}"], timestamp: {from: "field:ts", past: 5s, future: 5s}}`},
	{name: "base64url-ms", yaml: `signature: {header: X-Sig, grammar: pairs, versions: [v1], algorithm: hmac-sha256, encoding: base64url, signed: ["${timestamp}.${body}"], timestamp: {from: "field:t", unit: ms}}`},
	{name: "versions", yaml: `
signature:
  header: webhook-signature
  grammar: list
  versions: [v1]
  algorithm: hmac-sha256
  key: base64
  key_prefix: whsec_
  key_bytes: {min: 24, max: 64}
  encoding: base64
  signed: ["${id}.${timestamp}.${body}"]
  id: header:webhook-id
  timestamp: {from: header:webhook-timestamp}
  or:
    - {algorithm: ed25519, versions: [v1a], key_prefix: [whsk_, whpk_], key_prefix_required: true, key_bytes: {max: 64}}
secret: {prefix: whsec_, encoding: base64}`},
	{name: "url-method", yaml: `signature: {header: X-Sig, algorithm: hmac-sha256, encoding: base64, signed: ["${method}${url:decoded}${body}${timestamp}"], timestamp: {from: "header:X-Time", unit: ms}}`},
	{name: "iso", yaml: `signature: {header: X-Sig, algorithm: hmac-sha256, encoding: base64, signed: ["${timestamp}${body}"], timestamp: {from: "header:X-Time", unit: rfc3339}}`},
	{name: "per-key", yaml: `
signature:
  per_key: [Sig-Primary, Sig-Secondary]
  algorithm: hmac-sha256
  encoding: base64
  signed: ["${body}${timestamp}"]
  signed_or: ["${body:escaped}${timestamp}"]
  timestamp: {from: header:Sig-Time, unit: rfc3339, past: 10m, future: 0s}
  guards: [{header: Sig-Version, is: "1"}, {header: Sig-Algorithm, is: HmacSHA256}]`},
	{name: "numbered", yaml: `signature: {numbered: X-Sig-, algorithm: hmac-sha256, encoding: base64}`, noTime: true},
	{name: "canonical", yaml: `signature: {header: X-Sig, algorithm: hmac-sha256, signed: ["${method}\n${target}\n${headers:x-signed}\n${body}"], timestamp: {from: "header:x-time", unit: ms, past: 30s}}`},
	{name: "form", contentType: "application/x-www-form-urlencoded", body: "b=2&a=1&a=1", noTime: true, yaml: `
signature:
  header: X-Sig
  algorithm: hmac-sha1
  encoding: base64
  signed: ["${url}${form:sorted}"]
  signed_or: ["${url:with-port}${form:sorted}", "${url:without-port}${form:sorted}"]
  or:
    - {signed: ["${url}"], signed_or: ["${url:with-port}", "${url:without-port}"], guards: [{query: bodySHA256, is: "${body:sha256}"}]}`},
	{name: "form-json", noTime: true, yaml: `
signature:
  header: X-Sig
  algorithm: hmac-sha1
  encoding: base64
  signed: ["${url}${form:sorted}"]
  or:
    - {signed: ["${url}"], guards: [{query: bodySHA256, is: "${body:sha256}"}]}`},
	{name: "nonce", uncovered: true, noTime: true, yaml: `signature: {header: X-Sig, algorithm: hmac-sha256, encoding: base64, signed: ["${url:base}${id}"], id: "header:X-Nonce"}`},
	{name: "plain", noTime: true, yaml: `signature: {header: X-Sig, algorithm: sha256, signed: ["${secret}${method}${url}${body}"], guards: [{header: X-Version, is: v2}]}`},
	{name: "in-body", uncovered: true, noTime: true, body: `{"signature":{"timestamp":"1741076100","token":"abc"},"event":{}}`,
		yaml: `signature: {from: "json:signature.signature", algorithm: hmac-sha256, signed: ["${timestamp}${json:signature.token}"], timestamp: {from: "json:signature.timestamp", past: none}}`},
	{name: "items", uncovered: true, noTime: true, body: `{"live":"false","items":[{"r":{"a":"1","n":2}},{"r":{"a":"3"}}]}`,
		yaml: `signature: {from: "json:r.extra.sig", each: items, algorithm: hmac-sha256, key: hex, encoding: base64, signed: ["${json:r.a}:${json:r.n}:${json:r.none}"]}`},
	{name: "ed25519", yaml: `signature: {header: X-Sig, algorithm: ed25519, key: hex, signed: ["${timestamp}${body}"], timestamp: {from: "header:X-Time"}}`},
	{name: "ecdsa", yaml: `signature: {header: X-Sig, algorithm: ecdsa-p256, key: spki, encoding: base64, signed: ["${timestamp}${body}"], timestamp: {from: "header:X-Time"}}`},
	{name: "ecdsa-raw", noTime: true, yaml: `signature: {header: X-Sig, algorithm: ecdsa-p256-raw, key: jwk, encoding: base64url}`},
	{name: "jwt-es256", yaml: `signature: {header: X-Token, algorithm: jwt-es256, key: jwk, timestamp: {from: "claim:iat", past: 5m}, claims: {alone: true}, guards: [{claim: request_body_sha256, is: "${body:sha256}"}]}`},
	{name: "jwt-hs256", uncovered: true, yaml: `signature: {header: Authorization, algorithm: jwt-hs256, claims: {alone: true, expires: {in: 5m}}, guards: [{claim: aud, is: "${url}"}]}`},
	{name: "static", uncovered: true, noTime: true, yaml: `signature: {header: X-Token, algorithm: static}`},
	{name: "bearer", uncovered: true, noTime: true, yaml: `signature: {header: Authorization, grammar: bearer, algorithm: static}`},
	{name: "body-clock", yaml: `signature: {header: X-Sig, algorithm: hmac-sha256, timestamp: {from: "json:at", unit: ms, past: 60s}}`, body: `{"at":1741076100000}`},
}

func TestSchemeLanguage(t *testing.T) {
	for _, c := range schemes {
		t.Run(c.name, func(t *testing.T) {
			p := folderOf(t, c.yaml)
			text, public, err := p.Generate(rand.Reader, 0)
			if err != nil {
				t.Fatal(err)
			}
			secret := signing.NewSecret([]byte(text))
			if err := p.CheckSecret(secret); err != nil {
				t.Fatalf("the generated secret is refused: %v", err)
			}
			body := c.body
			if body == "" {
				body = `{"event":"é","n":[1,2]}`
			}
			kind := c.contentType
			if kind == "" {
				kind = "application/json"
			}
			m := &signing.Message{Method: "POST", URL: "https://example.com/hook?a=b", ID: "msg_1", Header: http.Header{"Content-Type": {kind}}, Body: []byte(body)}
			fields, err := p.Scheme().Sign(m, secret, vectorTime)
			if err != nil {
				t.Fatal(err)
			}
			signing.Apply(m.Header, fields)
			keys := []string{text}
			if public != "" {
				keys = append(keys, public)
			}
			for _, key := range keys {
				v, err := p.Scheme().Verifier([]signing.Secret{signing.NewSecret([]byte(key))}, -1)
				if err != nil {
					t.Fatal(err)
				}
				expect := func(what string, good bool, now time.Time) {
					t.Helper()
					_, err := v.Verify(m, now)
					if (err == nil) != good {
						t.Errorf("%s: %v", what, err)
					}
				}
				expect("as signed", true, vectorTime)
				expect("a day later", c.noTime, vectorTime.Add(24*time.Hour))
				if covers := p.Scheme().Covers(); covers.Body == c.uncovered {
					t.Errorf("covers %+v", covers)
				}
				if c.uncovered != (len(p.Scheme().Notes()) > 0) {
					t.Errorf("notes %q", p.Scheme().Notes())
				}
				if !c.uncovered {
					whole := m.Body
					for i := range whole {
						m.Body = append([]byte(nil), whole...)
						m.Body[i] ^= 1
						expect(fmt.Sprintf("body byte %d changed", i), false, vectorTime)
					}
					m.Body = whole
				}
			}
			if public != "" {
				if _, err := p.Scheme().Sign(m, signing.NewSecret([]byte(public)), vectorTime); err == nil {
					t.Error("a public key signed")
				}
			}
			other, _, _ := p.Generate(rand.Reader, 0)
			v, _ := p.Scheme().Verifier([]signing.Secret{signing.NewSecret([]byte(other))}, -1)
			if _, err := v.Verify(m, vectorTime); err == nil {
				t.Error("another secret verifies it")
			}
		})
	}
}

func folderOf(t *testing.T, text string) *Provider {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "own", "provider.yaml"), "name: own\n"+text+"\n")
	p, err := NewRegistry(Source{FS: os.DirFS(dir), Origin: User}).Load("own")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A provider's own secrets may be shorter than those that whk makes unasked.
func TestGenerateInTheProvidersOwnSize(t *testing.T) {
	for _, c := range []struct {
		format SecretFormat
		n      int
		chars  int // 0 is refused
	}{
		{SecretFormat{Bytes: 16}, 0, 32},
		{SecretFormat{Bytes: 16}, 20, 40},
		{SecretFormat{Bytes: 16}, 15, 0},
		{SecretFormat{}, 16, 0},
		{SecretFormat{Bytes: 32}, 16, 0},
		{SecretFormat{Bytes: 32}, 24, 48},
	} {
		text, err := c.format.Generate(rand.Reader, c.n)
		if len(text) != c.chars || (err == nil) != (c.chars > 0) || (err != nil && !errors.Is(err, ErrSecretSize)) {
			t.Errorf("%+v.Generate(%d): %d characters, %v; want %d", c.format, c.n, len(text), err, c.chars)
		}
	}
}
