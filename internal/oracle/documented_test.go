package oracle

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/signing"
)

// documented is the receiver that a provider without a library of its own shows
// in its documentation, or the sender whose source is open: written after it, with
// nothing but the standard library, and knowing nothing of the built-in folder.
type documented struct {
	provider, source string
	header           string
	prefix           string // before the signature
	hash             func() hash.Hash
	text             func([]byte) string
	stamp            func(h http.Header, at time.Time) // sets what is signed besides the body
	signed           func(m *signing.Message) string   // nil is the body
}

func (d documented) signature(secret string, m *signing.Message) string {
	what := string(m.Body)
	if d.signed != nil {
		what = d.signed(m)
	}
	mac := hmac.New(d.hash, []byte(secret))
	mac.Write([]byte(what))
	return d.text(mac.Sum(nil))
}

// begins is what stands before the signature in its header.
func (d documented) begins(h http.Header) string {
	if d.prefix == pairOfTime {
		before, _, _ := strings.Cut(h.Get(d.header), ",")
		return before + ",v1="
	}
	return d.prefix
}

// pairOfTime is the prefix t=…,v1= with the time of the message.
const pairOfTime = "t,v1"

func (d documented) sign(secret string, m *signing.Message, at time.Time) {
	if d.stamp != nil {
		d.stamp(m.Header, at)
	}
	m.Header.Set(d.header, d.begins(m.Header)+d.signature(secret, m))
}

func (d documented) check(secret string, m *signing.Message) error {
	if !hmac.Equal([]byte(m.Header.Get(d.header)), []byte(d.begins(m.Header)+d.signature(secret, m))) {
		return errRefused
	}
	return nil
}

// stamps sets a header to the time in some form.
func stamps(header string, form func(time.Time) string) func(http.Header, time.Time) {
	return func(h http.Header, at time.Time) { h.Set(header, form(at)) }
}

func seconds(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }
func rfc3339(at time.Time) string { return at.UTC().Format(time.RFC3339) }
func httpDate(at time.Time) string {
	return at.UTC().Format(http.TimeFormat)
}

var documentations = []documented{
	{provider: "asana", source: "https://developers.asana.com/docs/webhooks-guide#security",
		header: "X-Hook-Signature", hash: sha256.New, text: hex.EncodeToString},
	{provider: "cal-com", source: "https://github.com/calcom/cal.com/blob/main/packages/features/webhooks/lib/sendPayload.ts",
		header: "X-Cal-Signature-256", hash: sha256.New, text: hex.EncodeToString},
	{provider: "calendly", source: "https://developer.calendly.com/api-docs/4c305798a61d3-webhook-signatures",
		header: "Calendly-Webhook-Signature", prefix: pairOfTime, hash: sha256.New, text: hex.EncodeToString,
		stamp: stamps("Calendly-Webhook-Signature", func(at time.Time) string { return "t=" + seconds(at) + "," }),
		signed: func(m *signing.Message) string {
			return betweenTime(m.Header.Get("Calendly-Webhook-Signature")) + "." + string(m.Body)
		}},
	{provider: "contentful", source: "https://github.com/contentful-labs/request-verification-examples/blob/main/go/main.go",
		header: "X-Contentful-Signature", hash: sha256.New, text: hex.EncodeToString,
		stamp: func(h http.Header, at time.Time) {
			h.Set("X-Contentful-Timestamp", strconv.FormatInt(at.UnixMilli(), 10))
			h.Set("X-Contentful-Signed-Headers", "x-contentful-signed-headers,x-contentful-timestamp,x-contentful-topic")
		}, signed: canonical4},
	{provider: "docusign", source: "https://developers.docusign.com/platform/webhooks/connect/validate/",
		header: "X-DocuSign-Signature-1", hash: sha256.New, text: base64.StdEncoding.EncodeToString},
	{provider: "dropbox", source: "https://www.dropbox.com/developers/reference/webhooks#notifications",
		header: "X-Dropbox-Signature", hash: sha256.New, text: hex.EncodeToString},
	{provider: "intercom", source: "https://developers.intercom.com/docs/webhooks/setting-up-webhooks#signed-notifications",
		header: "X-Hub-Signature", prefix: "sha1=", hash: sha1.New, text: hex.EncodeToString},
	{provider: "klaviyo", source: "https://developers.klaviyo.com/en/docs/working_with_system_webhooks",
		header: "Klaviyo-Signature", hash: sha256.New, text: hex.EncodeToString, stamp: stamps("Klaviyo-Timestamp", httpDate),
		signed: func(m *signing.Message) string { return string(m.Body) + m.Header.Get("Klaviyo-Timestamp") }},
	{provider: "lemon-squeezy", source: "https://docs.lemonsqueezy.com/help/webhooks/signing-requests",
		header: "X-Signature", hash: sha256.New, text: hex.EncodeToString},
	{provider: "meta", source: "https://developers.facebook.com/docs/graph-api/webhooks/getting-started#validate-payloads",
		header: "X-Hub-Signature-256", prefix: "sha256=", hash: sha256.New, text: hex.EncodeToString},
	{provider: "paystack", source: "https://paystack.com/docs/payments/webhooks/#signature-validation",
		header: "X-Paystack-Signature", hash: sha512.New, text: hex.EncodeToString},
	{provider: "sentry", source: "https://docs.sentry.io/organization/integrations/integration-platform/webhooks/#verifying-the-signature",
		header: "Sentry-Hook-Signature", hash: sha256.New, text: hex.EncodeToString},
	{provider: "trello", source: "https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/#webhook-signatures",
		header: "X-Trello-Webhook", hash: sha1.New, text: base64.StdEncoding.EncodeToString,
		signed: func(m *signing.Message) string { return string(m.Body) + m.URL }},
	{provider: "typeform", source: "https://www.typeform.com/developers/webhooks/secure-your-webhooks/",
		header: "Typeform-Signature", prefix: "sha256=", hash: sha256.New, text: base64.StdEncoding.EncodeToString},
	{provider: "vercel", source: "https://vercel.com/docs/webhooks/webhooks-api#securing-webhooks",
		header: "X-Vercel-Signature", hash: sha1.New, text: hex.EncodeToString},
	{provider: "woocommerce", source: "https://github.com/woocommerce/woocommerce/blob/trunk/plugins/woocommerce/includes/class-wc-webhook.php",
		header: "X-WC-Webhook-Signature", hash: sha256.New, text: base64.StdEncoding.EncodeToString},
	{provider: "xero", source: "https://developer.xero.com/documentation/guides/webhooks/configuring-your-server/",
		header: "X-Xero-Signature", hash: sha256.New, text: base64.StdEncoding.EncodeToString},
	{provider: "zendesk", source: "https://developer.zendesk.com/documentation/webhooks/verifying/",
		header: "X-Zendesk-Webhook-Signature", hash: sha256.New, text: base64.StdEncoding.EncodeToString,
		stamp: stamps("X-Zendesk-Webhook-Signature-Timestamp", rfc3339),
		signed: func(m *signing.Message) string {
			return m.Header.Get("X-Zendesk-Webhook-Signature-Timestamp") + string(m.Body)
		}},
	{provider: "zoom", source: "https://developers.zoom.us/docs/api/webhooks/#verify-webhook-events",
		header: "X-Zm-Signature", prefix: "v0=", hash: sha256.New, text: hex.EncodeToString, stamp: stamps("X-Zm-Request-Timestamp", seconds),
		signed: func(m *signing.Message) string {
			return "v0:" + m.Header.Get("X-Zm-Request-Timestamp") + ":" + string(m.Body)
		}},
}

func betweenTime(header string) string {
	before, _, _ := strings.Cut(header, ",")
	return strings.TrimPrefix(before, "t=")
}

// canonical4 is a request as Contentful signs it: method, target, the headers
// that it lists, and the body.
func canonical4(m *signing.Message) string {
	var headers []string
	for name := range strings.SplitSeq(m.Header.Get("X-Contentful-Signed-Headers"), ",") {
		headers = append(headers, name+":"+strings.TrimSpace(m.Header.Get(name)))
	}
	return m.Method + "\n" + strings.TrimPrefix(m.URL, "https://example.com") + "\n" + strings.Join(headers, ";") + "\n" + string(m.Body)
}

// Whichever signs, both take it, and both refuse what differs.
func TestDocumentations(t *testing.T) {
	for _, d := range documentations {
		t.Run(d.provider, func(t *testing.T) {
			scheme, random := builtIn(d.provider)(t), rand.New(rand.NewPCG(11, 22))
			ask := verdicts(func(secret string, m *signing.Message) (error, error) {
				return verified(scheme, secret, m), d.check(secret, m)
			})
			for round := range 30 {
				seed := bytesOf(random, 32)
				secret := plainKey(seed)
				m := &signing.Message{Method: http.MethodPost, URL: fmt.Sprintf("https://example.com/hooks/%d", round), Header: http.Header{}, Body: body(random, round)}
				m.Header.Set("X-Contentful-Topic", "ContentManagement.Entry.publish")
				if round%2 == 0 {
					signed(t, scheme, secret, m)
				} else {
					d.sign(secret, m, time.Now())
				}
				ask.told(t, "its own", secret, m, true)
				ask.told(t, "another secret", plainKey(flipped(random, seed)), m, false)
				ask.told(t, "a longer body", secret, with(m, func(m *signing.Message) { m.Body = append(m.Body, '\n') }), false)
				if len(m.Body) > 0 {
					ask.told(t, "another body", secret, with(m, func(m *signing.Message) { m.Body = flipped(random, m.Body) }), false)
				}
				ask.told(t, "another signature", secret, with(m, func(m *signing.Message) {
					m.Header.Set(d.header, otherDigit(m.Header.Get(d.header)))
				}), false)
				if d.stamp != nil {
					ask.told(t, "another time", secret, with(m, func(m *signing.Message) {
						value := m.Header.Get(d.header)
						d.stamp(m.Header, time.Now().Add(-7*time.Second))
						if d.prefix == pairOfTime {
							_, rest, _ := strings.Cut(value, ",")
							value = m.Header.Get(d.header) + rest
						}
						m.Header.Set(d.header, value)
					}), false)
				}
			}
		})
	}
}

// otherDigit changes a signature in its middle, in a way that stays hex and
// base64.
func otherDigit(text string) string {
	at, digit := len(text)-12, byte('7')
	if text[at] == digit {
		digit = '3'
	}
	return text[:at] + string(digit) + text[at+1:]
}
