package diagnosis_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/whk-cli/whk/internal/diagnosis"
	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/signing"
)

// A signature among the fields of the body, or over fields of it, is found, and
// what is found can be saved and used. One changed field is refused then.
func TestDetectFields(t *testing.T) {
	tests := []struct {
		name, body, change string
		spec               signing.Spec
	}{
		{"time and token of an object", `{"signature":{"timestamp":"1741076100","token":"a8ce0edb2dd8"},"data":{"x":1}}`, "a8ce",
			signing.Spec{From: "json:signature.signature", Algorithm: "hmac-sha256", Signed: []string{"${timestamp}${json:signature.token}"}, Timestamp: &signing.ClockSpec{From: "json:signature.timestamp"}}},
		{"the outermost fields, joined", `{"id":"evt_1","amount":4900,"currency":"EUR","live":true}`, "4900",
			signing.Spec{From: "json:sign", Algorithm: "hmac-sha512", Signed: []string{"${json:id}|${json:amount}|${json:currency}|${json:live}"}}},
		{"sorted, with their names", `{"id":"evt_1","amount":4900,"currency":"EUR"}`, "4900",
			signing.Spec{From: "json:meta.hash", Algorithm: "hmac-sha256", Encoding: "base64", Signed: []string{"amount=${json:amount}&currency=${json:currency}&id=${json:id}"}}},
		{"one field", `{"id":"evt_1","type":"paid","n":1}`, "evt_1",
			signing.Spec{From: "json:sig", Prefix: "sha256=", Algorithm: "hmac-sha256", Signed: []string{"${json:id}"}}},
		{"each item of an array", `{"live":"false","items":[{"ref":"a1","code":"PAID","done":"true"},{"ref":"b2","code":"VOID","done":"true"}]}`, "VOID",
			signing.Spec{From: "json:mac", Each: "items", Algorithm: "hmac-sha256", Encoding: "base64", Signed: []string{"${json:ref}:${json:code}:${json:done}"}}},
		{"fields of a form", "id=evt_1&amount=49.00&status=paid", "49.00",
			signing.Spec{From: "form:sign", Algorithm: "hmac-sha1", Signed: []string{"${form:amount}.${form:id}"}}},
		{"fields of the body, in a header", `{"order":"77","sum":"10.50"}`, "10.50",
			signing.Spec{Header: "X-Acme", Algorithm: "hmac-sha256", Signed: []string{"${json:order}:${json:sum}"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			scheme, err := signing.Compile(test.spec)
			if err != nil {
				t.Fatal(err)
			}
			secrets := []signing.Secret{signing.NewSecret([]byte(textSecret))}
			m := &signing.Message{Method: "POST", URL: "https://example.com/hook", Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(test.body)}
			if test.body[0] != '{' {
				m.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			}
			fields, err := scheme.Sign(m, secrets[0], now)
			if err != nil {
				t.Fatal(err)
			}
			signing.Apply(m.Header, fields)
			d := diagnosis.Detect(t.Context(), diagnosis.Unknown{Message: m, Providers: everybody(t), Secrets: secrets, Now: now}, "mine")
			if d.Scheme == "" {
				t.Fatalf("no scheme was found of %s", m.Body)
			}
			fsys := fstest.MapFS{"mine/provider.yaml": &fstest.MapFile{Data: []byte(d.Scheme)}}
			p, err := provider.NewRegistry(provider.Source{FS: fsys, Origin: provider.User, Path: "test"}).Load("mine")
			if err != nil {
				t.Fatalf("%v\n%s", err, d.Scheme)
			}
			if !p.Recognises(m) {
				t.Errorf("the provider does not recognise the request\n%s", d.Scheme)
			}
			v, err := p.Scheme().Verifier(secrets, -1)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := v.Verify(m, now); err != nil {
				t.Errorf("%v\n%s", err, d.Scheme)
			}
			m.Body = []byte(strings.Replace(string(m.Body), test.change, "x", 1))
			if _, err := v.Verify(m, now); err == nil {
				t.Errorf("with a changed body it is authentic\n%s", d.Scheme)
			}
		})
	}
}
