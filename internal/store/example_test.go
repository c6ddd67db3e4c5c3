package store_test

import (
	"context"
	"fmt"
	"os"

	"github.com/whk-cli/whk/internal/store"
	"github.com/whk-cli/whk/internal/webhook"
)

func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	s, err := store.Open(ctx, dir, store.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()

	d := &webhook.Delivery{Method: "POST", Body: []byte(`{"event":"invoice.paid"}`), Event: "invoice.paid"}
	if err := s.Keep(ctx, d); err != nil { // synced when it returns
		fmt.Println(err)
		return
	}
	for d, err := range s.List(ctx, store.Query{Events: webhook.Patterns{"invoice.*"}, Limit: 10}) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%s %s\n", d.Event, d.Body)
	}
	// Output: invoice.paid {"event":"invoice.paid"}
}
