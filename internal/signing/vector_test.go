package signing

import (
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"
)

// vector is a published example: somebody else computed its signature.
type vector struct {
	name, source string
	spec         Spec
	secret       string
	private      string // signs to the very same value; "" where it is not published
	url          string
	header       map[string]string
	body         string
	at           time.Time
	headerName   string // that carries the signature; "" is in the body
	bodyUnsigned bool
}

func unhex(text string) string {
	raw, err := hex.DecodeString(text)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

func raw64(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(unhex(text))) }

const (
	rfc7515Public = `{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}`
	itemBody      = `{"live":"false","notificationItems":[{"NotificationRequestItem":{"additionalData":{"hmacSignature":"coqCmt/IZ4E3CzPvMY8zTjQVL5hYJUiBRg8UU+iCWo0="},"amount":{"value":1130,"currency":"EUR"},"pspReference":"7914073381342284","eventCode":"AUTHORISATION","eventDate":"2019-05-06T17:15:34.121+02:00","merchantAccountCode":"TestMerchant","operations":["CANCEL"],"merchantReference":"TestPayment-1407325143704","paymentMethod":"visa","success":"true"}}]}`
)

func vectors() []vector {
	ed25519 := Spec{Header: "X-Sig", Algorithm: "ed25519", Key: "hex"}
	boxed := Spec{PerKey: []string{"Sig-Primary", "Sig-Secondary"}, Algorithm: "hmac-sha256", Encoding: "base64",
		Signed: []string{"${body}${timestamp}"}, Timestamp: &ClockSpec{From: "header:Delivery-Timestamp", Unit: "rfc3339"}}
	boxedBody := `{"type":"webhook_event","webhook":{"id":"1234567890"},"trigger":"FILE.UPLOADED","source":{"id":"1234567890","type":"file","name":"Test.txt"}}`
	boxedAt, _ := time.Parse(time.RFC3339, "2020-01-01T00:00:00-07:00")
	formSpec := Spec{Header: "X-Sig", Algorithm: "hmac-sha1", Encoding: "base64", Signed: []string{"${url}${form:sorted}"}}
	jsonSpec := Spec{Header: "X-Sig", Algorithm: "hmac-sha1", Encoding: "base64", Signed: []string{"${url}"}, Guards: []Guard{{Query: "bodySHA256", Is: "${body:sha256}"}}}
	p256 := Spec{Header: "X-Sig", Algorithm: "ecdsa-p256-raw", Key: "jwk", Encoding: "base64url"}
	rfc6979 := `{"kty":"EC","crv":"P-256","x":"` + raw64("60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6") +
		`","y":"` + raw64("7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299") + `"}`
	return []vector{
		{name: "body, sha256= and hex", source: "https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries",
			spec: Spec{Header: "X-Hub-Signature-256", Prefix: "sha256=", Algorithm: "hmac-sha256"}, secret: "It's a Secret to Everybody", private: "It's a Secret to Everybody",
			header: map[string]string{"X-Hub-Signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"}, body: "Hello, World!", headerName: "X-Hub-Signature-256"},
		{name: "time and body, v0=", source: "https://docs.slack.dev/authentication/verifying-requests-from-slack",
			spec:   Spec{Header: "X-Slack-Signature", Prefix: "v0=", Algorithm: "hmac-sha256", Signed: []string{"v0:${timestamp}:${body}"}, Timestamp: &ClockSpec{From: "header:X-Slack-Request-Timestamp"}},
			secret: "8f742231b10e8888abcd99yyyzzz85a5", private: "8f742231b10e8888abcd99yyyzzz85a5", at: time.Unix(1531420618, 0), headerName: "X-Slack-Signature",
			header: map[string]string{"X-Slack-Request-Timestamp": "1531420618", "X-Slack-Signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"},
			body:   "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"},
		{name: "URL and sorted form", source: "https://github.com/twilio/twilio-python/blob/main/tests/unit/test_request_validator.py",
			spec: formSpec, secret: "12345", private: "12345", url: "https://mycompany.com/myapp.php?foo=1&bar=2", headerName: "X-Sig",
			header: map[string]string{"X-Sig": "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "Content-Type": "application/x-www-form-urlencoded"},
			body:   "CallSid=CA1234567890ABCDE&Digits=1234&From=%2B14158675309&To=%2B18005551212&Caller=%2B14158675309"},
		{name: "URL with the body's hash", source: "https://github.com/twilio/twilio-python/blob/main/tests/unit/test_request_validator.py",
			spec: jsonSpec, secret: "12345", private: "12345", headerName: "X-Sig",
			url:    "https://mycompany.com/myapp.php?foo=1&bar=2&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620",
			header: map[string]string{"X-Sig": "a9nBmqA0ju/hNViExpshrM61xv4=", "Content-Type": "application/json"}, body: `{"property": "value", "boolean": true}`},
		{name: "secret in the hash", source: "https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests",
			spec: Spec{Header: "X-Sig", Algorithm: "sha256", Signed: []string{"${secret}${body}"}}, secret: "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy", private: "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy",
			header: map[string]string{"X-Sig": "232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de"}, headerName: "X-Sig",
			body: `[{"eventId":1,"subscriptionId":12345,"portalId":62515,"occurredAt":1564113600000,"subscriptionType":"contact.creation","attemptNumber":0,"objectId":123,"changeSource":"CRM","changeFlag":"NEW","appId":54321}]`},
		{name: "one header a key, the first", source: "https://github.com/box/box-python-sdk/blob/main/test/unit/object/test_webhook.py",
			spec: boxed, secret: "SamplePrimaryKey", private: "SamplePrimaryKey", at: boxedAt, body: boxedBody, headerName: "Sig-Primary",
			header: map[string]string{"Delivery-Timestamp": "2020-01-01T00:00:00-07:00", "Sig-Primary": "6TfeAW3A1PASkgboxxA5yqHNKOwFyMWuEXny/FPD5hI="}},
		{name: "one header a key, the second", source: "https://github.com/box/box-python-sdk/blob/main/test/unit/object/test_webhook.py",
			spec: boxed, secret: "SampleSecondaryKey", at: boxedAt, body: boxedBody, headerName: "Sig-Secondary",
			header: map[string]string{"Delivery-Timestamp": "2020-01-01T00:00:00-07:00", "Sig-Secondary": "v+1CD1Jdo3muIcbpv5lxxgPglOqMfsNHPV899xWYydo="}},
		{name: "each item of an array", source: "https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures",
			spec: Spec{From: "json:NotificationRequestItem.additionalData.hmacSignature", Each: "notificationItems", Algorithm: "hmac-sha256", Key: "hex", Encoding: "base64", Signed: []string{
				"${json:NotificationRequestItem.pspReference}:${json:NotificationRequestItem.originalReference}:${json:NotificationRequestItem.merchantAccountCode}:${json:NotificationRequestItem.merchantReference}:" +
					"${json:NotificationRequestItem.amount.value}:${json:NotificationRequestItem.amount.currency}:${json:NotificationRequestItem.eventCode}:${json:NotificationRequestItem.success}"}},
			secret: "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056", private: "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056", body: itemBody, bodyUnsigned: true},
		{name: "Ed25519, one byte", source: "https://www.rfc-editor.org/rfc/rfc8032#section-7.1 (TEST 2)",
			spec: ed25519, secret: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", headerName: "X-Sig",
			private: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
			header:  map[string]string{"X-Sig": "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"}, body: unhex("72")},
		{name: "Ed25519, two bytes", source: "https://www.rfc-editor.org/rfc/rfc8032#section-7.1 (TEST 3)",
			spec: ed25519, secret: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", headerName: "X-Sig",
			private: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
			header:  map[string]string{"X-Sig": "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"}, body: unhex("af82")},
		{name: "ECDSA P-256, r and s", source: "https://www.rfc-editor.org/rfc/rfc6979#appendix-A.2.5",
			spec: p256, secret: rfc6979, headerName: "X-Sig", body: "sample",
			private: strings.TrimSuffix(rfc6979, "}") + `,"d":"` + raw64("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721") + `"}`,
			header:  map[string]string{"X-Sig": raw64("efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8")}},
		{name: "ECDSA P-256, ASN.1", source: "https://github.com/sendgrid/sendgrid-nodejs/blob/main/packages/eventwebhook/src/eventwebhook.spec.js",
			spec:   Spec{Header: "X-Sig", Algorithm: "ecdsa-p256", Key: "spki", Encoding: "base64", Signed: []string{"${timestamp}${body}"}, Timestamp: &ClockSpec{From: "header:X-Time", Past: "none"}},
			secret: "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==", headerName: "X-Sig",
			header: map[string]string{"X-Time": "1600112502", "X-Sig": "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM="},
			body:   `[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address","sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA","sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0","smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]` + "\r\n"},
		{name: "JWT ES256", source: "https://www.rfc-editor.org/rfc/rfc7515#appendix-A.3",
			spec:   Spec{Header: "X-Token", Algorithm: "jwt-es256", Key: "jwk", Claims: &ClaimsSpec{Alone: true}},
			secret: rfc7515Public, headerName: "X-Token", at: time.Unix(1300819380, 0), bodyUnsigned: true,
			header: map[string]string{"X-Token": "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"}},
	}
}

func (v vector) message() *Message {
	m := &Message{Method: "POST", URL: v.url, Header: http.Header{}, Body: []byte(v.body)}
	for name, value := range v.header {
		m.Header.Set(name, value)
	}
	return m
}

// Published examples are authentic, their signing keys make the same signature,
// and their nearest neighbours are refused.
func TestVectors(t *testing.T) {
	for _, c := range vectors() {
		t.Run(c.name, func(t *testing.T) {
			s := compile(t, c.spec)
			v := verifier(t, s, c.secret)
			m := c.message()
			if _, err := v.Verify(m, c.at); err != nil {
				t.Fatalf("%s: %+v", c.source, err)
			}
			refused := func(what string, change func(*Message)) {
				t.Helper()
				m := c.message()
				change(m)
				if _, err := v.Verify(m, c.at); err == nil {
					t.Errorf("authentic with %s changed", what)
				} else if AsError(err) == nil {
					t.Errorf("%s changed: no reason: %v", what, err)
				}
			}
			if !c.bodyUnsigned {
				for i := range m.Body {
					refused("the body", func(m *Message) { m.Body[i] ^= 1 })
				}
				refused("the body's length", func(m *Message) { m.Body = append(m.Body, '\n') })
			}
			if c.url != "" {
				refused("the URL", func(m *Message) { m.URL += "x" })
			}
			if at := s.clock.from; s.clock.signed && at.kind == sourceHeader {
				refused("the time", func(m *Message) {
					value := m.Header.Get(at.name)
					m.Header.Set(at.name, strings.Replace(value, "0", "1", 1))
				})
			}
			if c.headerName != "" {
				value := m.Header.Get(c.headerName)
				for i := range value {
					refused("the signature", func(m *Message) { m.Header.Set(c.headerName, value[:i]+string(value[i]^1)+value[i+1:]) })
				}
				refused("the signature's length", func(m *Message) { m.Header.Set(c.headerName, value[:len(value)-1]) })
			}
			last := len(c.secret) - 1
			if s.KeyPair() {
				last = len(c.secret) - 10
			}
			other, err := s.Verifier([]Secret{secret(c.secret[:last] + string(c.secret[last]^3) + c.secret[last+1:])}, -1)
			if err == nil {
				if _, err = other.Verify(m, c.at); err == nil {
					t.Error("authentic under another secret")
				}
			}
			c.signs(t, s)
		})
	}
}

// signs holds signing against the example, where its signing key is published.
func (c vector) signs(t *testing.T, s *Scheme) {
	t.Helper()
	if c.private == "" {
		return
	}
	m := c.message()
	m.Header.Del(c.headerName)
	fields, err := s.Sign(m, secret(c.private), c.at.In(time.FixedZone("", -7*60*60)))
	if err != nil {
		t.Fatal(err)
	}
	if c.headerName == "" {
		if string(m.Body) != c.body {
			t.Errorf("signed %s", m.Body)
		}
		return
	}
	if s.clock.unit == "rfc3339" {
		return // one time has several texts
	}
	Apply(m.Header, fields)
	if got := m.Header.Get(c.headerName); got != c.header[c.headerName] {
		t.Errorf("signed %s, the example is %s", got, c.header[c.headerName])
	}
}
