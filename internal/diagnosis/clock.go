package diagnosis

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/webhook"
)

// clock explains a request whose signature is right under the provider's own
// scheme, once nobody looks at the clock.
func (s *search) clock() {
	scheme := s.c.Provider.Scheme()
	if result, ok := s.judge("", scheme, s.c.Secrets, s.c.Message); ok {
		s.report([]step{s.late(result)})
		return
	}
	spec := scheme.Spec()
	if spec.Timestamp == nil {
		return
	}
	for _, unit := range []struct{ name, title string }{{"ms", "milliseconds"}, {"s", "seconds"}, {"rfc3339", "RFC 3339"}, {"http-date", "the form of HTTP dates"}} {
		clock := *spec.Timestamp
		own := clock.Unit
		clock.Unit = unit.name
		changed := spec
		changed.Timestamp = &clock
		other, err := signing.Compile(changed)
		if err != nil || own == unit.name || (own == "" && unit.name == "s") {
			continue
		}
		if _, ok := s.judge("", other, s.c.Secrets, s.c.Message); ok {
			sent := readPlace(s.c.Message, &spec, clock.From)
			s.report([]step{{code: "timestamp-unit", where: InClock, rank: 1,
				title: "the signature is right, and its timestamp is in " + unit.title + ", which the scheme does not take",
				fix:   "send the timestamp in the unit that the provider documents, and sign that text",
				proof: "the timestamp is " + excerpt([]byte(sent))}})
			return
		}
	}
}

// judge verifies m with the clock switched off.
func (s *search) judge(group string, scheme *signing.Scheme, secrets []signing.Secret, m *signing.Message) (signing.Result, bool) {
	if len(secrets) == 0 || !s.spend(group, len(secrets), len(secrets)*(len(m.Body)+trialWork)) {
		return signing.Result{}, false
	}
	v, err := scheme.Verifier(secrets, forever)
	if err != nil {
		return signing.Result{}, false
	}
	result, err := v.Verify(m, s.c.Now)
	return result, err == nil
}

// late says what is wrong with a request whose signature is right.
func (s *search) late(result signing.Result) step {
	f := s.c.Failure
	st := step{code: "signature-right", where: InHeader, rank: 1, title: "the signature is right"}
	if f == nil {
		return st
	}
	st.proof, st.fix = f.Detail, f.Next
	switch f.Reason {
	case signing.Stale, signing.Expired:
		st.code, st.where = "clock-stale", InClock
		st.title = "the signature is right, and it comes too late: an old capture, a replay, or a clock that is wrong"
	case signing.Future, signing.NotYetValid:
		st.code, st.where = "clock-future", InClock
		st.title = "the signature is right, and its time lies ahead: one of the clocks is wrong"
	case signing.Reason(webhook.ReasonStrict):
		st.code, st.where = "strict", InBody
		st.title = "the signature is right, and a warning refuses it: " + f.Detail
		if strings.Contains(f.Detail, "differs between the body and the signed token") {
			st.code, st.title = "claims-differ", "the token is right, and the body differs from what it claims"
			st.fix = "trust the token's claims, since only they are signed; look for what changed the body on its way"
		}
	default:
		st.title += ", and the request is refused all the same"
	}
	if zone, ok := s.zone(result); ok && st.where == InClock {
		st.code, st.title = "clock-zone", "the signature is right, and its time is off by "+zone+": local time was written as UTC, or the other way round"
		st.fix = "take the time in UTC where it is signed"
	}
	return st
}

// zone tells a distance from now that looks like one between time zones: whole
// half hours, within two minutes.
func (s *search) zone(result signing.Result) (string, bool) {
	at := result.Timestamp
	if result.Claims != nil {
		return "", false // a token's life is no distance between zones
	}
	if at.IsZero() {
		return "", false
	}
	off := s.c.Now.Sub(at)
	const half, slack, most = 30 * time.Minute, 2 * time.Minute, 14 * time.Hour
	near := off.Round(half)
	if near == 0 || near.Abs() > most || (off-near).Abs() > slack {
		return "", false
	}
	return strings.TrimSuffix(near.Abs().String(), "0s"), true
}

// expected makes the headers that c's request should carry, as of the time that
// it states, or now.
func expected(c *Case) []signing.Field {
	if len(c.Secrets) == 0 {
		return nil
	}
	scheme := c.Provider.Scheme()
	spec := scheme.Spec()
	at := c.Now
	if spec.Timestamp != nil {
		if t, ok := anyTime(readPlace(c.Message, &spec, spec.Timestamp.From)); ok {
			at = t
		}
	}
	m := *c.Message
	if scheme.Token() {
		m.Claims = scheme.UnverifiedClaims(c.Message)
		if !json.Valid(m.Claims) {
			return nil
		}
	}
	fields, err := scheme.Sign(&m, c.Secrets[0], at)
	if err != nil {
		return nil
	}
	return fields
}

// others asks whether the request is another provider's, under that one's
// secrets or these: of those that it shows itself as, or of the rest.
func (s *search) others(shown bool) {
	for _, other := range s.c.Others {
		if other.Provider.Name == s.c.Provider.Name || other.Provider.Recognises(s.c.Message) != shown {
			continue
		}
		secrets := append(fitting(other.Provider.CheckSecret, other.Secrets), fitting(other.Provider.CheckSecret, s.c.Secrets)...)
		if _, ok := s.judge("other providers", other.Provider.Scheme(), secrets, s.c.Message); ok {
			rank := 8
			if !shown {
				rank = pairRank + pairRank/2 // many sign alike
			}
			s.report([]step{{code: "provider-other", where: InScheme, rank: rank,
				title: fmt.Sprintf("it is signed as %s signs, not as %s does", other.Provider.Title, s.c.Provider.Title),
				fix:   "verify it as that provider's: -p " + other.Provider.Name, provider: other.Provider.Name}})
		}
	}
}

func fitting(check func(signing.Secret) error, secrets []signing.Secret) []signing.Secret {
	var out []signing.Secret
	for _, secret := range secrets {
		if check(secret) == nil {
			out = append(out, secret)
		}
	}
	return out
}
