package signing

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

var now = time.Date(2025, 3, 4, 8, 15, 0, 0, time.UTC)

// timed is a scheme of the kind "id.time.body" in a list of versions.
var timed = Spec{
	Header: "Webhook-Signature", Grammar: "list", Versions: []string{"v1"}, Algorithm: "hmac-sha256",
	Key: "base64", KeyPrefix: Strings{"whsec_"}, Encoding: "base64",
	Signed: []string{"${id}", ".", "${timestamp}", ".", "${body}"},
	ID:     "header:Webhook-Id", Timestamp: &ClockSpec{From: "header:Webhook-Timestamp"},
}

// paired is a scheme of the kind t=…,v1=….
var paired = Spec{
	Header: "X-Signature", Grammar: "pairs", Versions: []string{"v1"}, Algorithm: "hmac-sha256",
	Signed: []string{"${timestamp}.${body}"}, Timestamp: &ClockSpec{From: "field:t"},
}

var plain = Spec{Header: "X-Signature", Algorithm: "hmac-sha256"}

func compile(t testing.TB, spec Spec) *Scheme {
	t.Helper()
	s, err := Compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func secret(text string) Secret { return NewSecret([]byte(text)) }

func verifier(t testing.TB, s *Scheme, secrets ...string) *Verifier {
	t.Helper()
	var all []Secret
	for _, text := range secrets {
		all = append(all, secret(text))
	}
	v, err := s.Verifier(all, -1)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// signed is a message that s has signed.
func signed(t testing.TB, s *Scheme, key, body string) *Message {
	t.Helper()
	m := &Message{Method: "POST", URL: "https://example.com/hook?a=1", Header: http.Header{}, Body: []byte(body), ID: "msg_1"}
	fields, err := s.Sign(m, secret(key), now)
	if err != nil {
		t.Fatal(err)
	}
	Apply(m.Header, fields)
	return m
}

func reason(err error) Reason {
	if e := AsError(err); e != nil {
		return e.Reason
	}
	if err != nil {
		return Reason(fmt.Sprint("other: ", err))
	}
	return ""
}

// A published example of Standard Webhooks, and of its base64 secrets.
// https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/go/webhook_test.go
func TestStandardWebhooksVector(t *testing.T) {
	s := compile(t, timed)
	m := &Message{Body: []byte(`{"test": 2432232314}`), Header: http.Header{
		"Webhook-Id": {"msg_p5jXN8AQM9LWM0D4loKWxJek"}, "Webhook-Timestamp": {"1614265330"},
		"Webhook-Signature": {"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
	}}
	at := time.Unix(1614265330, 0)
	for _, key := range []string{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"} {
		if _, err := verifier(t, s, key).Verify(m, at); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	if _, err := verifier(t, s, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx").Verify(m, at); !errors.Is(err, ErrMismatch) {
		t.Errorf("another secret: %v", err)
	}
}

// What must be refused, with the reason that is told.
func TestRefusals(t *testing.T) {
	hex64 := strings.Repeat("0", 64)
	many := strings.TrimSuffix(strings.Repeat("v1="+hex64+",", 17), ",")
	for _, c := range []struct {
		name   string
		spec   Spec
		change func(*Message)
		at     time.Duration
		want   Reason
	}{
		{"untouched", timed, func(*Message) {}, 0, ""},
		{"no signature", plain, func(m *Message) { m.Header.Del("X-Signature") }, 0, Missing},
		{"empty signature", plain, set("X-Signature", ""), 0, Missing},
		{"blank signature", plain, set("X-Signature", "  \t"), 0, Missing},
		{"short", plain, set("X-Signature", hex64[:62]), 0, Malformed},
		{"odd", plain, set("X-Signature", hex64[:63]), 0, Malformed},
		{"long", plain, set("X-Signature", hex64+"00"), 0, Malformed},
		{"not hex", plain, set("X-Signature", strings.Repeat("g", 64)), 0, Malformed},
		{"with a prefix the scheme has not", plain, set("X-Signature", "sha256="+hex64), 0, Malformed},
		{"joined by a proxy", plain, set("X-Signature", hex64+", "+hex64), 0, Malformed},
		{"well formed, wrong", plain, set("X-Signature", hex64), 0, Mismatch},
		{"over 8 KiB", plain, set("X-Signature", strings.Repeat("0", 9000)), 0, Malformed},
		{"twice", plain, func(m *Message) { m.Header.Add("X-Signature", hex64) }, 0, DuplicateHeader},
		{"twice, equal", plain, func(m *Message) { m.Header.Add("X-Signature", m.Header.Get("X-Signature")) }, 0, DuplicateHeader},
		{"body changed", plain, func(m *Message) { m.Body[0] ^= 1 }, 0, Mismatch},
		{"newline added", plain, func(m *Message) { m.Body = append(m.Body, '\n') }, 0, Mismatch},
		{"unknown version", timed, set("Webhook-Signature", "v2,AAAA"), 0, Missing},
		{"unpadded base64", timed, func(m *Message) {
			m.Header.Set("Webhook-Signature", strings.TrimRight(m.Header.Get("Webhook-Signature"), "="))
		}, 0, Malformed},
		{"line break in base64", timed, func(m *Message) {
			v := m.Header.Get("Webhook-Signature")
			m.Header["Webhook-Signature"] = []string{v[:9] + "\n" + v[9:]}
		}, 0, Malformed},
		{"stray trailing bits", timed, set("Webhook-Signature", "v1,"+strings.Repeat("A", 42)+"B="), 0, Malformed},
		{"base64url alphabet", timed, set("Webhook-Signature", "v1,"+strings.Repeat("_", 43)+"="), 0, Malformed},
		{"no ID", timed, func(m *Message) { m.Header.Del("Webhook-Id") }, 0, Missing},
		{"ID twice", timed, func(m *Message) { m.Header.Add("Webhook-Id", "msg_1") }, 0, DuplicateHeader},
		{"moved dot", timed, func(m *Message) {
			m.Header.Set("Webhook-Id", "msg_1."+m.Header.Get("Webhook-Timestamp"))
			m.Header.Set("Webhook-Timestamp", "1")
		}, 0, Malformed},
		{"control byte in the ID", timed, set("Webhook-Id", "msg\x01"), 0, Malformed},
		{"ID over 256 bytes", timed, set("Webhook-Id", strings.Repeat("m", 257)), 0, Malformed},
		{"no time", timed, func(m *Message) { m.Header.Del("Webhook-Timestamp") }, 0, Missing},
		{"4 minutes old", timed, func(*Message) {}, 4 * time.Minute, ""},
		{"6 minutes old", timed, func(*Message) {}, 6 * time.Minute, Stale},
		{"6 minutes ahead", timed, func(*Message) {}, -6 * time.Minute, Future},
		{"stale and changed is a mismatch", timed, func(m *Message) { m.Body[0] ^= 1 }, time.Hour, Mismatch},
		{"no pairs", paired, set("X-Signature", "garbage"), 0, Malformed},
		{"no time among the pairs", paired, set("X-Signature", "v1="+hex64), 0, Missing},
		{"two times", paired, set("X-Signature", "t=1,t=2,v1="+hex64), 0, Malformed},
		{"17 signatures", paired, set("X-Signature", "t=1,"+many), 0, Malformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := compile(t, c.spec)
			key := "a-key"
			if c.spec.Key == "base64" {
				key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
			}
			m := signed(t, s, key, `{"a":1}`)
			c.change(m)
			_, err := verifier(t, s, key).Verify(m, now.Add(c.at))
			if got := reason(err); got != c.want {
				t.Errorf("got %q (%v), want %q", got, err, c.want)
			}
		})
	}
}

func set(name, value string) func(*Message) {
	return func(m *Message) { m.Header.Set(name, value) }
}

// The one text of a time in each unit, and what must not pass for one.
func TestTimestamps(t *testing.T) {
	bad := []string{"", "-1", "+1", "01", "1.0", "1e9", " 1", "0x10", "9223372036854775807", "18446744073709551617", "1234567890123", "١", "NaN"}
	for unit, c := range map[string]struct{ good, bad []string }{
		"s":         {[]string{"0", "1", "1741076100", "999999999999"}, bad},
		"ms":        {[]string{"1741076100000"}, []string{"1741076100", "01741076100000", "17410761000000", "-741076100000"}},
		"rfc3339":   {[]string{"2025-03-04T08:15:00Z", "2025-03-04T08:15:00.123456789+01:00"}, []string{"2025-03-04 08:15:00", "1741076100", "2025-13-04T08:15:00Z"}},
		"http-date": {[]string{"Tue, 04 Mar 2025 08:15:00 GMT"}, []string{"1741076100", "yesterday"}},
	} {
		clock, err := compileClock(&ClockSpec{From: "header:T", Unit: unit})
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range c.good {
			if _, err := clock.parse(text); err != nil {
				t.Errorf("%s: %q refused: %v", unit, text, err)
			}
		}
		for _, text := range c.bad {
			if at, err := clock.parse(text); err == nil {
				t.Errorf("%s: %q taken as %v", unit, text, at)
			}
		}
	}
	clock, _ := compileClock(&ClockSpec{From: "header:T"})
	if _, err := clock.parse("1741076100000"); !strings.Contains(err.Next, "milliseconds") {
		t.Errorf("milliseconds for seconds: no hint in %+v", err)
	}
}

// A time that the signature does not cover decides nothing.
func TestUnsignedTimeDecidesNothing(t *testing.T) {
	spec := plain
	spec.Timestamp = &ClockSpec{From: "header:X-Time"}
	s := compile(t, spec)
	m := signed(t, s, "k", "{}")
	m.Header.Set("X-Time", "1")
	if _, err := verifier(t, s, "k").Verify(m, now); err != nil {
		t.Error(err)
	}
}

// During a rotation any secret and any of the listed signatures will do.
func TestRotation(t *testing.T) {
	s := compile(t, paired)
	m := signed(t, s, "old", "{}")
	if r, err := verifier(t, s, "new", "old").Verify(m, now); err != nil || r.Secret != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	m.Header.Set("X-Signature", m.Header.Get("X-Signature")+",v1=zz,v0=00,v1="+strings.Repeat("0", 64))
	if _, err := verifier(t, s, "old").Verify(m, now); err != nil {
		t.Errorf("one good signature among others: %v", err)
	}
}

func TestEmptySecretIsRefusedEverywhere(t *testing.T) {
	for _, spec := range []Spec{plain, paired, timed, {Header: "X", Algorithm: "static"}, tokens} {
		s := compile(t, spec)
		for _, key := range []string{"", "whsec_"} {
			if key != "" && spec.Key != "base64" {
				continue
			}
			if _, err := s.Verifier([]Secret{secret(key)}, -1); !errors.Is(err, ErrEmptySecret) {
				t.Errorf("%s: verifying with %q: %v", spec.Algorithm, key, err)
			}
			if _, err := s.Sign(&Message{ID: "1", Body: []byte("{}")}, secret(key), now); !errors.Is(err, ErrEmptySecret) {
				t.Errorf("%s: signing with %q: %v", spec.Algorithm, key, err)
			}
		}
		if _, err := s.Verifier(nil, -1); !errors.Is(err, ErrEmptySecret) {
			t.Errorf("%s: verifying with no secret: %v", spec.Algorithm, err)
		}
	}
}

func TestStaticSecret(t *testing.T) {
	s := compile(t, Spec{Header: "X-Secret", Algorithm: "static"})
	v := verifier(t, s, "first", "second")
	for value, want := range map[string]Reason{"first": "", "second": "", "First": Mismatch, "firs": Mismatch, "first2": Mismatch, "": Missing} {
		_, err := v.Verify(&Message{Header: http.Header{"X-Secret": {value}}}, now)
		if reason(err) != want {
			t.Errorf("%q: %v", value, err)
		}
		if err != nil && strings.Contains(fmt.Sprintf("%+v", *AsError(err)), "first") {
			t.Errorf("%q: the error shows a secret: %+v", value, err)
		}
	}
	for _, bad := range []string{"a\nb", "a\x00", " a", "a ", "é"} {
		if s.CheckSecret(secret(bad)) == nil {
			t.Errorf("%q cannot travel in a header, and was taken", bad)
		}
		if _, err := s.Sign(&Message{}, secret(bad), now); err == nil {
			t.Errorf("%q was signed with", bad)
		}
	}
}

// A message of many megabytes of header costs no more than looking at 8 KiB.
func TestBoundedWork(t *testing.T) {
	s := compile(t, paired)
	v := verifier(t, s, "k")
	m := &Message{Header: http.Header{"X-Signature": {strings.Repeat("v1=00,", 200_000)}}}
	allocated := testing.AllocsPerRun(5, func() {
		if _, err := v.Verify(m, now); reason(err) != Malformed {
			t.Fatal(err)
		}
	})
	if allocated > 50 {
		t.Errorf("%v allocations to refuse it", allocated)
	}
}

func TestCompileSaysWhatIsAllowed(t *testing.T) {
	for _, c := range []struct {
		spec Spec
		want string
	}{
		{Spec{Algorithm: "hmac-sha256"}, "header:"},
		{Spec{Header: "X", Algorithm: "hmac-md5"}, `"hmac-md5" is not one of hmac-sha256`},
		{Spec{Header: "X", Algorithm: "hmac-sha256", Key: "rot13"}, "not one of text, base64, base64url, hex, spki, jwk"},
		{Spec{Header: "X", Algorithm: "hmac-sha256", Encoding: "base32"}, "not one of hex, base64, base64url"},
		{Spec{Header: "X", Algorithm: "hmac-sha256", Grammar: "csv"}, "not one of bare, pairs, list, bearer"},
		{Spec{Header: "X", Algorithm: "hmac-sha256", Grammar: "pairs"}, "needs versions"},
		{Spec{Header: "X", Algorithm: "hmac-sha256", Signed: []string{"${boddy}"}}, "${boddy} is not known"},
		{Spec{Header: "X", Algorithm: "hmac-sha256", Signed: []string{"${timestamp}"}}, "does not say where"},
		{Spec{Header: "X", Algorithm: "hmac-sha256", Signed: []string{"${id}"}}, "does not say where"},
		{Spec{Header: "X", Algorithm: "hmac-sha256", ID: "cookie:x"}, "cookie"},
		{Spec{Header: "X", Algorithm: "hmac-sha256", Timestamp: &ClockSpec{From: "header:T", Unit: "us"}}, "not one of s, ms"},
		{Spec{Header: "X", Algorithm: "hmac-sha256", Timestamp: &ClockSpec{From: "header:T", Past: "5"}}, "not a duration"},
		{Spec{Header: "X", Algorithm: "static", Signed: []string{"${body}"}}, "signs no message"},
		{Spec{Header: "X", Algorithm: "jwt-hs256"}, "claims"},
	} {
		if _, err := Compile(c.spec); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.spec, err, c.want)
		}
	}
}

func TestMessageTemplate(t *testing.T) {
	m := &Message{Method: "PUT", URL: "https://h.example:8443/a%20b/c?x=1&y=2", Header: http.Header{"X-N": {"nonce"}}, Body: []byte(`{"a":{"b":7}}`)}
	for template, want := range map[string]string{
		"${method}${url}${body}": `PUThttps://h.example:8443/a%20b/c?x=1&y=2{"a":{"b":7}}`,
		"${url:base}":            "https://h.example:8443/a%20b/c",
		"${path} ${target}":      "/a%20b/c /a%20b/c?x=1&y=2",
		"${target:escaped}":      "/a%2520b/c?x%253D1%2526y%253D2",
		"${header:X-N}|${header:X-None}|${query:y}|${json:a.b}|${json:a.c}|${field:t}": "nonce||2|7||9",
		"$${body}:${secret}:${timestamp}:${id}":                                        "${body}:s:12:i",
	} {
		spec := plain
		spec.Signed = []string{template}
		spec.ID, spec.Timestamp = "header:I", &ClockSpec{From: "header:T"}
		s := compile(t, spec)
		var b strings.Builder
		writeSigned(&b, s.messages[0], &values{m: m, fields: map[string]string{"t": "9"}, timestamp: "12", id: "i", secret: secret("s")})
		if b.String() != want {
			t.Errorf("%s: %q, want %q", template, b.String(), want)
		}
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	holder := struct{ Key Secret }{secret("top-secret-value")}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if text := fmt.Sprintf(verb, holder); strings.Contains(text, "top-secret") || strings.Contains(text, "746f70") || strings.Contains(text, "116 111 112") {
			t.Errorf("%s prints %s", verb, text)
		}
	}
}

// A changed bit anywhere that a scheme covers is a refusal.
func TestOneBit(t *testing.T) {
	for _, spec := range []Spec{plain, paired, timed} {
		s := compile(t, spec)
		key := "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
		v := verifier(t, s, key)
		m := signed(t, s, key, `{"event":"x","n":1}`)
		for i := range m.Body {
			for bit := range 8 {
				m.Body[i] ^= 1 << bit
				if _, err := v.Verify(m, now); !errors.Is(err, ErrMismatch) {
					t.Errorf("%s: body byte %d bit %d: %v", spec.Header, i, bit, err)
				}
				m.Body[i] ^= 1 << bit
			}
		}
	}
}

// FuzzSignatureHeader states that no header makes a verifier panic or accept,
// but the right signature, in either case of its hex digits.
func FuzzSignatureHeader(f *testing.F) {
	for _, seed := range []string{"", "t=1,v1=00", "v1,AAAA v1a,BBBB", "sha256=00", "Bearer a.b.c", strings.Repeat("v1=,", 40)} {
		f.Add(seed)
	}
	body := "{}"
	f.Fuzz(func(t *testing.T, header string) {
		for _, spec := range []Spec{plain, paired, timed} {
			s := compile(t, spec)
			key := "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
			m := signed(t, s, key, body)
			good := strings.ToLower(m.Header.Get(spec.Header))
			m.Header.Set(spec.Header, header)
			_, err := verifier(t, s, key).Verify(m, now)
			if err != nil && AsError(err) == nil {
				t.Errorf("%q: the error has no reason: %v", header, err)
			}
			if err == nil && !strings.Contains(strings.ToLower(header), good[strings.LastIndexAny(good, "=,")+1:]) && spec.Key != "base64" {
				t.Errorf("%q is authentic, and is not %q", header, good)
			}
		}
	})
}

func BenchmarkVerify1K(b *testing.B) {
	s := compile(b, plain)
	m := signed(b, s, "whk-bench-secret", strings.Repeat("a", 1024))
	v := verifier(b, s, "whk-bench-secret")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(m, now); err != nil {
			b.Fatal(err)
		}
	}
}
