package oracle

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	paddle "github.com/PaddleHQ/paddle-go-sdk/v4"
	pagerduty "github.com/PagerDuty/go-pagerduty/webhookv3"
	"github.com/google/go-github/v89/github"
	line "github.com/line/line-bot-sdk-go/v8/linebot/webhook"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	razorpay "github.com/razorpay/razorpay-go/utils"
	"github.com/resend/resend-go/v3"
	"github.com/slack-go/slack"
	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"
	stripe "github.com/stripe/stripe-go/v86/webhook"
	svix "github.com/svix/svix-webhooks/go"
)

// errRefused is the no of a library that gives no reason.
var errRefused = errors.New("refused")

func accepted(ok bool, err error) error {
	if err == nil && !ok {
		err = errRefused
	}
	return err
}

func schemes() []scheme {
	return []scheme{
		bodyMAC("saas", "X-Webhook-Signature", "", builtIn("saas")),
		bodyMAC("machnet", "X-Raas-Webhook-Signature", "", builtIn("machnet")),
		bodyMAC("machnet raas", "X-Raas-Webhook-Signature", "", builtIn("machnet", "raas")),
		prefixed(), paired(), versioned(), based(), dutiful(), colons(), resent(), rupees(),
		listed("standard-webhooks", "Webhook"), unwrapped(),
		listed("gitlab-signing", "Webhook"), listed("cloudevents", "Webhook"),
		hooked("svix"), hooked("clerk"),
	}
}

// request is the message as it would reach a server.
func (m message) request() *http.Request {
	return &http.Request{Method: http.MethodPost, Header: m.header, Body: io.NopCloser(bytes.NewReader(m.body))}
}

// prefixed is GitHub's; go-github only verifies.
func prefixed() scheme {
	s := bodyMAC("github", "X-Hub-Signature-256", "sha256=", builtIn("github"))
	s.check = func(m message) error {
		return github.ValidateSignature(m.header.Get("X-Hub-Signature-256"), m.body, []byte(m.secret))
	}
	return s
}

// listed is Standard Webhooks: base64 keys, a list of signatures, a signed ID.
// The same library is told of the headers' older names.
func listed(name, prefix string) scheme {
	id, clock, header := prefix+"-Id", prefix+"-Timestamp", prefix+"-Signature"
	s := scheme{
		name: name, timed: true, at: clock, whk: builtIn(name),
		key: func(b []byte) string { return "whsec_" + base64.StdEncoding.EncodeToString(b) },
		sign: func(m message) error {
			hook, err := standard.NewWebhook(m.secret)
			if err != nil {
				return err
			}
			signature, err := hook.Sign(m.id, m.at, m.body)
			m.header.Set(id, m.id)
			m.header.Set(clock, strconv.FormatInt(m.at.Unix(), 10))
			m.header.Set(header, signature)
			return err
		},
		check: func(m message) error {
			hook, err := standard.NewWebhook(m.secret)
			if err != nil {
				return err
			}
			named := http.Header{}
			named.Set("Webhook-Id", m.header.Get(id))
			named.Set("Webhook-Timestamp", m.header.Get(clock))
			named.Set("Webhook-Signature", m.header.Get(header))
			return hook.Verify(m.body, named)
		},
	}
	s.split, s.put = base64After(header, "v1,")
	return s
}

// hooked is signed and verified by Svix's own library.
func hooked(name string) scheme {
	s := listed(name, "Svix")
	s.sign = func(m message) error {
		hook, err := svix.NewWebhook(m.secret)
		if err != nil {
			return err
		}
		signature, err := hook.Sign(m.id, m.at, m.body)
		m.header.Set("Svix-Id", m.id)
		m.header.Set("Svix-Timestamp", strconv.FormatInt(m.at.Unix(), 10))
		m.header.Set("Svix-Signature", signature)
		return err
	}
	s.check = func(m message) error {
		hook, err := svix.NewWebhook(m.secret)
		if err != nil {
			return err
		}
		return hook.Verify(m.body, m.header)
	}
	return s
}

// unwrapped is OpenAI's, whose library only verifies.
func unwrapped() scheme {
	s := listed("openai", "Webhook")
	s.check = func(m message) error {
		client := openai.NewClient(option.WithAPIKey("none"), option.WithWebhookSecret(m.secret))
		return client.Webhooks.VerifySignature(m.body, m.header)
	}
	return s
}

// rupees is Razorpay's; its library only verifies.
func rupees() scheme {
	s := bodyMAC("razorpay", "X-Razorpay-Signature", "", builtIn("razorpay"))
	s.check = func(m message) error {
		return accepted(razorpay.VerifyWebhookSignature(string(m.body), m.header.Get("X-Razorpay-Signature"), m.secret), nil)
	}
	return s
}

// resent is Resend's, whose library verifies on its own.
func resent() scheme {
	s := listed("resend", "Svix")
	s.full = true
	client := resend.NewClient("re_none")
	s.check = func(m message) error {
		return client.Webhooks.Verify(&resend.VerifyWebhookOptions{
			Payload: string(m.body), WebhookSecret: m.secret,
			Headers: resend.WebhookHeaders{
				Id: m.header.Get("Svix-Id"), Timestamp: m.header.Get("Svix-Timestamp"), Signature: m.header.Get("Svix-Signature"),
			},
		})
	}
	return s
}

// paired is Stripe's: time and signatures as pairs in one header.
func paired() scheme {
	s := scheme{
		name: "stripe", timed: true, whk: builtIn("stripe"),
		key: func(b []byte) string { return "whsec_" + hex.EncodeToString(b) },
		sign: func(m message) error {
			made := stripe.GenerateTestSignedPayload(&stripe.UnsignedPayload{Payload: m.body, Secret: m.secret, Timestamp: m.at})
			m.header.Set("Stripe-Signature", made.Header)
			return nil
		},
		check: func(m message) error {
			return stripe.ValidatePayload(m.body, m.header.Get("Stripe-Signature"), m.secret)
		},
	}
	s.split, s.put = hexAfter("Stripe-Signature", "v1=")
	return s
}

// versioned is Slack's: a version before the signature and in what is signed.
// slack-go only verifies; its documentation says how to sign.
// https://docs.slack.dev/authentication/verifying-requests-from-slack
func versioned() scheme {
	const header, clock = "X-Slack-Signature", "X-Slack-Request-Timestamp"
	s := scheme{
		name: "slack", timed: true, at: clock, key: plainKey, whk: builtIn("slack"),
		sign: func(m message) error {
			at := strconv.FormatInt(m.at.Unix(), 10)
			m.header.Set(clock, at)
			m.header.Set(header, "v0="+hex.EncodeToString(mac(m.secret, "v0:", at, ":", string(m.body))))
			return nil
		},
		check: func(m message) error {
			v, err := slack.NewSecretsVerifier(m.header, m.secret)
			if err != nil {
				return err
			}
			if _, err := v.Write(m.body); err != nil {
				return err
			}
			return v.Ensure()
		},
	}
	s.split, s.put = hexAfter(header, "v0=")
	return s
}

// based is LINE's: the body's MAC in base64. Its library only verifies.
// https://developers.line.biz/en/docs/messaging-api/verify-webhook-signature/
func based() scheme {
	const header = "X-Line-Signature"
	s := scheme{
		name: "line", key: plainKey, whk: builtIn("line"),
		sign: func(m message) error {
			m.header.Set(header, base64.StdEncoding.EncodeToString(mac(m.secret, string(m.body))))
			return nil
		},
		check: func(m message) error {
			return accepted(line.ValidateSignature(m.secret, m.header.Get(header), m.body), nil)
		},
	}
	s.split, s.put = base64After(header, "")
	return s
}

// dutiful is PagerDuty's: a version before each signature of a list. Its library
// only verifies.
// https://developer.pagerduty.com/docs/verifying-webhook-signatures
func dutiful() scheme {
	s := bodyMAC("pagerduty", "X-Pagerduty-Signature", "v1=", builtIn("pagerduty"))
	s.full = true
	s.check = func(m message) error { return pagerduty.VerifySignature(m.request(), m.secret) }
	return s
}

// colons is Paddle's: pairs with a semicolon, a colon in what is signed, and
// seconds of tolerance. Its library only verifies.
// https://developer.paddle.com/webhooks/signature-verification
func colons() scheme {
	const header = "Paddle-Signature"
	s := scheme{
		name: "paddle", timed: true, whk: builtIn("paddle"),
		key: func(b []byte) string { return "pdl_ntfset_" + hex.EncodeToString(b) },
		sign: func(m message) error {
			at := strconv.FormatInt(m.at.Unix(), 10)
			m.header.Set(header, "ts="+at+";h1="+hex.EncodeToString(mac(m.secret, at, ":", string(m.body))))
			return nil
		},
		check: func(m message) error {
			verifier := paddle.NewWebhookVerifier(m.secret, paddle.VerifierWithTimestampTolerance(5*time.Minute))
			return accepted(verifier.Verify(m.request()))
		},
	}
	s.split, s.put = hexAfter(header, "h1=")
	return s
}

// base64After is as hexAfter, in base64.
func base64After(header, prefix string) (func(http.Header) []byte, func(http.Header, []byte)) {
	return func(h http.Header) []byte {
			b, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(h.Get(header), prefix))
			return b
		}, func(h http.Header, sig []byte) {
			h.Set(header, prefix+base64.StdEncoding.EncodeToString(sig))
		}
}
