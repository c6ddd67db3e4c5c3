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

// signToken makes a JWT whose claims are those of m, in their order, with what
// the scheme adds last. https://www.rfc-editor.org/rfc/rfc7515#section-5.1
func (s *Scheme) signToken(in *values, k *key, now time.Time) (string, error) {
	claims := in.m.Claims
	switch {
	case claims == nil && s.spec.Claims.Alone:
		claims = []byte("{}")
	case claims == nil:
		claims = in.m.Body
	}
	payload, err := s.withMade(claims, in, now)
	if err != nil {
		return "", err
	}
	enc := base64.RawURLEncoding
	text := enc.EncodeToString(s.tokenHeader(k)) + "." + enc.EncodeToString(payload)
	sig, err := s.signText(text, k)
	if err != nil {
		return "", err
	}
	return text + "." + enc.EncodeToString(sig), nil
}

func (s *Scheme) signText(text string, k *key) ([]byte, error) {
	switch {
	case s.algorithm.keys == sharedKeys:
		return jwt.GetSigningMethod(s.algorithm.alg).Sign(text, k.raw)
	case k.private == nil:
		return nil, ErrPublicKey
	}
	return s.signP256(k, []byte(text))
}

// tokenHeader is the first part of a token, in the key order that issuers
// commonly use.
func (s *Scheme) tokenHeader(k *key) []byte {
	if k.id == "" {
		return []byte(`{"typ":"JWT","alg":"` + s.algorithm.alg + `"}`)
	}
	kid, _ := json.Marshal(k.id)
	return fmt.Appendf(nil, `{"alg":%q,"kid":%s,"typ":"JWT"}`, s.algorithm.alg, kid)
}

// withMade is claims without white space, to which the claims that the scheme
// makes are added unless they are there: the time, those of guards, and exp.
func (s *Scheme) withMade(claims []byte, in *values, now time.Time) ([]byte, error) {
	fields, err := objectFields(claims)
	if err != nil {
		return nil, fmt.Errorf("a token's claims must be a JSON object: %w", err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, claims); err != nil {
		return nil, err
	}
	out := compact.Bytes()
	if at := s.clock.from; at.kind == sourceClaim && (in.m.Renew || fields[at.name] == nil) {
		if out, err = setClaim(out, at.name, s.clock.claim(now)); err != nil {
			return nil, err
		}
	}
	for _, g := range s.guards {
		if g.from.kind != sourceClaim || (g.optional && fields[g.from.name] == nil) {
			continue
		}
		want, e := g.want(in)
		if e != nil {
			return nil, e
		}
		if out, err = setClaim(out, g.from.name, want); err != nil {
			return nil, err
		}
	}
	if s.spec.Claims.Expires == (ExpiresSpec{}) || (fields["exp"] != nil && !in.m.Renew) {
		return out, nil
	}
	if fields["exp"] != nil {
		return nil, errors.New("claims that are renewed must not have an exp")
	}
	return setClaim(out, "exp", s.expiry(fields, in.m.Renew, now).Unix())
}

// setClaim replaces a claim, or puts it last.
func setClaim(claims []byte, name string, value any) ([]byte, error) {
	text, err := setJSON(string(claims), []string{name}, value)
	return []byte(text), err
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
		return start.Add(s.lifetime)
	}
	return start.Add(time.Duration(seconds) * time.Second)
}

// verifyToken checks form and algorithm before any key is used, then the
// signature, the times, and what the claims say about the request.
func (j *judge) verifyToken(in *values, token string, now time.Time) (Result, *Error) {
	s := j.scheme
	kid, err := checkTokenForm(token, s.algorithm.alg)
	if err != nil {
		return Result{}, err
	}
	if err := j.checkTokenSignature(token, kid); err != nil {
		return Result{}, err
	}
	claims, _ := ClaimsOf(token)
	result := Result{Claims: claims, KeyID: kid, Secret: j.matching(token), Scheme: s}
	fields, e := objectFields(claims)
	if e != nil {
		return Result{}, refuse(Malformed, "the token's claims are not a JSON object")
	}
	if result.Timestamp, err = j.checkTimes(fields, now, &result); err != nil {
		return Result{}, err
	}
	in.claims = fields
	if err := s.checkGuards(in, true); err != nil {
		return Result{}, err
	}
	result.Warnings = append(result.Warnings, s.compareClaims(fields, in.m.Body)...)
	return result, nil
}

func (j *judge) checkTokenSignature(token, kid string) *Error {
	s := j.scheme
	keys := make([]jwt.VerificationKey, len(j.keys))
	for i, k := range j.keys {
		keys[i] = k.forToken()
	}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{s.algorithm.alg}), jwt.WithStrictDecoding(), jwt.WithoutClaimsValidation(), jwt.WithJSONNumber())
	_, err := parser.Parse(token, func(*jwt.Token) (any, error) { return jwt.VerificationKeySet{Keys: keys}, nil })
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jwt.ErrTokenMalformed):
		return &Error{Reason: Malformed, Detail: "malformed token", Expected: "three parts of unpadded base64url, the first two JSON objects"}
	}
	e := &Error{Reason: Mismatch,
		Detail:   "the token is not signed with " + plural(len(j.secrets), "this secret", "any of %d secrets"),
		Expected: "HMAC-SHA" + strings.TrimPrefix(s.algorithm.alg, "HS") + " over the token's first two parts, keyed with the secret as text",
		Next:     "check that the secret is this webhook's, typed exactly as in the provider's settings and not base64-decoded"}
	if s.algorithm.keys != sharedKeys {
		e.Expected = "ECDSA P-256 over the token's first two parts, under the public key given"
		e.Next = "get the public key that the token names from the provider"
	}
	if kid != "" {
		e.Found = fmt.Sprintf("a token of the key %q", shorten(kid))
	}
	return e
}

// forToken is k in golang-jwt's form.
func (k *key) forToken() jwt.VerificationKey {
	if k.public != nil {
		return k.public
	}
	return k.raw
}

// matching finds which secret made the token's signature.
func (j *judge) matching(token string) int {
	dot := strings.LastIndexByte(token, '.')
	sig, _ := base64.RawURLEncoding.DecodeString(token[dot+1:])
	method := jwt.GetSigningMethod(j.scheme.algorithm.alg)
	return j.index[slices.IndexFunc(j.keys, func(k *key) bool {
		return method.Verify(token[:dot], sig, k.forToken()) == nil
	})]
}

// checkTokenForm refuses what no key can make right: a wrong number of parts,
// alphabet or algorithm, and unknown extensions.
// https://www.rfc-editor.org/rfc/rfc7515#section-4.1.11 It returns the token's
// key ID.
func checkTokenForm(token, want string) (kid string, e *Error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", &Error{Reason: Malformed, Detail: "malformed token", Expected: "three parts joined by dots", Found: fmt.Sprintf("%d", len(parts))}
	}
	for i, p := range parts {
		// encoding/base64 skips line breaks, so the alphabet is checked here.
		if _, err := encodings["base64url"].decode(p); err != nil {
			return "", &Error{Reason: Malformed, Detail: fmt.Sprintf("part %d of the token is malformed", i+1), Expected: "canonical base64url without padding"}
		}
	}
	raw, _ := base64.RawURLEncoding.DecodeString(parts[0])
	header, err := objectFields(raw)
	if err != nil {
		return "", &Error{Reason: Malformed, Detail: "the token's header is not a JSON object"}
	}
	var alg string
	if json.Unmarshal(header["alg"], &alg) != nil || alg != want {
		return "", &Error{Reason: WrongAlgorithm, Detail: "the token asks for another algorithm", Expected: `"alg":"` + want + `"`,
			Found: "alg " + shorten(string(header["alg"])), Next: "never let a token choose how it is checked"}
	}
	if _, ok := header["crit"]; ok {
		return "", &Error{Reason: Malformed, Detail: "the token's header has crit, and no extension is known here"}
	}
	if parts[2] == "" {
		return "", &Error{Reason: Malformed, Detail: "the token's signature is empty"}
	}
	json.Unmarshal(header["kid"], &kid)
	return kid, nil
}

func (j *judge) checkTimes(claims map[string]json.RawMessage, now time.Time, result *Result) (time.Time, *Error) {
	s := j.scheme
	leeway := s.leeway
	if j.tolerance >= 0 {
		leeway = j.tolerance
	}
	exp, found, err := numericDate(claims, "exp")
	if err != nil {
		return exp, err
	}
	if !found && s.clock.past <= 0 {
		result.Warnings = append(result.Warnings, "the token has no exp, so it never expires")
	} else if late := now.Sub(exp); found && late > leeway {
		return exp, &Error{Reason: Expired, Detail: fmt.Sprintf("the token expired %s ago, %s allowed", span(late), leeway),
			Next: "an old capture: judge it as of its own time with --at; a fresh one: set the clocks, or make a new token for each attempt", At: exp}
	}
	nbf, found, err := numericDate(claims, "nbf")
	if err != nil {
		return nbf, err
	}
	if early := nbf.Sub(now); found && early > leeway {
		return nbf, &Error{Reason: NotYetValid, Detail: fmt.Sprintf("the token is valid only in %s, %s allowed", span(early), leeway),
			Next: "set the clocks of the sender and of this machine", At: nbf}
	}
	if s.clock.signed {
		return s.checkClaimedTime(claims, now, j.tolerance)
	}
	var at string
	if json.Unmarshal(claims[s.spec.Claims.Expires.After], &at) == nil {
		if t, err := time.Parse(time.RFC3339Nano, at); err == nil {
			return t, nil
		}
	}
	return time.Time{}, nil
}

// checkClaimedTime judges the time at which a token says it was made.
func (s *Scheme) checkClaimedTime(claims map[string]json.RawMessage, now time.Time, override time.Duration) (time.Time, *Error) {
	raw, ok := claims[s.clock.from.name]
	if !ok {
		return time.Time{}, refuse(Missing, "no claim %s in the token", s.clock.from.name)
	}
	text := string(raw)
	if s.clock.unit != "s" && s.clock.unit != "ms" {
		json.Unmarshal(raw, &text)
	}
	at, err := s.clock.parse(text)
	if err != nil {
		return at, err
	}
	return at, s.clock.check(at, now, override)
}

// numericDate reads a time claim: a JSON number of seconds, fractions allowed.
// https://www.rfc-editor.org/rfc/rfc7519#section-2
func numericDate(claims map[string]json.RawMessage, name string) (time.Time, bool, *Error) {
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

// ClaimsOf returns the claims of a token without verifying it: use them only
// for display and for choosing a provider.
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

// UnverifiedClaims returns the claims of the token that m carries for s, nil when
// there is none. See [ClaimsOf].
func (s *Scheme) UnverifiedClaims(m *Message) []byte {
	if !s.token {
		return nil
	}
	found, err := s.signatures(&values{m: m})
	if err != nil {
		return nil
	}
	claims, _ := ClaimsOf(found[0])
	return claims
}
