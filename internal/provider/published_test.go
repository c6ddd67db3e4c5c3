package provider

import (
	"net/http"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/signing"
)

// Examples that providers publish, judged by what their folders say: a rule that
// is stated wrongly signs and verifies itself, but not these.
func TestPublishedExamples(t *testing.T) {
	const slack = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar" +
		"&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands" +
		"%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
	const form = "application/x-www-form-urlencoded"
	for _, c := range []struct {
		source   string
		provider string
		secret   string
		at       int64
		url      string
		header   map[string]string
		body     string
		event    string
	}{
		{
			source: "https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation", provider: "github",
			secret: "It's a Secret to Everybody", body: "Hello, World!", event: "push",
			header: map[string]string{"X-GitHub-Event": "push", "X-Hub-Signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"},
		},
		{
			source: "https://docs.slack.dev/authentication/verifying-requests-from-slack", provider: "slack",
			secret: "8f742231b10e8888abcd99yyyzzz85a5", at: 1531420618, body: slack, event: "slash_command",
			header: map[string]string{"Content-Type": form, "X-Slack-Request-Timestamp": "1531420618",
				"X-Slack-Signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"},
		},
		{
			source: "https://www.twilio.com/docs/usage/security#validating-requests", provider: "twilio",
			secret: "12345", url: "https://mycompany.com/myapp.php?foo=1&bar=2",
			body:   "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212",
			header: map[string]string{"Content-Type": form, "X-Twilio-Signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="},
		},
		{
			source: "https://docs.svix.com/receiving/verifying-payloads/how-manual", provider: "svix",
			secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", at: 1614265330, body: `{"test": 2432232314}`,
			header: map[string]string{"svix-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "svix-timestamp": "1614265330",
				"svix-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
		},
		{
			source: "https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/go/webhook_test.go", provider: "standard-webhooks",
			secret: "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", at: 1614265330, body: `{"test": 2432232314}`,
			header: map[string]string{"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330",
				"webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
		},
	} {
		p, err := NewRegistry().Load(c.provider)
		if err != nil {
			t.Fatal(err)
		}
		m := &signing.Message{Method: "POST", URL: c.url, Header: http.Header{}, Body: []byte(c.body)}
		for name, value := range c.header {
			m.Header.Set(name, value)
		}
		verifier, err := p.Scheme().Verifier([]signing.Secret{signing.NewSecret([]byte(c.secret))}, -1)
		if err != nil {
			t.Fatalf("%s: %v", c.provider, err)
		}
		now := time.Unix(c.at, 0)
		if _, err := verifier.Verify(m, now); err != nil {
			t.Errorf("%s: %v", c.source, err)
		}
		if !p.Recognises(m) || p.EventOf(m) != c.event {
			t.Errorf("%s: recognised %v, event %q, want %q", c.source, p.Recognises(m), p.EventOf(m), c.event)
		}
		for i := range m.Body {
			m.Body[i] ^= 1
			if _, err := verifier.Verify(m, now); err == nil {
				t.Errorf("%s: authentic with bit 0 of byte %d changed", c.source, i)
			}
			m.Body[i] ^= 1
		}
	}
}
