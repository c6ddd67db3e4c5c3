package provider

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/tidwall/gjson"

	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/webhook"
)

// Recognise is what a request is recognised by as a provider's: these signs, or
// those of an alternative.
type Recognise struct {
	Signs `yaml:",inline"`
	Or    []OtherSigns `yaml:"or"`
}

// Signs are what is looked for in a request. All that is stated must hold.
type Signs struct {
	Headers []string          `yaml:"headers"` // all of these are present
	Any     []string          `yaml:"any"`     // at least one of these is
	Values  map[string]string `yaml:"values"`  // a header's value fits a glob
	Claims  []string          `yaml:"claims"`  // the token has all of these claims
	JSON    []string          `yaml:"json"`    // the body has all of these JSON paths
	Form    []string          `yaml:"form"`    // the body is a form with all of these fields
}

// OtherSigns are an alternative, complete in itself. They may show which of the
// provider's variants a request is from.
type OtherSigns struct {
	Signs   `yaml:",inline"`
	Variant string `yaml:"variant"` // "" is none in particular
}

// Recognises reports whether m has the signs of p.
func (p *Provider) Recognises(m *signing.Message) bool {
	_, ok := p.shown(m)
	return ok
}

// As is p in the variant whose signs m has. It is p itself when m shows none,
// and when variants were chosen already.
func (p *Provider) As(m *signing.Message) *Provider {
	if len(p.Recognise.Or) == 0 || len(p.Chosen) > 0 {
		return p
	}
	variant, ok := p.shown(m)
	if !ok || variant == "" {
		return p
	}
	p.impliedMu.Lock()
	defer p.impliedMu.Unlock()
	if of, ok := p.implied[variant]; ok {
		return of
	}
	of, err := parse(p.folder, []string{variant}, false)
	if err != nil {
		of = p // lint reports what is wrong with a variant
	}
	if p.implied == nil {
		p.implied = map[string]*Provider{}
	}
	p.implied[variant] = of
	return of
}

// shown looks for the signs, and returns the variant that they show.
func (p *Provider) shown(m *signing.Message) (variant string, ok bool) {
	var claims []byte
	fits := func(s *Signs) bool {
		if !s.fit(m) {
			return false
		}
		if len(s.Claims) > 0 && claims == nil {
			claims = p.scheme.UnverifiedClaims(m)
		}
		return !slices.ContainsFunc(s.Claims, func(name string) bool { return !gjson.GetBytes(claims, name).Exists() })
	}
	if fits(&p.Recognise.Signs) {
		return "", true
	}
	for i := range p.Recognise.Or {
		if other := &p.Recognise.Or[i]; fits(&other.Signs) {
			return other.Variant, true
		}
	}
	return "", false
}

// fit reports whether m may be recognised, without a look at its claims.
func (r *Recognise) fit(m *signing.Message) bool {
	return r.Signs.fit(m) || slices.ContainsFunc(r.Or, func(other OtherSigns) bool { return other.fit(m) })
}

// fit checks all but the claims.
func (s *Signs) fit(m *signing.Message) bool {
	if s.none() {
		return false
	}
	has := func(name string) bool { return len(m.Header[http.CanonicalHeaderKey(name)]) > 0 }
	for _, name := range s.Headers {
		if !has(name) {
			return false
		}
	}
	if len(s.Any) > 0 && !slices.ContainsFunc(s.Any, has) {
		return false
	}
	for name, glob := range s.Values {
		if !slices.ContainsFunc(m.Header[http.CanonicalHeaderKey(name)], func(v string) bool { return (webhook.Patterns{glob}).Match(v) }) {
			return false
		}
	}
	for _, path := range s.JSON {
		if !hasPath(m.Body, path) {
			return false
		}
	}
	places := reader{m: m}
	for _, name := range s.Form {
		if !places.form().Has(name) {
			return false
		}
	}
	return true
}

// none reports whether nothing is stated but claims, which many tokens share.
func (s *Signs) none() bool {
	return len(s.Headers)+len(s.Any)+len(s.Values)+len(s.JSON)+len(s.Form) == 0
}

// check refuses alternatives without signs, and of variants that do not exist.
func (r *Recognise) check(variants map[string]Variant) error {
	for i, other := range r.Or {
		if other.none() {
			return fmt.Errorf("or[%d]: it needs signs of its own: headers, any, values, json or form", i)
		}
		if _, ok := variants[other.Variant]; other.Variant != "" && !ok {
			return fmt.Errorf("or[%d]: variant: there is no variant %q", i, other.Variant)
		}
	}
	return nil
}
