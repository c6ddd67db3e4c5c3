// Package diagnosis finds out why a signature failed.
//
// It tries the mistakes that happen between the one who signs and the one who
// checks, alone and in pairs: a body that was parsed and printed anew, a secret
// with a line break, a signature in base64 where hex was meant, a URL that a
// proxy changed. A hypothesis is one when the request, with that mistake undone,
// is authentic. Where nothing makes it so, what catches the eye is told as an
// observation. No MAC is made here: package signing judges every trial.
package diagnosis

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/signing"
)

// Where says which part of a delivery a mistake is in.
type Where string

// The parts.
const (
	InBody   Where = "body"
	InSecret Where = "secret"
	InHeader Where = "header"
	InURL    Where = "url"
	InClock  Where = "clock"
	InScheme Where = "scheme"
)

// Case is a request that was refused, and what is known about it.
type Case struct {
	Provider *provider.Provider
	Message  *signing.Message
	Secrets  []signing.Secret // the provider's, which were tried
	Others   []Known          // whose request it may be instead, and whose secret may have been mixed up with this one
	Spares   []Spare          // secrets of the provider's that are known besides, and were not tried
	Now      time.Time        // as of when it was judged

	// Tolerance is how far from Now a timestamp may be, either way; a negative one
	// is the scheme's own.
	Tolerance time.Duration

	Failure *signing.Error // how it was refused
	Reveal  bool           // make the expected signature
}

// Spare is a secret that is known and was not meant.
type Spare struct {
	Secret signing.Secret
	What   string // what it is called, as in "it is signed with …"
}

func (s Spare) step() step {
	return step{code: "secret-spare", where: InSecret, rank: 9, title: "it is signed with " + s.What,
		fix: "give the receiver that secret, or have it signed with the endpoint's own"}
}

// Known is a provider and the secrets that are known for it, which may be none.
type Known struct {
	Provider *provider.Provider
	Secrets  []signing.Secret
}

// Explanation is what [Explain] found.
type Explanation struct {
	Hypotheses   []Hypothesis    // each of them proven; most likely first
	Observations []Observation   // what catches the eye, where there is no hypothesis
	Tried        []Count         // how much was tried, by group
	Untried      []string        // what the limits on work left out
	Expected     []signing.Field // the headers that the request should carry; only if Case.Reveal
}

// Proven reports whether there is a hypothesis.
func (e Explanation) Proven() bool { return len(e.Hypotheses) > 0 }

// Hypothesis is one explanation of a failure: the signature fits once the mistake
// is undone. Its texts hold no secret and no signature; Evidence may quote the
// body, which is a stranger's text.
type Hypothesis struct {
	Code     string // the mistakes' names joined by "+", for programs
	Where    Where
	Title    string   // what happened
	Fix      string   // what to change
	Evidence string   // which bytes, at which offset
	Steps    []string // the mistakes one by one, where there are several
	RawBody  string   // how frameworks give the bytes that arrived, where that is the fix

	// What the request is authentic with, where that is all that differs.
	URL      string // the one that was signed
	Provider string // the name of the one that signs so
}

// Count is the number of trials in a group.
type Count struct {
	Group string
	N     int
}

// Explain looks for what would make c authentic. It takes well under a second
// for a body of 1 MiB, and leaves out the least likely of what goes beyond;
// when ctx ends it returns what it has.
func Explain(ctx context.Context, c Case) Explanation {
	s := newSearch(ctx, &c)
	if c.Message.BodyFrom == nil || c.Message.BodyFrom.Size() <= maxWork {
		s.clock()
	}
	switch {
	case len(s.found) > 0:
	case c.Message.BodyFrom != nil:
		s.untried = append(s.untried, "a body that is too large to be held in memory")
	default:
		s.others(true)
		s.mistakes()
		s.others(false)
		s.addClock()
	}
	ex := Explanation{Hypotheses: s.hypotheses(), Tried: s.counts(), Untried: s.untried}
	if len(ex.Hypotheses) == 0 && c.Message.BodyFrom == nil {
		ex.Observations = observe(&c)
	}
	if c.Reveal && c.Message.BodyFrom == nil {
		ex.Expected = expected(&c)
	}
	return ex
}

// mistakes goes through the alternatives of the provider's scheme, each with the
// secrets that are for it; where none is, with all of them.
func (s *search) mistakes() {
	all := s.c.Provider.Scheme().Alternatives()
	for _, scheme := range all {
		s.scheme, s.secrets = scheme, fitting(scheme.CheckSecret, s.c.Secrets)
		if len(s.secrets) == 0 && len(all) == 1 {
			s.secrets = s.c.Secrets
		}
		if len(s.secrets) == 0 {
			continue
		}
		switch {
		case scheme.Token():
			s.tokens()
		case scheme.Static():
			s.statics()
		default:
			s.messages()
		}
		if scheme.KeyPair() && len(s.found) == 0 {
			s.spareKeyPairs()
		}
	}
}

// spareKeyPairs tries the keys of pairs that are known besides, as they are.
func (s *search) spareKeyPairs() {
	for _, spare := range s.c.Spares {
		if _, ok := s.judge("forms of the secret", s.scheme, fitting(s.scheme.CheckSecret, []signing.Secret{spare.Secret}), s.c.Message); ok {
			s.report([]step{spare.step()})
		}
	}
}

// step is one mistake.
type step struct {
	code  string
	where Where
	rank  int // how far down among the likely ones; steps of a pair add up
	title string
	fix   string
	proof string // the evidence

	rawBody string // how frameworks give the bytes that arrived, where that is the fix

	url, provider string // with which the request is authentic
}

// pairRank keeps every pair behind every single mistake.
const pairRank = 1000

// found is a set of mistakes that explains the failure.
type found struct {
	steps []step
	rank  int
}

func (s *search) report(steps []step) {
	f := found{steps: steps, rank: (len(steps) - 1) * pairRank}
	for _, st := range steps {
		f.rank += st.rank
	}
	s.found = append(s.found, f)
}

// hypotheses orders what was found. The same code found twice, such as with two
// secrets, is told once, and a set of mistakes that contains another found one is
// not told at all.
func (s *search) hypotheses() []Hypothesis {
	sortBy(s.found, func(f found) int { return f.rank })
	var out []Hypothesis
	var told [][]string
	for _, f := range s.found {
		var codes []string
		for _, st := range f.steps {
			codes = append(codes, st.code)
		}
		if slices.ContainsFunc(told, func(t []string) bool { return containsAll(codes, t) }) {
			continue
		}
		told = append(told, codes)
		out = append(out, f.hypothesis(codes))
	}
	return out
}

func containsAll(set, part []string) bool {
	return !slices.ContainsFunc(part, func(code string) bool { return !slices.Contains(set, code) })
}

func (f found) hypothesis(codes []string) Hypothesis {
	h := Hypothesis{Code: strings.Join(codes, "+"), Where: f.steps[0].where}
	var fixes, proofs []string
	for _, st := range f.steps {
		h.Steps = append(h.Steps, st.title)
		if !slices.Contains(fixes, st.fix) {
			fixes = append(fixes, st.fix)
		}
		if h.RawBody == "" {
			h.RawBody = st.rawBody
		}
		if st.proof != "" {
			proofs = append(proofs, st.proof)
		}
		h.URL, h.Provider = st.url, st.provider
	}
	if slices.ContainsFunc(f.steps, func(st step) bool { return st.url == "" }) {
		h.URL = ""
	}
	if len(f.steps) > 1 {
		h.Provider = ""
	}
	h.Title, h.Fix, h.Evidence = strings.Join(h.Steps, ", and "), strings.Join(fixes, "; "), strings.Join(proofs, "; ")
	if len(h.Steps) == 1 {
		h.Steps = nil
	}
	return h
}
