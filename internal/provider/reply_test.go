package provider

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/webhook"
)

const replySecret = "a secret of this provider"

// signedBy signs m as a provider would.
func signedBy(t *testing.T, name string, m *signing.Message, header ...string) *signing.Message {
	t.Helper()
	for i := 0; i+1 < len(header); i += 2 {
		m.Header.Set(header[i], header[i+1])
	}
	fields, err := load(t, name).Scheme().Sign(m, signing.NewSecret([]byte(replySecret)), vectorTime)
	if err != nil {
		t.Fatal(err)
	}
	signing.Apply(m.Header, fields)
	return m
}

func proof(token string) string {
	mac := hmac.New(sha256.New, []byte(replySecret))
	mac.Write([]byte(token))
	return hex.EncodeToString(mac.Sum(nil))
}

// What the providers' documentation sends, and what it wants back.
func TestReplies(t *testing.T) {
	const json, plain = "application/json", "text/plain; charset=utf-8"
	for _, c := range []struct {
		name   string
		m      *signing.Message
		forced string // a provider that is known by its method alone
		status int
		kind   string
		body   string
		header webhook.Header
	}{
		{name: "meta", m: request("GET", "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=meatyhamhock"), kind: plain, body: "1158201444"},
		{name: "dropbox", m: request("GET", "challenge=abc123"), kind: "text/plain", body: "abc123"},
		{name: "monday", m: post(`{"challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"}`), kind: json, body: `{"challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"}`},
		{name: "notion", m: post(`{"verification_token":"secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl"}`)},
		{name: "woocommerce", m: form("webhook_id=42")},
		{name: "asana", m: request("POST", "", "X-Hook-Secret", "b537207f20cbfa02357cf448134da559e8bd39d61597dcd5631b8012eae53e81"),
			header: webhook.Header{{Name: "X-Hook-Secret", Value: "b537207f20cbfa02357cf448134da559e8bd39d61597dcd5631b8012eae53e81"}}},
		{name: "cloudevents", m: request("OPTIONS", "", "WebHook-Request-Origin", "eventemitter.example.com"),
			header: webhook.Header{{Name: "Webhook-Allowed-Origin", Value: "eventemitter.example.com"}, {Name: "Webhook-Allowed-Rate", Value: "*"}, {Name: "Allow", Value: "POST"}}},
		{name: "trello", forced: "trello", m: request("HEAD", "")},
		{name: "intercom", forced: "intercom", m: request("HEAD", "")},
		{name: "slack", m: signedBy(t, "slack", post(`{"token":"Jhj5dZrVaK7ZwHHjRyZWjbDl","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P","type":"url_verification"}`)),
			kind: plain, body: "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"},
		{name: "zoom", m: signedBy(t, "zoom", post(`{"payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"},"event_ts":1654503849680,"event":"endpoint.url_validation"}`)),
			kind: json, body: `{"plainToken":"qgg8vlvZRS6UYooatFL8Aw","encryptedToken":"` + proof("qgg8vlvZRS6UYooatFL8Aw") + `"}`},
		{name: "twitch", m: signedBy(t, "twitch", post(`{"challenge":"pogchamp-kappa-360noscope-vohiyo","subscription":{"type":"channel.follow"}}`),
			"Twitch-Eventsub-Message-Type", "webhook_callback_verification", "Twitch-Eventsub-Message-Id", "84c1e79a-2a4b-4c13-ba0b-4312293e9308"),
			kind: "text/plain", body: "pogchamp-kappa-360noscope-vohiyo"},
		{name: "xero", m: signedBy(t, "xero", post(`{"events":[],"lastEventSequence":0,"firstEventSequence":0,"entropy":"S0m3r4Nd0mt3xt"}`))},
	} {
		t.Run(c.name, func(t *testing.T) {
			judge := NewRegistry().Judge(judgeOptions(replySecret), func(err error) { t.Error(err) })
			if c.forced != "" {
				options := judgeOptions(replySecret)
				options.Greet = true
				judge = NewJudge([]*Provider{load(t, c.forced)}, true, options)
			}
			v := judge.Judge(c.m, vectorTime)
			if v.Handshake == nil || v.Provider.Name != c.name || v.Verification.Status == webhook.NotAuthentic {
				t.Fatalf("no handshake of %s: %+v", c.name, v.Verification)
			}
			got, err := judge.Reply(&v, c.m)
			if err != nil {
				t.Fatal(err)
			}
			want := &Reply{Status: 200, Header: c.header, Body: []byte(c.body)}
			if c.kind != "" {
				want.Header = append(webhook.Header{{Name: "Content-Type", Value: c.kind}, {Name: "X-Content-Type-Options", Value: "nosniff"}}, c.header...)
			}
			if got.Status != want.Status || !slices.Equal(got.Header, want.Header) || !bytes.Equal(got.Body, want.Body) {
				t.Errorf("got %d %v %s\nwant %d %v %s", got.Status, got.Header, got.Body, want.Status, want.Header, want.Body)
			}
		})
	}
}

// A key pair's provider: a PING is answered with a PONG, an unsigned one is not.
func TestPong(t *testing.T) {
	p := load(t, "discord")
	secret, public, err := p.Generate(strings.NewReader(strings.Repeat("k", 64)), 0)
	if err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string]Reply{
		`{"type":1,"token":"t"}`:              {Status: 200, Body: []byte(`{"type":1}`)},
		`{"type":0,"version":1,"event":null}`: {Status: 204, Body: nil},
	} {
		m := post(body)
		fields, err := p.Scheme().Sign(m, signing.NewSecret([]byte(secret)), vectorTime)
		if err != nil {
			t.Fatal(err)
		}
		signing.Apply(m.Header, fields)
		judge := NewJudge([]*Provider{p}, true, judgeOptions(public))
		v := judge.Judge(m, vectorTime)
		got, err := judge.Reply(&v, m)
		if err != nil || got == nil || got.Status != want.Status || !bytes.Equal(got.Body, want.Body) {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
		m.Body = append(m.Body, ' ')
		if v = judge.Judge(m, vectorTime); v.Verification.Status != webhook.NotAuthentic {
			t.Errorf("%s: changed, it is %s", body, v.Verification.Status)
		}
		if got, err := judge.Reply(&v, m); got != nil || err != nil {
			t.Errorf("%s: what is not authentic gets %+v, %v", body, got, err)
		}
	}
}

// Nobody can have the secret compute what it should not, or have more or other
// things come back than an answer may hold.
func TestHostileHandshakes(t *testing.T) {
	zoom := func(token string) *signing.Message {
		return signedBy(t, "zoom", post(`{"payload":{"plainToken":"`+token+`"},"event":"endpoint.url_validation","event_ts":1}`))
	}
	long := strings.Repeat("a", 1025)
	for name, c := range map[string]struct {
		m    *signing.Message
		want error
	}{
		"the longest token":           {zoom(strings.Repeat("a", 128)), nil},
		"a token that is too long":    {zoom(strings.Repeat("a", 129)), signing.ErrToken},
		"no token":                    {zoom(""), signing.ErrToken},
		"HTML as the token":           {zoom("<script>"), signing.ErrToken},
		"a message as the token":      {zoom("v0:1795320384:{}"), signing.ErrToken},
		"a line break in the token":   {zoom(`a\nb`), signing.ErrToken},
		"the largest echo":            {request("GET", "challenge="+long[:1024]), nil},
		"an echo that is too large":   {request("GET", "challenge="+long), ErrEcho},
		"HTML that comes back":        {request("GET", "challenge=%3Cscript%3E"), nil},
		"a header that is too large":  {request("POST", "", "X-Hook-Secret", long), ErrEcho},
		"bytes no header should hold": {request("POST", "", "X-Hook-Secret", "a\xffb"), ErrEcho},
	} {
		t.Run(name, func(t *testing.T) {
			judge := NewRegistry().Judge(judgeOptions(replySecret), nil)
			v := judge.Judge(c.m, vectorTime)
			got, err := judge.Reply(&v, c.m)
			if !errors.Is(err, c.want) || (err == nil) != (got != nil) {
				t.Errorf("%+v, %v", got, err)
			}
			if got == nil {
				return
			}
			if kind := got.Header.Get("Content-Type"); kind != "application/json" && !strings.HasPrefix(kind, "text/plain") || got.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("it comes back with %v", got.Header)
			}
		})
	}
	m := zoom("abc")
	m.Header.Set("x-zm-signature", "v0="+strings.Repeat("00", 32))
	judge := NewRegistry().Judge(judgeOptions(replySecret), nil)
	v := judge.Judge(m, vectorTime)
	if got, err := judge.Reply(&v, m); got != nil || err != nil {
		t.Errorf("a wrong signature gets %+v, %v", got, err)
	}
	// The last net, where a verdict and its handshake do not belong together.
	v.Verification.Status, v.Handshake = webhook.Unverified, v.Provider.Match(m)
	if got, err := judge.Reply(&v, m); got != nil || !errors.Is(err, ErrNotAuthentic) {
		t.Errorf("an unverified one gets %+v, %v", got, err)
	}
}

// Without checks, handshakes are answered for what they say, but for what the
// secret would have to compute.
func TestRepliesWithoutChecks(t *testing.T) {
	for body, want := range map[string]string{
		`{"type":"url_verification","challenge":"abc"}`: "abc",
		`{"type":"event_callback"}`:                     "",
	} {
		options := judgeOptions("")
		options.NoVerify = true
		judge := NewJudge([]*Provider{load(t, "slack")}, true, options)
		v := judge.Judge(post(body), vectorTime)
		if got, err := judge.Reply(&v, post(body)); err != nil || (got != nil) != (want != "") || got != nil && string(got.Body) != want {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
	}
	options := judgeOptions(replySecret)
	options.NoVerify = true
	judge := NewJudge([]*Provider{load(t, "zoom")}, true, options)
	m := post(`{"payload":{"plainToken":"abc"},"event":"endpoint.url_validation"}`)
	v := judge.Judge(m, vectorTime)
	if got, err := judge.Reply(&v, m); got != nil || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
}

// An event type may want more than an acknowledgement: the very bytes back.
func TestEventAnswers(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "own", "provider.yaml"), `name: own
recognise: {headers: [X-Own]}
signature: {header: X-Own, algorithm: hmac-sha256}
event: {type: json:type}
answers:
  - {event: "*.check", type: application/json, body: "${body}"}
  - event: "*.ask"
    status: 202
    json: {same: "${json:id}", n: 1, list: [true, null, "a ${json:id}"]}
`)
	r := NewRegistry(Source{FS: os.DirFS(dir), Origin: User})
	own, err := r.Load("own")
	if err != nil {
		t.Fatal(err)
	}
	large := `{"type":"order.check",  "text":"<b>` + strings.Repeat("x", 3<<10) + `"}`
	for body, want := range map[string]string{
		large:                             large,
		`{"type":"order.ask","id":"<7>"}`: `{"same":"\u003c7\u003e","n":1,"list":[true,null,"a \u003c7\u003e"]}`,
		`{"type":"order.paid"}`:           "",
	} {
		m := post(body)
		fields, err := own.Scheme().Sign(m, signing.NewSecret([]byte(replySecret)), vectorTime)
		if err != nil {
			t.Fatal(err)
		}
		signing.Apply(m.Header, fields)
		judge := r.Judge(judgeOptions(replySecret), nil)
		v := judge.Judge(m, vectorTime)
		got, err := judge.Reply(&v, m)
		if err != nil || v.Handshake != nil || (got != nil) != (want != "") || got != nil && string(got.Body) != want {
			t.Errorf("%.40s: %+v, %v", body, got, err)
		}
		m.Body[len(m.Body)-2]++
		if v := judge.Judge(m, vectorTime); v.Verification.Status != webhook.NotAuthentic {
			t.Errorf("%.40s: changed, it is %s", body, v.Verification.Status)
		} else if got, _ := judge.Reply(&v, m); got != nil {
			t.Errorf("%.40s: what is not authentic gets %+v", body, got)
		}
	}
}
