package signing

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// guard is a compiled Guard.
type guard struct {
	from     source
	is       []part
	optional bool
}

func (s *Scheme) compileGuards() error {
	for i, spec := range s.spec.Guards {
		g, err := compileGuard(spec)
		if err == nil && g.from.kind == sourceClaim && !s.token {
			err = fmt.Errorf("a %s has no claims", s.algorithm.title)
		}
		if err != nil {
			return fmt.Errorf("guards[%d]: %w", i, err)
		}
		s.guards = append(s.guards, g)
	}
	return nil
}

func compileGuard(spec Guard) (guard, error) {
	g := guard{optional: spec.Optional}
	for _, at := range []source{
		headerSource(spec.Header), {kind: sourceQuery, name: spec.Query},
		{kind: sourceJSON, name: spec.JSON, path: jsonPath(spec.JSON)}, {kind: sourceClaim, name: spec.Claim},
	} {
		if at.name == "" {
			continue
		}
		if g.from.name != "" {
			return g, errors.New("one of header, query, json and claim, not two")
		}
		g.from = at
	}
	if g.from.name == "" || spec.Is == "" {
		return g, errors.New("a guard says which header, query, json or claim is what: {header: NAME, is: VALUE}")
	}
	var err error
	if g.is, err = parseTemplate(spec.Is); err != nil {
		return g, fmt.Errorf("is: %w", err)
	}
	for _, p := range g.is {
		if p.kind == partSecret || p.kind == partTimestamp || p.kind == partID {
			return g, errors.New("is: the secret, the timestamp and the ID are nothing to compare with")
		}
	}
	return g, nil
}

// hashes reports whether g ties the body to what it looks at.
func (g guard) hashes() bool {
	for _, p := range g.is {
		if p.kind == partBodySHA1 || p.kind == partBodySHA256 || p.kind == partBodySHA512 {
			return !g.optional
		}
	}
	return false
}

func (g guard) want(in *values) (string, *Error) {
	var b strings.Builder
	err := writeSigned(&b, g.is, in)
	return b.String(), err
}

// checkGuards checks the guards that can be read by now: those of claims once
// the token's signature is right, the others before.
func (s *Scheme) checkGuards(in *values, claims bool) *Error {
	for _, g := range s.guards {
		if (g.from.kind == sourceClaim) == claims {
			if err := g.check(in); err != nil {
				return err
			}
		}
	}
	return nil
}

func (g guard) check(in *values) *Error {
	found, err := g.found(in)
	if err != nil {
		if g.optional && err.Reason == Missing {
			return nil
		}
		return err
	}
	want, err := g.want(in)
	if err != nil {
		return err
	}
	if slices.Contains(found, want) {
		return nil
	}
	return g.differs(found[0], want)
}

// found is what g looks at: one text, or several for a claim that is a list,
// such as aud. https://www.rfc-editor.org/rfc/rfc7519#section-4.1.3
func (g guard) found(in *values) ([]string, *Error) {
	if g.from.kind != sourceClaim {
		text, err := g.from.read(in)
		return []string{text}, err
	}
	raw, ok := in.claims[g.from.name]
	var one string
	var many []string
	switch {
	case !ok:
		return nil, refuse(Missing, "no claim %s in the token", g.from.name)
	case json.Unmarshal(raw, &one) == nil:
		return []string{one}, nil
	case json.Unmarshal(raw, &many) == nil && len(many) > 0:
		return many, nil
	}
	return []string{string(raw)}, nil
}

func (g guard) differs(found, want string) *Error {
	e := &Error{Reason: WrongAlgorithm, Detail: fmt.Sprintf("%s is not %q", g.from, want), Found: fmt.Sprintf("%q", shorten(found))}
	if len(g.is) > 1 || g.is[0].kind != partLiteral {
		e.Reason = Mismatch
		e.Detail = fmt.Sprintf("%s does not belong to this request", g.from)
		e.Expected = fmt.Sprintf("%q", shorten(want))
	}
	for _, p := range g.is {
		if p.coversBody() {
			e.Detail = fmt.Sprintf("%s is not the hash of this body", g.from)
			e.Next = "the body was changed on its way, or is not the bytes that arrived"
		}
	}
	return e
}

// applyGuards makes an outgoing message fit its guards: it returns header
// fields and changes the query; the body is only checked, and signToken sets
// the claims.
func (s *Scheme) applyGuards(in *values) ([]Field, error) {
	var fields []Field
	for _, g := range s.guards {
		switch {
		case g.from.kind == sourceClaim:
			continue // signToken sets it
		case g.optional || g.from.kind == sourceJSON:
			if err := g.check(in); err != nil {
				return nil, err
			}
			continue
		}
		want, err := g.want(in)
		if err != nil {
			return nil, err
		}
		if g.from.kind == sourceHeader {
			fields = append(fields, Field{g.from.name, want})
			continue
		}
		in.m.URL, in.params = WithQuery(in.m.URL, g.from.name, want), nil
		in.m.Query = append(in.m.Query, Field{g.from.name, want})
	}
	return fields, nil
}
