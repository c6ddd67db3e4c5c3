package signing

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Scheme is a signature scheme, ready to sign and to judge. It is immutable and
// safe for concurrent use; only [Compile] makes one.
type Scheme struct {
	spec      Spec
	algorithm algorithm
	static    bool // the secret itself is sent
	token     bool // a JWT is sent

	headerKey string   // spec.Header as net/http has it
	from      source   // where a signature in the body is
	each      []string // the array whose items are signed; nil is none
	grammar   grammar
	encoding  encoding
	messages  [][]part // any of them may be signed; the first one is on what is sent
	id        source
	idStops   []string // texts after the ID among the signed bytes: an ID must not hold them
	clock     clock
	guards    []guard
	leeway    time.Duration
	lifetime  time.Duration // of tokens whose claims do not say it
	coverage  Coverage      // of s alone

	others []*Scheme
}

// Compile checks a spec. Its errors name the field and what is allowed there.
//
// With alternatives, a message is authentic when any of them accepts it. A
// secret's prefix decides which of them it is for: one that begins with the
// KeyPrefix of some alternatives is used with those alone, so that a public key
// is never taken for a shared secret.
func Compile(spec Spec, alternatives ...Spec) (*Scheme, error) {
	s, err := compileOne(spec)
	if err != nil {
		return nil, err
	}
	for i, a := range alternatives {
		other, err := compileOne(a)
		if err != nil {
			return nil, fmt.Errorf("or[%d]: %w", i, err)
		}
		if other.token != s.token || other.static != s.static {
			return nil, fmt.Errorf("or[%d]: algorithm: a %s is not an alternative to a %s", i, other.algorithm.title, s.algorithm.title)
		}
		s.others = append(s.others, other)
	}
	return s, nil
}

func compileOne(spec Spec) (*Scheme, error) {
	s := &Scheme{spec: spec}
	var ok bool
	if s.algorithm, ok = findAlgorithm(spec.Algorithm); !ok {
		return nil, fmt.Errorf("algorithm: %q is not one of %s", spec.Algorithm, strings.Join(Algorithms(), ", "))
	}
	s.static, s.token = s.algorithm.family == staticFamily, s.algorithm.family == tokenFamily
	for _, step := range []func() error{
		s.compileKey, s.compileGrammar, s.compileCarrier, s.compileMessage, s.compileGuards, s.compileClaims,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	s.coverage = s.covers()
	return s, nil
}

var keyForms = []string{"text", "base64", "base64url", "hex", "spki", "jwk"}

func (s *Scheme) compileKey() error {
	form := s.spec.Key
	if form != "" && !slices.Contains(keyForms, form) {
		return fmt.Errorf("key: %q is not one of %s", form, strings.Join(keyForms, ", "))
	}
	allowed := map[keyKind][]string{
		sharedKeys:  {"", "text", "base64", "base64url", "hex", "jwk"},
		ed25519Keys: {"base64", "base64url", "hex", "spki", "jwk"},
		p256Keys:    {"spki", "jwk"},
	}[s.algorithm.keys]
	if !slices.Contains(allowed, form) {
		return fmt.Errorf("key: a key for %s is one of %s", s.algorithm.title, strings.Join(allowed, ", "))
	}
	if s.spec.KeyPrefixRequired && len(s.spec.KeyPrefix) == 0 {
		return errors.New("key_prefix_required needs key_prefix")
	}
	if slices.Contains(s.spec.KeyPrefix, "") {
		return errors.New("key_prefix: an empty prefix is none")
	}
	if r := s.spec.KeyBytes; r != nil && (r.Min < 0 || r.Max < 0 || (r.Max > 0 && r.Min > r.Max)) {
		return errors.New("key_bytes: min is at most max, and neither is negative")
	}
	return nil
}

func (s *Scheme) compileGrammar() (err error) {
	if s.grammar, err = compileGrammar(&s.spec); err != nil {
		return err
	}
	s.encoding, err = findEncoding(s.spec.Encoding)
	return err
}

// compileMessage reads the templates and checks them against the other fields.
func (s *Scheme) compileMessage() (err error) {
	if s.id, err = parseSource(s.spec.ID); err != nil {
		return fmt.Errorf("id: %w", err)
	}
	if s.clock, err = compileClock(s.spec.Timestamp); err != nil {
		return err
	}
	if (s.clock.from.kind == sourceClaim) != s.token && s.spec.Timestamp != nil {
		return errors.New("timestamp.from: a token's time is a claim:NAME, and no other scheme has claims")
	}
	if s.static || s.token {
		if len(s.spec.Signed)+len(s.spec.SignedOr) > 0 {
			return fmt.Errorf("signed: a %s signs no message", s.algorithm.title)
		}
		s.clock.signed = s.clock.from.kind == sourceClaim
		return nil
	}
	first, err := parseMessage(s.spec.Signed)
	if err != nil {
		return fmt.Errorf("signed: %w", err)
	}
	s.messages = [][]part{first}
	for _, text := range s.spec.SignedOr {
		parts, err := parseTemplate(text)
		if err != nil {
			return fmt.Errorf("signed_or: %w", err)
		}
		s.messages = append(s.messages, parts)
	}
	for _, parts := range s.messages {
		if err := s.checkMessage(parts); err != nil {
			return err
		}
	}
	s.clock.signed = s.spec.Timestamp != nil && s.always(s.coversClock)
	return nil
}

// always reports whether every accepted message has a part for which such holds.
func (s *Scheme) always(such func(part) bool) bool {
	for _, parts := range s.messages {
		if !slices.ContainsFunc(parts, such) {
			return false
		}
	}
	return len(s.messages) > 0
}

func (s *Scheme) checkMessage(parts []part) error {
	secret := false
	for i, p := range parts {
		switch p.kind {
		case partID:
			if s.id.kind == sourceNone {
				return errors.New("signed names ${id}, and id does not say where it is")
			}
			if i+1 < len(parts) && parts[i+1].kind == partLiteral {
				s.idStops = append(s.idStops, parts[i+1].text)
			}
		case partTimestamp:
			if s.clock.from.kind == sourceNone {
				return errors.New("signed names ${timestamp}, and timestamp does not say where it is")
			}
			s.clock.spliced = true
		case partHeaders:
			s.clock.list = p.from.name
		case partSecret:
			secret = true
		}
		if s.spec.From != "" && p.coversBody() {
			return errors.New("signed names the body, which holds the signature itself")
		}
	}
	if s.algorithm.family == macFamily && !s.algorithm.keyed && !secret {
		return fmt.Errorf("signed: a plain %s proves nothing without ${secret} in it", s.algorithm.title)
	}
	return nil
}

// coversClock reports whether a part ties the timestamp to the signature.
func (s *Scheme) coversClock(p part) bool {
	at := s.clock.from
	switch {
	case p.kind == partTimestamp || (p.kind == partSource && p.from.kind == at.kind && p.from.name == at.name):
		return true
	case p.kind == partHeaders:
		return at.kind == sourceHeader // which readTimestamp looks for in the list
	case at.kind == sourceJSON || at.kind == sourceForm:
		return p.coversBody()
	case at.kind == sourceQuery:
		return p.isURL() && p.kind != partURLBase
	}
	return false
}

func (s *Scheme) compileClaims() error {
	if s.spec.Claims == nil {
		if s.token {
			return errors.New("claims: a token's scheme says what it claims")
		}
		return nil
	}
	if !s.token {
		return fmt.Errorf("claims: a %s has none", s.algorithm.title)
	}
	leeway, err := tolerance(s.spec.Claims.Leeway, 0)
	if err != nil {
		return fmt.Errorf("claims.leeway: %w", err)
	}
	s.leeway = max(leeway, 0)
	if s.lifetime, err = tolerance(s.spec.Claims.Expires.In, 10*time.Minute); err != nil || s.lifetime <= 0 {
		return fmt.Errorf("claims.expires.in: %q is not a duration such as 5m", s.spec.Claims.Expires.In)
	}
	if s.spec.Claims.Alone && len(s.spec.Claims.Compare) > 0 {
		return errors.New("claims.alone: claims that repeat nothing of the body cannot be compared with it")
	}
	return nil
}

// Alternatives lists the schemes that may accept a message: s itself without
// its alternatives first.
func (s *Scheme) Alternatives() []*Scheme {
	out := s.all()
	for i, a := range out {
		alone := *a
		alone.others = nil
		out[i] = &alone
	}
	return out
}

// all are s and its alternatives.
func (s *Scheme) all() []*Scheme { return append([]*Scheme{s}, s.others...) }

// fit is a secret prepared for one scheme.
type fit struct {
	scheme *Scheme
	key    *key
}

// fitting returns the alternatives that secret is for.
func (s *Scheme) fitting(secret Secret) ([]fit, error) {
	text := string(secret.Bytes())
	claimed := slices.ContainsFunc(s.all(), func(a *Scheme) bool { return a.prefixOf(text) != "" })
	var found []fit
	var first error
	for _, a := range s.all() {
		if claimed && a.prefixOf(text) == "" {
			continue
		}
		k, err := a.key(secret)
		if err == nil {
			found = append(found, fit{a, k})
		} else if first == nil {
			first = err
		}
	}
	if len(found) == 0 {
		return nil, first
	}
	return found, nil
}

// Spec returns what s was compiled from, without its alternatives.
func (s *Scheme) Spec() Spec { return s.spec }

// Title is the algorithm's name for people, with those of alternatives.
func (s *Scheme) Title() string {
	var titles []string
	for _, a := range s.all() {
		if !slices.Contains(titles, a.algorithm.title) {
			titles = append(titles, a.algorithm.title)
		}
	}
	return strings.Join(titles, " or ")
}

// Static reports whether the secret itself travels with the request.
func (s *Scheme) Static() bool { return s.static }

// Token reports whether the signature is a JWT.
func (s *Scheme) Token() bool { return s.token }

// MessageID returns the message ID that m holds for s, "" when s signs none or m
// has none.
func (s *Scheme) MessageID(m *Message) string {
	if s.id.kind == sourceNone {
		return ""
	}
	id, err := s.id.read(&values{m: m})
	if err != nil {
		return ""
	}
	return id
}
