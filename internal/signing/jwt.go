package signing

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// tokenHeader is the first part of every token that is made here, in the key
// order that issuers of HS256 tokens commonly use.
const tokenHeader = `{"typ":"JWT","alg":"HS256"}`

// signToken makes a JWT whose claims are those of m, in their order, with exp
// last. https://www.rfc-editor.org/rfc/rfc7515#section-5.1
func (s *Scheme) signToken(m *Message, key []byte, now time.Time) (string, error) {
	claims := m.Claims
	if claims == nil {
		claims = m.Body
	}
	payload, err := s.withExpiry(claims, m.Renew, now)
	if err != nil {
		return "", err
	}
	enc := base64.RawURLEncoding
	text := enc.EncodeToString([]byte(tokenHeader)) + "." + enc.EncodeToString(payload)
	sig, err := jwt.SigningMethodHS256.Sign(text, key)
	if err != nil {
		return "", err
	}
	return text + "." + enc.EncodeToString(sig), nil
}

// withExpiry is claims without white space, and with exp as the scheme makes it
// unless there is one.
func (s *Scheme) withExpiry(claims []byte, renew bool, now time.Time) ([]byte, error) {
	fields, err := objectFields(claims)
	if err != nil {
		return nil, fmt.Errorf("a token's claims must be a JSON object: %w", err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, claims); err != nil {
		return nil, err
	}
	if _, ok := fields["exp"]; ok && !renew {
		return compact.Bytes(), nil
	}
	if _, ok := fields["exp"]; ok {
		return nil, errors.New("claims that are renewed must not have an exp")
	}
	out := bytes.TrimSuffix(compact.Bytes(), []byte("}"))
	if len(fields) > 0 {
		out = append(out, ',')
	}
	return fmt.Appendf(out, `"exp":%d}`, s.expiry(fields, renew, now).Unix()), nil
}

func (s *Scheme) expiry(fields map[string]json.RawMessage, renew bool, now time.Time) time.Time {
	rule := s.spec.Claims.Expires
	start := now
	var text string
	if json.Unmarshal(fields[rule.After], &text) == nil && !renew {
		if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
			start = at
		}
	}
	seconds, err := strconv.ParseInt(string(fields[rule.By]), 10, 32)
	if err != nil || seconds <= 0 {
		seconds = 600
	}
	return start.Add(time.Duration(seconds) * time.Second)
}

// verifyToken checks form and algorithm before any key is used, then the
// signature, then the times, then what the body repeats.
func (v *Verifier) verifyToken(m *Message, token string, now time.Time) (Result, error) {
	if err := checkTokenForm(token); err != nil {
		return Result{}, err
	}
	keys := make([]jwt.VerificationKey, len(v.keys))
	for i, key := range v.keys {
		keys[i] = key
	}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithStrictDecoding(), jwt.WithoutClaimsValidation(), jwt.WithJSONNumber())
	_, err := parser.Parse(token, func(*jwt.Token) (any, error) { return jwt.VerificationKeySet{Keys: keys}, nil })
	switch {
	case errors.Is(err, jwt.ErrTokenMalformed):
		return Result{}, &Error{Reason: Malformed, Detail: "malformed token", Expected: "three parts of unpadded base64url, the first two JSON objects"}
	case err != nil:
		return Result{}, &Error{Reason: Mismatch,
			Detail:   "the token is not signed with " + plural(len(v.secrets), "this secret", "any of %d secrets"),
			Expected: "HMAC-SHA256 over the token's first two parts, keyed with the secret as text",
			Next:     "check that the secret is this webhook's, typed exactly as in the provider's settings and not base64-decoded"}
	}
	claims, _ := ClaimsOf(token)
	result := Result{Claims: claims, Secret: v.matching(token)}
	fields, err := objectFields(claims)
	if err != nil {
		return Result{}, refuse(Malformed, "the token's claims are not a JSON object")
	}
	if result.Timestamp, err = v.checkTimes(fields, now, &result); err != nil {
		return Result{}, err
	}
	result.Warnings = append(result.Warnings, v.scheme.compareClaims(fields, m.Body)...)
	return result, nil
}

// matching finds which secret made the token's signature.
func (v *Verifier) matching(token string) int {
	dot := strings.LastIndexByte(token, '.')
	sig, _ := base64.RawURLEncoding.DecodeString(token[dot+1:])
	return slices.IndexFunc(v.keys, func(key []byte) bool {
		return jwt.SigningMethodHS256.Verify(token[:dot], sig, key) == nil
	})
}

// checkTokenForm refuses what must be refused whatever the key: another number
// of parts, another alphabet, another algorithm, and extensions that this
// verifier does not know. https://www.rfc-editor.org/rfc/rfc7515#section-4.1.11
func checkTokenForm(token string) *Error {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return &Error{Reason: Malformed, Detail: "malformed token", Expected: "three parts joined by dots", Found: fmt.Sprintf("%d", len(parts))}
	}
	for i, p := range parts {
		// encoding/base64 skips line breaks, so the alphabet is checked here.
		if _, err := strict(base64.RawURLEncoding)(p); err != nil {
			return &Error{Reason: Malformed, Detail: fmt.Sprintf("part %d of the token is malformed", i+1), Expected: "canonical base64url without padding"}
		}
	}
	raw, _ := base64.RawURLEncoding.DecodeString(parts[0])
	header, err := objectFields(raw)
	if err != nil {
		return &Error{Reason: Malformed, Detail: "the token's header is not a JSON object"}
	}
	var alg string
	if json.Unmarshal(header["alg"], &alg) != nil || alg != "HS256" {
		return &Error{Reason: WrongAlgorithm, Detail: "the token asks for another algorithm", Expected: `"alg":"HS256"`,
			Found: "alg " + shorten(string(header["alg"])), Next: "never let a token choose how it is checked"}
	}
	if _, ok := header["crit"]; ok {
		return &Error{Reason: Malformed, Detail: "the token's header has crit, and no extension is known here"}
	}
	if parts[2] == "" {
		return &Error{Reason: Malformed, Detail: "the token's signature is empty"}
	}
	return nil
}

func (v *Verifier) checkTimes(claims map[string]json.RawMessage, now time.Time, result *Result) (time.Time, error) {
	leeway := v.scheme.leeway
	if v.tolerance >= 0 {
		leeway = v.tolerance
	}
	exp, found, err := numericDate(claims, "exp")
	if err != nil {
		return exp, err
	}
	if !found {
		result.Warnings = append(result.Warnings, "the token has no exp, so it never expires")
	} else if late := now.Sub(exp); late > leeway {
		return exp, &Error{Reason: Expired, Detail: fmt.Sprintf("the token expired %s ago, %s allowed", round(late), leeway),
			Next: "an old capture: judge it as of its own time with --at; a fresh one: set the clocks, or make a new token for each attempt"}
	}
	nbf, found, err := numericDate(claims, "nbf")
	if err != nil {
		return nbf, err
	}
	if early := nbf.Sub(now); found && early > leeway {
		return nbf, &Error{Reason: NotYetValid, Detail: fmt.Sprintf("the token is valid only in %s, %s allowed", round(early), leeway),
			Next: "set the clocks of the sender and of this machine"}
	}
	var at string
	if json.Unmarshal(claims[v.scheme.spec.Claims.Expires.After], &at) == nil {
		if t, err := time.Parse(time.RFC3339Nano, at); err == nil {
			return t, nil
		}
	}
	return time.Time{}, nil
}

// numericDate reads a time claim: a JSON number of seconds, fractions allowed.
// https://www.rfc-editor.org/rfc/rfc7519#section-2
func numericDate(claims map[string]json.RawMessage, name string) (time.Time, bool, error) {
	raw, ok := claims[name]
	if !ok {
		return time.Time{}, false, nil
	}
	whole, fraction, dotted := strings.Cut(string(raw), ".")
	n, ok := canonicalInt(whole, 1, 12)
	if !ok || (dotted && strings.Trim(fraction, "0123456789") != "") {
		e := &Error{Reason: Malformed, Detail: "the claim " + name + " is not a time", Expected: "Unix seconds as a number", Found: shorten(string(raw))}
		if _, ms := canonicalInt(whole, 13, 13); ms {
			e.Next = "this looks like milliseconds: divide by 1000 where the token is made"
		}
		return time.Time{}, true, e
	}
	return time.Unix(n, 0), true, nil
}

// compareClaims warns of each claim that the body repeats with another value.
// The token wins, since only it is signed. A body that does not carry the first
// of them is another kind of object, and is not compared.
func (s *Scheme) compareClaims(claims map[string]json.RawMessage, body []byte) []string {
	names := s.spec.Claims.Compare
	if len(body) == 0 || len(names) == 0 {
		return nil
	}
	fields, err := objectFields(body)
	if err != nil || fields[names[0]] == nil {
		return nil
	}
	var warnings []string
	for _, name := range names {
		if !sameJSON(fields[name], claims[name]) {
			warnings = append(warnings, fmt.Sprintf("%s differs between the body and the signed token", name))
		}
	}
	return warnings
}

func sameJSON(a, b json.RawMessage) bool {
	if a == nil || b == nil {
		return a == nil && b == nil // absent is not null
	}
	var x, y any
	return decodeJSON(a, &x) == nil && decodeJSON(b, &y) == nil && reflect.DeepEqual(x, y)
}

func decodeJSON(raw json.RawMessage, v any) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	return dec.Decode(v)
}

func objectFields(raw []byte) (map[string]json.RawMessage, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return nil, err
	}
	if fields == nil {
		return nil, errors.New("null is none")
	}
	return fields, nil
}

// ClaimsOf returns the claims of a token without judging it: what it says is
// good for display and for choosing a provider, and for nothing else.
func ClaimsOf(token string) ([]byte, bool) {
	_, rest, ok := strings.Cut(token, ".")
	if !ok {
		return nil, false
	}
	part, _, ok := strings.Cut(rest, ".")
	if !ok || len(part) > MaxSignatureHeader {
		return nil, false
	}
	claims, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil || !json.Valid(claims) {
		return nil, false
	}
	return claims, true
}

// UnverifiedClaims returns the claims of the token that h carries for s, nil when
// there is none. See [ClaimsOf].
func (s *Scheme) UnverifiedClaims(m *Message) []byte {
	if !s.token {
		return nil
	}
	value, err := s.signatureValue(m.Header)
	if err != nil {
		return nil
	}
	token, err := bearerToken(value)
	if err != nil {
		return nil
	}
	claims, _ := ClaimsOf(token)
	return claims
}
