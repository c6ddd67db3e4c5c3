package provider

import "strings"

// Examples that others took from deliveries, or keep beside a library of theirs.
func publishedByOthers() []published {
	const stripe = `{
  "id": "evt_123",
  "object": "event",
  "account": "acct_123",
  "api_version": "2017-05-25",
  "created": 1533204620,
  "data": {
    "object": {
      "id": "ii_123",
      "object": "invoiceitem",
      "amount": 1000,
      "currency": "usd",
      "customer": "cus_123",
      "date": 1533204620,
      "description": "Test Invoice Item",
      "discountable": false,
      "invoice": "in_123",
      "livemode": false,
      "metadata": {},
      "period": {
        "start": 1533204620,
        "end": 1533204620
      },
      "plan": null,
      "proration": false,
      "quantity": null,
      "subscription": null
    }
  },
  "livemode": false,
  "pending_webhooks": 1,
  "request": {
    "id": "req_123",
    "idempotency_key": "idempotency-key-123"
  },
  "type": "invoiceitem.created"
}
`
	const resend = `{
    "created_at": "2024-04-08T09:43:09.500Z",
    "data": {
        "created_at": "2024-04-08T09:43:09.438Z",
        "email_id": "172c41ce-ba6d-4281-8a7a-541faa725748",
        "from": "test@resend.com",
        "headers": [
            {
                "name": "Sender",
                "value": "test@resend.com"
            }
        ],
        "subject": "Test subject",
        "to": [
            "test@example.com"
        ]
    },
    "type": "email.sent"
}
`
	return []published{
		{
			// With a v0 behind it, which is not for this key.
			source: "https://github.com/arlyon/async-stripe/blob/1a164c82de55c55a7f100251332f7a258e62da08/src/resources/webhook_events.rs", provider: "stripe",
			secret: "webhook_secret", at: 1533204620, body: stripe, event: "invoiceitem.created",
			header: map[string]string{"Stripe-Signature": "t=1533204620,v1=f0bdba6d4eacbd8ad8a3bbadd7248e633ec1477f7899c124c51b39405fa36613"},
		},
		{
			source: "https://github.com/symfony/symfony/blob/7.1/src/Symfony/Component/Mailer/Bridge/Resend/Tests/Webhook/ResendRequestParserTest.php", provider: "resend",
			secret: "whsec_ESwTAuuIe3yfH4DgdgI+ENsiNzPAGdp+", at: 1712569389, body: strings.ReplaceAll(resend, "\n", "\r\n"), event: "email.sent",
			header: map[string]string{"svix-id": "172c41ce-ba6d-4281-8a7a-541faa725748", "svix-timestamp": "1712569389",
				"svix-signature": "v1,4wjuRp64yC/2itgCQwl2xPePVwSPTdPbXLIY6IxGLTA="},
		},
		{
			source: "https://github.com/david-lev/pywa/blob/eed34da4923291f832ff218b8b08265e7c6326e9/tests/test_server.py", provider: "meta",
			secret: "1222e786b144d0e85b9f365372d93676", event: "whatsapp_business_account.messages",
			body: `{"object":"whatsapp_business_account","entry":[{"id":"264937493375603","changes":[{"value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550953877","phone_number_id":"277321005464405"},"contacts":[{"profile":{"name":"PyWa Tests"},"wa_id":"972544401243"}],` +
				`"messages":[{"from":"972544401243","id":"wamid.HBgMOTcyNTQ0NDAxMjQzFQIAEhggM0RFQTNCMEEwRTY3QzUwODYzMDc4NjQ4QzM4ODAxM0YA","timestamp":"1730231903","text":{"body":"Hey there! I am using PyWa."},"type":"text"}]},"field":"messages"}]}]}`,
			header: map[string]string{"X-Hub-Signature-256": "sha256=54edfa1d7259e0eb13c677cc7d73d1b5c86cfa12433d19156e058ab9251bc441"},
		},
		{
			// The signature of the receiver; the delivery's own is wrong on purpose.
			source: "https://github.com/XeroAPI/XeroWebhooksReceiver/issues/1", provider: "xero",
			secret: "LR+QgKlbRciIPYpi65tTKLaZ3FzLLofCNEQWrRXqWXJeDFrfexzfVI9SmnVuCWDJ4jnjHB9ECtOyxZSofRxwWw==", event: "intent-to-receive",
			body:   `{"events":[],"firstEventSequence": 0,"lastEventSequence": 0, "entropy": "LUWDSUDGSWNZVALZXBEV"}`,
			header: map[string]string{"x-xero-signature": "BjzNbYUfrzg4g8wxm+dKHaZVrKxr2m75E296fUbD1E4="},
		},
	}
}
