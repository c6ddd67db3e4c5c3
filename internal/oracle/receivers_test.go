package oracle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	paddle "github.com/PaddleHQ/paddle-go-sdk/v4"
	"github.com/PaddleHQ/paddle-go-sdk/v4/pkg/paddlenotification"
	cloudevents "github.com/cloudevents/sdk-go/v2/protocol/http"
	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
	"github.com/google/go-github/v89/github"
	line "github.com/line/line-bot-sdk-go/v8/linebot/webhook"
	"github.com/mailgun/mailgun-go/v4"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/stripe/stripe-go/v86"
	stripewebhook "github.com/stripe/stripe-go/v86/webhook"
	gitlab "gitlab.com/gitlab-org/api/client-go"
)

// receiver is a provider's library as a program that receives uses it: takes returns
// nil where the library takes a request, and for the event that whk calls it.
type receiver struct {
	provider string
	variant  string
	takes    func(r *http.Request, secret, event string) error
}

func receivers() []receiver {
	return []receiver{
		{"cloudevents", "structured", takesCloudEvent},
		{"cloudevents", "binary", takesCloudEvent},
		{"github", "", takesGitHub},
		{"gitlab", "", takesGitLabToken},
		{"gitlab-signing", "", takesGitLab},
		{"line", "", takesLINE},
		{"mailgun", "", takesMailgun},
		{"openai", "", takesOpenAI},
		{"paddle", "", takesPaddle},
		{"slack", "", takesSlack},
		{"stripe", "", takesStripe},
		{"telegram", "", takesTelegram},
	}
}

func same(what string, got, want any) error {
	if got != want {
		return fmt.Errorf("%s is %v, not %v", what, got, want)
	}
	return nil
}

func takesCloudEvent(r *http.Request, _, event string) error {
	e, err := cloudevents.NewEventFromHTTPRequest(r)
	if err != nil {
		return err
	}
	if err := e.Validate(); err != nil {
		return err
	}
	if e.Time().IsZero() || !json.Valid(e.Data()) || e.Source() == "" {
		return fmt.Errorf("no time, source or data: %v", e)
	}
	return same("type", e.Type(), event)
}

func takesGitHub(r *http.Request, secret, event string) error {
	body, err := github.ValidatePayload(r, []byte(secret))
	if err != nil {
		return err
	}
	parsed, err := github.ParseWebHook(github.WebHookType(r), body)
	if err != nil {
		return err
	}
	if github.DeliveryID(r) == "" {
		return fmt.Errorf("no ID of the delivery")
	}
	but := []string{"forks", "deliveries_url"}
	if push, ok := parsed.(*github.PushEvent); ok { // its repository has a type of its own, which knows less
		var raw struct{ Repository json.RawMessage }
		if err := json.Unmarshal(body, &raw); err != nil {
			return err
		}
		if err := known(raw.Repository, github.Repository{}, "forks", "stargazers", "master_branch"); err != nil {
			return err
		}
		if push.GetRepo().GetPushedAt().IsZero() {
			return fmt.Errorf("no time of the push")
		}
		but = append(but, "repository.")
	}
	if err := known(body, parsed, but...); err != nil {
		return err
	}
	name := github.WebHookType(r)
	if acts, ok := parsed.(interface{ GetAction() string }); ok && acts.GetAction() != "" {
		name += "." + acts.GetAction()
	}
	return same("event", name, event)
}

func takesGitLabToken(r *http.Request, secret, event string) error {
	if err := same("token", gitlab.HookEventToken(r), secret); err != nil {
		return err
	}
	return takesGitLab(r, secret, event)
}

func takesGitLab(r *http.Request, _, event string) error {
	body := read(r)
	parsed, err := gitlab.ParseWebhook(gitlab.WebhookEventType(r), body)
	if err != nil {
		return err
	}
	if err := known(body, parsed, "visibility_level", "ci_config_path", "push_options", "message", "source.id", "target.id",
		"changes.author_id", "changes.created_at", "object_attributes.type", "object_attributes.closed_at",
		"object_attributes.merge_when_pipeline_succeeds"); err != nil {
		return err
	}
	return same("event", string(gitlab.WebhookEventType(r)), event)
}

func takesLINE(r *http.Request, secret, event string) error {
	request, err := line.ParseRequest(secret, r)
	if err != nil {
		return err
	}
	if len(request.Events) == 0 {
		return same("event", "verify", event)
	}
	return same("event", request.Events[0].GetType(), event)
}

func takesMailgun(r *http.Request, secret, event string) error {
	client := mailgun.NewMailgun("example.com", "none")
	client.SetWebhookSigningKey(secret)
	var payload mailgun.WebhookPayload
	if err := json.NewDecoder(r.Body).Decode(&payload); err != nil {
		return err
	}
	if err := accepted(client.VerifyWebhookSignature(payload.Signature)); err != nil {
		return err
	}
	e, err := mailgun.ParseEvent(payload.EventData)
	if err != nil {
		return err
	}
	if err := known(payload.EventData, e, "log-level", "storage.region", "flags.is-routed", "delivery-status.bounce-type"); err != nil {
		return err
	}
	return same("event", e.GetName(), event)
}

func takesOpenAI(r *http.Request, secret, event string) error {
	client := openai.NewClient(option.WithAPIKey("none"), option.WithWebhookSecret(secret))
	e, err := client.Webhooks.Unwrap(read(r), r.Header)
	if err != nil {
		return err
	}
	if e.AsAny() == nil {
		return fmt.Errorf("no type for %s", e.Type)
	}
	return same("event", e.Type, event)
}

func takesPaddle(r *http.Request, secret, event string) error {
	body := read(r)
	r.Body = io.NopCloser(bytes.NewReader(body))
	if err := accepted(paddle.NewWebhookVerifier(secret, paddle.VerifierWithTimestampTolerance(5*time.Minute)).Verify(r)); err != nil {
		return err
	}
	var e struct {
		paddlenotification.GenericNotificationEvent
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return err
	}
	var kind any = paddlenotification.SubscriptionNotification{}
	switch name := string(e.EventType); {
	case name == "subscription.created":
		kind = paddlenotification.SubscriptionCreatedNotification{}
	case strings.HasPrefix(name, "transaction."):
		kind = paddlenotification.TransactionNotification{}
	}
	if err := known(e.Data, kind, "method_details.paypal", "method_details.south_korea_local_card", "items.0.price_id", "grand_total_tax"); err != nil {
		return err
	}
	return same("event", string(e.EventType), event)
}

func takesSlack(r *http.Request, secret, event string) error {
	body := read(r)
	v, err := slack.NewSecretsVerifier(r.Header, secret)
	if err != nil {
		return err
	}
	if _, err := v.Write(body); err != nil {
		return err
	}
	if err := v.Ensure(); err != nil {
		return err
	}
	if event == "slash_command" {
		r.Body = io.NopCloser(bytes.NewReader(body))
		c, err := slack.SlashCommandParse(r)
		if err == nil && (!strings.HasPrefix(c.Command, "/") || c.ResponseURL == "") {
			err = fmt.Errorf("a command that is none: %v", c)
		}
		return err
	}
	e, err := slackevents.ParseEvent(body, slackevents.OptionNoVerifyToken())
	if err != nil {
		return err
	}
	if e.Type == slackevents.CallbackEvent {
		var raw struct{ Event json.RawMessage }
		if err := json.Unmarshal(body, &raw); err != nil {
			return err
		}
		if err := known(raw.Event, e.InnerEvent.Data, "client_msg_id", "team"); err != nil {
			return err
		}
		return same("event", e.InnerEvent.Type, event)
	}
	return same("event", e.Type, event)
}

// Stripe's library takes by itself only what is of its own release of the API, and
// that is what whk sends. Its types know every field.
func takesStripe(r *http.Request, secret, event string) error {
	e, err := stripewebhook.ConstructEvent(read(r), r.Header.Get("Stripe-Signature"), secret)
	if err != nil {
		return err
	}
	objects := map[string]any{
		"checkout": stripe.CheckoutSession{}, "customer": stripe.Subscription{}, "invoice": stripe.Invoice{}, "payment_intent": stripe.PaymentIntent{},
	}
	kind, _, _ := strings.Cut(event, ".")
	if err := known(e.Data.Raw, objects[kind], "items.object", "lines.object"); err != nil {
		return err
	}
	return same("event", string(e.Type), event)
}

// Telegram's updates are those that its library knows, to the last field.
func takesTelegram(r *http.Request, secret, event string) error {
	body := read(r)
	fields := json.NewDecoder(bytes.NewReader(body))
	fields.DisallowUnknownFields()
	if err := fields.Decode(&models.Update{}); err != nil {
		return err
	}
	var update map[string]json.RawMessage
	if err := json.Unmarshal(body, &update); err != nil || update[event] == nil {
		return fmt.Errorf("no %s: %v", event, err)
	}
	var refused error
	b, err := bot.New("1:none", bot.WithSkipGetMe(), bot.WithWebhookSecretToken(secret), bot.WithUpdatesChannelCap(1),
		bot.WithErrorsHandler(func(err error) { refused = err }))
	if err != nil {
		return err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	b.WebhookHandler()(nil, r)
	return refused
}

func read(r *http.Request) []byte {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil // and nothing takes it
	}
	return body
}
