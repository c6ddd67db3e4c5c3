package provider

// Examples from the tests of providers' libraries.
func publishedByLibraries() []published {
	return []published{
		{
			source: "https://github.com/workos/workos-python/blob/v4.0.0/tests/test_webhooks.py", provider: "workos",
			secret: "1lyKDzhJjuCkIscIWqkSe4YsQ", at: 1632409405, event: "connection.activated",
			body:   `{"id":"wh_01FG9JXJ9C9S052FX59JVG4EG1","data":{"id":"conn_01EHWNC0FCBHZ3BJ7EGKYXK0E6","name":"Foo Corp's Connection","state":"active","object":"connection","domains":[{"id":"conn_domain_01EHWNFTAFCF3CQAE5A9Q0P1YB","domain":"foo-corp.com","object":"connection_domain"}],"connection_type":"OktaSAML","organization_id":"org_01EHWNCE74X7JSDV0X3SZ3KJNY"},"event":"connection.activated"}`,
			header: map[string]string{"WorkOS-Signature": "t=1632409405772, v1=67612f0e74f008b436a13b00266f90ef5c13f9cbcf6262206f5f4a539ff61702"},
		},
		{
			source: "https://github.com/sanity-io/webhook-toolkit/blob/main/test/signature.test.ts", provider: "sanity",
			secret: "test", body: `{"_id":"resume"}`,
			header: map[string]string{"sanity-webhook-signature": "t=1633519811129,v1=tLa470fx7qkLLEcMOcEUFuBbRSkGujyskxrNXcoh0N0"},
		},
		{
			source: "https://github.com/gtalarico/pyairtable/blob/main/tests/test_models_webhook.py", provider: "airtable",
			secret: "c2VjcmV0LWtleQ==", event: "ping",
			body:   `{"base": {"id": "app00000000000000"}, "webhook": {"id": "ach00000000000000"}, "timestamp": "2022-02-01T21:25:05.663Z"}`,
			header: map[string]string{"X-Airtable-Content-MAC": "hmac-sha256=e26da696a90933647bddc83995c3e1e3bb1c3d8ce1ff61cb7469767d50b2b2d4"},
		},
		{
			source: "https://github.com/gocardless/gocardless-pro-python/blob/master/tests/webhooks_test.py", provider: "gocardless",
			secret: "ED7D658C-D8EB-4941-948B-3973214F2D49", event: "subscriptions.created",
			body:   `{"events":[{"id":"EV00BD05S5VM2T","created_at":"2018-07-05T09:13:51.404Z","resource_type":"subscriptions","action":"created","links":{"subscription":"SB0003JJQ2MR06"},"details":{"origin":"api","cause":"subscription_created","description":"Subscription created via the API."},"metadata":{}},{"id":"EV00BD05TB8K63","created_at":"2018-07-05T09:13:56.893Z","resource_type":"mandates","action":"created","links":{"mandate":"MD000AMA19XGEC"},"details":{"origin":"api","cause":"mandate_created","description":"Mandate created via the API."},"metadata":{}}]}`,
			header: map[string]string{"Webhook-Signature": "2693754819d3e32d7e8fcb13c729631f316c6de8dc1cf634d6527f1c07276e7e"},
		},
	}
}

// Examples of providers that sign parts of the request only, or none of its body.
func publishedInPart() []published {
	return []published{
		{
			source: "https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures", provider: "adyen",
			secret: "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056", event: "AUTHORISATION",
			body: `{"live":"false","notificationItems":[{"NotificationRequestItem":{"pspReference":"7914073381342284","merchantAccountCode":"TestMerchant","merchantReference":"TestPayment-1407325143704",` +
				`"amount":{"value":1130,"currency":"EUR"},"eventCode":"AUTHORISATION","success":"true","additionalData":{"hmacSignature":"coqCmt/IZ4E3CzPvMY8zTjQVL5hYJUiBRg8UU+iCWo0="}}}]}`,
		},
		{
			source: "https://github.com/plivo/plivo-python/blob/master/tests/resources/test_signature.py", provider: "plivo-v2",
			secret: "my_auth_token", url: "https://answer.url",
			header: map[string]string{"X-Plivo-Signature-V2-Nonce": "12345", "X-Plivo-Signature-V2": "ehV3IKhLysWBxC1sy8INm0qGoQYdYsHwuoKjsX7FsXc="},
		},
		{
			source: "https://github.com/symfony/symfony/blob/7.1/src/Symfony/Component/Mailer/Bridge/Mailgun/Tests/Webhook/MailgunRequestParserTest.php", provider: "mailgun",
			secret: "key-0p6mqbf74lb20gzq9f4dhpn9rg3zyk26", event: "clicked",
			body: `{"signature":{"token":"885894756b6c371a377f5f9516d60a4db497ad27d4931ed215","timestamp":"1661621710","signature":"606307bb55b72686b1b2a2c8c37ae6e6ec89496592bac4a4eee5a346337d04a5"},` +
				`"event-data":{"id":"Ase7i2zsRYeDXztHGENqRA","timestamp":1521243339.873676,"event":"clicked","recipient":"alice@example.com"}}`,
		},
	}
}
