package ui_test

import (
	"fmt"
	"os"
	"time"

	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

func ExampleSafe() {
	fmt.Println(ui.Safe("invoice.paid\r\n\x1b[2J\u202e"))
	// Output: invoice.paid\r\n\x1b[2J\u202e
}

func ExampleTable() {
	t := ui.NewTable("EVENT", "TITLE")
	t.Row("invoice.paid", "An invoice was paid")
	t.Row("user.created", "A user signed up")
	t.Write(os.Stdout, nil, 0)
	// Output:
	// EVENT         TITLE
	// invoice.paid  An invoice was paid
	// user.created  A user signed up
}

func ExampleLine() {
	line := ui.Line{Zone: time.UTC}
	os.Stdout.Write(line.Append(nil, &webhook.Delivery{
		ID: "01k3v7q0m2xyz", ReceivedAt: time.Date(2026, 11, 22, 12, 3, 44, 0, time.UTC),
		Method: "POST", URL: "http://localhost:8080/webhooks/saas",
		Provider: "saas", Event: "invoice.paid", Body: []byte("{}"),
		Verification: webhook.Verification{Status: webhook.Authentic}, Response: webhook.Response{Status: 200},
	}, 3*time.Millisecond))
	// Output: 12:03:44  01k3v7q0m2xyz  ✓ authentic      200      2 B  3.0 ms  saas/invoice.paid                 POST /webhooks/saas
}

func ExampleRedactor() {
	r := ui.NewRedactor("X-Webhook-Signature")
	d := r.Delivery(&webhook.Delivery{Header: webhook.Header{{Name: "X-Webhook-Signature", Value: "5f0c"}}})
	fmt.Println(d.Header.Get("X-Webhook-Signature"))
	// Output: [redacted]
}
