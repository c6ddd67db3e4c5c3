// One entry a provider: how its library is loaded, how it verifies a request, and,
// where it offers that, how it signs one. A verifier returns whether it accepts, or
// throws; it is called as the library's documentation says.
//
// A request has its body as bytes and as text.

// itself is what a CommonJS module exports, under whichever name import gives it.
const itself = (module) => module.default ?? module;

export const libraries = {
  adyen: {
    package: "@adyen/api-library",
    load: hmacValidator,
    verify: (r, validator) => items(r).every((item) => validator.validateHMAC(item, r.secret)),
    sign: (r, validator) => {
      const body = JSON.parse(r.text);
      for (const { NotificationRequestItem: item } of body.notificationItems) {
        item.additionalData = { ...item.additionalData, hmacSignature: validator.calculateHmac(item, r.secret) };
      }
      return { body: Buffer.from(JSON.stringify(body)).toString("base64") };
    },
  },
  "adyen-platform": {
    package: "@adyen/api-library",
    load: hmacValidator,
    verify: (r, validator) => validator.validateHMACSignature(r.secret, r.headers.hmacsignature, r.text),
    sign: (r, validator) => ({ headers: { hmacsignature: validator.calculateHmac(r.text, r.secret), protocol: "HmacSHA256" } }),
  },
  box: {
    package: "box-node-sdk",
    load: async () => (await import("box-node-sdk/managers/webhooks")).WebhooksManager,
    verify: (r, manager) => manager.validateMessage(r.text, r.headers, r.secret),
  },
  "coinbase-commerce": {
    package: "coinbase-commerce-node",
    load: async () => (await import("coinbase-commerce-node")).default.Webhook,
    verify: (r, webhook) => webhook.verifySigHeader(r.text, r.headers["x-cc-webhook-signature"], r.secret),
    sign: (r, webhook) => ({ headers: { "x-cc-webhook-signature": webhook.computeSignature(r.text, r.secret) } }),
  },
  contentful: {
    package: "@contentful/node-apps-toolkit",
    load: () => import("@contentful/node-apps-toolkit"),
    verify: (r, toolkit) => toolkit.verifyRequest(r.secret, canonical(r)),
    sign: (r, toolkit) => ({ headers: toolkit.signRequest(r.secret, canonical(r), r.at) }),
  },
  github: {
    package: "@octokit/webhooks-methods",
    load: () => import("@octokit/webhooks-methods"),
    verify: (r, methods) => methods.verify(r.secret, r.text, r.headers["x-hub-signature-256"]),
    sign: async (r, methods) => ({ headers: { "x-hub-signature-256": await methods.sign(r.secret, r.text) } }),
  },
  gocardless: {
    package: "gocardless-nodejs",
    load: () => import("gocardless-nodejs/webhooks"),
    verify: (r, webhooks) => Array.isArray(webhooks.parse(r.text, r.secret, r.headers["webhook-signature"])),
  },
  "hubspot-v1": hubspot("v1"),
  "hubspot-v2": hubspot("v2"),
  "hubspot-v3": hubspot("v3"),
  linear: {
    package: "@linear/sdk",
    load: async () => (await import("@linear/sdk/webhooks")).LinearWebhookClient,
    verify: (r, Client) => new Client(r.secret).verify(r.bytes, r.headers["linear-signature"]),
  },
  mux: {
    package: "@mux/mux-node",
    load: async () => new (await import("@mux/mux-node")).default({ tokenId: "none", tokenSecret: "none" }),
    verify: async (r, mux) => (await mux.webhooks.verifySignature(r.text, r.headers, r.secret), true),
  },
  notion: {
    package: "@notionhq/client",
    load: async () => itself(await import("@notionhq/client")),
    verify: (r, client) =>
      client.verifyWebhookSignature({ body: r.bytes, signature: r.headers["x-notion-signature"], verificationToken: r.secret }),
    sign: async (r, client) => ({
      headers: { "x-notion-signature": await client.signWebhookPayload({ body: r.text, verificationToken: r.secret }) },
    }),
  },
  onfido: {
    package: "@onfido/api",
    load: async () => itself(await import("@onfido/api")).WebhookEventVerifier,
    verify: (r, Verifier) => Boolean(new Verifier(r.secret).readPayload(r.bytes, r.headers["x-sha2-signature"])),
  },
  "plivo-v2": {
    package: "plivo",
    load: async () => itself(await import("plivo")),
    verify: (r, plivo) => plivo.validateSignature(r.url, r.headers["x-plivo-signature-v2-nonce"], r.headers["x-plivo-signature-v2"], r.secret),
  },
  pusher: {
    package: "pusher",
    load: async () => (await import("pusher")).default,
    verify: (r, Pusher) => {
      const pusher = new Pusher({ appId: "1", key: r.headers["x-pusher-key"], secret: r.secret });
      return pusher.webhook({ headers: r.headers, rawBody: r.text }).isValid();
    },
    sign: (r, Pusher) => ({ headers: { "x-pusher-signature": new Pusher.Token(r.headers["x-pusher-key"], r.secret).sign(r.text) } }),
  },
  sanity: {
    package: "@sanity/webhook",
    load: async () => itself(await import("@sanity/webhook")),
    verify: (r, webhook) => webhook.isValidRequest({ headers: r.headers, body: r.text }, r.secret),
    sign: async (r, webhook) => ({ headers: { [webhook.SIGNATURE_HEADER_NAME]: await webhook.encodeSignatureHeader(r.text, r.at, r.secret) } }),
  },
  shopify: {
    package: "@shopify/shopify-api",
    load: async () => {
      await import("@shopify/shopify-api/adapters/node");
      return import("@shopify/shopify-api");
    },
    verify: async (r, { shopifyApi, ApiVersion, LogSeverity }) => {
      const shop = shopifyApi({
        apiKey: "none",
        apiSecretKey: r.secret,
        apiVersion: ApiVersion.July25,
        hostName: "example.com",
        isEmbeddedApp: false,
        logger: { level: LogSeverity.Error },
      });
      const rawRequest = { method: r.method, url: r.url, headers: r.headers };
      return (await shop.webhooks.validate({ rawBody: r.text, rawRequest, rawResponse: {} })).valid;
    },
  },
  square: {
    package: "square",
    load: async () => itself(await import("square")).WebhooksHelper,
    verify: (r, helper) =>
      helper.verifySignature({
        requestBody: r.text,
        signatureHeader: r.headers["x-square-hmacsha256-signature"],
        signatureKey: r.secret,
        notificationUrl: r.url,
      }),
  },
  workos: {
    package: "@workos-inc/node",
    load: async () => new (await import("@workos-inc/node")).WorkOS("none").webhooks,
    verify: (r, webhooks) => webhooks.verifyHeader({ payload: JSON.parse(r.text), sigHeader: r.headers["workos-signature"], secret: r.secret }),
    sign: async (r, webhooks) => ({
      headers: { "workos-signature": `t=${r.at}, v1=${await webhooks.computeSignature(r.at, JSON.parse(r.text), r.secret)}` },
    }),
  },
  zoom: {
    package: "@zoom/rivet",
    load: async () => (await import("@zoom/rivet/chatbot")).AwsLambdaReceiver,
    // It serves HTTP or AWS Lambda, and the second needs no socket.
    verify: async (r, Receiver) => {
      const receiver = new Receiver({ webhooksSecretToken: r.secret });
      return (await receiver.start()({ body: r.text, headers: r.headers, isBase64Encoded: false }, {})).statusCode === 200;
    },
  },
};

// hmacValidator is Adyen's. The index of its library loads the whole API, for a
// hundred times as long.
async function hmacValidator() {
  const HmacValidator = itself(itself(await import("@adyen/api-library/lib/src/utils/hmacValidator.js")));
  return new HmacValidator();
}

function items(r) {
  const { notificationItems } = JSON.parse(r.text);
  if (!notificationItems.length) {
    throw new Error("no items");
  }
  return notificationItems.map((i) => i.NotificationRequestItem);
}

// canonical is the request as Contentful's toolkit wants it.
function canonical(r) {
  const { pathname, search } = new URL(r.url);
  return { method: r.method, path: pathname + search, headers: r.headers, body: r.text };
}

function hubspot(signatureVersion) {
  const header = signatureVersion === "v3" ? "x-hubspot-signature-v3" : "x-hubspot-signature";
  const options = (r) => ({ clientSecret: r.secret, url: r.url, requestBody: r.text });
  return {
    package: "@hubspot/api-client",
    load: async () => itself(await import("@hubspot/api-client")).Signature,
    verify: (r, signature) =>
      signature.isValid({
        ...options(r),
        method: r.method,
        signatureVersion,
        signature: r.headers[header],
        timestamp: Number(r.headers["x-hubspot-request-timestamp"]),
      }),
    sign: (r, signature) => ({
      headers: {
        [header]: signature.getSignature(r.method, signatureVersion, { ...options(r), timestamp: r.at }),
        ...(signatureVersion === "v3" ? { "x-hubspot-request-timestamp": String(r.at) } : { "x-hubspot-signature-version": signatureVersion }),
      },
    }),
  };
}
