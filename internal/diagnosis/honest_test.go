package diagnosis_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/whk-cli/whk/internal/diagnosis"
	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/signing"
)

// Nothing is proven of a signature that somebody made up, nor of one that is
// right for another body.
func TestGarbageIsNeverProven(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	bytesOf := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		return b
	}
	bodies := []string{"", small, pretty2, compact, string(bytesOf(100)), "payload=%7B%7D", `"\"x\""`, "\x00\x00"}
	for i := range 8 {
		for name := range schemes {
			p := load(t, name)
			m := request(t, p.Scheme().Spec(), secretOf(name))
			for header := range m.Header {
				if header == "Content-Type" {
					continue
				}
				size := []int{20, 32, 64}[random.IntN(3)]
				m.Header.Set(header, []string{hex.EncodeToString(bytesOf(size)), std64(bytesOf(size)), "t=" + unix + ",v1=" + hex.EncodeToString(bytesOf(size)),
					"v1," + std64(bytesOf(size)), "Bearer " + raw64([]byte(`{"alg":"HS256"}`)) + "." + raw64([]byte(`{}`)) + "." + raw64(bytesOf(32)), string(bytesOf(10))}[random.IntN(6)])
			}
			m.Body = []byte(bodies[i%len(bodies)])
			c := diagnosis.Case{Provider: p, Message: m, Secrets: []signing.Secret{signing.NewSecret([]byte(secretOf(name)))}, Others: everybody(t), Now: now, Failure: signing.ErrMismatch}
			for _, h := range diagnosis.Explain(t.Context(), c).Hypotheses {
				t.Errorf("%s, %v: %+v", name, m.Header, h)
			}
		}
	}
}

func TestAnotherBodyIsNotExplained(t *testing.T) {
	for _, name := range []string{"plain", "paired", "standard", "located", "hexkey"} {
		d := base(name)
		d.arrived = strings.Replace(compact, "evt_1", "evt_2", 1)
		ex := d.explain(t)
		if len(ex.Hypotheses)+len(ex.Observations) > 0 {
			t.Errorf("%s: %+v %+v", name, ex.Hypotheses, ex.Observations)
		}
		if len(ex.Tried) < 5 {
			t.Errorf("%s: tried %+v", name, ex.Tried)
		}
	}
}

// No text of an explanation shows a secret or a signature.
func TestExplanationsKeepSecrets(t *testing.T) {
	for _, known := range []string{textSecret + "\n", `"` + textSecret + `"`, "HOOK=" + textSecret, strings.ToUpper(textSecret), " " + textSecret} {
		d := secrets("plain", textSecret, known)
		ex := d.explain(t)
		if len(ex.Hypotheses) == 0 {
			t.Fatalf("%q is not explained", known)
		}
		right := hex.EncodeToString(sum(sha256.New, textSecret, compact))
		if text := fmt.Sprintf("%+v", ex); strings.Contains(strings.ToLower(text), textSecret) || strings.Contains(text, right) {
			t.Errorf("%q: %s", known, text)
		}
		if ex.Expected != nil {
			t.Error("the expected signature is told unasked")
		}
	}
}

func TestReveal(t *testing.T) {
	for _, name := range []string{"plain", "paired", "standard", "located", "static"} {
		p := load(t, name)
		m := request(t, p.Scheme().Spec(), secretOf(name))
		m.Body = append(m.Body, '!')
		c := diagnosis.Case{Provider: p, Message: m, Secrets: []signing.Secret{signing.NewSecret([]byte(secretOf(name)))}, Now: now.Add(time.Minute), Failure: signing.ErrMismatch, Reveal: true}
		ex := diagnosis.Explain(t.Context(), c)
		signing.Apply(m.Header, ex.Expected)
		v, err := p.Scheme().Verifier(c.Secrets, -1)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.Verify(m, now); err != nil || len(ex.Expected) == 0 {
			t.Errorf("%s: %v with %v", name, err, ex.Expected)
		}
	}
}

// What nobody can compute is told as what it is, and as no explanation.
func TestObservations(t *testing.T) {
	tests := []struct {
		name   string
		secret string
		change func(*signing.Message)
		want   string
	}{
		{"API key", "sk_live_abcdefghijklmnop", nil, "secret-kind"},
		{"cut short", textSecret, func(m *signing.Message) { m.Header.Set("Content-Length", "1000") }, "length"},
		{"U+FFFD", textSecret, func(m *signing.Message) { m.Body = []byte("{\"a\":\"\ufffd\"}") }, "replacement-characters-here"},
		{"nothing left", textSecret, func(m *signing.Message) { m.Body = nil }, "body-empty"},
		{"decompressed", textSecret, func(m *signing.Message) { m.Header.Set("Content-Encoding", "gzip") }, "decompressed"},
		{"keys sorted", textSecret, func(m *signing.Message) { m.Body = []byte(`{"a":1,"b":[{"c":1,"d":2}],"e":{"f":1,"g":2}}`) }, "json-keys-sorted"},
		{"JSON cut short", textSecret, func(m *signing.Message) { m.Body = m.Body[:len(m.Body)-3] }, "json-cut"},
		{"from a database", textSecret, func(m *signing.Message) {
			m.Body = []byte(`{"id": 1, "type": "a", "amount": {"b": 1, "value": 2}, "currency": "EUR"}`)
		}, "json-keys-by-length"},
		{"MD5", textSecret, func(m *signing.Message) { m.Header.Set("X-Plain-Signature", strings.Repeat("ab", 16)) }, "signature-size"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := load(t, "plain")
			m := request(t, p.Scheme().Spec(), "another secret altogether")
			if test.change != nil {
				test.change(m)
			}
			ex := explain(t, p, m, nil, test.secret)
			if len(ex.Observations) == 0 || ex.Observations[0].Code != test.want || ex.Proven() {
				t.Errorf("got %+v %+v, want %s", ex.Hypotheses, ex.Observations, test.want)
			}
		})
	}
	for _, unsorted := range []string{`{"a":1,"b":2}`, `{"a":1,"b":2,"c":3,"d":4,"e":5,"f":{"h":1,"g":2}}`, `[1,2,3,4,5,6,7]`} {
		d := base("plain")
		d.arrived = unsorted
		if ex := d.explain(t); len(ex.Observations) > 0 {
			t.Errorf("%s: %+v", unsorted, ex.Observations)
		}
	}
	p := load(t, "token")
	m := request(t, p.Scheme().Spec(), textSecret)
	m.Header.Set("Authorization", "Bearer "+raw64([]byte(`{"alg":"none"}`))+"."+raw64([]byte(`{}`))+".")
	if ex := explain(t, p, m, nil, textSecret); len(ex.Observations) != 1 || ex.Observations[0].Code != "jwt-alg-none" || ex.Proven() {
		t.Errorf("got %+v %+v", ex.Hypotheses, ex.Observations)
	}
	m.Header.Set("Authorization", "Bearer "+raw64([]byte(`{"alg":"RS256"}`))+"."+raw64([]byte(`{}`))+"."+raw64(make([]byte, 256)))
	if ex := explain(t, p, m, nil, textSecret); len(ex.Observations) != 1 || ex.Observations[0].Code != "jwt-alg" || ex.Proven() {
		t.Errorf("got %+v %+v", ex.Hypotheses, ex.Observations)
	}
}

// Signatures of key pairs, in numbered headers and in the body are explained as
// well, as far as there is something to vary.
func TestExplainOtherCarriers(t *testing.T) {
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	key := base64.StdEncoding.EncodeToString(private)
	tests := []struct {
		name, scheme, secret string
		signed               string
		change               func(*signing.Message)
		want                 string
	}{
		{"key pair, newline", "{header: X-Pair, algorithm: ed25519, key: base64}", key, small,
			func(m *signing.Message) { m.Body = append(m.Body, '\n') }, "newline-added"},
		{"key pair, base64 for hex", "{header: X-Pair, algorithm: ed25519, key: base64}", key, small,
			func(m *signing.Message) {
				b, _ := hex.DecodeString(m.Header.Get("X-Pair"))
				m.Header.Set("X-Pair", std64(b))
			}, "encoding-base64"},
		{"of the body, in a header", `{from: "json:sig", algorithm: hmac-sha256, signed: ["${json:a}"]}`, textSecret, small,
			func(m *signing.Message) {
				var body map[string]any
				if err := json.Unmarshal(m.Body, &body); err != nil {
					panic(err)
				}
				m.Header.Set("X-Sig", body["sig"].(string))
				m.Body = []byte(small)
			}, "header-other"},
		{"of the body, in the query", `{from: "form:sig", algorithm: hmac-sha256, signed: ["${form:a}"]}`, textSecret, "a=1",
			func(m *signing.Message) {
				_, sig, _ := strings.Cut(string(m.Body), "sig=")
				m.URL += "?sig=" + sig
				m.Body = []byte("a=1")
			}, "signature-in-query"},
		{"numbered, reprinted", "{numbered: X-Sig-, algorithm: hmac-sha256}", textSecret, small,
			func(m *signing.Message) { m.Body = []byte(pretty2) }, "json-compact"},
		{"per key, newline", "{per_key: [X-One, X-Two], algorithm: hmac-sha256}", textSecret, small,
			func(m *signing.Message) { m.Body = append(m.Body, '\n') }, "newline-added"},
		{"second of two messages", `{header: X-Pair, algorithm: hmac-sha1, signed: ["${url}${body}"], signed_or: ["${url:base}${body}"]}`, textSecret, small,
			func(m *signing.Message) { m.Body = append(m.Body, '\n') }, "newline-added"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := one(t, "signature: "+test.scheme)
			m := &signing.Message{Method: "POST", URL: "https://example.com/hook", Header: http.Header{}, Body: []byte(test.signed)}
			fields, err := p.Scheme().Sign(m, signing.NewSecret([]byte(test.secret)), now)
			if err != nil {
				t.Fatal(err)
			}
			signing.Apply(m.Header, fields)
			test.change(m)
			ex := explain(t, p, m, nil, test.secret)
			if len(ex.Hypotheses) == 0 || ex.Hypotheses[0].Code != test.want || !ex.Proven() {
				t.Errorf("got %+v, want %s", ex.Hypotheses, test.want)
			}
		})
	}
}

func one(t testing.TB, text string) *provider.Provider {
	t.Helper()
	fsys := fstest.MapFS{"one/provider.yaml": &fstest.MapFile{Data: []byte("name: one\ntitle: One\n" + text + "\n")}}
	p, err := provider.NewRegistry(provider.Source{FS: fsys, Origin: provider.User, Path: "test"}).Load("one")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The commonest mistakes are found in bodies for which not all can be tried, and
// what was left out is named.
func TestLargeBodies(t *testing.T) {
	large, huge := bodyOf(1<<20), bodyOf(3<<20)
	tests := []struct {
		name string
		d    delivery
		want string
	}{
		{"1 MiB, newline", body("plain", large, large+"\n"), "newline-added"},
		{"1 MiB, compact", body("standard", large, strings.ReplaceAll(large, ",", ", ")), "json-compact"},
		{"1 MiB, secret", both(body("plain", large, large+"\n"), secrets("plain", textSecret, textSecret+"\n")), "newline-added+secret-newline"},
		{"3 MiB, newline", body("plain", huge, huge+"\n"), "newline-added"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if ex := test.d.explain(t); len(ex.Hypotheses) == 0 || ex.Hypotheses[0].Code != test.want {
				t.Errorf("got %+v, want %s", ex.Hypotheses, test.want)
			}
		})
	}
	m, secrets := hopeless(huge)
	ex := diagnosis.Explain(t.Context(), diagnosis.Case{Provider: load(t, "plain"), Message: m, Secrets: secrets, Now: now, Failure: signing.ErrMismatch})
	if len(ex.Untried) == 0 {
		t.Error("nothing is said to be left out")
	}
}

// Pairs of mistakes that use up their part of the work leave the rest to single ones.
func TestPairsLeaveTheRest(t *testing.T) {
	m, secrets := hopeless(small)
	for i := range 16 {
		secrets = append(secrets, signing.NewSecret(fmt.Append(nil, textSecret, i)))
	}
	ex := diagnosis.Explain(t.Context(), diagnosis.Case{Provider: load(t, "plain"), Message: m, Secrets: secrets, Now: now, Failure: signing.ErrMismatch})
	if !slices.Contains(ex.Untried, "pairs of mistakes") || slices.Contains(ex.Untried, "forms of the body") {
		t.Errorf("untried: %q, of %+v", ex.Untried, ex.Tried)
	}
}

func TestExplainStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	m, secrets := hopeless(small)
	ex := diagnosis.Explain(ctx, diagnosis.Case{Provider: load(t, "plain"), Message: m, Secrets: secrets, Now: now, Failure: signing.ErrMismatch})
	if len(ex.Tried) > 0 {
		t.Errorf("tried %+v after the end", ex.Tried)
	}
}

// A body that is not in memory is not mistaken for an empty one.
func TestBodyInAFile(t *testing.T) {
	m := request(t, load(t, "plain").Scheme().Spec(), textSecret)
	m.Header.Set("X-Plain-Signature", hex.EncodeToString(sum(sha256.New, textSecret, "")))
	m.Body, m.BodyFrom = nil, io.NewSectionReader(strings.NewReader(small), 0, int64(len(small)))
	ex := explain(t, load(t, "plain"), m, nil, textSecret)
	if len(ex.Hypotheses) > 0 || len(ex.Untried) == 0 {
		t.Errorf("got %+v", ex)
	}
}

// A provider that sorts its keys itself is not suspected of having had them sorted.
func TestSortedByItself(t *testing.T) {
	const order = `{"data":{"id":"1","name":"n","object":"user"},"event_attributes":{"http":1,"ip":2},"object":"event","type":"user.created"}`
	for own, want := range map[string]int{order: 0, `{"type":"user.created","data":{}}`: 1} {
		fsys := fstest.MapFS{
			"own/provider.yaml":            &fstest.MapFile{Data: []byte("name: own\ntitle: Own\nsignature: {header: X-Own, algorithm: hmac-sha256}\nevent: {type: \"json:type\"}\n")},
			"own/events/user.created.json": &fstest.MapFile{Data: []byte(own)},
		}
		p, err := provider.NewRegistry(provider.Source{FS: fsys, Origin: provider.User, Path: "test"}).Load("own")
		if err != nil {
			t.Fatal(err)
		}
		m := &signing.Message{Method: "POST", Header: http.Header{"X-Own": {strings.Repeat("0", 64)}}, Body: []byte(order)}
		if ex := explain(t, p, m, nil, textSecret); len(ex.Observations) != want {
			t.Errorf("%s: %+v", own, ex.Observations)
		}
	}
}
