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

	grammar  grammar
	encoding encoding
	signed   []part
	id       source
	idStop   string // text after the ID among the signed bytes: an ID must not hold it
	clock    clock
	leeway   time.Duration
}

// Compile checks a spec. Its errors name the field and what is allowed there.
func Compile(spec Spec) (*Scheme, error) {
	s := &Scheme{spec: spec}
	var err error
	if spec.Header == "" {
		return nil, errors.New("header: the name of the signature header is needed")
	}
	var ok bool
	if s.algorithm, ok = findAlgorithm(spec.Algorithm); !ok {
		return nil, fmt.Errorf("algorithm: %q is not one of %s", spec.Algorithm, strings.Join(Algorithms(), ", "))
	}
	s.static, s.token = spec.Algorithm == "static", strings.HasPrefix(spec.Algorithm, "jwt-")
	if !slices.Contains([]string{"", "text", "base64", "hex"}, spec.Key) {
		return nil, fmt.Errorf("key: %q is not one of text, base64, hex", spec.Key)
	}
	if s.grammar, err = compileGrammar(&spec); err != nil {
		return nil, err
	}
	if s.encoding, err = findEncoding(spec.Encoding); err != nil {
		return nil, err
	}
	if s.id, err = parseSource(spec.ID); err != nil {
		return nil, fmt.Errorf("id: %w", err)
	}
	if s.clock, err = compileClock(spec.Timestamp); err != nil {
		return nil, err
	}
	if err := s.compileMessage(); err != nil {
		return nil, err
	}
	return s, s.compileClaims()
}

// compileMessage reads the template and holds it against the other fields.
func (s *Scheme) compileMessage() (err error) {
	if s.static || s.token {
		if len(s.spec.Signed) > 0 {
			return fmt.Errorf("signed: a %s signs no message", s.algorithm.title)
		}
		return nil
	}
	if s.signed, err = parseTemplate(s.spec.Signed); err != nil {
		return err
	}
	for i, p := range s.signed {
		switch p.kind {
		case partID:
			if s.id.kind == sourceNone {
				return errors.New("signed names ${id}, and id does not say where it is")
			}
			if i+1 < len(s.signed) && s.signed[i+1].kind == partLiteral {
				s.idStop = s.signed[i+1].text
			}
		case partTimestamp:
			if s.clock.from.kind == sourceNone {
				return errors.New("signed names ${timestamp}, and timestamp does not say where it is")
			}
			s.clock.signed = true
		case partBody:
			// A time inside the body is covered with it.
			s.clock.signed = s.clock.signed || s.clock.from.kind == sourceJSON
		}
	}
	return nil
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
	return nil
}

// Spec returns what s was compiled from.
func (s *Scheme) Spec() Spec { return s.spec }

// Title is the algorithm's name for people.
func (s *Scheme) Title() string { return s.algorithm.title }

// Static reports whether the secret itself travels in the header.
func (s *Scheme) Static() bool { return s.static }

// Token reports whether the signature is a JWT.
func (s *Scheme) Token() bool { return s.token }

// MessageID returns the message ID that h holds for s, "" when s signs none or h
// has none.
func (s *Scheme) MessageID(m *Message) string {
	if s.id.kind == sourceNone {
		return ""
	}
	id, err := s.id.read(m, nil)
	if err != nil {
		return ""
	}
	return id
}
