package signing

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"
)

// Verifier judges messages of one scheme under some secrets, whose keys it has
// prepared. It is safe for concurrent use.
type Verifier struct {
	secrets   []Secret
	tolerance time.Duration
	judges    []judge
}

// judge is one of a scheme's alternatives with the keys that are for it.
type judge struct {
	*Verifier
	scheme *Scheme
	keys   []*key
	index  []int // of each key's secret
}

// Verifier prepares secrets for judging; a message is authentic when any of
// them fits. tolerance replaces the scheme's own in both directions, unless it
// is negative. No secret, or an empty one, is [ErrEmptySecret]; the error for a
// secret that the scheme cannot decode does not quote it.
func (s *Scheme) Verifier(secrets []Secret, tolerance time.Duration) (*Verifier, error) {
	if len(secrets) == 0 {
		return nil, ErrEmptySecret
	}
	v := &Verifier{secrets: secrets, tolerance: tolerance}
	judges := make([]judge, 1+len(s.others))
	for i, a := range s.all() {
		judges[i] = judge{Verifier: v, scheme: a}
	}
	for i, secret := range secrets {
		fits, err := s.fitting(secret)
		if err != nil {
			return nil, err
		}
		for _, f := range fits {
			j := &judges[slices.Index(s.all(), f.scheme)]
			j.keys, j.index = append(j.keys, f.key), append(j.index, i)
		}
	}
	v.judges = slices.DeleteFunc(judges, func(j judge) bool { return len(j.keys) == 0 })
	return v, nil
}

// Verify judges m as of now. A nil error means authentic; otherwise it is an
// *[Error]. The signature is checked before the clock, so the signature of a
// message that is called stale or future is right.
func (v *Verifier) Verify(m *Message, now time.Time) (Result, error) {
	var best *Error
	for i := range v.judges {
		result, err := v.judges[i].verify(m, now)
		if err == nil {
			return result, nil
		}
		if best == nil || err.Reason.nearness() > best.Reason.nearness() {
			best = err
		}
	}
	return Result{}, best
}

// nearness orders reasons by how far a message came before it was refused: of
// several alternatives, the nearest one's explanation helps most.
func (r Reason) nearness() int {
	return slices.Index([]Reason{EmptySecret, Missing, WrongAlgorithm, Malformed, DuplicateHeader, Mismatch, NotYetValid, Future, Expired, Stale}, r)
}

func (j *judge) verify(m *Message, now time.Time) (Result, *Error) {
	in := borrowValues(m)
	defer in.giveBack()
	if j.scheme.each != nil {
		return j.verifyItems(in, now)
	}
	return j.verifyOne(in, now)
}

// verifyItems judges each item of an array by itself. One that is not authentic
// fails the message, and so does an empty array.
func (j *judge) verifyItems(in *values, now time.Time) (Result, *Error) {
	items, err := j.scheme.items(in)
	if err != nil {
		return Result{}, err
	}
	var result Result
	for i := range items {
		in.item = &items[i]
		if result, err = j.verifyOne(in, now); err != nil {
			err.Detail = fmt.Sprintf("item %d of %d in %s: %s", i+1, len(items), j.scheme.spec.Each, err.Detail)
			return Result{}, err
		}
	}
	return result, nil
}

func (s *Scheme) items(in *values) ([]gjson.Result, *Error) {
	array, err := in.find(s.each)
	switch {
	case err != nil:
		return nil, err
	case !array.IsArray():
		return nil, refuse(Malformed, "%s in the body is not an array", s.spec.Each)
	}
	items := array.Array()
	switch {
	case len(items) == 0:
		return nil, refuse(Missing, "%s in the body is empty, so nothing is signed", s.spec.Each)
	case len(items) > MaxItems:
		return nil, refuse(Malformed, "%s has %d items, %d are looked at", s.spec.Each, len(items), MaxItems)
	}
	return items, nil
}

func (j *judge) verifyOne(in *values, now time.Time) (Result, *Error) {
	s := j.scheme
	signatures, err := s.signatures(in)
	if err != nil {
		return Result{}, err
	}
	if err := s.checkGuards(in, false); err != nil {
		return Result{}, err
	}
	switch {
	case s.token:
		return j.verifyToken(in, signatures[0], now)
	case s.static:
		return j.verifyStatic(signatures[0])
	}
	return j.verifyMessage(in, signatures, now)
}

// verifyStatic compares digests, so that not even the secret's length shows in
// the time taken.
func (j *judge) verifyStatic(value string) (Result, *Error) {
	got := sha256.Sum256([]byte(value))
	match := -1
	for i, k := range j.keys {
		want := sha256.Sum256(k.raw)
		if hmac.Equal(got[:], want[:]) {
			match = i
		}
	}
	if match < 0 {
		return Result{}, &Error{Reason: Mismatch,
			Detail:   j.scheme.Where() + " is not the secret",
			Expected: "the secret itself, " + plural(len(j.secrets), "one was", "%d were") + " tried",
			Found:    describe(value),
			Next:     "compare the secret in the provider's settings with the one given here"}
	}
	return Result{Secret: j.index[match], Scheme: j.scheme}, nil
}

func (j *judge) verifyMessage(in *values, signatures []string, now time.Time) (Result, *Error) {
	s := j.scheme
	candidates, err := s.decode(in, signatures)
	if err != nil {
		return Result{}, err
	}
	result := Result{Secret: -1, Scheme: s}
	if s.clock.spliced || s.clock.list != "" {
		if in.timestamp, result.Timestamp, err = s.readTimestamp(in); err != nil {
			return Result{}, err
		}
	}
	if in.id, err = s.readID(in); err != nil {
		return Result{}, err
	}
	for i, k := range j.keys {
		in.secret = j.secrets[j.index[i]]
		for _, parts := range s.messages {
			found, err := s.matches(k, candidates, parts, in)
			if err != nil {
				return Result{}, err
			}
			if found {
				result.Secret = j.index[i]
			}
		}
	}
	if result.Secret < 0 {
		return Result{}, j.mismatch(in.m, signatures)
	}
	if !s.clock.signed {
		return result, nil
	}
	if result.Timestamp.IsZero() {
		// A timestamp inside the token can be trusted only after the signature.
		if _, result.Timestamp, err = s.readTimestamp(in); err != nil {
			return Result{}, err
		}
	}
	if err := s.clock.check(result.Timestamp, now, j.tolerance); err != nil {
		return Result{}, err
	}
	return result, nil
}

// decode turns the texts into signatures of the right length, in memory that
// belongs to in. A malformed one is skipped as long as another is well formed,
// as during a rotation.
func (s *Scheme) decode(in *values, signatures []string) ([][]byte, *Error) {
	if len(signatures) > MaxCandidates {
		return nil, refuse(Malformed, "%d signatures, %d are looked at", len(signatures), MaxCandidates)
	}
	in.candidates, in.decoded = in.candidates[:0], in.decoded[:0]
	var first *Error
	for _, text := range signatures {
		start := len(in.decoded)
		got, err := s.encoding.appendDecode(in.decoded, text)
		if err == nil && s.algorithm.length(len(got)-start) {
			in.candidates, in.decoded = append(in.candidates, got[start:]), got
		} else if first == nil {
			first = &Error{Reason: Malformed, Detail: "malformed signature",
				Expected: s.expectedForm(),
				Found:    describe(text),
				Next:     "send the signature as the provider writes it, nothing before or after it"}
		}
	}
	if len(in.candidates) == 0 {
		return nil, first
	}
	return in.candidates, nil
}

// length reports whether a signature may have n bytes.
func (a algorithm) length(n int) bool {
	if a.size == 0 {
		return n >= 8 && n <= 72 // two integers of a P-256 signature in ASN.1
	}
	return n == a.size
}

func (s *Scheme) expectedForm() string {
	if s.algorithm.size == 0 {
		return fmt.Sprintf("an ASN.1 signature in %s", s.encoding.name)
	}
	return fmt.Sprintf("%d characters of %s", s.encoding.length(s.algorithm.size), s.encoding.name)
}

func (s *Scheme) readTimestamp(in *values) (string, time.Time, *Error) {
	if !s.clock.signed {
		return "", time.Time{}, nil
	}
	text, err := s.clock.from.read(in)
	if err != nil {
		return "", time.Time{}, err
	}
	if s.clock.list != "" && s.clock.from.kind == sourceHeader && !s.clock.spliced {
		list, err := oneHeader(in.m.Header, s.clock.list)
		if err != nil {
			return "", time.Time{}, err
		}
		if !slices.Contains(headerNames(list), strings.ToLower(s.clock.from.name)) {
			return "", time.Time{}, refuse(Malformed, "%s does not list %s, so the time is not signed", s.clock.list, s.clock.from.name)
		}
	}
	at, err := s.clock.parse(text)
	return text, at, err
}

// readID refuses an ID that could be split from its neighbour elsewhere: with
// "id.time.body" signed, a dot in the ID lets the same MAC stand for another
// time and body.
func (s *Scheme) readID(in *values) (string, *Error) {
	if s.id.kind == sourceNone {
		return "", nil
	}
	id, err := s.id.read(in)
	if err != nil {
		return "", err
	}
	return id, s.checkID(id)
}

func (s *Scheme) checkID(id string) *Error {
	switch {
	case len(id) > MaxID:
		return refuse(Malformed, "the message ID has %d bytes, %d are allowed", len(id), MaxID)
	case strings.ContainsFunc(id, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return refuse(Malformed, "the message ID holds a control character")
	}
	for _, stop := range s.idStops {
		if strings.Contains(id, stop) {
			return refuse(Malformed, "the message ID holds %q, which separates the signed parts", stop)
		}
	}
	return nil
}

func (j *judge) mismatch(m *Message, signatures []string) *Error {
	s := j.scheme
	covers := s.coverage
	signed, over := "request", "what the scheme signs"
	next := "check that the secret is this endpoint's"
	if parts := s.SignedParts(); len(parts) > 0 && !covers.Body {
		over = strings.Join(parts, ", ") + " in the body"
		next += ", and that those are as they arrived"
	}
	if covers.Body {
		signed, next = "body", next+", and that the body is the bytes that arrived, before any parsing"
		over = fmt.Sprintf("the %d bytes of the body", m.size())
		if len(s.messages[0]) > 1 {
			over += " and what goes with it"
		}
	}
	e := &Error{Reason: Mismatch,
		Detail: fmt.Sprintf("the signature is not that of this %s under %s", signed,
			plural(len(j.secrets), "this secret", "any of %d secrets")),
		Expected: fmt.Sprintf("%s, %s, over %s", s.algorithm.title, s.encoding.name, over),
		Found:    describe(signatures[0]) + " that differ",
		Next:     next,
	}
	if covers.Body && m.endsInNewline() {
		e.Next = "the body ends in a line break: check that it arrived with it (an editor or echo may have added it); " +
			"else " + e.Next
	}
	if s.SignsURL() {
		e.Next += "; the URL is signed too: give the one that the sender knows, with --url"
	}
	return e
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	if strings.Contains(many, "%d") {
		return fmt.Sprintf(many, n)
	}
	return many
}

// AsError returns err as an *Error, nil when it is none.
func AsError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}
