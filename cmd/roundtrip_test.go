package cmd_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/whk-cli/whk/cmd"
	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

// whk runs a command line in this process, away from the machine's own files.
func whk(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	streams, out, err := ui.Buffers(stdin)
	app := &cmd.App{
		IO: streams, Now: time.Now, Random: rand.Reader, Dir: t.TempDir(),
		LookupEnv: func(string) (string, bool) { return "", false },
	}
	code = cmd.Run(t.Context(), app, args)
	return code, out.String(), err.String()
}

// Every sample that whk ships, in every variant of its provider, is authentic to
// whk itself, recognised without being told whose it is, and shown as the event
// that it is. With another secret it is refused.
func TestSamplesRoundTrip(t *testing.T) {
	registry := provider.NewRegistry()
	samples := 0
	for _, name := range registry.Names() {
		plain, err := registry.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, variant := range append([]string{""}, plain.VariantNames()...) {
			flags := []string{"-p", name}
			var chosen []string
			if variant != "" {
				flags = append(flags, "--variant", variant)
				chosen = []string{variant}
			}
			p, err := registry.Load(name, chosen...)
			if err != nil {
				t.Fatal(err)
			}
			samples += len(p.EventTypes())
			t.Run(strings.TrimSuffix(name+"/"+variant, "/"), func(t *testing.T) {
				t.Parallel()
				secret, other := generated(t, p), generated(t, p)
				for _, event := range eventsToTry(p) {
					roundTrip(t, p, event.Name, flags, secret, other)
				}
			})
		}
	}
	if samples < 150 {
		t.Errorf("only %d samples", samples)
	}
}

// generated is a secret in p's own form.
func generated(t *testing.T, p *provider.Provider) string {
	t.Helper()
	secret, _, err := p.Generate(rand.Reader, 0)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

func roundTrip(t *testing.T, p *provider.Provider, event string, flags []string, secret, other string) {
	t.Helper()
	// One time for all: some providers' signatures are good for five seconds.
	at := time.Now().UTC().Format(time.RFC3339)
	trigger := append([]string{"trigger", event, "--dry-run", "--json", "-q", "--secret", secret, "--at", at}, flags...)
	code, delivery, stderr := whk(t, "", trigger...)
	if code != 0 {
		t.Errorf("%s: exit %d: %s", event, code, stderr)
		return
	}
	var sent webhook.Delivery
	if err := json.Unmarshal([]byte(delivery), &sent); err != nil || sent.Event != event || json.Valid(sent.Body) == p.Form(event) || bytes.Contains(sent.Body, []byte("${")) {
		t.Errorf("%s: %v: %s", event, err, delivery)
	}

	var chosen []string // without a variant, whose it is has to be recognised
	if len(flags) > 2 {
		chosen = flags
	}
	code, verdict, stderr := whk(t, delivery, append([]string{"verify", "--json", "-q", "--as", "json", "-", "--secret", secret, "--at", at}, chosen...)...)
	var v struct {
		Status   webhook.Status
		Provider string
		Event    string
		Warnings []string
	}
	if err := json.Unmarshal([]byte(verdict), &v); code != 0 || err != nil {
		t.Errorf("%s: exit %d, %v: %s%s", event, code, err, verdict, stderr)
		return
	}
	if v.Status != webhook.Authentic || v.Provider != p.Name || len(v.Warnings) > 0 {
		t.Errorf("%s: %s", event, verdict)
	}
	if v.Event != event && !grouped(p, v.Event, event) {
		t.Errorf("%s arrives as %q", event, v.Event)
	}
	// As one of many, where no time goes into finding out why.
	refuse := append([]string{"verify", "-q", "--as", "ndjson", "-", "--secret", other, "--at", at}, chosen...)
	if code, verdict, _ := whk(t, delivery, refuse...); code != 3 {
		t.Errorf("%s under another secret: exit %d: %s", event, code, verdict)
	}
}

// grouped reports whether an event type arrives under the name of its group.
func grouped(p *provider.Provider, arrived, event string) bool {
	for suffix, patterns := range p.Event.Groups {
		if strings.HasSuffix(arrived, suffix) && webhook.Patterns(patterns).Match(event) {
			return true
		}
	}
	return false
}

// A target without a path is signed as the receiver sees it, with one.
func TestURLWithoutPathIsSignedAsRequested(t *testing.T) {
	for target, want := range map[string]string{
		"http://127.0.0.1:8080":     "http://127.0.0.1:8080/",
		"http://127.0.0.1:8080?a=b": "http://127.0.0.1:8080/?a=b",
		"http://127.0.0.1:8080/x":   "http://127.0.0.1:8080/x",
	} {
		secret := []string{"--secret", "a-secret-of-32-characters-or-so-1"}
		code, delivery, stderr := whk(t, "", append([]string{"trigger", "square/payment.updated", "--dry-run", "--json", "-q", "--to", target}, secret...)...)
		var sent webhook.Delivery
		if err := json.Unmarshal([]byte(delivery), &sent); code != 0 || err != nil || sent.URL != want {
			t.Errorf("%s: sent to %q, want %q: exit %d, %v: %s", target, sent.URL, want, code, err, stderr)
			continue
		}
		if code, verdict, _ := whk(t, delivery, append([]string{"verify", "--as", "json", "-", "--url", want}, secret...)...); code != 0 {
			t.Errorf("%s: exit %d: %s", target, code, verdict)
		}
	}
}
