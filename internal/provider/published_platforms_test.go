package provider

// Examples of those who host, stream and identify.
func publishedByPlatforms() []published {
	const onfido = `{"payload":{"resource_type":"check","action":"check.completed","object":{"id":"f2302f45-227d-413d-ad61-09ec077a086a","status":"complete","completed_at_iso8601":"2024-04-04T09:21:21Z","href":"https://api.onfido.com/v3.6/checks/f2302f45-227d-413d-ad61-09ec077a086a"}}}`
	const twitch = `{"challenge":"pogchamp-kappa-360noscope-vohiyo","subscription":{"id":"f1c2a387-161a-49f9-a165-0f21d7a4e1c4","status":"webhook_callback_verification_pending","type":"channel.follow","version":"1","condition":{"broadcaster_user_id":"12826"},"transport":{"method":"webhook","callback":"https://example.com/webhooks/callback"},"created_at":"2019-11-16T10:11:12.123Z"}}`
	return []published{
		{
			source: "https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/#Secure-webhooks", provider: "bitbucket",
			secret: "It's a Secret to Everybody", body: "Hello World!", event: "repo:push",
			header: map[string]string{"X-Event-Key": "repo:push", "X-Request-UUID": "b4b0e5b2-7f4b-4a6e-9d0c-0a1f6d3c2b11",
				"X-Hub-Signature": "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"},
		},
		{
			source: "https://github.com/muxinc/mux-node-sdk/blob/master/tests/api-resources/webhooks.test.ts", provider: "mux",
			secret: "SuperSecret123", at: 1565125718, body: `{"test":"body"}`,
			header: map[string]string{"Mux-Signature": "t=1565125718,v1=854ece4c22acef7c66b57d4e504153bc512595e8e9c772ece2a68150548c19a7"},
		},
		{
			source: "https://github.com/onfido/onfido-python/blob/master/tests/test_classic_webhook_event_verification.py", provider: "onfido",
			secret: "wU99mE6jJ7nXOLFwZ0tJymM1lpI15pZh", body: onfido, event: "check.completed",
			header: map[string]string{"X-SHA2-Signature": "77ebc3e418f26be6eebb47f7ebe551321de26734fc273961e075fc9ab163d9c7"},
		},
		{
			source: "https://github.com/pusher/pusher-http-go/blob/master/webhook_test.go", provider: "pusher",
			secret: "secret", body: `{"hello":"world"}`,
			header: map[string]string{"X-Pusher-Key": "key", "X-Pusher-Signature": "2677ad3e7c090b2fa2c0fb13020d66d5420879b8316eb356a2d60fb9073bc778"},
		},
		{
			// Twitch's own example has a signature that is cut short; this is a library's,
			// for the same request.
			source: "https://github.com/nicklaw5/helix/blob/main/eventsub_test.go", provider: "twitch",
			secret: "s3cRe7", at: 1573899072, body: twitch, event: "channel.follow",
			header: map[string]string{"Twitch-Eventsub-Message-Id": "e76c6bd4-55c9-4987-8304-da1588d8988b", "Twitch-Eventsub-Message-Timestamp": "2019-11-16T10:11:12.123Z",
				"Twitch-Eventsub-Message-Signature": "sha256=7e5a96480c29cdf834b371e7a5b049638cba6e425ea51b9b2a9fabf69bc5d227"},
		},
	}
}
