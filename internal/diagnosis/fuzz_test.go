package diagnosis_test

import (
	"net/http"
	"testing"

	"github.com/whk-cli/whk/internal/diagnosis"
	"github.com/whk-cli/whk/internal/signing"
)

// Whatever a stranger sends, explaining and detecting end and leave the request
// as it is.
func FuzzExplain(f *testing.F) {
	f.Add("t=1741076100,v1=00ff", `{"a":1}`, "https://example.com/?a=%zz", "secret")
	f.Add("v1,AAAA v1,BBBB", "a=b", "", "whsec_AAAA")
	f.Add("Bearer a.b.c", "", "://", "\"x\"")
	f.Add("sha256=,sha1=;", "\xff\x00", "http://[::1]:99/a b", " ")
	f.Fuzz(func(t *testing.T, value, body, url, secret string) {
		if len(secret) == 0 || len(body) > 1<<12 || len(value) > 1<<10 {
			return
		}
		secrets := []signing.Secret{signing.NewSecret([]byte(secret))}
		for _, name := range []string{"plain", "paired", "standard", "located", "token"} {
			p := load(t, name)
			header := p.Scheme().Spec().Header
			m := &signing.Message{Method: "POST", URL: url, Header: http.Header{http.CanonicalHeaderKey(header): {value}, "X-Time": {unix}}, Body: []byte(body)}
			diagnosis.Explain(t.Context(), diagnosis.Case{Provider: p, Message: m, Secrets: secrets, Now: now, Failure: signing.ErrMismatch, Reveal: true})
			if name == "plain" {
				diagnosis.Detect(t.Context(), diagnosis.Unknown{Message: m, Secrets: secrets, Now: now}, "mine")
			}
			if string(m.Body) != body {
				t.Fatal("the body was changed")
			}
		}
	})
}
