package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

func sampleEndpoint(name string) *Endpoint {
	return &Endpoint{Enabled: true, Settings: Settings{
		ID: "WH-1", Name: name, Description: "two\nlines", URL: "http://localhost:8080/hooks?x=1", Provider: "saas", Variants: []string{"a", "b"},
		Method: "GET", Header: webhook.Header{{Name: "X-Team", Value: "ops"}, {Name: "X-Team", Value: ""}},
		Data: []byte(`{"b": 1.0, "a":1}`), Events: webhook.Patterns{"invoice.*", "!*.x"},
	}}
}

func add(t *testing.T, s *Store, e *Endpoint, secret string) *Endpoint {
	t.Helper()
	var value []byte
	if secret != "" {
		value = []byte(secret)
	}
	if err := s.AddEndpoint(t.Context(), e, value); err != nil {
		t.Fatal(err)
	}
	return e
}

func find(t *testing.T, s *Store, name string) *Endpoint {
	t.Helper()
	e, err := s.Endpoint(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// What was set is there after the store was closed and opened again.
func TestEndpointSettings(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	want := add(t, s, sampleEndpoint("Orders"), "")
	reader, err := OpenReader(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	got := find(t, reader, "oRDERS")
	if !got.CreatedAt.Equal(want.CreatedAt) || !got.ChangedAt.Equal(want.ChangedAt) {
		t.Errorf("created %v and changed %v, want %v", got.CreatedAt, got.ChangedAt, want.CreatedAt)
	}
	got.CreatedAt, got.ChangedAt = want.CreatedAt, want.ChangedAt
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if err := reader.AddEndpoint(t.Context(), sampleEndpoint("x"), nil); err == nil {
		t.Error("a reader added an endpoint")
	}
}

// A store of before there were endpoints has none, and gets them when it is
// opened for writing.
func TestEndpointsOfOldStore(t *testing.T) {
	dir := t.TempDir()
	firstVersion(t, filepath.Join(dir, databaseName))
	reader, err := OpenReader(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if all, err := reader.Endpoints(t.Context()); len(all) > 0 || err != nil {
		t.Errorf("%v %v", all, err)
	}
	if _, err := reader.Endpoint(t.Context(), "a"); !errors.As(err, new(*UnknownEndpointError)) {
		t.Errorf("%v", err)
	}
	if _, err := reader.Size(t.Context()); err != nil {
		t.Errorf("size: %v", err)
	}
	s := open(t, dir, Options{})
	add(t, s, sampleEndpoint("a"), "")
	find(t, reader, "a")
}

// firstVersion makes a store of the first schema.
func firstVersion(t *testing.T, path string) {
	t.Helper()
	put(t, path, nil)
	c, err := dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	first, err := migrations.ReadFile("migrations/0001.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{string(first), fmt.Sprintf("PRAGMA application_id = %d", applicationID), "PRAGMA user_version = 1"} {
		if _, err := c.exec(text); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.close(); err != nil {
		t.Fatal(err)
	}
}

// What endpoints take is not the deliveries': no limit on those removes one
// for it.
func TestEndpointsAreNoDeliveries(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	before, err := s.Size(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	e := add(t, s, sampleEndpoint("a"), "")
	a := &EndpointAttempt{At: time.Now(), Request: webhook.Request{Body: bytes.Repeat([]byte("x"), 1<<20)}}
	if err := s.BeginAttempt(t.Context(), e, a, false); err != nil {
		t.Fatal(err)
	}
	after, err := s.Size(t.Context())
	if err != nil || after-before > 64<<10 {
		t.Errorf("%d bytes became %d: %v", before, after, err)
	}
}

// Names are told apart without regard to case, and an unknown one says which
// there are.
func TestEndpointNames(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	add(t, s, sampleEndpoint("Orders"), "")
	add(t, s, sampleEndpoint("billing"), "")
	var taken *EndpointExistsError
	if err := s.AddEndpoint(t.Context(), sampleEndpoint("ORDERS"), nil); !errors.As(err, &taken) || taken.Name != "Orders" {
		t.Errorf("a second ORDERS: %v", err)
	}
	rename := func(e *Endpoint) error { e.Name = "BILLING"; return nil }
	if _, err := s.EditEndpoint(t.Context(), "orders", rename); !errors.As(err, &taken) || taken.Name != "billing" {
		t.Errorf("renamed to a taken name: %v", err)
	}
	if _, err := s.EditEndpoint(t.Context(), "billing", rename); err != nil {
		t.Errorf("a name in another case: %v", err)
	}
	var unknown *UnknownEndpointError
	if _, err := s.Endpoint(t.Context(), "order"); !errors.As(err, &unknown) || fmt.Sprint(unknown.Known) != "[billing orders]" {
		t.Errorf("an unknown name: %v %+v", err, unknown)
	}
	if _, err := s.RemoveEndpoint(t.Context(), "order"); !errors.As(err, &unknown) {
		t.Errorf("removed an unknown one: %v", err)
	}
	all, err := s.Endpoints(t.Context())
	if err != nil || len(all) != 2 || all[0].Name != "BILLING" || all[1].Name != "Orders" {
		t.Errorf("%v %v", all, err)
	}
}

// An edit that is refused changes nothing, and the store goes on.
func TestEndpointEditRefused(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	add(t, s, sampleEndpoint("a"), "")
	refusal := errors.New("no")
	_, err := s.EditEndpoint(t.Context(), "a", func(e *Endpoint) error { e.URL = "http://other"; return refusal })
	if err != refusal {
		t.Errorf("%v", err)
	}
	if e := find(t, s, "a"); e.URL != "http://localhost:8080/hooks?x=1" {
		t.Errorf("changed to %s", e.URL)
	}
	e, err := s.EditEndpoint(t.Context(), "a", func(e *Endpoint) error { e.Enabled = false; return nil })
	if err != nil || e.Enabled || find(t, s, "a").Enabled {
		t.Errorf("not disabled: %v", err)
	}
}

// A rotated secret is valid until its time, and then nowhere in the files.
func TestRotateSecret(t *testing.T) {
	dir := t.TempDir()
	clock := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s := open(t, dir, Options{Now: func() time.Time { return clock }})
	e := add(t, s, sampleEndpoint("a"), "the-first-secret")
	rotate := func(value string, keep time.Duration) {
		t.Helper()
		if _, err := s.RotateSecret(t.Context(), "a", []byte(value), clock.Add(keep)); err != nil {
			t.Fatal(err)
		}
	}
	values := func(at time.Time) string {
		t.Helper()
		all, err := s.EndpointSecrets(t.Context(), e, at)
		if err != nil {
			t.Fatal(err)
		}
		var texts []string
		for _, one := range all {
			texts = append(texts, string(one.Value))
		}
		return strings.Join(texts, " ")
	}
	rotate("the-second-secret", 2*time.Hour)
	rotate("the-third-secret", time.Hour)
	for _, c := range []struct {
		after time.Duration
		want  string
	}{
		{0, "the-third-secret the-first-secret the-second-secret"},
		{time.Hour, "the-third-secret the-first-secret"},
		{2 * time.Hour, "the-third-secret"},
	} {
		if got := values(clock.Add(c.after)); got != c.want {
			t.Errorf("after %s: %q, want %q", c.after, got, c.want)
		}
	}
	clock = clock.Add(3 * time.Hour)
	rotate("the-fourth-secret", 0)
	if got := values(clock); got != "the-fourth-secret" {
		t.Errorf("%q", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	image, err := os.ReadFile(filepath.Join(dir, databaseName))
	if err != nil {
		t.Fatal(err)
	}
	for _, gone := range []string{"first", "second"} {
		if bytes.Contains(image, []byte("the-"+gone+"-secret")) {
			t.Errorf("the %s secret is still in the file", gone)
		}
	}
}

// Of an endpoint that is removed nothing is left in the files: not its secret, and
// not what was sent with it.
func TestRemovedIsErased(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	e := add(t, s, sampleEndpoint("a"), "the-only-secret")
	a := &EndpointAttempt{At: time.Now(), Request: webhook.Request{
		Header: webhook.Header{{Name: "X-Secret", Value: "the-sent-secret"}}, Body: bytes.Repeat([]byte("a-body-of-many-pages "), 5000),
	}}
	if err := s.BeginAttempt(t.Context(), e, a, false); err != nil {
		t.Fatal(err)
	}
	if _, err := s.RemoveEndpoint(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	image, err := os.ReadFile(filepath.Join(dir, databaseName))
	if err != nil {
		t.Fatal(err)
	}
	for _, gone := range []string{"the-only-secret", "the-sent-secret", "a-body-of-many-pages", "X-Team"} {
		if bytes.Contains(image, []byte(gone)) {
			t.Errorf("%s is still in the file", gone)
		}
	}
}

// One changed byte costs the record it is in, which is named.
func TestDamagedEndpoint(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	e := add(t, s, sampleEndpoint("first"), "a-signing-secret")
	second := sampleEndpoint("second")
	second.Description = "described-here"
	add(t, s, second, "")
	a := &EndpointAttempt{At: time.Now(), MessageID: "msg-marker", Request: webhook.Request{Body: []byte("body-marker")}}
	if err := s.BeginAttempt(t.Context(), e, a, false); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	image, err := os.ReadFile(filepath.Join(dir, databaseName))
	if err != nil {
		t.Fatal(err)
	}
	for marker, look := range map[string]func(*Store) error{
		"described-here":   func(s *Store) error { _, err := s.Endpoint(t.Context(), "second"); return err },
		"a-signing-secret": func(s *Store) error { _, err := s.EndpointSecrets(t.Context(), e, time.Now()); return err },
		"msg-marker":       func(s *Store) error { _, err := s.Attempt(t.Context(), e, 1); return err },
		"body-marker":      func(s *Store) error { _, err := s.Attempt(t.Context(), e, 1); return err },
	} {
		changed := bytes.Clone(image)
		changed[bytes.Index(changed, []byte(marker))] ^= 1
		put(t, filepath.Join(dir, databaseName), changed)
		s := open(t, dir, Options{})
		if err := look(s); !errors.As(err, new(*DamagedError)) {
			t.Errorf("%s: %v", marker, err)
		}
		if all, _ := s.Endpoints(t.Context()); len(all) == 0 || all[0].Name != "first" {
			t.Errorf("%s: the other endpoint is not listed", marker)
		}
		if marker != "described-here" {
			continue
		}
		if _, err := s.EditEndpoint(t.Context(), "second", func(*Endpoint) error { return nil }); !errors.As(err, new(*DamagedError)) {
			t.Errorf("a damaged one was edited: %v", err)
		}
		if _, err := s.RemoveEndpoint(t.Context(), "second"); err != nil {
			t.Errorf("a damaged one stays: %v", err)
		}
		if all, err := s.Endpoints(t.Context()); err != nil || len(all) != 1 {
			t.Errorf("%d are left: %v", len(all), err)
		}
	}
}

// Settings and attempts that end early, anywhere, are refused and nothing worse.
func TestEndpointCutShort(t *testing.T) {
	settings := appendSettings(nil, &sampleEndpoint("a").Settings)
	if _, err := readSettings(settings); err != nil {
		t.Fatal(err)
	}
	a := &EndpointAttempt{Attempt: 1, Event: "e", Request: webhook.Request{Method: "POST", Header: webhook.Header{{Name: "A", Value: "b"}}}}
	a.Answer = webhook.Attempt{Status: 200, Header: a.Request.Header, Body: []byte("x")}
	data := appendAttempt(nil, a)
	if err := new(EndpointAttempt).read(data); err != nil {
		t.Fatal(err)
	}
	for n := range settings {
		if _, err := readSettings(settings[:n]); err == nil {
			t.Errorf("%d of %d bytes of settings will do", n, len(settings))
		}
	}
	for n := range data {
		if err := new(EndpointAttempt).read(data[:n]); err == nil {
			t.Errorf("%d of %d bytes of an attempt will do", n, len(data))
		}
	}
}
