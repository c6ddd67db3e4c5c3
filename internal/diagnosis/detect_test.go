package diagnosis_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
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
			if len(d.Matches) == 0 || d.Matches[0].Provider.Name != name || !d.Matches[0].Proven || d.Scheme != nil {
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
		{"static", signing.Spec{Header: "X-Acme", Algorithm: "static"}, textSecret},
		{"bearer", signing.Spec{Header: "X-Acme", Grammar: "bearer", Algorithm: "static"}, textSecret},
		{"secret in the message", signing.Spec{Header: "X-Acme", Algorithm: "sha256", Signed: []string{"${secret}${body}"}}, textSecret},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := request(t, test.spec, test.secret)
			secrets := []signing.Secret{signing.NewSecret([]byte(test.secret))}
			d := diagnosis.Detect(t.Context(), diagnosis.Unknown{Message: m, Providers: everybody(t), Secrets: secrets, Now: now}, "mine")
			if d.Scheme == nil {
				t.Fatalf("no scheme was found: %+v", d)
			}
			fsys := fstest.MapFS{"mine/provider.yaml": &fstest.MapFile{Data: []byte(d.Scheme.YAML)}}
			p, err := provider.NewRegistry(provider.Source{FS: fsys, Origin: provider.User, Path: "test"}).Load("mine")
			if err != nil {
				t.Fatalf("%v\n%s", err, d.Scheme.YAML)
			}
			if !p.Recognises(m) {
				t.Error("the provider does not recognise the request")
			}
			v, err := p.Scheme().Verifier(secrets, -1)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := v.Verify(m, now); err != nil {
				t.Errorf("%v\n%s", err, d.Scheme.YAML)
			}
			if test.spec.Algorithm == "static" {
				return
			}
			m.Body = append(m.Body, ' ')
			if _, err := v.Verify(m, now); err == nil {
				t.Error("a changed body is authentic")
			}
		})
	}
}

func TestDetectNothing(t *testing.T) {
	sum := sha256.Sum256([]byte("anything"))
	m := &signing.Message{Method: "POST", URL: "https://example.com/", Body: []byte(small), Header: http.Header{"X-Acme": {hex.EncodeToString(sum[:])}}}
	d := diagnosis.Detect(t.Context(), diagnosis.Unknown{Message: m, Providers: everybody(t), Secrets: []signing.Secret{signing.NewSecret([]byte(textSecret))}, Now: now}, "mine")
	if d.Scheme != nil || len(d.Matches) > 0 {
		t.Errorf("got %+v", d)
	}
}
