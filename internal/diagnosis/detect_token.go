package diagnosis

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/whk-cli/whk/internal/signing"
)

// detectToken looks for a JWT in the headers, and for the key that made it.
func (s *search) detectToken(secrets []signing.Secret) *proposal {
	for _, r := range readings(s.c.Message, &signing.Spec{}) {
		claims, ok := signing.ClaimsOf(r.text)
		if !ok || r.grammar != "" || strings.Contains(r.text, " ") {
			continue
		}
		for _, spec := range tokenSpecs(tokenAlgorithmOf(r.text), secrets) {
			spec.Header, spec.Prefix = r.header, r.prefix
			if strings.EqualFold(strings.TrimSpace(r.prefix), "bearer") {
				spec.Grammar, spec.Prefix = "bearer", ""
			}
			spec.Claims, spec.Guards = claimsSpec(claims), s.bodyClaims(claims)
			if found := s.proves(&proposal{spec: spec, claims: claimNames(claims)}, secrets); found != nil {
				return found
			}
		}
	}
	return nil
}

// tokenSpecs are the ways to make a key of the secrets for tokens of an algorithm.
func tokenSpecs(algorithm string, secrets []signing.Secret) []signing.Spec {
	if !sharedToken(algorithm) {
		return pairSpecs(secrets, algorithm)
	}
	specs, _ := keySpecs(secrets)
	for i := range specs {
		specs[i].Algorithm = algorithm
	}
	return specs
}

// isToken reports whether an algorithm makes tokens.
func isToken(algorithm string) bool { return strings.HasPrefix(algorithm, "jwt-") }

// claimsSpec is what tokens with such claims are, as far as one shows it: what the
// body repeats of them can not be told from one request.
func claimsSpec(claims []byte) *signing.ClaimsSpec {
	spec := &signing.ClaimsSpec{Alone: true}
	exp, iat := gjson.GetBytes(claims, "exp").Int(), gjson.GetBytes(claims, "iat").Int()
	if life := time.Duration(exp-iat) * time.Second; iat > 0 && life > 0 && life < 1000*time.Hour {
		spec.Expires.In = life.String()
	} else if exp > 0 {
		spec.Expires.In = "5m"
	}
	return spec
}

// bodyClaims are the claims that are hashes of the body, which tie it to the token.
func (s *search) bodyClaims(claims []byte) []signing.Guard {
	b := s.c.Message.Body
	one, two, five := sha1.Sum(b), sha256.Sum256(b), sha512.Sum512(b)
	sums := map[string]string{
		hex.EncodeToString(one[:]): "${body:sha1}", hex.EncodeToString(two[:]): "${body:sha256}", hex.EncodeToString(five[:]): "${body:sha512}",
	}
	var guards []signing.Guard
	gjson.ParseBytes(claims).ForEach(func(name, value gjson.Result) bool {
		if is, ok := sums[value.Str]; ok {
			guards = append(guards, signing.Guard{Claim: name.Str, Is: is})
		}
		return true
	})
	return guards
}

// claimNames are the claims by which a token is recognised among others: those
// that not every token has, if there are any.
func claimNames(claims []byte) []string {
	const most = 3
	var own, usual []string
	gjson.ParseBytes(claims).ForEach(func(name, _ gjson.Result) bool {
		switch name.Str {
		case "exp", "nbf", "iat", "jti", "iss", "sub", "aud":
			usual = append(usual, name.Str)
		default:
			if !strings.ContainsAny(name.Str, ".*?|#@\\!{}[]()=<>%\" ") && name.Str != "" {
				own = append(own, name.Str)
			}
		}
		return true
	})
	if len(own) == 0 {
		own = usual
	}
	return own[:min(len(own), most)]
}
