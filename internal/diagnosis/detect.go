package diagnosis

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/signing"
)

// Unknown is a request of which it is not known whose it is.
type Unknown struct {
	Message   *signing.Message
	Providers []Known          // who is asked, each with the secrets known for it alone
	Secrets   []signing.Secret // those given for this request; none is allowed
	Now       time.Time
}

// Detection is what [Detect] found.
type Detection struct {
	Matches []Match // best first; a proven one stands before all others
	Scheme  string  // unless a provider is proven: a provider.yaml of the scheme that is, "" for none
	InQuery string  // in its place: how it is signed, in the URL's query, where no provider.yaml can have it
	InBody  bool    // the scheme has its signature in the body, or over fields of it
}

// Match is a provider whose the request may be.
type Match struct {
	Provider *provider.Provider
	Proven   bool // its scheme and a secret make the request authentic, and it is recognised
	Why      string
	score    int
}

// Detect finds out whose u is. With no secret it goes by the headers alone, and
// nothing is proven. name is what a scheme that is found is called in its YAML.
func Detect(ctx context.Context, u Unknown, name string) Detection {
	var d Detection
	s := newSearch(ctx, &Case{Message: u.Message, Now: u.Now})
	for _, known := range u.Providers {
		if m := s.match(known, u.Secrets); m.score > 0 {
			d.Matches = append(d.Matches, m)
		}
	}
	sortBy(d.Matches, func(m Match) int { return -m.score })
	if len(u.Secrets) > 0 && (len(d.Matches) == 0 || !d.Matches[0].Proven) {
		if p := s.detectScheme(u.Secrets); p != nil && p.query != "" {
			d.InQuery = p.inQuery()
		} else if p != nil {
			d.Scheme, d.InBody = p.yaml(name, u.Message), p.spec.From != "" || strings.Contains(strings.Join(p.spec.Signed, ""), "${json:")
		}
	}
	return d
}

// match judges by how far a provider's scheme gets with the message.
func (s *search) match(known Known, given []signing.Secret) Match {
	p, m := known.Provider, s.c.Message
	scheme := p.Scheme()
	secrets := append(fitting(p.CheckSecret, known.Secrets), fitting(p.CheckSecret, given)...)
	shown := p.Recognises(m)
	if _, ok := s.judge("", scheme, secrets, m); ok && shown {
		return Match{p, true, "its signature is right under a secret that is known", 100}
	} else if ok {
		return Match{p, false, "its signature is right under a secret that is known, but the request has not what its requests have", 60}
	}
	out := Match{Provider: p}
	if shown {
		out.score, out.Why = 50, "its headers are on the request"
	}
	if s.wellFormed(p, secrets) && !scheme.Static() {
		out.score += 20
		if out.Why == "" {
			out.Why = "the signature has its form"
		} else {
			out.Why += ", and the signature has its form"
		}
	}
	if out.score > 0 && len(secrets) > 0 {
		out.Why += ", but it is not right under the secrets that are known"
	}
	return out
}

// wellFormed reports whether only the secret stands between the message and a
// verdict that it is authentic.
func (s *search) wellFormed(p *provider.Provider, secrets []signing.Secret) bool {
	if len(secrets) == 0 {
		secrets = fitting(p.CheckSecret, standIns(p))
	}
	v, err := p.Scheme().Verifier(secrets, forever)
	if err != nil {
		return false
	}
	_, err = v.Verify(s.c.Message, s.c.Now)
	e := signing.AsError(err)
	return e != nil && e.Reason == signing.Mismatch
}

// standIns are texts of the form of p's secrets.
func standIns(p *provider.Provider) []signing.Secret {
	random := bytes.NewReader(bytes.Repeat([]byte{1}, provider.MostSecretBytes))
	text, err := p.Secret.Generate(random, 0)
	if err != nil {
		return nil
	}
	return []signing.Secret{signing.NewSecret([]byte(text))}
}

// detectScheme searches for a scheme under which the request is authentic, nil for
// none. What tells itself by its form goes first.
func (s *search) detectScheme(secrets []signing.Secret) *proposal {
	for _, search := range []func([]signing.Secret) *proposal{s.detectToken, s.detectMAC, s.detectPair, s.detectStatic, s.detectFields} {
		if p := search(secrets); p != nil {
			return p
		}
	}
	return nil
}

// proposal is a scheme that makes the request authentic.
type proposal struct {
	spec   signing.Spec
	claims []string // by which its tokens are recognised
	note   string   // what to know of its secret
	query  string   // the parameter that carries the signature, where no header does
}

// inQuery says for a person how a request with its signature in the query is signed.
func (p *proposal) inQuery() string {
	return fmt.Sprintf("%s in %s over %s, in the query parameter %s", strings.ToUpper(p.spec.Algorithm), p.spec.Encoding,
		messageTitle(pieces(p.spec.Signed)), excerpt([]byte(p.query)))
}

// proves keeps a proposal only if the request as it is is authentic under it.
func (s *search) proves(p *proposal, secrets []signing.Secret) *proposal {
	scheme, err := signing.Compile(p.spec)
	if err != nil {
		return nil
	}
	if _, ok := s.judge("", scheme, fitting(scheme.CheckSecret, secrets), s.c.Message); !ok {
		return nil
	}
	return p
}
