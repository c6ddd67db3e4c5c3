package diagnosis_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/whk-cli/whk/internal/diagnosis"
	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/signing"
)

func everybody(t testing.TB) []diagnosis.Known {
	var all []diagnosis.Known
	for name := range schemes {
		all = append(all, diagnosis.Known{Provider: load(t, name)})
	}
	return all
}

// request signs a body under a spec.
func request(t testing.TB, spec signing.Spec, secret string) *signing.Message {
	t.Helper()
	scheme, err := signing.Compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	m := &signing.Message{Method: "POST", URL: "https://example.com/hook?a=1", Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(small), ID: "msg_1"}
	fields, err := scheme.Sign(m, signing.NewSecret([]byte(secret)), now)
	if err != nil {
		t.Fatal(err)
	}
	signing.Apply(m.Header, fields)
	return m
}

func TestDetectKnown(t *testing.T) {
	for name := range schemes {
		t.Run(name, func(t *testing.T) {
			p := load(t, name)
			m := request(t, p.Scheme().Spec(), secretOf(name))
			u := diagnosis.Unknown{Message: m, Providers: everybody(t), Secrets: []signing.Secret{signing.NewSecret([]byte(secretOf(name)))}, Now: now}
			d := diagnosis.Detect(t.Context(), u, "mine")
			if len(d.Matches) == 0 || d.Matches[0].Provider.Name != name || !d.Matches[0].Proven || d.Scheme != "" {
				t.Errorf("with a secret: %+v", d)
			}
			u.Secrets = nil
			d = diagnosis.Detect(t.Context(), u, "mine")
			if len(d.Matches) == 0 || d.Matches[0].Provider.Name != name || d.Matches[0].Proven {
				t.Errorf("without a secret: %+v", d.Matches)
			}
		})
	}
}

// A scheme that is found can be saved: the provider loads, recognises the
// request and makes it authentic; a changed body is then refused.
func TestDetectUnknown(t *testing.T) {
	tests := []struct {
		name   string
		spec   signing.Spec
		secret string
	}{
		{"hex", signing.Spec{Header: "X-Acme", Algorithm: "hmac-sha256"}, textSecret},
		{"prefix", signing.Spec{Header: "X-Acme", Algorithm: "hmac-sha1", Prefix: "sha1="}, textSecret},
		{"base64", signing.Spec{Header: "X-Acme", Algorithm: "hmac-sha512", Encoding: "base64"}, textSecret},
		{"base64url", signing.Spec{Header: "X-Acme", Algorithm: "hmac-sha256", Encoding: "base64url"}, textSecret},
		{"hex key", signing.Spec{Header: "X-Acme", Algorithm: "hmac-sha256", Key: "hex"}, hexSecret},
		{"base64 key", signing.Spec{Header: "X-Acme", Algorithm: "hmac-sha256", Key: "base64", KeyPrefix: signing.Strings{"whsec_"}}, standardSecret},
		{"pairs", signing.Spec{Header: "X-Acme", Grammar: "pairs", Versions: []string{"s"}, Algorithm: "hmac-sha256", Signed: []string{"${timestamp}.${body}"}, Timestamp: &signing.ClockSpec{From: "field:time"}}, textSecret},
		{"pairs with semicolons", signing.Spec{Header: "X-Acme", Grammar: "pairs", Separator: ";", Versions: []string{"h1"}, Algorithm: "hmac-sha256", Signed: []string{"${timestamp}:${body}"}, Timestamp: &signing.ClockSpec{From: "field:ts"}}, textSecret},
		{"list", signing.Spec{Header: "X-Acme", Grammar: "list", Versions: []string{"v1"}, Algorithm: "hmac-sha256", Encoding: "base64", Key: "base64", KeyPrefix: signing.Strings{"whsec_"},
			Signed: []string{"${id}.${timestamp}.${body}"}, ID: "header:X-Acme-Id", Timestamp: &signing.ClockSpec{From: "header:X-Acme-Time"}}, standardSecret},
		{"milliseconds", signing.Spec{Header: "X-Acme", Algorithm: "hmac-sha256", Signed: []string{"v0:${timestamp}:${body}"}, Timestamp: &signing.ClockSpec{From: "header:X-Time", Unit: "ms"}}, textSecret},
		{"url", signing.Spec{Header: "X-Acme", Algorithm: "hmac-sha1", Encoding: "base64", Signed: []string{"${url}${body}"}}, textSecret},
		{"method, path, time and body", signing.Spec{Header: "X-Acme", Algorithm: "hmac-sha256", Signed: []string{"${method}\n${target}\n${timestamp}\n${body}"}, Timestamp: &signing.ClockSpec{From: "header:X-Time"}}, textSecret},
		{"the body's hash", signing.Spec{Header: "X-Acme", Algorithm: "hmac-sha256", Signed: []string{"${body:sha256}"}}, textSecret},
		{"time and the body's hash", signing.Spec{Header: "X-Acme", Algorithm: "hmac-sha256", Signed: []string{"${timestamp}.${body:sha256}"}, Timestamp: &signing.ClockSpec{From: "header:X-Time"}}, textSecret},
		{"static", signing.Spec{Header: "X-Acme", Algorithm: "static"}, textSecret},
		{"bearer", signing.Spec{Header: "X-Acme", Grammar: "bearer", Algorithm: "static"}, textSecret},
		{"static after a word", signing.Spec{Header: "Authorization", Prefix: "Token ", Algorithm: "static"}, textSecret},
		{"secret in the message", signing.Spec{Header: "X-Acme", Algorithm: "sha256", Signed: []string{"${secret}${body}"}}, textSecret},
		{"Ed25519, hex", signing.Spec{Header: "X-Acme", Algorithm: "ed25519", Key: "hex"}, ""},
		{"Ed25519, base64 with a prefix", signing.Spec{Header: "X-Acme", Grammar: "list", Versions: []string{"v1a"}, Algorithm: "ed25519", Key: "base64", KeyPrefix: signing.Strings{"pub_"}, Encoding: "base64",
			Signed: []string{"${id}.${timestamp}.${body}"}, ID: "header:X-Acme-Id", Timestamp: &signing.ClockSpec{From: "header:X-Acme-Time"}}, ""},
		{"Ed25519, base64url", signing.Spec{Header: "X-Acme", Algorithm: "ed25519", Key: "base64url", Encoding: "base64url", Signed: []string{"${url}${body}"}}, ""},
		{"Ed25519, SPKI", signing.Spec{Header: "X-Acme", Algorithm: "ed25519", Key: "spki", Signed: []string{"${timestamp}${body}"}, Timestamp: &signing.ClockSpec{From: "header:X-Acme-Timestamp"}}, ""},
		{"Ed25519, JWK", signing.Spec{Header: "X-Acme", Algorithm: "ed25519", Key: "jwk", Prefix: "ed25519="}, ""},
		{"ECDSA, SPKI", signing.Spec{Header: "X-Acme", Algorithm: "ecdsa-p256", Key: "spki", Encoding: "base64", Signed: []string{"${timestamp}${body}"}, Timestamp: &signing.ClockSpec{From: "header:X-Acme-Timestamp"}}, ""},
		{"ECDSA, JWK", signing.Spec{Header: "X-Acme", Algorithm: "ecdsa-p256", Key: "jwk"}, ""},
		{"ECDSA, r and s", signing.Spec{Header: "X-Acme", Algorithm: "ecdsa-p256-raw", Key: "spki", Encoding: "base64url"}, ""},
		{"HS256 as a bearer", signing.Spec{Header: "X-Access", Grammar: "bearer", Algorithm: "jwt-hs256", Claims: alone}, textSecret},
		{"HS384 in a header of its own", signing.Spec{Header: "X-Acme-Token", Algorithm: "jwt-hs384", Claims: alone}, textSecret},
		{"HS512 with the body's hash", signing.Spec{Header: "X-Acme-Token", Prefix: "JWT ", Algorithm: "jwt-hs512", Key: "hex", Claims: alone, Guards: []signing.Guard{{Claim: "digest", Is: "${body:sha256}"}}}, hexSecret},
		{"ES256", signing.Spec{Header: "X-Acme-Token", Algorithm: "jwt-es256", Key: "jwk", Claims: alone, Guards: []signing.Guard{{Claim: "digest", Is: "${body:sha512}"}}}, ""},
	}
	untested := signing.Algorithms()
	for _, test := range tests {
		untested = slices.DeleteFunc(untested, func(name string) bool { return name == test.spec.Algorithm })
		t.Run(test.name, func(t *testing.T) {
			private, public := test.secret, test.secret
			if private == "" {
				private, public = keyPair(t, test.spec)
			}
			m := request(t, test.spec, private)
			secrets := []signing.Secret{signing.NewSecret([]byte(public))}
			d := diagnosis.Detect(t.Context(), diagnosis.Unknown{Message: m, Providers: everybody(t), Secrets: secrets, Now: now}, "mine")
			if d.Scheme == "" {
				t.Fatalf("no scheme was found: %+v", d)
			}
			fsys := fstest.MapFS{"mine/provider.yaml": &fstest.MapFile{Data: []byte(d.Scheme)}}
			p, err := provider.NewRegistry(provider.Source{FS: fsys, Origin: provider.User, Path: "test"}).Load("mine")
			if err != nil {
				t.Fatalf("%v\n%s", err, d.Scheme)
			}
			if !p.Recognises(m) {
				t.Error("the provider does not recognise the request")
			}
			v, err := p.Scheme().Verifier(secrets, -1)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := v.Verify(m, now); err != nil {
				t.Errorf("%v\n%s", err, d.Scheme)
			}
			if v, err = p.Scheme().Verifier([]signing.Secret{signing.NewSecret([]byte(private))}, -1); err != nil {
				t.Fatal(err)
			}
			if _, err := v.Verify(m, now); err != nil {
				t.Errorf("with the private key: %v", err)
			}
			m.Body = append(m.Body, ' ')
			if _, err := v.Verify(m, now); (err == nil) != bodyless(&test.spec) {
				t.Errorf("with a changed body: %v\n%s", err, d.Scheme)
			}
		})
	}
	if len(untested) > 0 {
		t.Errorf("nothing is detected of %v", untested)
	}
}

var alone = &signing.ClaimsSpec{Alone: true, Expires: signing.ExpiresSpec{In: "5m"}}

// bodyless reports whether a scheme does not protect the body.
func bodyless(spec *signing.Spec) bool {
	return spec.Algorithm == "static" || (spec.Claims != nil && spec.Guards == nil)
}

func keyPair(t testing.TB, spec signing.Spec) (private, public string) {
	t.Helper()
	scheme, err := signing.Compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	private, public, err = scheme.NewKeyPair(bytes.NewReader(bytes.Repeat([]byte{7}, 64)))
	if err != nil {
		t.Fatal(err)
	}
	prefix := strings.Join(spec.KeyPrefix, "")
	return prefix + private, prefix + public
}

// What a found scheme's file says of event types and IDs is what stands in the
// request, if anything does.
func TestDetectPlaces(t *testing.T) {
	for body, want := range map[string]string{
		`{"type":"order.paid","id":7}`:            `event: {type: "json:type", id: "json:id"}`,
		`{"event":"OrderPaid","uuid":"a"}`:        `event: {type: "json:event", id: "json:uuid"}`,
		`{"type":"two words","event":{"id":"a"}}`: "",
		`{"id":{},"type":4}`:                      "",
		`[1]`:                                     "",
	} {
		m := request(t, signing.Spec{Header: "X-Acme", Algorithm: "hmac-sha256"}, textSecret)
		m.Body = []byte(body)
		m.Header.Set("X-Acme", hex.EncodeToString(sum(sha256.New, textSecret, body)))
		u := diagnosis.Unknown{Message: m, Secrets: []signing.Secret{signing.NewSecret([]byte(textSecret))}, Now: now}
		d := diagnosis.Detect(t.Context(), u, "mine")
		if d.Scheme == "" {
			t.Fatal("nothing was found")
		}
		if got := strings.Contains(d.Scheme, "\nevent: "); got != (want != "") || !strings.Contains(d.Scheme, want) {
			t.Errorf("%s: want %q in\n%s", body, want, d.Scheme)
		}
		m.Header.Set("X-Acme-Topic", "orders/paid")
		m.Header.Set("X-Acme-Delivery", "abc")
		d = diagnosis.Detect(t.Context(), u, "mine")
		if want := `event: {type: "header:X-Acme-Topic", id: "header:X-Acme-Delivery"}`; d.Scheme == "" || !strings.Contains(d.Scheme, want) {
			t.Errorf("%s: want %q in %+v", body, want, d.Scheme)
		}
	}
}

// Texts of a stranger's headers stay texts in the file.
func TestDetectQuotes(t *testing.T) {
	m := request(t, signing.Spec{Header: "X-Acme", Algorithm: "hmac-sha256"}, textSecret)
	m.Header.Set("X-Acme", "a\": {}\n]="+hex.EncodeToString(sum(sha256.New, textSecret, small)))
	m.Header["X-\"evil: {"] = []string{"Bearer x"}
	d := diagnosis.Detect(t.Context(), diagnosis.Unknown{Message: m, Secrets: []signing.Secret{signing.NewSecret([]byte(textSecret))}, Now: now}, "mine")
	if d.Scheme == "" {
		return // refusing is fine
	}
	fsys := fstest.MapFS{"mine/provider.yaml": &fstest.MapFile{Data: []byte(d.Scheme)}}
	if _, err := provider.NewRegistry(provider.Source{FS: fsys, Origin: provider.User, Path: "test"}).Load("mine"); err != nil {
		t.Errorf("%v\n%s", err, d.Scheme)
	}
}

// Plain words stand without quotes, and what YAML reads as something else does not.
func TestDetectReadsWell(t *testing.T) {
	m := request(t, signing.Spec{Header: "No", Prefix: "sha256=", Algorithm: "hmac-sha256"}, textSecret)
	d := diagnosis.Detect(t.Context(), diagnosis.Unknown{Message: m, Secrets: []signing.Secret{signing.NewSecret([]byte(textSecret))}, Now: now}, "mine")
	for _, want := range []string{"name: mine\n", "  header: \"No\"\n", "  prefix: \"sha256=\"\n", "  algorithm: hmac-sha256\n", "  encoding: hex\n"} {
		if !strings.Contains(d.Scheme, want) {
			t.Errorf("want %q in\n%s", want, d.Scheme)
		}
	}
}

// A signature that is right under a provider's scheme does not make a request
// that provider's: many sign alike. Then the scheme is told, too.
func TestDetectAlike(t *testing.T) {
	m := request(t, load(t, "standard").Scheme().Spec(), standardSecret)
	p := one(t, `
recognise: {headers: [Webhook-Signature], json: [tenant]}
signature: {header: Webhook-Signature, grammar: list, versions: [v1], algorithm: hmac-sha256, key: base64, key_prefix: whsec_, encoding: base64,
  signed: ["${id}.${timestamp}.${body}"], id: "header:Webhook-Id", timestamp: {from: "header:Webhook-Timestamp"}}`)
	u := diagnosis.Unknown{Message: m, Providers: []diagnosis.Known{{Provider: p}}, Secrets: []signing.Secret{signing.NewSecret([]byte(standardSecret))}, Now: now}
	d := diagnosis.Detect(t.Context(), u, "mine")
	if len(d.Matches) != 1 || d.Matches[0].Proven || d.Scheme == "" {
		t.Errorf("%+v", d)
	}
}

func TestDetectNothing(t *testing.T) {
	sum := sha256.Sum256([]byte("anything"))
	m := &signing.Message{Method: "POST", URL: "https://example.com/", Body: []byte(small), Header: http.Header{"X-Acme": {hex.EncodeToString(sum[:])}}}
	d := diagnosis.Detect(t.Context(), diagnosis.Unknown{Message: m, Providers: everybody(t), Secrets: []signing.Secret{signing.NewSecret([]byte(textSecret))}, Now: now}, "mine")
	if d.Scheme != "" || len(d.Matches) > 0 {
		t.Errorf("got %+v", d)
	}
}

// A user or a password of Basic authentication is a secret in a header, and its
// file says in what form it is kept.
func TestDetectBasic(t *testing.T) {
	text := base64.StdEncoding.EncodeToString([]byte("hook:" + textSecret))
	for _, known := range []string{textSecret, "hook:" + textSecret, "hook", text} {
		m := &signing.Message{Method: "POST", URL: "https://example.com/", Body: []byte(small), Header: http.Header{"Authorization": {"Basic " + text}}}
		d := diagnosis.Detect(t.Context(), diagnosis.Unknown{Message: m, Secrets: []signing.Secret{signing.NewSecret([]byte(known))}, Now: now}, "mine")
		fsys := fstest.MapFS{"mine/provider.yaml": &fstest.MapFile{Data: []byte(d.Scheme)}}
		p, err := provider.NewRegistry(provider.Source{FS: fsys, Origin: provider.User, Path: "test"}).Load("mine")
		if err != nil {
			t.Fatalf("%s: %v\n%s", known, err, d.Scheme)
		}
		v, err := p.Scheme().Verifier([]signing.Secret{signing.NewSecret([]byte(text))}, -1)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.Verify(m, now); err != nil {
			t.Errorf("%s: %v\n%s", known, err, d.Scheme)
		}
		if strings.Contains(d.Scheme, text) || strings.Contains(d.Scheme, textSecret) {
			t.Errorf("the file tells the secret\n%s", d.Scheme)
		}
	}
}

// A signature in the query is found, and told as what no file can say.
func TestDetectInQuery(t *testing.T) {
	h := http.Header{"X-Time": {unix}}
	text := hex.EncodeToString(sum(sha256.New, textSecret, unix+"."+small))
	m := &signing.Message{Method: "POST", URL: "https://example.com/hook?a=1&sig=" + text, Body: []byte(small), Header: h}
	u := diagnosis.Unknown{Message: m, Secrets: []signing.Secret{signing.NewSecret([]byte(textSecret))}, Now: now}
	d := diagnosis.Detect(t.Context(), u, "mine")
	if want := "HMAC-SHA256 in hex over {timestamp}.{body}, in the query parameter `sig`"; d.InQuery != want || d.Scheme != "" {
		t.Errorf("got %+v, want %q", d, want)
	}
	m.Body = append(m.Body, ' ')
	if d := diagnosis.Detect(t.Context(), u, "mine"); d.InQuery != "" || d.Scheme != "" {
		t.Errorf("of another body: %+v", d)
	}
}
