package diagnosis

import (
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/whk-cli/whk/internal/signing"
)

// addClock adds what the clock has against the request to what explains its
// signature: no trial looks at the clock, and one mistake undone would show the
// other.
func (s *search) addClock() {
	st := s.untimely()
	if st == nil {
		return
	}
	for i := range s.found {
		f := &s.found[i]
		if !slices.ContainsFunc(f.steps, func(st step) bool { return st.where == InClock || st.where == InScheme }) {
			f.steps = append(slices.Clone(f.steps), *st)
		}
	}
}

// untimely is what is wrong with the time that the request states, nil when that
// is nothing.
func (s *search) untimely() *step {
	spec := s.c.Provider.Scheme().Spec()
	if s.c.Provider.Scheme().Token() {
		return s.untimelyToken()
	}
	clock := spec.Timestamp
	if clock == nil {
		return nil
	}
	sent := readPlace(s.c.Message, &spec, clock.From)
	at, ok := anyTime(sent)
	if !ok {
		return nil
	}
	if unit := unitOf(sent); unit != strings.TrimPrefix(clock.Unit, "s") {
		return &step{code: "timestamp-unit", where: InClock, title: "its timestamp is in another unit than the scheme's",
			fix: "send the timestamp in the unit that the provider documents, and sign that text", proof: "the timestamp is " + excerpt([]byte(sent))}
	}
	past, future := s.tolerances(clock)
	return s.distance(at, past, future)
}

// untimelyToken looks at the claims exp and nbf.
func (s *search) untimelyToken() *step {
	claims := s.c.Provider.Scheme().UnverifiedClaims(s.c.Message)
	leeway := max(s.c.Tolerance, 0)
	if exp := gjson.GetBytes(claims, "exp"); exp.Exists() {
		if st := s.distance(time.Unix(exp.Int(), 0), leeway, forever); st != nil {
			return st
		}
	}
	if nbf := gjson.GetBytes(claims, "nbf"); nbf.Exists() {
		return s.distance(time.Unix(nbf.Int(), 0), forever, leeway)
	}
	return nil
}

func (s *search) distance(at time.Time, past, future time.Duration) *step {
	switch age := s.c.Now.Sub(at); {
	case age > past:
		return &step{code: "clock-stale", where: InClock, title: "it comes too late besides",
			fix: "judge an old capture as of its own time: --at"}
	case -age > future:
		return &step{code: "clock-future", where: InClock, title: "its time lies ahead besides", fix: "set the clocks of both sides"}
	}
	return nil
}

// tolerances are how far from now a time may be, either way.
func (s *search) tolerances(clock *signing.ClockSpec) (past, future time.Duration) {
	if s.c.Tolerance >= 0 {
		return s.c.Tolerance, s.c.Tolerance
	}
	limit := func(text string, unstated time.Duration) time.Duration {
		if text == "none" {
			return forever
		}
		if d, err := time.ParseDuration(text); err == nil {
			return d
		}
		return unstated
	}
	past = limit(clock.Past, signing.DefaultTolerance)
	return past, limit(clock.Future, past)
}
