package store

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

func open(t testing.TB, dir string, opts Options) *Store {
	t.Helper()
	s, err := Open(t.Context(), dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func sample() *webhook.Delivery {
	body := make([]byte, 1024)
	for i := range body {
		body[i] = byte(i)
	}
	return &webhook.Delivery{
		ReceivedAt: time.Date(2026, 3, 4, 5, 6, 7, 123456789, time.UTC),
		Method:     "POST", URL: "http://localhost:8080/hooks?x=1", Remote: "127.0.0.1:53422",
		Header: webhook.Header{
			{Name: "Content-Type", Value: "application/json"},
			{Name: "X-Bytes", Value: "\x80\xff\x00"},
			{Name: "X-Bytes", Value: ""},
		},
		Body:     body,
		Provider: "saas", Event: "invoice.paid", MessageID: "evt_1",
		Verification: webhook.Verification{Status: webhook.Authentic, Warnings: []string{"a", "b"}},
		Response:     webhook.Response{Status: 200},
	}
}

func TestKeepGet(t *testing.T) {
	s := open(t, t.TempDir(), Options{BodyFile: 2000})
	for _, size := range []int{0, 1, 1024, 2000, 2001, 1 << 20} {
		want := sample()
		want.Body = bytes.Repeat(want.Body, 1+size/1024)[:size]
		if err := s.Keep(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		if err := s.AddForward(t.Context(), want.ID, webhook.Forward{URL: "http://a", Status: 200, DurationMS: 1.25}); err != nil {
			t.Fatal(err)
		}
		want.Forwards = append(want.Forwards, webhook.Forward{URL: "http://a", Status: 200, DurationMS: 1.25})
		got, err := s.Get(t.Context(), want.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := diff(want, got); diff != "" {
			t.Errorf("body of %d bytes: %s", size, diff)
		}
		id, err := s.Resolve(context.Background(), "last")
		if err != nil || id != want.ID {
			t.Errorf("last is %q, %v; want %q", id, err, want.ID)
		}
	}
	n := 0
	for _, err := range s.List(t.Context(), Query{}) {
		if err != nil {
			t.Error(err)
		}
		n++
	}
	if n != 6 {
		t.Errorf("listed %d", n)
	}
	p, err := s.Prune(t.Context(), Limits{Count: 2})
	if err != nil || p.Deliveries != 4 {
		t.Errorf("%+v %v", p, err)
	}
}
