package provider

// published is an example that a provider publishes, in its documentation or in
// its library's tests: somebody else computed the signature. Headers that are not
// signed, and that a provider is recognised by, are added where it shows none.
type published struct {
	source   string
	provider string
	secret   string
	at       int64
	method   string // "" is POST
	url      string
	header   map[string]string
	body     string
	event    string
}

func publishedExamples() []published {
	const slack = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar" +
		"&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands" +
		"%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
	const form = "application/x-www-form-urlencoded"
	const paddle = `{"data":{"id":"pri_01hsdn96k2hxjzsq5yerecdj9j","name":null,"status":"active","quantity":{"maximum":999999,"minimum":1},"tax_mode":"account_setting","product_id":"pro_01hsdn8qp7yydry3x1yeg6a9rv","unit_price":{"amount":"1000","currency_code":"USD"},"custom_data":null,"description":"testing","import_meta":null,"trial_period":null,"billing_cycle":{"interval":"month","frequency":1},"unit_price_overrides":[]},"event_id":"evt_01hsdn97563968dy0szkmgjwh3","event_type":"price.created","occurred_at":"2024-03-20T10:07:35.590857Z","notification_id":"ntf_01hsdn977e920kbgzt6r6c9rqc"}`
	const pagerduty = `{"event":{"id":"01BWDWL3NYY7LUFPZCC28QUCMK","event_type":"incident.priority_updated","resource_type":"incident","occurred_at":"2021-04-26T17:36:27.458Z","agent":{"html_url":"https://acme.pagerduty.com/users/PLH1HKV","id":"PLH1HKV","self":"https://api.pagerduty.com/users/PLH1HKV","summary":"Tenex Engineer","type":"user_reference"},"client":null,"data":{"id":"PGR0VU2","type":"incident","self":"https://api.pagerduty.com/incidents/PGR0VU2","html_url":"https://acme.pagerduty.com/incidents/PGR0VU2","number":2,"status":"triggered","title":"A little bump in the road","service":{"html_url":"https://acme.pagerduty.com/services/PF9KMXH","id":"PF9KMXH","self":"https://api.pagerduty.com/services/PF9KMXH","summary":"API Service","type":"service_reference"},"assignees":[{"html_url":"https://acme.pagerduty.com/users/PTUXL6G","id":"PTUXL6G","self":"https://api.pagerduty.com/users/PTUXL6G","summary":"User 123","type":"user_reference"}],"escalation_policy":{"html_url":"https://acme.pagerduty.com/escalation_policies/PUS0KTE","id":"PUS0KTE","self":"https://api.pagerduty.com/escalation_policies/PUS0KTE","summary":"Default","type":"escalation_policy_reference"},"teams":[{"html_url":"https://acme.pagerduty.com/teams/PFCVPS0","id":"PFCVPS0","self":"https://api.pagerduty.com/teams/PFCVPS0","summary":"Engineering","type":"team_reference"}],"priority":{"html_url":"https://acme.pagerduty.com/account/incident_priorities","id":"PSO75BM","self":"https://api.pagerduty.com/priorities/PSO75BM","summary":"P1","type":"priority_reference"},"urgency":"high","conference_bridge":{"conference_number":1000,"conference_url":"https://example.com"},"resolve_reason":null}}}`
	const box = `{"type":"webhook_event","webhook":{"id":"1234567890"},"trigger":"FILE.UPLOADED","source":{"id":"1234567890","type":"file","name":"Test.txt"}}`
	const sendgrid = `[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address","sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA","sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0","smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]` + "\r\n"
	boxed := func(key, signature string) map[string]string {
		return map[string]string{"Box-Delivery-Id": "f96bb54b-ee16-4fc5-aa65-8c2d9e5b546f", "Box-Delivery-Timestamp": "2020-01-01T00:00:00-07:00",
			"Box-Signature-Version": "1", "Box-Signature-Algorithm": "HmacSHA256", "Box-Signature-" + key: signature}
	}
	return []published{
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
		{
			source: "https://github.com/twilio/twilio-go/blob/main/client/request_validator_test.go", provider: "twilio",
			secret: "12345", body: `{"property": "value", "boolean": true}`,
			url:    "https://mycompany.com/myapp.php?foo=1&bar=2&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620",
			header: map[string]string{"Content-Type": "application/json", "X-Twilio-Signature": "a9nBmqA0ju/hNViExpshrM61xv4="},
		},
		{
			source: "https://github.com/twilio/twilio-go/blob/main/client/request_validator_test.go", provider: "twilio",
			secret: "12345", url: "http://mycompany.com:1234/myapp.php?foo=1&bar=2",
			body: "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&Reason=Participant" +
				"&ReasonConferenceEnded=test&To=%2B18005551212",
			header: map[string]string{"Content-Type": form, "X-Twilio-Signature": "n2xBNyzSW7rfYStDtOFiFMv7qNo="},
		},
		{
			source: "https://github.com/svix/svix-webhooks/blob/main/server/svix-server/src/core/webhook_http_client.rs", provider: "standard-webhooks",
			secret: "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=", at: 1614265330, body: `{"test": 2432232314}`,
			header: map[string]string{"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330",
				"webhook-signature": "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="},
		},
		{
			source: "https://github.com/openai/openai-node/blob/master/tests/api-resources/webhooks.test.ts", provider: "openai",
			secret: "whsec_RdvaYFYUXuIFuEbvZHwMfYFhUf7aMYjYcmM24+Aj40c=", at: 1750861210, event: "response.completed",
			body: `{"id": "evt_685c059ae3a481909bdc86819b066fb6", "object": "event", "created_at": 1750861210, "type": "response.completed", "data": {"id": "resp_123"}}`,
			header: map[string]string{"User-Agent": "OpenAI/1.0", "webhook-id": "wh_685c059ae39c8190af8c71ed1022a24d", "webhook-timestamp": "1750861210",
				"webhook-signature": "v1,gUAg4R2hWouRZqRQG4uJypNS8YK885G838+EHb4nKBY="},
		},
		{
			source: "https://github.com/PaddleHQ/paddle-go-sdk/blob/main/webhook_verifier_test.go", provider: "paddle",
			secret: "pdl_ntfset_01hsdn8d43dt7mezr1ef2jtbaw_hKkRiCGyyRhbFwIUuqiTBgI7gnWoV0Gr", at: 1710929255, event: "price.created", body: paddle,
			header: map[string]string{"Paddle-Signature": "ts=1710929255;h1=6c05ef8fa83c44d751be6d259ec955ce5638e2c54095bf128e408e2fce1589c8"},
		},
		{
			source: "https://github.com/PagerDuty/go-pagerduty/blob/main/webhookv3/webhookv3_test.go", provider: "pagerduty",
			secret: "lDQHScfUeXUKaQRNF+8XIiDKZ7XX3itBAYzwU0TARw8lJqRnkKl2iB1anSb0Z+IK", event: "incident.priority_updated", body: pagerduty,
			header: map[string]string{"X-PagerDuty-Signature": "v1=0c0b9495b893a39e70d1fea2fe11fbe0a825f88b9f67846f6cc07dd2bc5476cd"},
		},
		{
			source: "https://developer.squareup.com/docs/webhooks/step3validate", provider: "square",
			secret: "asdf1234", url: "https://example.com/webhook", body: `{"hello":"world"}`,
			header: map[string]string{"X-Square-HmacSha256-Signature": "2kRE5qRU2tR+tBGlDwMEw2avJ7QM4ikPYD/PJ3bd9Og="},
		},
		{
			source: "https://github.com/line/line-bot-sdk-python/blob/master/tests/test_webhook.py", provider: "line",
			secret: "channel_secret", body: "bodybodybodybody",
			header: map[string]string{"X-Line-Signature": "/gg9a+LvFevTH1sd7XCQycD7tsWclCsInj7MhBHxN7k="},
		},
		{
			source: "https://circleci.com/docs/guides/integration/outbound-webhooks/#validate-webhooks", provider: "circleci",
			secret: "hunter123", body: "an-important-request-payload", event: "ping",
			header: map[string]string{"circleci-event-type": "ping", "circleci-signature": "v1=9be2242094a9a8c00c64306f382a7f9d691de910b4a266f67bd314ef18ac49fa"},
		},
		{
			source: "https://github.com/box/box-python-sdk/blob/main/test/unit/object/test_webhook.py", provider: "box",
			secret: "SamplePrimaryKey", at: 1577862000, body: box, event: "FILE.UPLOADED",
			header: boxed("Primary", "6TfeAW3A1PASkgboxxA5yqHNKOwFyMWuEXny/FPD5hI="),
		},
		{
			source: "https://github.com/box/box-python-sdk/blob/main/test/unit/object/test_webhook.py", provider: "box",
			secret: "SampleSecondaryKey", at: 1577862000, body: box, event: "FILE.UPLOADED",
			header: boxed("Secondary", "v+1CD1Jdo3muIcbpv5lxxgPglOqMfsNHPV899xWYydo="),
		},
		{
			source: "https://github.com/sendgrid/sendgrid-nodejs/blob/main/packages/eventwebhook/src/eventwebhook.spec.js", provider: "sendgrid",
			secret: "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==",
			at:     1600112502, body: sendgrid, event: "dropped",
			header: map[string]string{"X-Twilio-Email-Event-Webhook-Timestamp": "1600112502",
				"X-Twilio-Email-Event-Webhook-Signature": "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM="},
		},
		{
			source: "https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests", provider: "hubspot-v1",
			secret: "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy", event: "contact.creation",
			body: `[{"eventId":1,"subscriptionId":12345,"portalId":62515,"occurredAt":1564113600000,"subscriptionType":"contact.creation","attemptNumber":0,"objectId":123,"changeSource":"CRM","changeFlag":"NEW","appId":54321}]`,
			header: map[string]string{"X-HubSpot-Signature-Version": "v1",
				"X-HubSpot-Signature": "232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de"},
		},
		{
			source: "https://github.com/HubSpot/hubspot-api-nodejs/blob/master/test/unit/signature.spec.ts", provider: "hubspot-v2",
			secret: "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy", url: "https://www.example.com/webhook_uri", body: `{"example_field":"example_value"}`,
			header: map[string]string{"X-HubSpot-Signature-Version": "v2",
				"X-HubSpot-Signature": "9569219f8ba981ffa6f6f16aa0f48637d35d728c7e4d93d0d52efaa512af7900"},
		},
		{
			source: "https://github.com/HubSpot/hubspot-api-nodejs/blob/master/test/unit/signature.spec.ts", provider: "hubspot-v2",
			secret: "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy", method: "GET", url: "https://www.example.com/webhook_uri",
			header: map[string]string{"X-HubSpot-Signature-Version": "v2",
				"X-HubSpot-Signature": "eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e"},
		},
		{
			source: "https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests", provider: "hubspot-v3",
			secret: "cfc68c0b-4b4e-4ef8-b764-95350e4ea479", at: 1752613922, url: "https://webhook.site/335453f5-94b3-49d9-b684-a55354d4b8df", event: "contact.creation",
			body:   `[{"eventId":531833541,"subscriptionId":3923621,"portalId":48807704,"appId":16111050,"occurredAt":1752613920733,"subscriptionType":"contact.creation","attemptNumber":0,"objectId":138017612137,"changeFlag":"CREATED","changeSource":"CRM_UI","sourceId":"userId:76023669"}]`,
			header: map[string]string{"X-HubSpot-Request-Timestamp": "1752613922216", "X-HubSpot-Signature-v3": "gbj1XPRvUt0noT7i7fXfTzOD4sLzQmf0VT28ZYq0EYg="},
		},
	}
}
