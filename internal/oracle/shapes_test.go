package oracle

import (
	"crypto/ecdsa"
	crand "crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/mailgun/mailgun-go/v4"
	"github.com/sendgrid/sendgrid-go/helpers/eventwebhook"
	twilio "github.com/twilio/twilio-go/client"

	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/signing"
)

// verdicts are what whk and an oracle say of one message.
type verdicts func(secret string, m *signing.Message) (whk, theirs error)

// told holds both against what is known of a message.
func (v verdicts) told(t *testing.T, what, secret string, m *signing.Message, want bool) {
	t.Helper()
	whk, theirs := v(secret, m)
	if (whk == nil) != want {
		t.Errorf("%s: whk says %v", what, whk)
	}
	if (theirs == nil) != want {
		t.Errorf("%s: the oracle says %v", what, theirs)
	}
}

func verified(s *signing.Scheme, secret string, m *signing.Message) error {
	v, err := s.Verifier([]signing.Secret{signing.NewSecret([]byte(secret))}, -1)
	if err != nil {
		return err
	}
	_, err = v.Verify(m, time.Now())
	return err
}

func signed(t *testing.T, s *signing.Scheme, secret string, m *signing.Message) {
	t.Helper()
	fields, err := s.Sign(m, signing.NewSecret([]byte(secret)), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	signing.Apply(m.Header, fields)
}

// with is a copy of m with something changed.
func with(m *signing.Message, change func(*signing.Message)) *signing.Message {
	other := *m
	other.Header, other.Body = m.Header.Clone(), append([]byte(nil), m.Body...)
	change(&other)
	return &other
}

// Twilio signs the URL and a form's fields in the order of their names, or a URL
// that holds the body's hash; the URL with its port or without.
func TestTwilio(t *testing.T) {
	const header = "X-Twilio-Signature"
	scheme, random := builtIn("twilio")(t), rand.New(rand.NewPCG(5, 8))
	ask := verdicts(func(secret string, m *signing.Message) (error, error) {
		validator := twilio.NewRequestValidator(secret)
		return verified(scheme, secret, m), accepted(validator.ValidateBody(m.URL, m.Body, m.Header.Get(header)), nil)
	})
	for round := range 60 {
		seed := bytesOf(random, 16)
		secret, target := plainKey(seed), fmt.Sprintf("https://example.com/hooks/%d?b=2&a=%%C3%%A9", round)
		m := &signing.Message{Method: http.MethodPost, URL: target, Header: http.Header{}}
		fields := url.Values{}
		if form := round%2 == 0; form {
			for i := range random.IntN(9) {
				fields.Set(fmt.Sprintf("F%c%d", 'a'+rune(random.IntN(26)), i), "é +&=%"+hex.EncodeToString(bytesOf(random, random.IntN(9))))
			}
			fields.Set("Z", "z")
			m.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			m.Body = []byte(fields.Encode())
		} else {
			m.Body = fmt.Appendf(nil, `{"n": %d}`, random.Uint64())
			m.Header.Set("Content-Type", "application/json")
			m.URL += "&bodySHA256=" + fmt.Sprintf("%x", sha256.Sum256(m.Body))
		}
		signed(t, scheme, secret, m)
		ask.told(t, "whk's own", secret, m, true)
		ask.told(t, "another secret", plainKey(flipped(random, seed)), m, false)
		ask.told(t, "another URL", secret, with(m, func(m *signing.Message) { m.URL += "&c=" }), false)
		ask.told(t, "the URL with a port", secret, with(m, func(m *signing.Message) {
			m.URL = fmt.Sprintf("https://example.com:%d%s", 443+random.IntN(2), m.URL[len("https://example.com"):])
		}), true)
		ask.told(t, "another host", secret, with(m, func(m *signing.Message) {
			m.URL = "https://example.org" + m.URL[len("https://example.com"):]
		}), false)
		ask.told(t, "another signature", secret, with(m, func(m *signing.Message) {
			raw, _ := base64.StdEncoding.DecodeString(m.Header.Get(header))
			m.Header.Set(header, base64.StdEncoding.EncodeToString(flipped(random, raw)))
		}), false)
		ask.told(t, "another body", secret, with(m, func(m *signing.Message) {
			if len(fields) == 0 {
				m.Body = append(m.Body, '\n')
				return
			}
			m.Body = append(m.Body, "&Added=1"...)
		}), false)
	}
}

// Mailgun signs a time and a token, in the body, and not what it says.
func TestMailgun(t *testing.T) {
	scheme, random := builtIn("mailgun")(t), rand.New(rand.NewPCG(6, 9))
	ask := verdicts(func(secret string, m *signing.Message) (error, error) {
		client := mailgun.NewMailgun("example.com", "none")
		client.SetWebhookSigningKey(secret)
		var payload mailgun.WebhookPayload
		if err := json.Unmarshal(m.Body, &payload); err != nil {
			t.Fatal(err)
		}
		return verified(scheme, secret, m), accepted(client.VerifyWebhookSignature(payload.Signature))
	})
	write := func(signature mailgun.Signature, event string) []byte {
		body, err := json.Marshal(map[string]any{"signature": signature, "event-data": map[string]any{"event": event}})
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
	for round := range 60 {
		seed := bytesOf(random, 16)
		secret := plainKey(seed)
		signature := mailgun.Signature{TimeStamp: strconv.FormatInt(time.Now().Unix(), 10), Token: hex.EncodeToString(bytesOf(random, 25))}
		m := &signing.Message{Method: http.MethodPost, Header: http.Header{}}
		if round%2 == 0 {
			m.Body = write(signature, "opened")
			signed(t, scheme, secret, m)
			var made mailgun.WebhookPayload
			if err := json.Unmarshal(m.Body, &made); err != nil {
				t.Fatal(err)
			}
			signature = made.Signature
		} else {
			// https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks
			signature.Signature = hex.EncodeToString(mac(secret, signature.TimeStamp, signature.Token))
			m.Body = write(signature, "opened")
		}
		ask.told(t, "its own", secret, m, true)
		ask.told(t, "another secret", plainKey(flipped(random, seed)), m, false)
		other := func(change func(*mailgun.Signature)) *signing.Message {
			changed := signature
			change(&changed)
			return &signing.Message{Method: m.Method, Header: m.Header, Body: write(changed, "opened")}
		}
		ask.told(t, "another token", secret, other(func(s *mailgun.Signature) { s.Token = hex.EncodeToString(bytesOf(random, 25)) }), false)
		ask.told(t, "another time", secret, other(func(s *mailgun.Signature) { s.TimeStamp = strconv.FormatInt(time.Now().Unix()-60, 10) }), false)
		ask.told(t, "another signature", secret, other(func(s *mailgun.Signature) {
			raw, _ := hex.DecodeString(s.Signature)
			s.Signature = hex.EncodeToString(flipped(random, raw))
		}), false)
	}
}

// SendGrid signs with a private key, and its users verify with the public one.
func TestSendGrid(t *testing.T) {
	p, err := provider.NewRegistry().Load("sendgrid")
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(7, 10))
	ask := verdicts(func(public string, m *signing.Message) (error, error) {
		key, err := eventwebhook.ConvertPublicKeyBase64ToECDSA(public)
		if err != nil {
			t.Fatal(err)
		}
		return verified(p.Scheme(), public, m), accepted(eventwebhook.VerifySignature(key, m.Body,
			m.Header.Get(eventwebhook.VerificationHTTPHeader), m.Header.Get(eventwebhook.TimestampHTTPHeader)))
	})
	_, stranger := pair(t, p)
	for round := range 40 {
		private, public := pair(t, p)
		m := &signing.Message{Method: http.MethodPost, Header: http.Header{}, Body: body(random, round)}
		if round%2 == 0 {
			signed(t, p.Scheme(), private, m)
		} else {
			signECDSA(t, private, m)
		}
		ask.told(t, "its own", public, m, true)
		ask.told(t, "another key", stranger, m, false)
		ask.told(t, "another body", public, with(m, func(m *signing.Message) { m.Body = append(m.Body, '\n') }), false)
		ask.told(t, "another time", public, with(m, func(m *signing.Message) {
			m.Header.Set(eventwebhook.TimestampHTTPHeader, strconv.FormatInt(time.Now().Unix()-60, 10))
		}), false)
		ask.told(t, "another signature", public, with(m, func(m *signing.Message) {
			raw, _ := base64.StdEncoding.DecodeString(m.Header.Get(eventwebhook.VerificationHTTPHeader))
			raw[len(raw)-1] ^= 1
			m.Header.Set(eventwebhook.VerificationHTTPHeader, base64.StdEncoding.EncodeToString(raw))
		}), false)
	}
}

func pair(t *testing.T, p *provider.Provider) (private, public string) {
	t.Helper()
	private, public, err := p.Generate(crand.Reader, 0)
	if err != nil {
		t.Fatal(err)
	}
	return private, public
}

// signECDSA signs as SendGrid does, without whk.
func signECDSA(t *testing.T, private string, m *signing.Message) {
	t.Helper()
	der, err := base64.StdEncoding.DecodeString(private)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		t.Fatal(err)
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok {
		t.Fatalf("a key of the kind %T", parsed)
	}
	at := strconv.FormatInt(time.Now().Unix(), 10)
	digest := sha256.Sum256(append([]byte(at), m.Body...))
	signature, err := ecdsa.SignASN1(crand.Reader, key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	m.Header.Set(eventwebhook.TimestampHTTPHeader, at)
	m.Header.Set(eventwebhook.VerificationHTTPHeader, base64.StdEncoding.EncodeToString(signature))
}
