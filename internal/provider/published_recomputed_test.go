package provider

import "strings"

// Providers that publish no example, but a library: what their own code signed,
// or accepted.
func signedByLibraries() []published {
	return []published{
		{
			source: "signRequest of @contentful/node-apps-toolkit 3.16.1", provider: "contentful",
			secret: strings.Repeat("a", 64), at: 1603379941, url: "https://example.com/webhooks/contentful?a=1&b=%20x", event: "ContentManagement.Entry.publish",
			body: `{"sys":{"type":"Entry","id":"5KsDBWseXY6QegucYAoacS","updatedAt":"2020-10-22T15:19:01.037Z"},"fields":{"title":{"en-US":"café"}}}`,
			header: map[string]string{"Content-Type": "application/vnd.contentful.management.v1+json", "X-Contentful-Topic": "ContentManagement.Entry.publish",
				"X-Contentful-Timestamp": "1603379941037", "X-Contentful-Signed-Headers": "content-type,x-contentful-signed-headers,x-contentful-timestamp,x-contentful-topic",
				"X-Contentful-Signature": "78480eeaf6a74059ed960f08a094456e00ac29eaa9f5de2ff918a5667ddb9533"},
		},
		{
			source: "signWebhookPayload of @notionhq/client 5.26.0", provider: "notion",
			secret: "fixed-verification-token", body: `{"id":"fixed-evt","type":"page.created"}`, event: "page.created",
			header: map[string]string{"X-Notion-Signature": "sha256=e51fc361bd9b019cc34c59929547007291a6dd982179d36bb5d6d9e7e12cbac2"},
		},
		{
			source: "LinearWebhookClient.verify of @linear/sdk 98.0.0", provider: "linear",
			secret: "lin_wh_A1b2C3d4", at: 1714730405, event: "Comment.create",
			body:   `{"action":"create","type":"Comment","createdAt":"2024-05-03T10:00:00.123Z","webhookTimestamp":1714730400456,"webhookId":"000042e3-d123-4980-b49f-8e140eef9329"}`,
			header: map[string]string{"Linear-Signature": "13fa526b630bf931fe5877bcbb7bc4d1ee98acdfa9c8b66f0e0700ad4e2fae08"},
		},
		{
			source: "verifyKey of discord-interactions 4.4.0, the key of https://www.rfc-editor.org/rfc/rfc8032#section-7.1 (TEST 1)", provider: "discord",
			secret: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", at: 1729114860, event: "PING",
			body: `{"version":1,"application_id":"1234560123453231555","type":0}`,
			header: map[string]string{"X-Signature-Timestamp": "1729114860",
				"X-Signature-Ed25519": "f5667bdf99ab3c153dbfa9aec08db20435b3ed9923db65e5a746c9d9d5f406540c8fc66ed302b7f1ae41cb0f9e0b1771603dfaa6d3bfa4319ebde9752cd9fe08"},
		},
	}
}
