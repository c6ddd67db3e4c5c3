package oracle

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	josejwt "github.com/go-jose/go-jose/v4/jwt"
	golangjwt "github.com/golang-jwt/jwt/v5"

	"github.com/whk-cli/whk/internal/signing"
)

// tokens is somebody else's idea of HS256.
type tokens struct {
	name  string
	sign  func(secret []byte, claims map[string]any) (string, error)
	check func(secret []byte, token string, now time.Time) (map[string]any, error)
}

var libraries = []tokens{
	{
		name: "golang-jwt",
		sign: func(secret []byte, claims map[string]any) (string, error) {
			return golangjwt.NewWithClaims(golangjwt.SigningMethodHS256, golangjwt.MapClaims(claims)).SignedString(secret)
		},
		check: func(secret []byte, token string, now time.Time) (map[string]any, error) {
			claims := golangjwt.MapClaims{}
			_, err := golangjwt.ParseWithClaims(token, claims, func(*golangjwt.Token) (any, error) { return secret, nil },
				golangjwt.WithValidMethods([]string{"HS256"}), golangjwt.WithExpirationRequired(), golangjwt.WithStrictDecoding(),
				golangjwt.WithLeeway(time.Minute), golangjwt.WithTimeFunc(func() time.Time { return now }))
			return claims, err
		},
	},
	{
		name: "go-jose",
		sign: func(secret []byte, claims map[string]any) (string, error) {
			signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: secret}, (&jose.SignerOptions{}).WithType("JWT"))
			if err != nil {
				return "", err
			}
			return josejwt.Signed(signer).Claims(claims).Serialize()
		},
		check: func(secret []byte, token string, now time.Time) (map[string]any, error) {
			parsed, err := josejwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.HS256})
			if err != nil {
				return nil, err
			}
			var times josejwt.Claims
			claims := map[string]any{}
			if err := parsed.Claims(secret, &times, &claims); err != nil {
				return nil, err
			}
			return claims, times.ValidateWithLeeway(josejwt.Expected{Time: now}, time.Minute)
		},
	},
}

// Whoever issues the token, both take it, and both refuse it changed or late.
func TestTokens(t *testing.T) {
	scheme := builtIn("cloudblue-connect")(t)
	random := rand.New(rand.NewPCG(7, 11))
	now := time.Now().Truncate(time.Second)
	for _, lib := range libraries {
		t.Run(lib.name, func(t *testing.T) {
			for round := range 40 {
				secret := []byte(plainKey(bytesOf(random, 32)))
				claims := map[string]any{
					"webhook_id": fmt.Sprintf("WH-%03d", round), "object_class": "usage_file", "data": map[string]any{"é": "\u2028<&>"},
					"triggered_at": now.Format(time.RFC3339), "processing_timeout": 600, "last_failure_at": nil,
				}
				body, err := json.Marshal(claims)
				if err != nil {
					t.Fatal(err)
				}
				token := ""
				if round%2 == 0 {
					token = whkToken(t, scheme, secret, body, now)
				} else {
					claims["exp"] = now.Add(10 * time.Minute).Unix()
					if token, err = lib.sign(secret, claims); err != nil {
						t.Fatal(err)
					}
				}
				agree(t, lib, scheme, "its own", secret, token, body, now, true)
				agree(t, lib, scheme, "nine minutes later", secret, token, body, now.Add(9*time.Minute), true)
				agree(t, lib, scheme, "an hour later", secret, token, body, now.Add(time.Hour), false)
				agree(t, lib, scheme, "with another secret", flipped(random, secret), token, body, now, false)
				for part := range 3 {
					agree(t, lib, scheme, fmt.Sprintf("with part %d changed", part+1), secret, changed(random, token, part), body, now, false)
				}
				agree(t, lib, scheme, "without its signature", secret, token[:strings.LastIndex(token, ".")+1], body, now, false)
				agree(t, lib, scheme, "with alg none", secret, unsigned(token), body, now, false)
			}
		})
	}
}

func whkToken(t *testing.T, s *signing.Scheme, secret, body []byte, now time.Time) string {
	t.Helper()
	fields, err := s.Sign(&signing.Message{Method: "POST", Body: body}, signing.NewSecret(secret), now)
	if err != nil {
		t.Fatal(err)
	}
	token, ok := strings.CutPrefix(fields[0].Value, "Bearer ")
	if !ok || len(fields) != 1 {
		t.Fatalf("%v", fields)
	}
	return token
}

func agree(t *testing.T, lib tokens, s *signing.Scheme, what string, secret []byte, token string, body []byte, now time.Time, want bool) {
	t.Helper()
	theirs, err := lib.check(secret, token, now)
	if (err == nil) != want {
		t.Errorf("%s: the oracle says %v", what, err)
	}
	v, err := s.Verifier([]signing.Secret{signing.NewSecret(secret)}, -1)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := v.Verify(&signing.Message{Method: "POST", Header: http.Header{"Authorization": {"Bearer " + token}}, Body: body}, now)
	if (err == nil) != want {
		t.Errorf("%s: whk says %v", what, err)
	}
	if err != nil || !want {
		return
	}
	if len(ours.Warnings) > 0 {
		t.Errorf("%s: whk warns %q", what, ours.Warnings)
	}
	seen, err := json.Marshal(theirs)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(canonical(t, seen), canonical(t, ours.Claims)) {
		t.Errorf("%s: the oracle reads %s, whk %s", what, seen, ours.Claims)
	}
}

func canonical(t *testing.T, text []byte) []byte {
	t.Helper()
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// changed flips a bit in the bytes of one part.
func changed(random *rand.Rand, token string, part int) string {
	parts := strings.Split(token, ".")
	raw, _ := base64.RawURLEncoding.DecodeString(parts[part])
	parts[part] = base64.RawURLEncoding.EncodeToString(flipped(random, raw))
	return strings.Join(parts, ".")
}

func unsigned(token string) string {
	_, rest, _ := strings.Cut(token, ".")
	return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + rest[:strings.LastIndex(rest, ".")+1]
}
