package format_test

import (
	"fmt"
	"os"
	"strings"

	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/webhook"
)

func ExampleOpen() {
	file := strings.NewReader("POST /hooks HTTP/1.1\nHost: localhost:8080\nContent-Length: 2\n\n{}")
	kind, deliveries, err := format.Open(file, "", format.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for entry, err := range deliveries {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s: %s %s %q\n", kind, entry.Delivery.Method, entry.Delivery.URL, entry.Delivery.Body)
	}
	// Output: http: POST http://localhost:8080/hooks "{}"
}

func ExampleWriteCurl() {
	err := format.WriteCurl(os.Stdout, &webhook.Delivery{
		Method: "POST", URL: "http://localhost:8080/hooks",
		Header: webhook.Header{{Name: "Content-Type", Value: "application/json"}}, Body: []byte(`{"it's":1}`),
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// curl http://localhost:8080/hooks \
	//   -H 'Content-Type: application/json' \
	//   --data-raw '{"it'\''s":1}'
}
