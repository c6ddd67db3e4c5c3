package provider

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/webhook"
)

// A request that shows which variant it is of is judged as that one, whether or
// not it was said whose it is; a choice of variants goes before what it shows.
func TestVariantIsShown(t *testing.T) {
	const secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
	p := load(t, "cloudevents")
	sign := func(header map[string]string, body string) *signing.Message {
		m := post(body)
		for name, value := range header {
			m.Header.Set(name, value)
		}
		m.Header.Set("webhook-id", "msg_1")
		fields, err := p.Scheme().Sign(m, signing.NewSecret([]byte(secret)), vectorTime)
		if err != nil {
			t.Fatal(err)
		}
		signing.Apply(m.Header, fields)
		return m
	}
	binary := sign(map[string]string{"ce-specversion": "1.0", "ce-type": "com.example.order.created", "ce-source": "/shop", "ce-id": "A1"}, `{"amount":1,"type":"not the event's"}`)
	structured := sign(map[string]string{"Content-Type": "application/cloudevents+json; charset=utf-8"}, `{"specversion":"1.0","type":"com.example.order.created","source":"/shop","id":"A1"}`)
	neither := sign(nil, `{"type":"com.example.order.created"}`)
	unsigned := sign(map[string]string{"ce-specversion": "1.0", "ce-type": "a", "ce-source": "/shop", "ce-id": "A1"}, `{}`)
	for _, name := range []string{"webhook-signature", "webhook-id", "webhook-timestamp"} {
		unsigned.Header.Del(name)
	}
	judges := map[string]*Judge{
		"nobody said whose": judgeOf(t, secret),
		"whose":             NewJudge([]*Provider{p}, true, judgeOptions(secret)),
	}
	for said, judge := range judges {
		for name, m := range map[string]*signing.Message{"binary": binary, "": structured} {
			v := judge.Judge(m, vectorTime)
			if v.Verification.Status != webhook.Authentic || v.Provider.Name != "cloudevents" || strings.Join(v.Provider.Chosen, "+") != name ||
				v.Event != "com.example.order.created" || v.MessageID != "msg_1" || len(v.Verification.Warnings) > 0 {
				t.Errorf("%s, variant %q: %s %v, event %q, ID %q, %+v", said, name, v.Provider.Name, v.Provider.Chosen, v.Event, v.MessageID, v.Verification)
			}
		}
	}
	if p.Recognises(neither) || p.Recognises(unsigned) {
		t.Error("a request without the signs is recognised")
	}
	chosen := load(t, "cloudevents", "structured")
	if v := NewJudge([]*Provider{chosen}, true, judgeOptions(secret)).Judge(binary, vectorTime); len(v.Provider.Chosen) != 1 || v.Provider.Chosen[0] != "structured" {
		t.Errorf("the choice became %v", v.Provider.Chosen)
	}
	if v := NewRegistry().Judge(judgeOptions(secret), nil).Judge(unsigned, vectorTime); v.Verification.Status != webhook.Unverified {
		t.Errorf("without a signature: %+v", v.Verification)
	}
}

// judgeOf knows a secret of one provider alone.
func judgeOf(t *testing.T, secret string) *Judge {
	t.Helper()
	options := judgeOptions(secret)
	keys := options.Keys
	options.Keys = func(p *Provider) (Keys, error) {
		if p.Name != "cloudevents" {
			return Keys{}, signing.ErrEmptySecret
		}
		return keys(p)
	}
	return NewRegistry().Judge(options, func(err error) { t.Error(err) })
}

func TestOtherSigns(t *testing.T) {
	for yaml, want := range map[string]string{
		"recognise: {headers: [A], or: [{headers: [B]}]}":                                          "",
		"recognise: {or: [{headers: [B], variant: v}]}\nvariants: {v: {}}":                         "",
		"recognise:\n  headers: [A]\n  or:\n    - {headers: [B], variant: w}":                      `own/provider.yaml:6: recognise: or[0]: variant: there is no variant "w"`,
		"recognise:\n  or:\n    - {headers: [B]}\n    - {claims: [c]}":                             `own/provider.yaml:6: recognise: or[1]: it needs signs of its own`,
		"recognise: {or: [{headers: [B], or: [{headers: [C]}]}]}":                                  `own/provider.yaml:3: unknown key "or"`,
		"handshake: [{when: {query: a, only: true}}]":                                              "own/provider.yaml:3: handshake[0]: when: only goes with json",
		"handshake: [{when: {json: a.b, only: true}}]":                                             "only goes with json",
		"handshake: [{when: [{json: a, only: true}, {header: X}]}, {when: {form: a, only: true}}]": "",
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "own", "provider.yaml"), "name: own\nsignature: {header: X, algorithm: static}\n"+yaml+"\n")
		_, err := NewRegistry(Source{FS: os.DirFS(dir), Origin: User}).Load("own")
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", yaml, err, want)
		}
	}
}
