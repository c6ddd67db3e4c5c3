package provider

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/webhook"
)

func form(body string) *signing.Message {
	return &signing.Message{Method: "POST", URL: "https://example.com/hook", Body: []byte(body),
		Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}}
}

func post(body string) *signing.Message {
	return &signing.Message{Method: "POST", URL: "https://example.com/hook", Body: []byte(body), Header: http.Header{"Content-Type": {"application/json"}}}
}

func request(method, query string, header ...string) *signing.Message {
	m := &signing.Message{Method: method, URL: "https://example.com/hook?" + query, Header: http.Header{}}
	for i := 0; i+1 < len(header); i += 2 {
		m.Header.Set(header[i], header[i+1])
	}
	return m
}

// The first request of a provider, which carries no signature, is named by what
// it is, where only one of them sends such a request.
func TestUnsignedHandshakes(t *testing.T) {
	const challenge = `{"challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"}`
	for _, c := range []struct {
		name string
		m    *signing.Message
		want string
	}{
		{"Meta", request("GET", "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=meatyhamhock"), "meta"},
		{"Dropbox", request("GET", "challenge=abc"), "dropbox"},
		{"monday.com", post(challenge), "monday"},
		{"Notion", post(`{"verification_token":"secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl"}`), "notion"},
		{"WooCommerce", form("webhook_id=42"), "woocommerce"},
		{"Asana", request("POST", "", "X-Hook-Secret", "b537207f20cbfa02357cf448134da559e8bd39d61597dcd5631b8012eae53e81"), "asana"},
		{"CloudEvents", request("OPTIONS", "", "WebHook-Request-Origin", "eventemitter.example.com"), "cloudevents"},

		{"a HEAD, which several send", request("HEAD", ""), ""},
		{"a GET of a browser", request("GET", "", "Accept", "text/html"), ""},
		{"half of Meta's", request("GET", "hub.mode=subscribe"), ""},
		{"with more in the body", post(`{"challenge":"abc","event":{}}`), ""},
		{"Slack's, whose signature was taken off", post(`{"type":"url_verification","token":"a","challenge":"abc"}`), ""},
		{"a form with more", form("webhook_id=42&order=1"), ""},
		{"not JSON", post(`challenge=abc`), ""},
		{"too large", post(`{"challenge":"` + strings.Repeat("a", maxHandshake) + `"}`), ""},
		{"the token to a GET", request("GET", "verification_token=a"), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			judge := NewRegistry().Judge(JudgeOptions{Tolerance: -1, Keys: func(p *Provider) (Keys, error) {
				t.Errorf("a secret of %s was asked for", p.Name)
				return Keys{}, signing.ErrEmptySecret
			}}, func(err error) { t.Error(err) })
			v := judge.Judge(c.m, time.Now())
			if v.Verification.Status != webhook.Unverified || v.Verification.Reason != "" || v.Failure != nil {
				t.Errorf("verdict %+v", v.Verification)
			}
			got := ""
			if v.Handshake != nil {
				got = v.Provider.Name
				if !strings.HasPrefix(v.Verification.Detail, "a handshake of "+v.Provider.Title) {
					t.Errorf("detail %q", v.Verification.Detail)
				}
			}
			if got != c.want {
				t.Errorf("it is a handshake of %q, want %q", got, c.want)
			}
		})
	}
}

// Two providers that begin alike: nobody can tell whose it is.
func TestAmbiguousHandshake(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "twin", "provider.yaml"), "name: twin\nsignature: {header: X-Twin, algorithm: static}\nhandshake: [{method: GET, when: {query: challenge}}]\n")
	r := NewRegistry(Source{FS: os.DirFS(dir), Origin: User})
	if p, h := r.Handshake(request("GET", "challenge=abc")); p != nil || h != nil {
		t.Errorf("it is of %s", p.Name)
	}
	if _, h := r.Handshake(request("GET", "hub.mode=subscribe&hub.challenge=1&hub.verify_token=a")); h == nil {
		t.Error("another one is not known any more")
	}
}

// A method alone says nothing of whose a request is.
func TestGreetingByMethod(t *testing.T) {
	for _, text := range []string{"HEAD", "GET", "POST"} {
		if h := (&Handshake{Method: text}); h.greets(&reader{m: request(text, "")}) {
			t.Errorf("any %s is a greeting", text)
		}
	}
}

// Where it was said whose the deliveries are, nothing passes without a signature;
// that it is a handshake is told all the same.
func TestForcedHandshake(t *testing.T) {
	for _, m := range []*signing.Message{post(`{"challenge":"abc"}`), post(`{"event":{}}`)} {
		v := NewJudge([]*Provider{load(t, "monday")}, true, judgeOptions("k")).Judge(m, time.Now())
		if v.Verification.Status != webhook.NotAuthentic || v.Verification.Reason != webhook.ReasonMissing {
			t.Errorf("verdict %+v", v.Verification)
		}
		if want := strings.Contains(string(m.Body), "challenge"); want != (v.Handshake != nil) || want != strings.Contains(v.Verification.Detail, "handshake") {
			t.Errorf("%s: handshake %v, %q", m.Body, v.Handshake, v.Verification.Detail)
		}
	}
}

// A handshake that is signed is one only when its signature is right; a signature
// that is wrong never makes a delivery one that need not have any.
func TestSignedHandshakes(t *testing.T) {
	for name, body := range map[string]string{"slack": `{"type":"url_verification","challenge":"abc"}`, "zoom": `{"event":"endpoint.url_validation","payload":{"plainToken":"abc"},"event_ts":1}`} {
		p := load(t, name)
		m := post(body)
		fields, err := p.Scheme().Sign(m, signing.NewSecret([]byte("a secret of this provider")), vectorTime)
		if err != nil {
			t.Fatal(err)
		}
		signing.Apply(m.Header, fields)
		for secret, want := range map[string]webhook.Status{"a secret of this provider": webhook.Authentic, "another": webhook.NotAuthentic} {
			v := NewRegistry().Judge(judgeOptions(secret), nil).Judge(m, vectorTime)
			if v.Verification.Status != want || (v.Handshake != nil) != (want == webhook.Authentic) {
				t.Errorf("%s, %q: %+v, handshake %v", name, secret, v.Verification, v.Handshake)
			}
		}
	}
	unsigned := post(`{"event":"endpoint.url_validation","payload":{"plainToken":"abc"},"event_ts":1}`)
	unsigned.Header.Set("X-Zm-Request-Timestamp", "1741076100")
	for _, judge := range []*Judge{NewRegistry().Judge(judgeOptions("k"), nil), NewJudge([]*Provider{load(t, "zoom")}, true, judgeOptions("k"))} {
		if v := judge.Judge(unsigned, vectorTime); v.Verification.Reason != webhook.ReasonMissing || v.Handshake != nil {
			t.Errorf("without a signature: %+v, handshake %v", v.Verification, v.Handshake)
		}
	}
	m := request("POST", "", "X-Hook-Secret", "abc", "X-Hook-Signature", strings.Repeat("00", 32))
	if v := NewRegistry().Judge(judgeOptions("k"), nil).Judge(m, vectorTime); v.Verification.Status != webhook.NotAuthentic || v.Handshake != nil {
		t.Errorf("with a wrong signature: %+v, handshake %v", v.Verification, v.Handshake)
	}
}

func BenchmarkNoHandshake(b *testing.B) {
	r := NewRegistry()
	m := post(`{"id":"evt_1","event":"invoice.paid","created_at":"2025-03-04T08:15:00Z","data":{"amount":24500,"currency":"USD"}}`)
	m.Header.Set("X-Nobodys-Signature", "abc")
	judge := r.Judge(judgeOptions("k"), nil)
	judge.Judge(m, vectorTime)
	for b.Loop() {
		judge.Judge(m, vectorTime)
	}
}

// What was typed in beside the URL is compared where it is known.
func TestVerifyTokens(t *testing.T) {
	const query = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token="
	tokens := []signing.Secret{signing.NewSecret([]byte("meatyhamhock")), signing.NewSecret([]byte("a b&c"))}
	for _, c := range []struct {
		name, query string
		tokens      []signing.Secret
		noVerify    bool
		want        webhook.Status
		detail      string
	}{
		{"unknown", query + "x", nil, false, webhook.Unverified, "its verify token is compared with --verify-token"},
		{"the first", query + "meatyhamhock", tokens, false, webhook.Unverified, "its verify token is the right one"},
		{"the second", query + "a+b%26c", tokens, false, webhook.Unverified, "its verify token is the right one"},
		{"another", query + "meatyhamhoc", tokens, false, webhook.NotAuthentic, "another verify token"},
		{"in capitals", query + "MEATYHAMHOCK", tokens, false, webhook.NotAuthentic, "another verify token"},
		{"another, unchecked", query + "x", tokens, true, webhook.Unverified, ""},
		{"of a provider without one", "challenge=abc", tokens, false, webhook.Unverified, "not signed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			options := judgeOptions(replySecret)
			options.VerifyTokens, options.NoVerify, options.Greet = c.tokens, c.noVerify, true
			judges := []*Judge{NewRegistry().Judge(options, func(err error) { t.Error(err) })}
			if strings.HasPrefix(c.query, query) {
				judges = append(judges, NewJudge([]*Provider{load(t, "meta")}, true, options))
			}
			for _, judge := range judges {
				v := judge.Judge(request("GET", c.query), vectorTime)
				if v.Handshake == nil || v.Verification.Status != c.want || !strings.Contains(v.Verification.Detail, c.detail) {
					t.Errorf("verdict %+v, handshake %+v", v.Verification, v.Handshake)
				}
				if refused := c.want == webhook.NotAuthentic; refused != (v.Verification.Reason == webhook.ReasonMismatch) {
					t.Errorf("reason %q", v.Verification.Reason)
				}
			}
		})
	}
}
