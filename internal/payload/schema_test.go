package payload

import (
	"encoding/json"
	"io/fs"
	"os"
	slash "path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/whk-cli/whk/fixtures"
)

// A schema under testdata/schemas describes an object with a property for each
// event type of one provider, or of one of its variants. That is written from
// the provider's documentation, not from the samples.
type schema struct {
	*jsonschema.Resolved
	events []string
}

func loadSchemas(t *testing.T) map[string]schema {
	t.Helper()
	files, err := filepath.Glob("testdata/schemas/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no schemas: %v", err)
	}
	schemas := map[string]schema{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var s jsonschema.Schema
		if err := json.Unmarshal(data, &s); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		resolved, err := s.Resolve(nil)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		var events []string
		for event := range s.Properties {
			events = append(events, event)
		}
		schemas[strings.TrimSuffix(filepath.Base(file), ".json")] = schema{resolved, events}
	}
	return schemas
}

// sample is a built-in sample payload.
type sample struct {
	set   string // its provider, or provider-variant: the schema's name
	event string
	file  string
}

func loadSamples(t *testing.T) []sample {
	t.Helper()
	var samples []sample
	err := fs.WalkDir(fixtures.FS, ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || slash.Ext(file) != ".json" {
			return err
		}
		parts := strings.Split(strings.TrimSuffix(file, ".json"), "/")
		switch {
		case len(parts) > 2 && parts[1] == "events":
			samples = append(samples, sample{parts[0], slash.Join(parts[2:]...), file})
		case len(parts) > 4 && parts[1] == "variants" && parts[3] == "events":
			samples = append(samples, sample{parts[0] + "-" + parts[2], slash.Join(parts[4:]...), file})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return samples
}

func parseFixture(t *testing.T, file string) *Template {
	t.Helper()
	src, err := fs.ReadFile(fixtures.FS, file)
	if err != nil {
		t.Fatal(err)
	}
	template, err := Parse(file, src)
	if err != nil {
		t.Fatal(err)
	}
	return template
}

func appendFixture(t *testing.T, template *Template, p *Payload) []byte {
	t.Helper()
	body, err := template.Append(nil, p)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// validate holds a body against the schema of its event type.
func (s schema) validate(event string, body []byte) error {
	var payload any
	if err := json.Unmarshal(body, &payload); err != nil {
		return err
	}
	return s.Validate(map[string]any{event: payload})
}

// Every sample of a provider that has a schema must satisfy it, whatever the
// seed; the first four providers must have one.
func TestSamplesMatchTheirSchemas(t *testing.T) {
	schemas, samples := loadSchemas(t), loadSamples(t)
	for _, provider := range fixtures.Order() {
		if _, ok := schemas[provider]; !ok {
			t.Errorf("testdata/schemas has nothing for %s", provider)
		}
	}
	have := map[string][]string{}
	for _, sample := range samples {
		have[sample.set] = append(have[sample.set], sample.event)
		s, ok := schemas[sample.set]
		if !ok {
			if provider, _, _ := strings.Cut(sample.file, "/"); slices.Contains(fixtures.Order(), provider) {
				t.Errorf("%s has no schema: there is no testdata/schemas/%s.json", sample.file, sample.set)
			}
			continue
		}
		if !slices.Contains(s.events, sample.event) {
			t.Errorf("%s has no schema: testdata/schemas/%s.json does not name %s", sample.file, sample.set, sample.event)
			continue
		}
		t.Run(sample.file, func(t *testing.T) {
			template := parseFixture(t, sample.file)
			for seed := range uint64(20) {
				p := testGenerator(seed).Payload(1)
				p.Event = sample.event
				body := appendFixture(t, template, p)
				if err := s.validate(sample.event, body); err != nil {
					t.Fatalf("seed %d made %s\n%v", seed, body, err)
				}
			}
		})
	}
	for set, s := range schemas {
		for _, event := range s.events {
			if !slices.Contains(have[set], event) {
				t.Errorf("testdata/schemas/%s.json names %s, which has no sample", set, event)
			}
		}
	}
}

// The claims about a request object are those of its class's queue change, for
// the product that the body is about.
func TestClaimsOfRequestObjects(t *testing.T) {
	const provider = "cloudblue-connect"
	s := loadSchemas(t)[provider]
	claims := parseFixture(t, provider+"/claims.json")
	checked := 0
	for _, sample := range loadSamples(t) {
		class, kind, _ := strings.Cut(sample.event, ".")
		if sample.set != provider || kind == "event" {
			continue
		}
		checked++
		p := testGenerator(1).Payload(1)
		p.Event = sample.event
		p.Body = appendFixture(t, parseFixture(t, sample.file), p)
		body := appendFixture(t, claims, p)
		if err := s.validate(class+".event", body); err != nil {
			t.Errorf("%s: %s\n%v", sample.event, body, err)
		}
		var got struct {
			Product string `json:"product_id"`
		}
		if err := json.Unmarshal(body, &got); err != nil {
			t.Fatal(err)
		}
		if got.Product == "" || !strings.Contains(string(p.Body), `"product":{"id":"`+got.Product+`"`) {
			t.Errorf("%s: the claims are about %q, the body is not: %s", sample.event, got.Product, p.Body)
		}
	}
	if checked != 16 {
		t.Errorf("checked the claims of %d request objects, want 16", checked)
	}
}

// The order of keys is what receivers see in logs and what the documents print.
func TestKeyOrder(t *testing.T) {
	want := map[string]string{
		"rosaas":       "TenantSystemName EventCode Event MetaData Created",
		"saas":         "id event created_at data",
		"machnet":      "id event_name resource_id user_id subscription_id payload timestamp",
		"machnet-raas": "persisted_object_id resource_id sender_id receiver_id event_name subscription_id timestamp",
		"cloudblue-connect": "webhook_id webhook_name object_class account_id product_id api_url " +
			"triggered_at last_success_at last_failure_at processing_timeout data",
	}
	for _, sample := range loadSamples(t) {
		order, ok := want[sample.set]
		if !ok || sample.set == "cloudblue-connect" && !strings.HasSuffix(sample.event, ".event") {
			continue
		}
		body := appendFixture(t, parseFixture(t, sample.file), testGenerator(1).Payload(1))
		rest := strings.Fields(order)
		members(body, wholeValue(body), func(m member) bool {
			i := slices.Index(rest, keyText(body, m.key))
			if i < 0 {
				t.Errorf("%s: %s does not stand where it should: %s", sample.file, keyText(body, m.key), order)
			}
			rest = rest[i+1:]
			return true
		})
	}
}

// What a payload says twice must be the same both times.
func TestSamplesAgreeWithThemselves(t *testing.T) {
	same := []struct{ set, event, a, b string }{
		{"rosaas", "Tenant.RegisteredInRoSaasDb", "TenantSystemName", "MetaData.systemName"},
		{"machnet", "user_kyc_*", "resource_id", "user_id"},
		{"machnet-raas", "sender_*", "resource_id", "sender_id"},
		{"machnet-raas", "receiver_*", "resource_id", "receiver_id"},
		{"cloudblue-connect", "fulfillment_request.*validator", "marketplace.id", "asset.marketplace.id"},
		{"cloudblue-connect", "fulfillment_request.*validator", "contract.name", "asset.contract.name"},
		{"cloudblue-connect", "tier_config_request.*_val*", "account.id", "configuration.account.id"},
		{"cloudblue-connect", "tier_config_request.*_val*", "account.name", "configuration.account.name"},
	}
	for _, tt := range same {
		a, err := parsePath(tt.a)
		if err != nil {
			t.Fatal(err)
		}
		b, err := parsePath(tt.b)
		if err != nil {
			t.Fatal(err)
		}
		checked := 0
		for _, sample := range loadSamples(t) {
			if ok, _ := slash.Match(tt.event, sample.event); !ok || sample.set != tt.set {
				continue
			}
			checked++
			body := appendFixture(t, parseFixture(t, sample.file), testGenerator(3).Payload(1))
			one, err1 := firstOf(body, []path{a})
			other, err2 := firstOf(body, []path{b})
			if err1 != nil || err2 != nil || one == nil || string(one) != string(other) {
				t.Errorf("%s: %s is %s, %s is %s", sample.file, tt.a, one, tt.b, other)
			}
		}
		if checked == 0 {
			t.Errorf("no sample of %s is called %s", tt.set, tt.event)
		}
	}
}
