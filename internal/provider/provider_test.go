package provider

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/webhook"
)

const (
	saasBody    = `{"id":"evt_7f3a90c1","event":"invoice.paid","created_at":"2025-03-04T08:15:00Z","data":{"invoice_id":"inv_20931","user_id":"user_55120","amount":4900,"currency":"USD","status":"paid"}}`
	saasSig     = "8982ff64ce80174c84ba9c8c7d1bcfc278f2f9bf557f239ed18fa133d32c5aac"
	paasBody    = `{"id":"5b0d7c1e-6c0b-4a55-9a4e-2f6f3f0f9b11","event_name":"transaction_processed","resource_id":"0c2f7a64-98d1-4a0b-8f0e-5d1f6ab7c3d2","user_id":"b7d1f7f2-3d0b-4f6c-8a8e-0d4a4f1c2e90","subscription_id":"9e5f2f50-1c7d-4f0c-bb26-71c4a8d3e6f5","timestamp":"2025-03-04T08:15:00.120Z"}`
	raasBody    = `{"persisted_object_id":"5b0d7c1e-6c0b-4a55-9a4e-2f6f3f0f9b11","resource_id":"0c2f7a64-98d1-4a0b-8f0e-5d1f6ab7c3d2","sender_id":"b7d1f7f2-3d0b-4f6c-8a8e-0d4a4f1c2e90","event_name":"transaction_completed","subscription_id":"9e5f2f50-1c7d-4f0c-bb26-71c4a8d3e6f5","timestamp":"2025-03-04T08:15:00.120Z"}`
	connectBody = `{"webhook_id":"WH-301-552-118","webhook_name":"Orders hook","object_class":"fulfillment_request","account_id":"VA-118-402","product_id":"PRD-440-120-773","api_url":"https://api.connect.cloudblue.com/public/v1/","triggered_at":"2025-03-04T08:15:00+00:00","last_success_at":null,"last_failure_at":null,"processing_timeout":600,"data":{"team":"ops"}}`
	connectJWT  = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJ3ZWJob29rX2lkIjoiV0gtMzAxLTU1Mi0xMTgiLCJ3ZWJob29rX25hbWUiOiJPcmRlcnMgaG9vayIsIm9iamVjdF9jbGFzcyI6ImZ1bGZpbGxtZW50X3JlcXVlc3QiLCJhY2NvdW50X2lkIjoiVkEtMTE4LTQwMiIsInByb2R1Y3RfaWQiOiJQUkQtNDQwLTEyMC03NzMiLCJhcGlfdXJsIjoiaHR0cHM6Ly9hcGkuY29ubmVjdC5jbG91ZGJsdWUuY29tL3B1YmxpYy92MS8iLCJ0cmlnZ2VyZWRfYXQiOiIyMDI1LTAzLTA0VDA4OjE1OjAwKzAwOjAwIiwibGFzdF9zdWNjZXNzX2F0IjpudWxsLCJsYXN0X2ZhaWx1cmVfYXQiOm51bGwsInByb2Nlc3NpbmdfdGltZW91dCI6NjAwLCJkYXRhIjp7InRlYW0iOiJvcHMifSwiZXhwIjoxNzQxMDc2NzAwfQ.hvYXf3hHb4Vc9-Z0vEjbmE2I43GycKJfKKIMH8OazRw"
)

var vectorTime = time.Date(2025, 3, 4, 8, 15, 0, 0, time.UTC)

// The four systems' vectors, computed independently of this code: the same
// header must come out of signing, and judging must say authentic with the
// event and ID of the body.
func TestVectors(t *testing.T) {
	for _, c := range []struct {
		provider, secret, body, header, value, event, id string
	}{
		{"rosaas", "northwind-demo-secret", `{"Event":"Tenant.StatusChanged","EventCode":2}`, "X-Signing-Secret", "northwind-demo-secret", "Tenant.StatusChanged", ""},
		{"saas", "saas-demo-key-01", saasBody, "X-Webhook-Signature", saasSig, "invoice.paid", "evt_7f3a90c1"},
		{"saas", "saas-demo-key-01", saasBody + "\n", "X-Webhook-Signature", "a2fbbbae55cbd0f4c24763e4a3a87c97dd190b7f4a9a4ba94534be759d929fdc", "invoice.paid", "evt_7f3a90c1"},
		{"machnet", "machnet-demo-key-01", paasBody, "x-raas-webhook-signature", "472ca1bd99ccdccc3c7e3f59336d8998f9e2788bca1cdc52ff8f1d937669658c", "transaction_processed", "5b0d7c1e-6c0b-4a55-9a4e-2f6f3f0f9b11"},
		{"machnet", "machnet-demo-key-01", raasBody, "x-raas-webhook-signature", "81df1879038f696ddd5d8cb257894576116d19218090cb3d979e622b60b8fa49", "transaction_completed", "5b0d7c1e-6c0b-4a55-9a4e-2f6f3f0f9b11"},
		{"cloudblue-connect", "connect-demo-key-01", connectBody, "Authorization", "Bearer " + connectJWT, "fulfillment_request.event", ""},
	} {
		t.Run(c.provider, func(t *testing.T) {
			p := load(t, c.provider)
			m := &signing.Message{Method: "POST", Header: http.Header{}, Body: []byte(c.body)}
			fields, err := p.Scheme().Sign(m, signing.NewSecret([]byte(c.secret)), vectorTime)
			if err != nil {
				t.Fatal(err)
			}
			if len(fields) != 1 || fields[0] != (signing.Field{Name: c.header, Value: c.value}) {
				t.Fatalf("signed %v, the vector is %s: %s", fields, c.header, c.value)
			}
			signing.Apply(m.Header, fields)
			v := judge(t, c.secret, p).Judge(m, vectorTime)
			if v.Verification.Status != webhook.Authentic || v.Event != c.event || v.MessageID != c.id {
				t.Errorf("got %+v, event %q, id %q", v.Verification, v.Event, v.MessageID)
			}
			if v := judge(t, c.secret+"x", p).Judge(m, vectorTime); v.Verification.Reason != webhook.ReasonMismatch {
				t.Errorf("another secret: %+v", v.Verification)
			}
		})
	}
}

func load(t testing.TB, name string, variants ...string) *Provider {
	t.Helper()
	p, err := NewRegistry().Load(name, variants...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func judge(t testing.TB, secret string, providers ...*Provider) *Judge {
	t.Helper()
	return NewJudge(providers, false, judgeOptions(secret))
}

func judgeOptions(secret string) JudgeOptions {
	return JudgeOptions{Tolerance: -1, Keys: func(*Provider) (Keys, error) {
		return Keys{Secrets: []signing.Secret{signing.NewSecret([]byte(secret))}}, nil
	}}
}

// A folder in a directory is a provider; its mistakes are named with file and
// line, and what would be right.
func TestFolder(t *testing.T) {
	for _, c := range []struct{ name, yaml, want string }{
		{"good", "name: own\nrecognise: {headers: [X-Own]}\nsignature: {header: X-Own, algorithm: hmac-sha256}\n", ""},
		{"typo", "name: own\nsignature: {header: X-Own, algoritm: hmac-sha256}\n", `own/provider.yaml:2: unknown key "algoritm": did you mean algorithm? the keys here are accept, algorithm, `},
		{"nothing near", "name: own\nsignature: {header: X-Own, algorithm: hmac-sha256}\nsecret: {\n  quality: 1}\n", `own/provider.yaml:4: unknown key "quality": the keys here are bytes, encoding, max_chars, prefix, public_prefix`},
		{"algorithm", "name: own\nsignature: {header: X-Own, algorithm: md5}\n", `own/provider.yaml:2: signature: algorithm: "md5" is not one of hmac-sha256, `},
		{"syntax", "name: own\nsignature: {header: X-Own\n", "own/provider.yaml:"},
		{"duration", "name: own\nsignature: {header: X-Own, algorithm: static}\ndelivery: {timeout: 5}\n", `own/provider.yaml:3: "5" is not a duration`},
		{"name", "name: other\nsignature: {header: X-Own, algorithm: static}\n", `own/provider.yaml:1: name: it is "other", and the folder is "own"`},
		{"place", "name: own\nsignature: {header: X-Own, algorithm: static}\nevent:\n  id: json:id\n  type: body.event\n", `own/provider.yaml:5: event.type: "body.event" is not a place`},
		{"deep", "name: own\nsignature:\n  header: X-Own\n  algorithm: hmac-sha256\n  timestamp:\n    unit: s\n    from: X-Time\n", `own/provider.yaml:7: signature: timestamp.from: "X-Time" is not a place`},
		{"alternative", "name: own\nsignature:\n  header: X-Own\n  algorithm: hmac-sha256\n  or:\n    - {header: X-Old}\n    - {algorithm: md5}\n", `own/provider.yaml:7: signature: or[1]: algorithm: "md5" is not one of `},
		{"item", "name: own\nsignature: {header: X-Own, algorithm: static}\nhandshake:\n  - {when: {json: a}}\n  - {method: TRACE}\n", `own/provider.yaml:5: handshake[1]: method: "TRACE" is not one of `},
		{"key with a dot", "name: own\nsignature: {header: X-Own, algorithm: static}\nevents:\n  a: {}\n  a.b: {encoding: xml}\n", `own/provider.yaml:5: events.a.b.encoding: "xml" is not one of `},
		{"variant", "name: own\nsignature: {header: X-Own, algorithm: static}\nvariants: {a: {sgnature: {header: X}}}\n", `unknown key "sgnature"`},
		{"empty", "", "the file is empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "own", "provider.yaml"), c.yaml)
			_, err := NewRegistry(Source{FS: os.DirFS(dir), Origin: User}).Load("own")
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

// A mistake that only a variant makes is told where the variant makes it.
func TestVariantLine(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "own", "provider.yaml"), "name: own\nsignature: {header: X-Own, algorithm: static}\nvariants:\n  a:\n    signature:\n      algorithm: md5\n")
	_, err := NewRegistry(Source{FS: os.DirFS(dir), Origin: User}).Load("own", "a")
	if err == nil || !strings.HasPrefix(err.Error(), "own/provider.yaml:6: signature: algorithm: ") {
		t.Errorf("error %v", err)
	}
}

// The built-in files are held against the keys where somebody asks for it.
func TestCheck(t *testing.T) {
	f := folder{name: "own", origin: BuiltIn, path: "own", fsys: fstest.MapFS{providerFile: {Data: []byte("name: own\nsignature: {header: X, algorithm: static}\ncolour: red\n")}}}
	for _, check := range []bool{false, true} {
		r := NewRegistry()
		r.Check, r.folders["own"] = check, &f
		if _, err := r.Load("own"); (err != nil) != check {
			t.Errorf("Check %v: error %v", check, err)
		}
	}
}

// A project adds providers; it stands in for one only when it is trusted.
func TestTrust(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "saas", "provider.yaml"), "name: saas\nsignature: {header: X-Mine, algorithm: static}\n")
	write(t, filepath.Join(dir, "added", "provider.yaml"), "name: added\nsignature: {header: X-Mine, algorithm: static}\n")
	header := func(r *Registry, name string) string {
		p, err := r.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		return p.Signature.Header
	}
	untrusted := NewRegistry(Source{FS: os.DirFS(dir), Origin: Project})
	var warnings []string
	untrusted.Warn = func(text string) { warnings = append(warnings, text) }
	if h := header(untrusted, "saas"); h != "X-Webhook-Signature" || len(warnings) != 1 {
		t.Errorf("an untrusted project replaced a provider: %s, warnings %q", h, warnings)
	}
	if h := header(untrusted, "added"); h != "X-Mine" {
		t.Errorf("an untrusted project could not add one: %s", h)
	}
	for _, s := range []Source{{FS: os.DirFS(dir), Origin: Project, Trusted: true}, {FS: os.DirFS(dir), Origin: User}} {
		if h := header(NewRegistry(s), "saas"); h != "X-Mine" {
			t.Errorf("%s, trusted %v: the built-in one stayed", s.Origin, s.Trusted)
		}
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Every built-in provider parses with each of its variants, and every name it
// gives has a sample, and the reverse.
func TestBuiltIns(t *testing.T) {
	r := NewRegistry()
	for _, name := range r.Names() {
		p := load(t, name)
		src, err := p.File(providerFile)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := decode(src, &Provider{}, true); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, v := range p.VariantNames() {
			load(t, name, v)
		}
		have := map[string]bool{}
		for _, e := range p.EventTypes() {
			have[e.Name] = true
			if e.Title == "" {
				t.Errorf("%s: %s has no title", name, e.Name)
			}
		}
		for e := range p.Events {
			if !have[e] {
				t.Errorf("%s: %s has no sample", name, e)
			}
		}
	}
	if got := len(load(t, "rosaas").EventTypes()); got != 18 {
		t.Errorf("rosaas has %d event types, its documents 18", got)
	}
	if got := len(load(t, "cloudblue-connect").EventTypes()); got != 22 {
		t.Errorf("cloudblue-connect has %d event types, its documents 22", got)
	}
}

func TestFindEvent(t *testing.T) {
	r := NewRegistry()
	for event, want := range map[string]string{
		"Tenant.StatusChanged":                "rosaas",
		"TrialSubscriptionUpgradedToStandard": "rosaas",
		"invoice.paid":                        "saas",
		"sender_verified":                     "machnet",
		"transaction_pending":                 "machnet",
		"usage_file.event":                    "cloudblue-connect",
	} {
		if found, err := r.FindEvent(event, r.First()); err != nil || len(found) != 1 || found[0] != want {
			t.Errorf("%s: %v, %v", event, found, err)
		}
	}
	_, err := r.FindEvent("Tenant.StatusChangd", r.First())
	if e, ok := err.(*UnknownEventError); !ok || len(e.Near) == 0 || e.Near[0] != "Tenant.StatusChanged" {
		t.Errorf("near names: %+v", err)
	}
	s, err := load(t, "machnet").Sample("sender_verified")
	if err != nil || s.Event.Variant != "raas" {
		t.Errorf("sender_verified implies %+v, %v", s, err)
	}
	if _, err := load(t, "saas").Sample("../provider"); err == nil {
		t.Error("a name left the folder")
	}
}

// What arrives names its event type by what the request can tell.
func TestEventOnReceipt(t *testing.T) {
	connect := load(t, "cloudblue-connect")
	token := func(claims string) http.Header {
		f, err := connect.Scheme().Sign(&signing.Message{Claims: []byte(claims)}, signing.NewSecret([]byte("k")), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return http.Header{"Authentication": {f[0].Value}}
	}
	envelope := `{"webhook_id":"WH-1","object_class":"fulfillment_requests"}`
	for _, c := range []struct {
		name, body, claims, want string
	}{
		{"plural class", envelope, envelope, "fulfillment_request.event"},
		{"no body", "", `{"webhook_id":"WH-1","object_class":"usage_file"}`, "usage_file.event"},
		{"request object", `{"id":"PR-1","type":"purchase"}`, envelope, "fulfillment_request.validation"},
		{"request object, claims silent", `{"id":"TCR-1"}`, `{"webhook_id":"WH-1","object_class":""}`, "tier_config_request.validation"},
	} {
		m := &signing.Message{Method: "POST", Header: token(c.claims), Body: []byte(c.body)}
		if v := judge(t, "k", connect).Judge(m, time.Now()); v.Event != c.want || v.Verification.Status != webhook.Authentic {
			t.Errorf("%s: event %q, %+v", c.name, v.Event, v.Verification)
		}
	}
	if got := connect.Arrives("tier_config_request.draft_tcr_t1_val"); got != "tier_config_request.validation" {
		t.Errorf("arrives as %q", got)
	}
}

func TestWarningsAndStrict(t *testing.T) {
	rosaas, machnet := load(t, "rosaas"), load(t, "machnet")
	sign := func(p *Provider, body string) *signing.Message {
		m := &signing.Message{Method: "POST", Header: http.Header{}, Body: []byte(body)}
		fields, _ := p.Scheme().Sign(m, signing.NewSecret([]byte("k")), vectorTime)
		signing.Apply(m.Header, fields)
		return m
	}
	other := sign(machnet, paasBody)
	other.Header.Set("x-raas-event", "transaction_failed")
	for _, c := range []struct {
		name string
		p    *Provider
		m    *signing.Message
		want string
	}{
		{"wrong code", rosaas, sign(rosaas, `{"TenantSystemName":"a","Event":"Tenant.StatusChanged","EventCode":1,"MetaData":{},"Created":"x"}`), "EventCode is not the one of Tenant.StatusChanged"},
		{"missing field", rosaas, sign(rosaas, `{"TenantSystemName":"a","Event":"Unknown.Event","EventCode":1,"MetaData":{}}`), "the body has no Created"},
		{"header differs", machnet, other, "the header x-raas-event and event_name in the body differ; the signed one counts"},
		{"impossible time", machnet, sign(machnet, strings.Replace(paasBody, "08:15", "08:88", 1)), "timestamp is not a time"},
	} {
		v := judge(t, "k", c.p).Judge(c.m, vectorTime)
		if v.Verification.Status != webhook.Authentic || len(v.Verification.Warnings) != 1 || v.Verification.Warnings[0] != c.want {
			t.Errorf("%s: %+v", c.name, v.Verification)
		}
		strict := judge(t, "k", c.p)
		strict.options.Strict = true
		if v := strict.Judge(c.m, vectorTime); v.Verification.Reason != webhook.ReasonStrict {
			t.Errorf("%s, strict: %+v", c.name, v.Verification)
		}
	}
}

// Providers may share a header: each is tried with its own secrets only.
func TestCandidates(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "twin", "provider.yaml"), "name: twin\nrecognise: {headers: [X-Webhook-Signature]}\nsignature: {header: X-Webhook-Signature, algorithm: hmac-sha1}\n")
	r := NewRegistry(Source{FS: os.DirFS(dir), Origin: User})
	saas, _ := r.Load("saas")
	twin, err := r.Load("twin")
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]string{"saas": "saas-demo-key-01", "twin": "other"}
	j := NewJudge([]*Provider{twin, saas}, false, JudgeOptions{Tolerance: -1, Keys: func(p *Provider) (Keys, error) {
		return Keys{Secrets: []signing.Secret{signing.NewSecret([]byte(keys[p.Name]))}, Development: p.Name == "twin"}, nil
	}})
	m := &signing.Message{Header: http.Header{"X-Webhook-Signature": {saasSig}}, Body: []byte(saasBody)}
	if v := j.Judge(m, vectorTime); v.Provider != saas || v.Verification.Status != webhook.Authentic {
		t.Errorf("the one that authenticates did not win: %+v", v.Verification)
	}
	m.Body = []byte("{}")
	if v := j.Judge(m, vectorTime); v.Verification.Status != webhook.NotAuthentic || strings.Join(v.Verification.Candidates, ",") != "twin,saas" {
		t.Errorf("candidates: %+v", v.Verification)
	}
	if v := j.Judge(&signing.Message{Header: http.Header{}}, vectorTime); v.Verification.Status != webhook.Unverified {
		t.Errorf("no match: %+v", v.Verification)
	}
	if v := NewJudge([]*Provider{saas}, true, j.options).Judge(&signing.Message{Header: http.Header{}}, vectorTime); v.Verification.Reason != webhook.ReasonMissing {
		t.Errorf("forced, no signature: %+v", v.Verification)
	}
}

// What listen does with each delivery besides keeping it.
func BenchmarkJudge1K(b *testing.B) {
	p := load(b, "saas")
	body := []byte(strings.Replace(saasBody, `"USD"`, `"`+strings.Repeat("x", 840)+`"`, 1))
	m := &signing.Message{Method: "POST", Header: http.Header{}, Body: body}
	fields, err := p.Scheme().Sign(m, signing.NewSecret([]byte("k")), vectorTime)
	if err != nil {
		b.Fatal(err)
	}
	signing.Apply(m.Header, fields)
	j := judge(b, "k", p)
	b.ReportAllocs()
	for b.Loop() {
		if v := j.Judge(m, vectorTime); v.Verification.Status != webhook.Authentic {
			b.Fatal(v.Verification)
		}
	}
}
