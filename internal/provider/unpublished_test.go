package provider

// unpublished are the built-in providers that publish no signature which could be
// computed again, nor a library that makes one, and what stands in for it. The
// oracle's tests are those of internal/oracle.
var unpublished = map[string]string{
	"rosaas":            "a secret that travels as it is",
	"gitlab":            "a secret that travels as it is",
	"telegram":          "a secret that travels as it is",
	"saas":              "the oracle: HMAC of the standard library",
	"machnet":           "the oracle: HMAC of the standard library",
	"cloudblue-connect": "the oracle: golang-jwt and go-jose",
	"monday":            "the oracle: golang-jwt",
	"plaid":             "the oracle: go-jose",
	"clerk":             "the oracle: Svix's library",
	"zoom":              "the oracle: @zoom/rivet",
	"gitlab-signing":    "the oracle: the library of Standard Webhooks",
	"cloudevents":       "the oracle: the library of Standard Webhooks",

	// The oracle, after the receiver that the documentation shows.
	"asana":         "code, without an example",
	"calendly":      "code, without an example",
	"docusign":      "code, without an example",
	"dropbox":       "code, without an example",
	"intercom":      "a description",
	"klaviyo":       "code, without an example",
	"lemon-squeezy": "code, without an example",
	"paystack":      "code, without an example",
	"sentry":        "code, without an example",
	"trello":        "code, without an example",
	"typeform":      "code, without an example",
	"vercel":        "code, without an example",
	"zendesk":       "code, without an example",

	// The oracle, after the sender, whose source is open.
	"cal-com":     "https://github.com/calcom/cal.com/blob/main/packages/features/webhooks/lib/sendPayload.ts",
	"woocommerce": "https://github.com/woocommerce/woocommerce/blob/trunk/plugins/woocommerce/includes/class-wc-webhook.php",
}
