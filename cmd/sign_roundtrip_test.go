package cmd_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/webhook"
)

// gen-secret | sign | verify, of every event of every provider in every variant:
// each part of a pair of keys verifies, and no other secret does.
func TestSignRoundTrip(t *testing.T) {
	registry := provider.NewRegistry()
	pairs, signed := 0, 0
	for _, name := range registry.Names() {
		plain, err := registry.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, variant := range append([]string{""}, plain.VariantNames()...) {
			flags := []string{"-p", name}
			p := plain
			if variant != "" {
				flags = append(flags, "--variant", variant)
				if p, err = registry.Load(name, variant); err != nil {
					t.Fatal(err)
				}
			}
			signed += len(p.EventTypes())
			if p.Scheme().KeyPair() {
				pairs++
			}
			t.Run(strings.TrimSuffix(name+"/"+variant, "/"), func(t *testing.T) {
				t.Parallel()
				signRoundTrips(t, p, flags)
			})
		}
	}
	if signed < 150 || pairs < 3 {
		t.Errorf("only %d samples and %d pairs of keys", signed, pairs)
	}
}

func signRoundTrips(t *testing.T, p *provider.Provider, flags []string) {
	t.Helper()
	own := secretOf(t, flags)
	if (own.Public != "") != p.Scheme().KeyPair() {
		t.Fatalf("gen-secret made a public key: %v", own.Public != "")
	}
	verifiers := []string{own.Secret}
	if own.Public != "" {
		verifiers = append(verifiers, own.Public)
	}
	request := ""
	for _, event := range eventsToTry(p) {
		if request = signedRequest(t, flags, event.Name, own.file); request == "" {
			return
		}
		for _, key := range verifiers {
			if code, verdict, stderr := verifyWith(t, flags, request, key); code != 0 {
				t.Errorf("%s: exit %d: %s%s", event.Name, code, verdict, stderr)
			}
		}
	}
	if raceDetector {
		return // a refusal is explained at length, and TestSamplesRoundTrip has one for each sample
	}
	if code, verdict, _ := verifyWith(t, flags, request, secretOf(t, flags).Secret); code != 3 {
		t.Errorf("under another secret: exit %d: %s", code, verdict)
	}
}

// eventsToTry are all of p's event types, or two under the race detector: those of
// one provider take one path.
func eventsToTry(p *provider.Provider) []provider.EventType {
	events := p.EventTypes()
	if raceDetector {
		return events[:min(2, len(events))]
	}
	return events
}

type generatedSecret struct {
	Secret, Public string
	file           string
}

// secretOf is what gen-secret makes, and a file that holds it.
func secretOf(t *testing.T, flags []string) generatedSecret {
	t.Helper()
	code, out, stderr := whk(t, "", append([]string{"gen-secret", "--json"}, flags...)...)
	var made generatedSecret
	if err := json.Unmarshal([]byte(out), &made); code != 0 || err != nil {
		t.Fatalf("gen-secret: exit %d, %v: %s", code, err, stderr)
	}
	made.file = filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(made.file, []byte(made.Secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return made
}

// signedRequest is a sample's body, signed by whk sign as for its request.
func signedRequest(t *testing.T, flags []string, event, secretFile string) string {
	t.Helper()
	trigger := append([]string{"trigger", event, "--dry-run", "--json", "-q", "--secret-file", secretFile}, flags...)
	code, out, stderr := whk(t, "", trigger...)
	var sample webhook.Delivery
	if err := json.Unmarshal([]byte(out), &sample); code != 0 || err != nil {
		t.Errorf("trigger %s: exit %d, %v: %s", event, code, err, stderr)
		return ""
	}
	sign := append([]string{"sign", "-", "-q", "--print", "json", "--secret-file", secretFile, "--event", event,
		"--method", sample.Method, "--url", sample.URL}, flags...)
	code, request, stderr := whk(t, string(sample.Body), sign...)
	if code != 0 {
		t.Errorf("sign %s: exit %d: %s", event, code, stderr)
		return ""
	}
	return request
}

func verifyWith(t *testing.T, flags []string, request, key string) (code int, verdict, stderr string) {
	t.Helper()
	return whk(t, request, append([]string{"verify", "-q", "--as", "json", "-", "--secret", key}, flags...)...)
}
