package signing

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/quick"
)

const hmacKey = "a-secret-of-32-characters-or-so-1"

// sampleSpecs are schemes of the kinds that plain, timed and paired are not.
func sampleSpecs() map[string]Spec {
	return map[string]Spec{
		"numbered": {Numbered: "X-Sig-", Algorithm: "hmac-sha256"},
		"per key":  {PerKey: []string{"Sig-A", "Sig-B"}, Algorithm: "hmac-sha256"},
		"in body":  {From: "json:s.sig", Algorithm: "hmac-sha256", Signed: []string{"${json:s.token}"}},
		"in form":  {From: "form:sig", Algorithm: "hmac-sha256", Signed: []string{"${form:token}"}},
		"items":    {From: "json:sig", Each: "items", Algorithm: "hmac-sha256", Signed: []string{"${json:v}"}},
		"form":     {Header: "X-Sig", Algorithm: "hmac-sha256", Signed: []string{"${form:sorted}"}},
		"query":    {Header: "X-Sig", Algorithm: "hmac-sha256", Signed: []string{"${query:n}${body}"}},
		"guards":   {Header: "X-Sig", Algorithm: "hmac-sha256", Guards: []Guard{{Header: "X-V", Is: "2"}, {Query: "h", Is: "${body:sha256}"}}},
		"listed":   {Header: "X-Sig", Algorithm: "hmac-sha256", Signed: []string{"${headers:X-Signed}\n${body}"}, Timestamp: &ClockSpec{From: "header:X-Time"}},
		"clock":    {Header: "X-Sig", Algorithm: "hmac-sha256", Timestamp: &ClockSpec{From: "json:at", Past: "1m"}},
	}
}

func sampleBody(name string) (body, kind string) {
	switch name {
	case "in form", "form":
		return "token=t&a=1&a=2", "application/x-www-form-urlencoded"
	}
	return `{"s":{"token":"t"},"items":[{"v":1},{"v":2}],"at":1741076100}`, "application/json"
}

func signedSample(t testing.TB, name string) (*Scheme, *Message) {
	t.Helper()
	s := compile(t, sampleSpecs()[name])
	body, kind := sampleBody(name)
	m := &Message{Method: "POST", URL: "https://example.com/hook?n=1", Header: http.Header{"Content-Type": {kind}}, Body: []byte(body)}
	fields, err := s.Sign(m, secret(hmacKey), now)
	if err != nil {
		t.Fatal(err)
	}
	Apply(m.Header, fields)
	return s, m
}

func replace(old, new string) func(*Message) {
	return func(m *Message) { m.Body = []byte(strings.Replace(string(m.Body), old, new, 1)) }
}

// What stands twice, is not there, or can be read in two ways is refused, in
// each place where a part of a signature can be.
func TestStrictPlaces(t *testing.T) {
	zero := strings.Repeat("0", 64)
	for _, c := range []struct {
		name, what string
		change     func(*Message)
		want       Reason
	}{
		{"numbered", "untouched", func(*Message) {}, ""},
		{"numbered", "an old key's besides", set("X-Sig-2", zero), ""},
		{"numbered", "none", func(m *Message) { m.Header.Del("X-Sig-1") }, Missing},
		{"numbered", "one twice", func(m *Message) { m.Header.Add("X-Sig-1", m.Header.Get("X-Sig-1")) }, DuplicateHeader},
		{"numbered", "another twice", func(m *Message) { m.Header["X-Sig-2"] = []string{zero, zero} }, DuplicateHeader},
		{"numbered", "beyond the sixteenth", func(m *Message) { m.Header.Set("X-Sig-17", m.Header.Get("X-Sig-1")); m.Header.Del("X-Sig-1") }, Missing},
		{"numbered", "overlong", set("X-Sig-2", strings.Repeat("0", 9000)), Malformed},
		{"per key", "untouched", func(*Message) {}, ""},
		{"per key", "the other header", func(m *Message) { m.Header.Set("Sig-B", m.Header.Get("Sig-A")); m.Header.Del("Sig-A") }, ""},
		{"per key", "twice", func(m *Message) { m.Header["Sig-B"] = []string{zero, zero} }, DuplicateHeader},
		{"in body", "untouched", func(*Message) {}, ""},
		{"in body", "what it covers changed", replace(`"t"`, `"u"`), Mismatch},
		{"in body", "the name twice", replace(`"token":"t"`, `"token":"t","token":"u"`), Malformed},
		{"in body", "the name twice, once escaped", replace(`"token":"t"`, `"token":"t","tok\u0065n":"u"`), Malformed},
		{"in body", "the object twice", replace(`{"s":`, `{"s":{},"s":`), Malformed},
		{"in body", "not JSON", replace(`{"s":`, `{s:`), Malformed},
		{"in body", "two values", func(m *Message) { m.Body = append(m.Body, `{}`...) }, Malformed},
		{"in body", "no signature", replace(`"sig"`, `"gis"`), Missing},
		{"in body", "the signature is null", func(m *Message) { m.Body = []byte(`{"s":{"token":"t","sig":null}}`) }, Missing},
		{"in body", "overlong", func(m *Message) { m.Body = []byte(`{"s":{"sig":"` + zero + strings.Repeat("0", 9000) + `"}}`) }, Malformed},
		{"in body", "deeply nested", func(m *Message) { m.Body = []byte(strings.Repeat("[", 100_000)) }, Malformed},
		{"in form", "untouched", func(*Message) {}, ""},
		{"in form", "twice", func(m *Message) { m.Body = append(m.Body, "&sig="+zero...) }, Malformed},
		{"in form", "its token twice", func(m *Message) { m.Body = append(m.Body, "&token=u"...) }, Malformed},
		{"in form", "no form", set("Content-Type", "text/plain"), Malformed},
		{"items", "untouched", func(*Message) {}, ""},
		{"items", "the last changed", replace(`{"v":2`, `{"v":3`), Mismatch},
		{"items", "the last unsigned", replace(`{"v":2,"sig"`, `{"v":2,"gis"`), Missing},
		{"items", "none", func(m *Message) { m.Body = []byte(`{"items":[]}`) }, Missing},
		{"items", "no array", func(m *Message) { m.Body = []byte(`{"items":{"v":1}}`) }, Malformed},
		{"items", "nothing there", func(m *Message) { m.Body = []byte(`{}`) }, Missing},
		{"items", "too many", func(m *Message) { m.Body = []byte(`{"items":[` + strings.Repeat("1,", MaxItems) + `1]}`) }, Malformed},
		{"form", "untouched", func(*Message) {}, ""},
		{"form", "another order", func(m *Message) { m.Body = []byte("a=2&a=1&token=t") }, ""},
		{"form", "a field more", func(m *Message) { m.Body = append(m.Body, "&b=1"...) }, Mismatch},
		{"form", "sent as JSON", set("Content-Type", "application/json"), Malformed},
		{"form", "JSON without a type", func(m *Message) { m.Header.Del("Content-Type"); m.Body = []byte(` {"a":1}`) }, Malformed},
		{"form", "a bad escape", func(m *Message) { m.Body = append(m.Body, "&b=%zz"...) }, Malformed},
		{"query", "untouched", func(*Message) {}, ""},
		{"query", "twice", func(m *Message) { m.URL += "&n=2" }, Malformed},
		{"query", "gone", func(m *Message) { m.URL = "https://example.com/hook" }, Mismatch},
		{"guards", "untouched", func(*Message) {}, ""},
		{"guards", "another version", set("X-V", "1"), WrongAlgorithm},
		{"guards", "no version", func(m *Message) { m.Header.Del("X-V") }, Missing},
		{"guards", "no hash", func(m *Message) { m.URL = "https://example.com/hook" }, Missing},
		{"guards", "two hashes", func(m *Message) { m.URL += "&h=1" }, Malformed},
		{"guards", "another body", replace("t", "u"), Mismatch},
		{"listed", "untouched", func(*Message) {}, ""},
		{"listed", "no list", func(m *Message) { m.Header.Del("X-Signed") }, Missing},
		{"listed", "a header more in it", func(m *Message) { m.Header.Set("X-Signed", m.Header.Get("X-Signed")+",content-type") }, Mismatch},
		{"listed", "the time not in it", set("X-Signed", "x-signed"), Malformed},
		{"listed", "itself not in it", set("X-Signed", "x-time"), Malformed},
		{"listed", "what is not there", set("X-Signed", "x-signed,x-time,x-none"), Malformed},
		{"listed", "the time changed", set("X-Time", "1741076101"), Mismatch},
		{"clock", "untouched", func(*Message) {}, ""},
		{"clock", "changed", replace("1741076100", "1741076101"), Mismatch},
	} {
		t.Run(c.name+"/"+c.what, func(t *testing.T) {
			s, m := signedSample(t, c.name)
			c.change(m)
			_, err := verifier(t, s, hmacKey).Verify(m, now)
			if got := reason(err); got != c.want {
				t.Errorf("got %q (%v), want %q", got, err, c.want)
			}
		})
	}
}

// A time inside the body is looked at once the signature is known to be right.
func TestClockInTheBody(t *testing.T) {
	s := compile(t, sampleSpecs()["clock"])
	for body, want := range map[string]Reason{
		`{"at":1741076000}`: Stale, `{"at":1741076100}`: "", `{"at":1741076100.0}`: Malformed, `{"at":"1741076100"}`: "",
		`{"at":1741079999}`: Future, `{}`: Missing, `{"at":1,"at":1741076100}`: Malformed,
	} {
		m := &Message{Header: http.Header{}, Body: []byte(body)}
		fields, err := s.Sign(m, secret(hmacKey), now)
		if err != nil {
			t.Fatal(err)
		}
		Apply(m.Header, fields)
		if _, err := verifier(t, s, hmacKey).Verify(m, now); reason(err) != want {
			t.Errorf("%s: %v, want %q", body, err, want)
		}
		m.Body = append(m.Body, ' ')
		if _, err := verifier(t, s, hmacKey).Verify(m, now); reason(err) != Mismatch {
			t.Errorf("%s changed: %v", body, err)
		}
	}
}

// A secret goes to the alternative whose prefix it has, and to no other.
func TestAlternatives(t *testing.T) {
	other := timed
	other.Algorithm, other.Versions, other.KeyPrefix, other.KeyPrefixRequired = "ed25519", []string{"v1a"}, Strings{"whsk_", "whpk_"}, true
	s, err := Compile(timed, other)
	if err != nil {
		t.Fatal(err)
	}
	pair, public, err := s.others[0].NewKeyPair(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	shared := "whsec_" + base64.StdEncoding.EncodeToString([]byte(hmacKey))
	byShared, byPair := signed(t, s, shared, "{}"), signed(t, s, "whsk_"+pair, "{}")
	for _, c := range []struct {
		name string
		m    *Message
		keys []string
		want Reason
	}{
		{"shared", byShared, []string{shared}, ""},
		{"shared, without its prefix", byShared, []string{strings.TrimPrefix(shared, "whsec_")}, ""},
		{"private", byPair, []string{"whsk_" + pair}, ""},
		{"public", byPair, []string{"whpk_" + public}, ""},
		{"both known", byPair, []string{shared, "whpk_" + public}, ""},
		{"both known, the other way round", byShared, []string{"whpk_" + public, shared}, ""},
		{"shared for the pair's", byPair, []string{shared}, Missing},
		{"public for the shared one's", byShared, []string{"whpk_" + public}, Missing},
	} {
		if _, err := verifier(t, s, c.keys...).Verify(c.m, now); reason(err) != c.want {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	// Whatever label the sender writes, a public key is no HMAC key.
	forged := byShared.Header.Clone()
	key, _ := base64.StdEncoding.DecodeString(public)
	forger := compile(t, timed)
	m := &Message{Header: forged, Body: []byte("{}"), ID: "msg_1"}
	fields, err := forger.Sign(m, secret(base64.StdEncoding.EncodeToString(key)), now)
	if err != nil {
		t.Fatal(err)
	}
	Apply(m.Header, fields)
	if _, err := verifier(t, s, "whpk_"+public).Verify(m, now); err == nil {
		t.Error("a public key was taken for a shared secret")
	}
	if _, err := s.Sign(m, secret("whpk_"+public), now); !errors.Is(err, ErrPublicKey) {
		t.Errorf("signing with a public key: %v", err)
	}
	if text, err := s.PublicPart(secret("whsk_" + pair)); err != nil || text != public {
		t.Errorf("the public part is %q, %v", text, err)
	}
	if _, err := s.Verifier([]Secret{secret("whsk_AAAA")}, -1); err == nil {
		t.Error("a key of 3 bytes was taken")
	}
}

// Keys that are none, or not the scheme's, are refused, and never quoted.
func TestKeys(t *testing.T) {
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&p384.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	ed := Spec{Header: "X", Algorithm: "ed25519", Key: "hex"}
	spki := Spec{Header: "X", Algorithm: "ecdsa-p256", Key: "spki"}
	jwks := Spec{Header: "X", Algorithm: "ecdsa-p256-raw", Key: "jwk"}
	sized := Spec{Header: "X", Algorithm: "hmac-sha256", Key: "hex", KeyBytes: &Range{Min: 2, Max: 3}}
	for _, c := range []struct {
		name string
		spec Spec
		key  string
		want string
	}{
		{"too short", sized, "00", "has 1 bytes"},
		{"too long", sized, "00000000", "2 to 3"},
		{"half a private key", ed, strings.Repeat("00", 33), "32 bytes when public and 64"},
		{"two halves of two keys", ed, strings.Repeat("00", 64), "do not belong together"},
		{"not hex", ed, "secret-secret", "the secret is not hex"},
		{"another curve", spki, base64.StdEncoding.EncodeToString(der), "P-256"},
		{"no DER", spki, "AAAA", "neither a public key"},
		{"no base64", spki, "secret-secret", "not base64 of a key"},
		{"half a PEM", spki, "-----BEGIN PUBLIC KEY-----\nAAAA", "not one PEM block"},
		{"no JSON", jwks, "secret-secret", "not a JSON Web Key"},
		{"another kind", jwks, `{"kty":"RSA","n":"AA"}`, `kty "RSA"`},
		{"a shared one", jwks, `{"kty":"oct","k":"AAAA"}`, "not a key on the curve"},
		{"an Ed25519 one", jwks, `{"kty":"OKP","crv":"Ed25519","x":"` + strings.Repeat("A", 43) + `"}`, "not a key on the curve"},
		{"no point", jwks, `{"kty":"EC","crv":"P-256","x":"` + strings.Repeat("A", 43) + `","y":"` + strings.Repeat("A", 43) + `"}`, "not a point"},
		{"a short x", jwks, `{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}`, "base64url of 32 bytes"},
		{"another one's d", jwks, strings.TrimSuffix(rfc7515Public, "}") + `,"d":"` + strings.Repeat("A", 42) + `E"}`, "does not belong"},
	} {
		s := compile(t, c.spec)
		err := s.CheckSecret(secret(c.key))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "secret-secret") {
			t.Errorf("%s: the key is quoted: %v", c.name, err)
		}
	}
	armour := "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n"
	s := compile(t, spki)
	_, public, err := s.NewKeyPair(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.CheckSecret(secret(fmt.Sprintf(armour, public))); err != nil {
		t.Errorf("a key in PEM's armour: %v", err)
	}
	if _, _, err := s.NewKeyPair(strings.NewReader("short")); err == nil {
		t.Error("a short read of random made a key")
	}
}

func TestCompileLanguage(t *testing.T) {
	hmac := func(change func(*Spec)) Spec {
		s := Spec{Header: "X", Algorithm: "hmac-sha256"}
		change(&s)
		return s
	}
	for _, c := range []struct {
		spec Spec
		want string
	}{
		{hmac(func(s *Spec) { s.From = "json:a" }), "one place"},
		{hmac(func(s *Spec) { s.Header, s.Accept, s.Numbered = "", []string{"Y"}, "X-" }), "go with header"},
		{hmac(func(s *Spec) { s.Header = "X Y" }), "not the name of a header"},
		{hmac(func(s *Spec) { s.Each = "a" }), "each goes with from"},
		{hmac(func(s *Spec) { s.Header, s.From = "", "query:a" }), "not in the body"},
		{hmac(func(s *Spec) { s.Header, s.From = "", "json:a" }), "holds the signature itself"},
		{hmac(func(s *Spec) { s.Header, s.Numbered, s.Grammar, s.Versions = "", "X-", "pairs", []string{"v1"} }), "bare signatures"},
		{hmac(func(s *Spec) { s.Key = "spki" }), "a key for HMAC-SHA256"},
		{hmac(func(s *Spec) { s.Algorithm = "ed25519" }), "a key for Ed25519"},
		{hmac(func(s *Spec) { s.Algorithm, s.Key = "ecdsa-p256", "hex" }), "a key for ECDSA"},
		{hmac(func(s *Spec) { s.Algorithm = "sha256" }), "proves nothing"},
		{hmac(func(s *Spec) {
			s.Algorithm, s.Signed, s.SignedOr = "sha256", []string{"${secret}${body}"}, []string{"${body}"}
		}), "proves nothing"},
		{hmac(func(s *Spec) { s.SignedOr = []string{"${bdy}"} }), "signed_or"},
		{hmac(func(s *Spec) { s.KeyPrefixRequired = true }), "needs key_prefix"},
		{hmac(func(s *Spec) { s.KeyBytes = &Range{Min: 3, Max: 2} }), "min is at most max"},
		{hmac(func(s *Spec) { s.Guards = []Guard{{Is: "a"}} }), "guards[0]"},
		{hmac(func(s *Spec) { s.Guards = []Guard{{Header: "A", Query: "b", Is: "c"}} }), "not two"},
		{hmac(func(s *Spec) { s.Guards = []Guard{{Claim: "a", Is: "c"}} }), "has no claims"},
		{hmac(func(s *Spec) { s.Guards = []Guard{{Header: "A", Is: "${secret}"}} }), "nothing to compare with"},
		{hmac(func(s *Spec) { s.Timestamp = &ClockSpec{From: "claim:iat"} }), "no other scheme has claims"},
		{hmac(func(s *Spec) { s.Algorithm, s.Claims = "jwt-hs256", &ClaimsSpec{Alone: true, Compare: []string{"a"}} }), "cannot be compared"},
		{hmac(func(s *Spec) { s.Algorithm, s.Claims = "jwt-hs256", &ClaimsSpec{Expires: ExpiresSpec{In: "soon"}} }), "expires.in"},
	} {
		if _, err := Compile(c.spec); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.spec, err, c.want)
		}
	}
	if _, err := Compile(plain, Spec{Header: "X", Algorithm: "md5"}); err == nil || !strings.Contains(err.Error(), "or[0]: algorithm") {
		t.Errorf("an alternative: %v", err)
	}
	if _, err := Compile(plain, Spec{Header: "X", Algorithm: "static"}); err == nil {
		t.Error("a shared secret in the clear as an alternative to a signature")
	}
}

// Where two messages are accepted, only what both cover is covered.
func TestCoverageOfAlternatives(t *testing.T) {
	spec := Spec{Header: "X", Algorithm: "hmac-sha256", Signed: []string{"${timestamp}${body}"}, SignedOr: []string{"${body}"}, Timestamp: &ClockSpec{From: "header:T"}}
	if c := compile(t, spec).Covers(); c.Time || !c.Body {
		t.Errorf("covers %+v: the time can be left out", c)
	}
	s, err := Compile(plain, Spec{Header: "X", Algorithm: "hmac-sha256", Signed: []string{"${url}"}})
	if err != nil {
		t.Fatal(err)
	}
	if c := s.Covers(); c.Body || c.URL {
		t.Errorf("covers %+v", c)
	}
}

func TestURLs(t *testing.T) {
	for in, want := range map[string][2]string{
		"https://h.example/a?b":       {"https://h.example:443/a?b", "https://h.example/a?b"},
		"http://h.example:8080":       {"http://h.example:8080", "http://h.example"},
		"http://[::1]/":               {"http://[::1]:80/", "http://[::1]/"},
		"https://[::1]:1/x":           {"https://[::1]:1/x", "https://[::1]/x"},
		"https://u:p@h.example/a:1/b": {"https://u:p@h.example:443/a:1/b", "https://u:p@h.example/a:1/b"},
		"/path":                       {"/path", "/path"},
	} {
		if a, b := withPort(in), withoutPort(in); a != want[0] || b != want[1] {
			t.Errorf("%s: %s and %s, want %v", in, a, b, want)
		}
	}
	if got, want := decodeURL("https://h/%3a%2F%3F%40%21%24%27%28%29%2A%2C%3B%20%25%3%zz?a=%3D"), "https://h/:/?@!$'()*,;%20%25%3%zz?a=%3D"; got != want {
		t.Errorf("decoded %s, want %s", got, want)
	}
	for in, want := range map[string]string{
		"https://h/a": "https://h/a?n=1+2", "https://h/a?": "https://h/a?n=1+2", "https://h/a?b=%20#f": "https://h/a?b=%20&n=1+2#f",
		"https://h/a?n=9&b": "https://h/a?n=1+2&b",
	} {
		if got := WithQuery(in, "n", "1 2"); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestEscapedBody(t *testing.T) {
	if got, want := escapeBody([]byte("{\"a\":\"é€😀\x7f\\u00e9\"}")), `{"a":"\u00e9\u20ac\ud83d\ude00\u007f\u00e9"}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	spec := Spec{Header: "X", Algorithm: "hmac-sha256", SignedOr: []string{"${body:escaped}"}}
	s := compile(t, spec)
	m := signed(t, s, hmacKey, `{"a":"\u00e9"}`)
	m.Body = []byte(`{"a":"é"}`)
	if _, err := verifier(t, s, hmacKey).Verify(m, now); err != nil {
		t.Errorf("a framework has decoded it: %v", err)
	}
}

// Putting a signature into a body changes nothing else of it.
func TestSetJSON(t *testing.T) {
	for _, c := range []struct{ text, path, want string }{
		{`{}`, "a", `{"a":"v"}`},
		{` { "b" : 1 } `, "a", ` { "b" : 1 ,"a":"v"} `},
		{`{"b":1.0,"a":null,"c":[ ]}`, "a", `{"b":1.0,"a":"v","c":[ ]}`},
		{`{"a":{"b":"old" }}`, "a.b", `{"a":{"b":"v" }}`},
		{`{"a":null}`, "a.b.c", `{"a":{"b":{"c":"v"}}}`},
		{`{"a":[{"b":1},{"b":"}"}]}`, "a.1.b", `{"a":[{"b":1},{"b":"v"}]}`},
		{`{"x.y":{"z":2}}`, `x\.y.z`, `{"x.y":{"z":"v"}}`},
		{`{"a\"}":1}`, "b", `{"a\"}":1,"b":"v"}`},
	} {
		if got, err := setJSON(c.text, jsonPath(c.path), "v"); err != nil || got != c.want {
			t.Errorf("%s at %s: %s, %v; want %s", c.text, c.path, got, err, c.want)
		}
	}
	for _, c := range []struct{ text, path string }{{`[]`, "a"}, {`{"a":1}`, "a.b"}, {`{"a":1,"a":2}`, "a"}, {`{"a":[]}`, "a.0"}, {`"x"`, "a"}} {
		if got, err := setJSON(c.text, jsonPath(c.path), "v"); err == nil {
			t.Errorf("%s at %s: %s", c.text, c.path, got)
		}
	}
	back := func(name, value string) bool {
		text, err := setJSON(`{"k":[1]}`, []string{name}, value)
		var object map[string]any
		return err == nil && json.Unmarshal([]byte(text), &object) == nil && (strings.ToValidUTF8(name, "") != name || object[name] == strings.ToValidUTF8(value, "\ufffd"))
	}
	if err := quick.Check(back, nil); err != nil {
		t.Error(err)
	}
}

// FuzzPlaces states that no request makes a verifier panic, and that none but
// the signed one is authentic where the body is covered.
func FuzzPlaces(f *testing.F) {
	f.Add("https://example.com/?n=1", "X-Sig-1", "00", "application/json", []byte(`{"s":{"sig":"00"},"items":[{"sig":"00"}]}`))
	f.Add("://", "X-Signed", "x-signed,,x-time", "application/x-www-form-urlencoded", []byte("sig=00&sig=%zz"))
	f.Add("", "Sig-A", ",", "", []byte("["))
	specs := sampleSpecs()
	f.Fuzz(func(t *testing.T, url, name, value, kind string, body []byte) {
		for scheme := range specs {
			s, m := signedSample(t, scheme)
			whole := m.Body
			m.URL, m.Body = url, body
			m.Header.Set(name, value)
			m.Header.Set("Content-Type", kind)
			_, err := verifier(t, s, hmacKey).Verify(m, now)
			if err != nil && AsError(err) == nil {
				t.Errorf("%s: no reason: %v", scheme, err)
			}
			if err == nil && s.Covers().Body && scheme != "form" && !bytes.Equal(body, whole) {
				t.Errorf("%s: %q is authentic, and %q was signed", scheme, body, whole)
			}
		}
	})
}
