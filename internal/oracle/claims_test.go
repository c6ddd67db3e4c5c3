package oracle

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	josejwt "github.com/go-jose/go-jose/v4/jwt"
	golangjwt "github.com/golang-jwt/jwt/v5"

	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/signing"
)

// Plaid's token carries the body's hash, and is signed with a key of Plaid's; the
// receiver is that of its documentation, with go-jose.
// https://plaid.com/docs/api/webhooks/webhook-verification/
func TestPlaid(t *testing.T) {
	p, err := provider.NewRegistry().Load("plaid")
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(9, 13))
	ask := verdicts(func(public string, m *signing.Message) (error, error) {
		return verified(p.Scheme(), public, m), plaidReceives(public, m)
	})
	private, public := pair(t, p)
	_, stranger := pair(t, p)
	for round := range 40 {
		m := &signing.Message{Method: http.MethodPost, Header: http.Header{}, Body: body(random, round)}
		if round%2 == 0 {
			signed(t, p.Scheme(), private, m)
		} else {
			m.Header.Set("Plaid-Verification", plaidSigns(t, private, m.Body, time.Now()))
		}
		ask.told(t, "its own", public, m, true)
		ask.told(t, "another key", stranger, m, false)
		ask.told(t, "another body", public, with(m, func(m *signing.Message) { m.Body = append(m.Body, '\n') }), false)
		ask.told(t, "ten minutes old", public, with(m, func(m *signing.Message) {
			m.Header.Set("Plaid-Verification", plaidSigns(t, private, m.Body, time.Now().Add(-10*time.Minute)))
		}), false)
		for part := range 3 {
			ask.told(t, "another token", public, with(m, func(m *signing.Message) {
				m.Header.Set("Plaid-Verification", changed(random, m.Header.Get("Plaid-Verification"), part))
			}), false)
		}
	}
}

func plaidSigns(t *testing.T, private string, body []byte, at time.Time) string {
	t.Helper()
	var key jose.JSONWebKey
	if err := json.Unmarshal([]byte(private), &key); err != nil {
		t.Fatal(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(body)
	token, err := josejwt.Signed(signer).Claims(map[string]any{"iat": at.Unix(), "request_body_sha256": hex.EncodeToString(digest[:])}).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func plaidReceives(public string, m *signing.Message) error {
	var key jose.JSONWebKey
	if err := json.Unmarshal([]byte(public), &key); err != nil {
		return err
	}
	parsed, err := josejwt.ParseSigned(m.Header.Get("Plaid-Verification"), []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return err
	}
	var claims struct {
		At   int64  `json:"iat"`
		Body string `json:"request_body_sha256"`
	}
	if err := parsed.Claims(key, &claims); err != nil {
		return err
	}
	digest := sha256.Sum256(m.Body)
	if claims.Body != hex.EncodeToString(digest[:]) || time.Since(time.Unix(claims.At, 0)) > 5*time.Minute {
		return errRefused
	}
	return nil
}

// monday.com's token is for the endpoint's URL; it says nothing of the body.
// https://developer.monday.com/apps/docs/authorization-header
func TestMonday(t *testing.T) {
	scheme, random := builtIn("monday")(t), rand.New(rand.NewPCG(10, 14))
	ask := verdicts(func(secret string, m *signing.Message) (error, error) {
		_, err := golangjwt.Parse(m.Header.Get("Authorization"), func(*golangjwt.Token) (any, error) { return []byte(secret), nil },
			golangjwt.WithValidMethods([]string{"HS256"}), golangjwt.WithAudience(m.URL), golangjwt.WithExpirationRequired(),
			golangjwt.WithLeeway(time.Minute), golangjwt.WithStrictDecoding())
		return verified(scheme, secret, m), err
	})
	for round := range 40 {
		seed := bytesOf(random, 16)
		secret := plainKey(seed)
		m := &signing.Message{Method: http.MethodPost, URL: "https://example.com/hooks?a=b", Header: http.Header{}, Body: body(random, round)}
		claims := golangjwt.MapClaims{"accountId": 1825529, "userId": 4012689, "iat": time.Now().Unix(), "aud": m.URL, "exp": time.Now().Add(5 * time.Minute).Unix()}
		issue := func(m *signing.Message) {
			token, err := golangjwt.NewWithClaims(golangjwt.SigningMethodHS256, claims).SignedString([]byte(secret))
			if err != nil {
				t.Fatal(err)
			}
			m.Header.Set("Authorization", token)
		}
		if round%2 == 0 {
			signed(t, scheme, secret, m)
		} else {
			issue(m)
		}
		ask.told(t, "its own", secret, m, true)
		ask.told(t, "another secret", plainKey(flipped(random, seed)), m, false)
		ask.told(t, "another URL", secret, with(m, func(m *signing.Message) { m.URL = "https://example.com/hooks" }), false)
		for part := range 3 {
			ask.told(t, "another token", secret, with(m, func(m *signing.Message) {
				m.Header.Set("Authorization", changed(random, m.Header.Get("Authorization"), part))
			}), false)
		}
		claims["exp"] = time.Now().Add(-10 * time.Minute).Unix()
		ask.told(t, "expired", secret, with(m, issue), false)
	}
}
