package payload_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/whk-cli/whk/internal/payload"
)

func Example() {
	template, err := payload.Parse("invoice.paid.json", []byte(`{
		"id": "evt_${hex:8}",
		"created_at": "${now}",
		"data": {"customer": "${fake:name#c}", "email": "${fake:email#c}", "amount": "${fake:amount}"}
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	run := &payload.Generator{
		Seed: payload.FixedSeed(42),
		Now:  func() time.Time { return time.Date(2025, 3, 4, 8, 15, 0, 0, time.UTC) },
	}
	for n := 1; n <= 2; n++ {
		body, err := template.Append(nil, run.Payload(n))
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(string(body))
	}
	// Output:
	// {"id":"evt_806cc644","created_at":"2025-03-04T08:15:00Z","data":{"customer":"Nadia Mbeki","email":"nadia.mbeki@copper-goods.example","amount":6000}}
	// {"id":"evt_d8acf7dc","created_at":"2025-03-04T08:15:00Z","data":{"customer":"Tomás Hansen","email":"tomas.hansen@maple-shop.example","amount":18300}}
}

func ExampleApply() {
	body := []byte(`{ "id": 12345678901234567890, "items": [{"price": 1.50}] }`)
	edited, err := payload.Apply(body, []payload.Edit{
		{Op: payload.Override, Path: "items[0].price", Value: "2.00"},
		{Op: payload.Add, Path: "note", Value: "on the house"},
	})
	fmt.Println(string(edited), err)
	// Output:
	// { "id": 12345678901234567890, "items": [{"price": 2.00}],"note":"on the house" } <nil>
}

func ExamplePathError() {
	_, err := payload.Apply([]byte(`{"data":{"user_id":"u_1"}}`), []payload.Edit{
		{Op: payload.Override, Path: "data.userid", Value: "u_2"},
	})
	fmt.Println(err)
	var pathErr *payload.PathError
	if errors.As(err, &pathErr) {
		fmt.Println("hint:", pathErr.Hint())
	}
	// Output:
	// override data.userid: the body has no such path; near: data.user_id
	// hint: data has user_id; --add data.userid=… makes a new one
}
