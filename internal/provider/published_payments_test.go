package provider

// Examples of shops and of those who move their money.
func publishedByPayments() []published {
	const razorpay = `{
  "event": "payment.authorized",
  "entity": "event",
  "contains": [
    "payment"
  ],
  "payload": {
    "payment": {
      "entity": {
        "id": "pay_6koWN7bvxujzxM",
        "entity": "payment",
        "amount": 1000000,
        "currency": "INR",
        "status": "captured",
        "order_id": "order_100000000order",
        "international": false,
        "method": "card",
        "amount_refunded": 0,
        "refund_status": null,
        "captured": true,
        "description": "random description",
        "card_id": "card_6koWNAT6LASUqy",
        "bank": null,
        "wallet": null,
        "vpa": null,
        "email": "a@b.com",
        "contact": "+919999999999",
        "notes": {
          "merchant_order_id": "random order id"
        },
        "fee": 23000,
        "service_tax": 3000,
        "error_code": null,
        "error_description": null,
        "created_at": 1479978483
      }
    }
  },
  "created_at": 1400826760
}
`
	const adyen = `
        {
            "type": "merchant.created",
            "environment": "test",
            "createdAt": "01-01-2024",
            "data": {
                "capabilities": {
                    "sendToTransferInstrument": {
                        "requested": true,
                        "requestedLevel": "notApplicable"
                    }
                },
                "companyId": "YOUR_COMPANY_ID",
                "merchantId": "YOUR_MERCHANT_ACCOUNT",
                "status": "PreActive"
            }
        }
        `
	const coinbase = `{"id":1,"scheduled_for":"2017-01-31T20:50:02Z","attempt_number":1,"event":{"id":"24934862-d980-46cb-9402-43c81b0cdba6","type":"charge:created","api_version":"2018-03-22","created_at":"2017-01-31T20:49:02Z","data":{"code":"66BEOV2A","name":"The Sovereign Individual","description":"Mastering the Transition to the Information Age","hosted_url":"https://commerce.coinbase.com/charges/66BEOV2A","created_at":"2017-01-31T20:49:02Z","expires_at":"2017-01-31T21:04:02Z","timeline":[{"time":"2017-01-31T20:49:02Z","status":"NEW"}],"metadata":{},"pricing_type":"no_price","payments":[],"addresses":{"bitcoin":"0000000000000000000000000000000000","ethereum":"0x0000000000000000000000000000000000000000","litecoin":"3000000000000000000000000000000000","bitcoincash":"bitcoincash:000000000000000000000000000000000000000000"}}}}`
	return []published{
		{
			source: "https://github.com/razorpay/razorpay-python/blob/master/tests/test_client_utility.py", provider: "razorpay",
			secret: "key_secret", body: razorpay, event: "payment.authorized",
			header: map[string]string{"X-Razorpay-Signature": "d60e67fd884556c045e9be7dad57903e33efc7172c17c6e3ef77db42d2b366e9"},
		},
		{
			source: "https://github.com/Adyen/adyen-python-api-library/blob/main/test/UtilTest.py", provider: "adyen-platform",
			secret: "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056", body: adyen, event: "merchant.created",
			header: map[string]string{"HmacSignature": "fX74xUdztFmaXAn3IusMFFUBUSkLmDQUK0tm8xL6ZTU="},
		},
		{
			source: "https://github.com/coinbase/coinbase-commerce-node/blob/master/test/testWebhook.spec.js", provider: "coinbase-commerce",
			secret: "30291a20-0bd1-4267-9b0f-e6e7b123c0bf", body: coinbase, event: "charge:created",
			header: map[string]string{"X-CC-Webhook-Signature": "8be7742c7d372f08a6a3224edadf18a22b65fa9e28f3f2de97376cdaa092590d"},
		},
		{
			source: "https://github.com/Shopify/shopify-api-php/blob/main/tests/Webhooks/RegistryTest.php", provider: "shopify",
			secret: "steffi", body: `{"foo":"bar"}`, event: "products/update",
			header: map[string]string{"X-Shopify-Topic": "products/update", "X-Shopify-Hmac-Sha256": "/Redz4YXHLnSmmSN8grr5/Jl/Ua3d7yX3iWbjb8R8wo="},
		},
	}
}
