package signing

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

var tokens = Spec{
	Header: "Authorization", Accept: []string{"Authentication"}, Grammar: "bearer", Algorithm: "jwt-hs256",
	Claims: &ClaimsSpec{Expires: ExpiresSpec{After: "triggered_at", By: "processing_timeout"}, Compare: []string{"webhook_id", "data"}, Leeway: "60s"},
}

const envelope = `{"webhook_id":"WH-1","triggered_at":"2025-03-04T08:15:00+00:00","processing_timeout":600,"data":{"n":1.0}}`

func b64(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// token makes a compact serialisation with any header, claims and key.
func token(header, claims, key string) string {
	text := b64(header) + "." + b64(claims)
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func verifyToken(t testing.TB, value, body string, at time.Time, keys ...string) (Result, error) {
	t.Helper()
	m := &Message{Method: "POST", Header: http.Header{"Authorization": {value}}, Body: []byte(body)}
	return verifier(t, compile(t, tokens), keys...).Verify(m, at)
}

// https://www.rfc-editor.org/rfc/rfc7515#appendix-A.1
func TestRFC7515A1(t *testing.T) {
	const example = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9" +
		".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ" +
		".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	key, err := base64.RawURLEncoding.DecodeString("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
	if err != nil {
		t.Fatal(err)
	}
	exp := time.Unix(1300819380, 0)
	for at, want := range map[time.Duration]Reason{-time.Minute: "", 59 * time.Second: "", 61 * time.Second: Expired} {
		_, err := verifyToken(t, "Bearer "+example, "", exp.Add(at), string(key))
		if reason(err) != want {
			t.Errorf("%v after exp: %v, want %q", at, err, want)
		}
	}
	if _, err := verifyToken(t, "Bearer "+example, "", exp, string(key)+"x"); reason(err) != Mismatch {
		t.Errorf("another key: %v", err)
	}
}

// The tokens that https://jwt.io shows for the longer hashes.
func TestLongerHashes(t *testing.T) {
	const head = ".eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiYWRtaW4iOnRydWUsImlhdCI6MTUxNjIzOTAyMn0."
	for algorithm, c := range map[string]struct{ key, token string }{
		"jwt-hs384": {"your-384-bit-secret", "eyJhbGciOiJIUzM4NCIsInR5cCI6IkpXVCJ9" + head + "bQTnz6AuMJvmXXQsVPrxeQNvzDkimo7VNXxHeSBfClLufmCVZRUuyTwJF311JHuh"},
		"jwt-hs512": {"your-512-bit-secret", "eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9" + head + "VFb0qJ1LRg_4ujbZoRMXnVkUgiuKq5KxWqNdbKq_G9Vvz-S1zZa9LPxtHWKa64zDl2ofkT8F6jBt_K4riU-fPg"},
	} {
		scheme := compile(t, Spec{Header: "Authorization", Grammar: "bearer", Algorithm: algorithm, Claims: &ClaimsSpec{Alone: true}})
		m := &Message{Header: http.Header{"Authorization": {"Bearer " + c.token}}}
		if _, err := verifier(t, scheme, "other", c.key).Verify(m, now); err != nil {
			t.Errorf("%s: %v", algorithm, err)
		}
		if _, err := verifier(t, scheme, c.key+"x").Verify(m, now); reason(err) != Mismatch {
			t.Errorf("%s, another key: %v", algorithm, err)
		}
		fields, err := scheme.Sign(&Message{Claims: []byte(`{"iat":1}`)}, NewSecret([]byte(c.key)), now)
		if err != nil {
			t.Fatal(err)
		}
		m.Header.Set("Authorization", fields[0].Value)
		if _, err := verifier(t, scheme, c.key).Verify(m, now); err != nil {
			t.Errorf("%s, made here: %v", algorithm, err)
		}
		if _, err := verifyToken(t, fields[0].Value, "", now, c.key); reason(err) != WrongAlgorithm {
			t.Errorf("%s where HS256 is wanted: %v", algorithm, err)
		}
	}
}

// Attacks on tokens, and mistakes in making them.
func TestTokenAttacks(t *testing.T) {
	const key = "connect-demo-key-01"
	const hs256 = `{"typ":"JWT","alg":"HS256"}`
	claims := `{"webhook_id":"WH-1","exp":1741076700}`
	good := token(hs256, claims, key)
	parts := strings.Split(good, ".")
	hs384, _ := jwt.NewWithClaims(jwt.SigningMethodHS384, jwt.MapClaims{"webhook_id": "WH-1"}).SignedString([]byte(key))
	hs512, _ := jwt.NewWithClaims(jwt.SigningMethodHS512, jwt.MapClaims{"webhook_id": "WH-1"}).SignedString([]byte(key))
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	rs256, _ := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{"webhook_id": "WH-1"}).SignedString(private)
	last := strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", good[len(good)-1])
	twin := good[:len(good)-1] + string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[last^1])

	for _, c := range []struct {
		name, value string
		want        Reason
	}{
		{"good", "Bearer " + good, ""},
		{"scheme in small letters, several blanks", "bearer   " + good, ""},
		{"no typ", "Bearer " + token(`{"alg":"HS256"}`, claims, key), ""},
		{"none", "Bearer " + b64(`{"alg":"none"}`) + "." + b64(claims) + ".", WrongAlgorithm},
		{"None", "Bearer " + b64(`{"alg":"None"}`) + "." + b64(claims) + ".", WrongAlgorithm},
		{"nOnE with a signature", "Bearer " + token(`{"alg":"nOnE"}`, claims, key), WrongAlgorithm},
		{"hs256 in small letters", "Bearer " + token(`{"alg":"hs256"}`, claims, key), WrongAlgorithm},
		{"no alg", "Bearer " + token(`{"typ":"JWT"}`, claims, key), WrongAlgorithm},
		{"alg is a list", "Bearer " + token(`{"alg":["HS256"]}`, claims, key), WrongAlgorithm},
		{"RS256", "Bearer " + rs256, WrongAlgorithm},
		{"RS256 claimed, HMAC made", "Bearer " + token(`{"alg":"RS256"}`, claims, key), WrongAlgorithm},
		{"HS384", "Bearer " + hs384, WrongAlgorithm},
		{"HS512", "Bearer " + hs512, WrongAlgorithm},
		{"empty signature", "Bearer " + parts[0] + "." + parts[1] + ".", Malformed},
		{"no signature part", "Bearer " + parts[0] + "." + parts[1], Malformed},
		{"four parts", "Bearer " + good + ".AAAA", Malformed},
		{"five parts, as an encrypted token", "Bearer a.b.c.d.e", Malformed},
		{"crit", "Bearer " + token(`{"alg":"HS256","crit":["exp"]}`, claims, key), Malformed},
		{"padding", "Bearer " + good + "=", Malformed},
		{"stray trailing bits", "Bearer " + twin, Malformed},
		{"the other alphabet", "Bearer " + parts[0] + "." + parts[1] + "." + strings.Repeat("+", 43), Malformed},
		{"line break", "Bearer " + parts[0] + ".\n" + parts[1] + "." + parts[2], Malformed},
		{"header is no JSON", "Bearer " + token("alg", claims, key), Malformed},
		{"header is a list", "Bearer " + token(`["HS256"]`, claims, key), Malformed},
		{"claims are no JSON", "Bearer " + token(hs256, "claims", key), Malformed},
		{"claims are null", "Bearer " + token(hs256, "null", key), Malformed},
		{"claims changed", "Bearer " + parts[0] + "." + b64(`{"webhook_id":"WH-2"}`) + "." + parts[2], Mismatch},
		{"another key", "Bearer " + token(hs256, claims, key+"\n"), Mismatch},
		{"expired", "Bearer " + token(hs256, `{"exp":1741076039}`, key), Expired},
		{"within the leeway", "Bearer " + token(hs256, `{"exp":1741076041}`, key), ""},
		{"exp in milliseconds", "Bearer " + token(hs256, `{"exp":1741076700000}`, key), Malformed},
		{"exp as text", "Bearer " + token(hs256, `{"exp":"1741076700"}`, key), Malformed},
		{"exp negative", "Bearer " + token(hs256, `{"exp":-1}`, key), Malformed},
		{"exp as 1e300", "Bearer " + token(hs256, `{"exp":1e300}`, key), Malformed},
		{"exp of 2^63", "Bearer " + token(hs256, `{"exp":9223372036854775808}`, key), Malformed},
		{"exp with a fraction", "Bearer " + token(hs256, `{"exp":1741076700.5}`, key), ""},
		{"nbf ahead", "Bearer " + token(hs256, `{"nbf":1741076161,"exp":1741076700}`, key), NotYetValid},
		{"nbf past", "Bearer " + token(hs256, `{"nbf":1741076100,"exp":1741076700}`, key), ""},
		{"no scheme", good, Malformed},
		{"another scheme", "Basic " + good, Malformed},
		{"two tokens", "Bearer " + good + " " + good, Malformed},
		{"joined by a proxy", "Bearer " + good + ", Bearer " + good, Malformed},
		{"empty", "", Missing},
		{"overlong", "Bearer " + strings.Repeat("A", 9000), Malformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := verifyToken(t, c.value, "", now, "other", key)
			if got := reason(err); got != c.want {
				t.Errorf("got %q (%v), want %q", got, err, c.want)
			}
		})
	}
}

func TestTokenHeaders(t *testing.T) {
	v := verifier(t, compile(t, tokens), "k")
	good := "Bearer " + token(`{"alg":"HS256"}`, `{"exp":1741076700}`, "k")
	for _, c := range []struct {
		header http.Header
		want   Reason
	}{
		{http.Header{"Authorization": {good}}, ""},
		{http.Header{"Authentication": {good}}, ""},
		{http.Header{"Authorization": {good}, "Authentication": {good}}, ""},
		{http.Header{"Authorization": {"Bearer x.y.z"}, "Authentication": {good}}, Malformed},
		{http.Header{"Authentication": {good, good}}, DuplicateHeader},
		{http.Header{}, Missing},
	} {
		if _, err := v.Verify(&Message{Header: c.header}, now); reason(err) != c.want {
			t.Errorf("%v: %v, want %q", c.header, err, c.want)
		}
	}
}

// The token says what counts; a body that says otherwise is a warning.
func TestClaimsAndBody(t *testing.T) {
	s := compile(t, tokens)
	m := signed(t, s, "k", envelope)
	value := m.Header.Get("Authorization")
	for name, c := range map[string]struct{ body, want string }{
		"same":            {envelope, ""},
		"other order":     {`{"data":{"n":1.0},"webhook_id":"WH-1"}`, ""},
		"another value":   {strings.Replace(envelope, "WH-1", "WH-2", 1), "webhook_id differs"},
		"another number":  {strings.Replace(envelope, `"n":1.0`, `"n":2`, 1), "data differs"},
		"a field is gone": {`{"webhook_id":"WH-1"}`, "data differs"},
		"another object":  {`{"id":"PR-1"}`, ""},
		"no body":         {"", ""},
	} {
		r, err := verifyToken(t, value, c.body, now, "k")
		if err != nil || (c.want == "") != (len(r.Warnings) == 0) || !strings.Contains(strings.Join(r.Warnings, " "), c.want) {
			t.Errorf("%s: %v, %v", name, r.Warnings, err)
		}
	}
	neither := `{"webhook_id":"WH-1","exp":` + strconv.FormatInt(now.Unix(), 10) + `}`
	if r, err := verifyToken(t, "Bearer "+token(`{"alg":"HS256"}`, neither, "k"), `{"webhook_id":"WH-1"}`, now, "k"); err != nil || len(r.Warnings) != 0 {
		t.Errorf("a claim that neither has: %v, %v", r.Warnings, err)
	}
	if r, err := verifyToken(t, "Bearer "+token(`{"alg":"HS256"}`, "{}", "k"), "", now, "k"); err != nil || len(r.Warnings) != 1 {
		t.Errorf("a token without exp: %v, %v", r.Warnings, err)
	}
}

func TestExpiry(t *testing.T) {
	s := compile(t, tokens)
	for _, c := range []struct {
		name   string
		m      Message
		expiry int64
	}{
		{"from the claims", Message{Body: []byte(envelope)}, 1741076700},
		{"renewed", Message{Body: []byte(strings.Replace(envelope, "2025", "2020", 1)), Renew: true}, 1741076700},
		{"claims beside the body", Message{Body: []byte(`{"id":"PR-1"}`), Claims: []byte(`{ "processing_timeout": 60 }`)}, 1741076160},
	} {
		fields, err := s.Sign(&c.m, secret("k"), now)
		if err != nil {
			t.Fatal(err)
		}
		claims, _ := ClaimsOf(strings.TrimPrefix(fields[0].Value, "Bearer "))
		if got, err := objectFields(claims); err != nil || string(got["exp"]) != strconv.FormatInt(c.expiry, 10) {
			t.Errorf("%s: claims %s, %v", c.name, claims, err)
		}
	}
	for _, bad := range []string{"", "[]", "null", "{"} {
		if _, err := s.Sign(&Message{Body: []byte(bad)}, secret("k"), now); err == nil {
			t.Errorf("%q was taken for claims", bad)
		}
	}
}

// FuzzToken states that no token panics, and none is authentic that golang-jwt
// by itself does not accept.
func FuzzToken(f *testing.F) {
	f.Add(token(`{"alg":"HS256"}`, `{"exp":1741076700}`, "k"))
	f.Add("a.b.c")
	f.Add(b64(`{"alg":"none"}`) + "." + b64("{}") + ".")
	f.Fuzz(func(t *testing.T, text string) {
		_, err := verifyToken(t, "Bearer "+text, "", now, "k")
		if err != nil {
			if AsError(err) == nil {
				t.Errorf("%q: no reason: %v", text, err)
			}
			return
		}
		if _, err := jwt.Parse(text, func(*jwt.Token) (any, error) { return []byte("k"), nil },
			jwt.WithValidMethods([]string{"HS256"}), jwt.WithTimeFunc(func() time.Time { return now }), jwt.WithLeeway(time.Minute)); err != nil {
			t.Errorf("%q is authentic here and not by itself: %v", text, err)
		}
	})
}
