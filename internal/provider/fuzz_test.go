package provider

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/webhook"
)

// FuzzParse states that a provider.yaml, which may come with a stranger's project,
// is refused with its line or makes a provider that can judge.
func FuzzParse(f *testing.F) {
	f.Add("name: x\nsignature: {header: X-Sig, algorithm: hmac-sha256}\n")
	f.Add("name: x\nextends: x\nvariants: {a: {signature: {header: Y}}}\n")
	f.Add("name: x\nsignature: {header: X, grammar: pairs, signed: ['${timestamp}', '${body}'], timestamp: {from: 'pair:t'}}\nhandshake: [{method: GET, when: {query: a}, body: '${query:a}'}]\n")
	f.Add("name: x\ndelivery: {attempts: 4, backoff: {first: 1s, factor: 2}, on: {409: {every: 5s}}}\n")
	f.Add("a: &a [*a]\n")
	r := NewRegistry()
	for _, name := range r.Names()[:20] {
		src, err := load(f, name).File(providerFile)
		if err != nil {
			f.Fatal(err)
		}
		f.Add("name: x\n" + string(src))
	}
	f.Fuzz(func(t *testing.T, src string) {
		files := folder{fsys: fstest.MapFS{providerFile: {Data: []byte(src)}}, name: "x", path: "x"}
		p, err := parse(files, nil, true)
		if err != nil {
			if wrong, ok := errors.AsType[*FileError](err); !ok || wrong.File != "x/"+providerFile || wrong.Line < 0 || wrong.Msg == "" {
				t.Errorf("%T %v", err, err)
			}
			return
		}
		j := NewJudge([]*Provider{p}, true, JudgeOptions{Tolerance: -1, Keys: func(*Provider) (Keys, error) {
			return Keys{Secrets: []signing.Secret{signing.NewSecret([]byte("a-secret-of-twenty-four-bytes"))}}, nil
		}})
		m := post(`{"id":"1"}`)
		v := j.Judge(m, time.Unix(1_700_000_000, 0))
		if v.Verification.Status == webhook.Authentic {
			t.Errorf("a request without a signature is authentic")
		}
		_, _ = j.Reply(&v, m) // an error says why there is none
	})
}

// FuzzHandshake states that no request makes an answer that is a page, or holds
// much of what a stranger sent, or ends its header.
func FuzzHandshake(f *testing.F) {
	f.Add("GET", "hub.mode=subscribe&hub.challenge=1&hub.verify_token=a", "X-A", "b", "application/json", []byte("{}"))
	f.Add("GET", "challenge=%3Cscript%3E", "X-A", "b", "", []byte(""))
	f.Add("POST", "", "X-Hook-Secret", "a\r\nb", "application/json", []byte(`{"challenge":"<b>","type":"url_verification"}`))
	f.Add("POST", "validationToken=x%0d%0a", "X-A", "", "text/plain", []byte(`{"verification_token":"a"}`))
	f.Add("GET", "challenge="+strings.Repeat("a", 2*maxEcho), "X-A", "", "", []byte(""))
	f.Add("OPTIONS", "", "WebHook-Request-Origin", "a\r\nb", "", []byte(""))
	f.Add("POST", "", "X-A", "", "application/x-www-form-urlencoded", []byte("webhook_id=42"))
	r := NewRegistry()
	j := r.Judge(JudgeOptions{Tolerance: -1, Greet: true, Keys: func(*Provider) (Keys, error) {
		return Keys{Secrets: []signing.Secret{signing.NewSecret([]byte("a-secret-of-twenty-four-bytes"))}}, nil
	}}, nil)
	f.Fuzz(func(t *testing.T, method, query, name, value, kind string, body []byte) {
		m := request(method, query, name, value, "Content-Type", kind)
		m.Body = body
		v := j.Judge(m, time.Unix(1_700_000_000, 0))
		if v.Verification.Status == webhook.Authentic {
			t.Fatalf("authentic: %+v", v)
		}
		reply, err := j.Reply(&v, m)
		if err != nil || reply == nil || v.Handshake == nil {
			return
		}
		if len(reply.Body) > maxEcho {
			t.Errorf("it answers %d bytes", len(reply.Body))
		}
		header := reply.Header.HTTP()
		if got := http.Header(header).Get("X-Content-Type-Options"); len(reply.Body) > 0 && got != "nosniff" {
			t.Errorf("%+v", reply)
		}
		for _, field := range reply.Header {
			if !webhook.IsToken(field.Name) || !printableField(field.Value) {
				t.Errorf("header %q", field)
			}
		}
	})
}

func printableField(value string) bool {
	for i := range len(value) {
		if value[i] < ' ' && value[i] != '\t' || value[i] == 0x7f {
			return false
		}
	}
	return true
}
