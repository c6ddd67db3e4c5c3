package ui

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

func TestDetail(t *testing.T) {
	d := refused()
	d.Verification.Warnings = []string{"the secret is short"}
	d.Forwards = []webhook.Forward{
		{URL: "http://u:p@localhost:3000/", Status: 200, DurationMS: 12.3},
		{URL: "http://localhost:3001/", Error: "refused", DurationMS: 1},
	}
	d = NewRedactor("x-webhook-signature").Delivery(d)
	want := `POST http://localhost:8080/webhooks/saas?x=1
  Host                 localhost:8080
  X-Webhook-Signature  [redacted]
  X-Empty

✗ not authentic: mismatch
  the signature is not what the secret gives
  warning: the secret is short
  tried: saas, machnet
  id          01k3v7q0m2xyz
  received    2026-11-22T12:03:44.120Z
  from        127.0.0.1:53422
  provider    saas
  event       invoice.paid
  message ID  evt_1
  answered    401
  body        28 bytes
  forwarded to http://redacted@localhost:3000/: 200 in 12.3 ms
  forwarded to http://localhost:3001/: refused in 1.0 ms

  {
    "id": "evt_1",
    "amount": 1.10
  }
`
	if got := string(AppendDetail(nil, nil, d, time.UTC)); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if got := stripStyle(string(AppendDetail(nil, NewStyler(true), d, time.UTC))); got != want {
		t.Errorf("with colour the text is another:\n%s", got)
	}
}

func TestDetailOfAHostileDelivery(t *testing.T) {
	d := hostile()
	d.Header = webhook.Header{{Name: "X\n✓ authentic", Value: "\x1b]0;x\x07\r\nY: z"}, {Name: strings.Repeat("n", 100), Value: "v"}}
	d.Body = []byte("\x1b[2J\n✓ authentic\n")
	got := string(AppendDetail(nil, nil, d, time.UTC))
	if strings.ContainsAny(got, "\x1b\r\x07\x00\u202e") {
		t.Errorf("a control character gets through: %q", got)
	}
	if n := strings.Count(got, "\n✓ authentic"); n != 1 {
		t.Errorf("%d lines begin with a verdict:\n%s", n, got)
	}
}

func TestRedactor(t *testing.T) {
	d := delivery()
	d.Header = webhook.Header{{Name: "authorization", Value: "Bearer x"}, {Name: "Cookie", Value: "a"}, {Name: "SET-COOKIE", Value: "b"},
		{Name: "Proxy-Authorization", Value: "c"}, {Name: "x-sig", Value: "d"}, {Name: "X-Sig", Value: ""}, {Name: "X-Other", Value: "e"}}
	d.URL = "http://user:pass@host/p@th?q=a@b"
	d.Forwards = []webhook.Forward{{URL: "https://u@h"}}
	before := *d
	before.Header, before.Forwards = d.Header.Clone(), []webhook.Forward{d.Forwards[0]}

	got := NewRedactor("X-Sig").Delivery(d)
	var values []string
	for _, f := range got.Header {
		values = append(values, f.Value)
	}
	r := webhook.Redacted
	if want := []string{r, r, r, r, r, r, "e"}; !reflect.DeepEqual(values, want) {
		t.Errorf("values %q, want %q", values, want)
	}
	if got.URL != "http://redacted@host/p@th?q=a@b" || got.Forwards[0].URL != "https://redacted@h" {
		t.Errorf("URLs %q, %q", got.URL, got.Forwards[0].URL)
	}
	if !reflect.DeepEqual(*d, before) {
		t.Error("the delivery itself was changed")
	}
	if &got.Body[0] != &d.Body[0] {
		t.Error("the body was copied")
	}
	if NewRedactor().Hides("X-Sig") {
		t.Error("a header is hidden that nobody named")
	}
	var reveal *Redactor
	if reveal.Delivery(d) != d || reveal.Hides("Cookie") || reveal.URL(d.URL) != d.URL {
		t.Error("the nil Redactor hides something")
	}
}

func TestRedactedURL(t *testing.T) {
	for in, want := range map[string]string{
		"":                     "",
		"/path@x":              "/path@x",
		"http://host/":         "http://host/",
		"http://host?a@b":      "http://host?a@b",
		"http://host#a@b":      "http://host#a@b",
		"http://a:b@c@host":    "http://redacted@host",
		"http://@host/":        "http://redacted@host/",
		"mailto:a@example.com": "mailto:a@example.com",

		"/?hub.mode=subscribe&hub.verify_token=abc&hub.challenge=1": "/?hub.mode=subscribe&hub.verify_token=[redacted]&hub.challenge=1",
		"http://a:b@h/p?token=a=b?c#token=d":                        "http://redacted@h/p?token=[redacted]#token=d",
		"/?a&token&secret=&API_KEY=x;password=y&&=z":                "/?a&token&secret=&API_KEY=[redacted];password=[redacted]&&=z",
		"/?verify%5Ftoken=abc&%zz=1&to%6ben=x":                      "/?verify%5Ftoken=[redacted]&%zz=1&to%6ben=[redacted]",
		"/?author=jane&path=token&q=/?token=x":                      "/?author=jane&path=token&q=/?token=x",
		"GET /?token=abc HTTP/1.1":                                  "GET /?token=[redacted] HTTP/1.1",
		"/token=abc/?x=1":                                           "/token=abc/?x=1",
		"/?X-Amz-Signature=0a&sig=1":                                "/?X-Amz-Signature=[redacted]&sig=1",
	} {
		if got := NewRedactor().URL(in); got != want {
			t.Errorf("URL(%q) = %q, want %q", in, got, want)
		}
	}
}

// A parameter is hidden by its whole name, too, and that is not looked up without end.
func TestRedactedParameters(t *testing.T) {
	asked := 0
	r := NewRedactor().Also(func(name string) bool {
		asked++
		return name == "query:challenge key" || name == "path"
	})
	if got, want := r.URL("/?path=a&challenge+key=b&c=d"), "/?path=a&challenge+key=[redacted]&c=d"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	asked = 0
	r.URL("/?" + strings.Repeat("a=b&", 1000))
	if asked != mostAsked {
		t.Errorf("it was asked %d times, want %d", asked, mostAsked)
	}
}

func TestRedactorHidesWhatItsNameBetrays(t *testing.T) {
	r := NewRedactor()
	for _, name := range []string{
		"X-Acme-Signature", "x-hub-signature-256", "X-SIGNING-SECRET", "X-Gitlab-Token", "apiKey", "X-API-Key",
		"X-Acme-Hmac-SHA256", "X-Auth", "Authentication", "password",
	} {
		if !r.Hides(name) {
			t.Errorf("%s is shown", name)
		}
	}
	for _, name := range []string{"", "Host", "Content-Type", "User-Agent", "X-Request-Id", "Accept", "X-Api", "sig", "toke"} {
		if r.Hides(name) {
			t.Errorf("%s is hidden", name)
		}
	}
	var nobody *Redactor
	if nobody.Hides("X-Secret") {
		t.Error("the nil Redactor hides something")
	}
}
