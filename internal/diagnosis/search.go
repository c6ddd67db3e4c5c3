package diagnosis

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/whk-cli/whk/internal/signing"
)

// Bounds on the work for one case. Hashing runs at more than a gigabyte a
// second; transforming costs more, by the factors below.
const (
	maxWork   = 768 << 20 // bytes hashed, or what is worth as much
	maxTrials = 40_000
	trialWork = 256 // bytes that the fixed costs of a MAC are worth
	parseWork = 60  // bytes hashed in the time in which one is parsed as JSON
)

// pairs is the group of trials that may take only a part of all work: single
// mistakes, which are likelier, are tried after them, too.
const (
	pairs    = "pairs of mistakes"
	pairPart = 7. / 8
)

// transformWork is the bytes hashed in the time in which one is transformed.
var transformWork = map[layer]int{textLayer: 1, wrapLayer: 6, jsonLayer: 8}

// Sizes of bodies from which fewer keys are tried, since each costs a MAC.
const (
	largeBody, largeKeys = 256 << 10, 32
	hugeBody, hugeKeys   = 2 << 20, 6
)

// usualRank is that of the last of the mistakes that are looked for in pairs
// however large the body is.
const usualRank = 12

// forever switches a clock off.
const forever = time.Duration(math.MaxInt64)

// search is the state of one explanation.
type search struct {
	ctx     context.Context
	c       *Case
	scheme  *signing.Scheme  // the alternative that is looked at
	secrets []signing.Secret // and the secrets that are for it
	work    int
	trials  int
	groups  []Count
	found   []found
	untried []string
}

func newSearch(ctx context.Context, c *Case) *search { return &search{ctx: ctx, c: c} }

// spend counts n trials of some work, and says whether they may be made. The
// group "" is not told.
func (s *search) spend(group string, n, work int) bool {
	part := 1.
	if group == pairs {
		part = pairPart
	}
	if s.ctx.Err() != nil || float64(s.work+work) > part*maxWork || float64(s.trials+n) > part*maxTrials {
		if !slices.Contains(s.untried, group) {
			s.untried = append(s.untried, group)
		}
		return false
	}
	s.work += work
	s.trials += n
	if n == 0 || group == "" {
		return true
	}
	i := slices.IndexFunc(s.groups, func(c Count) bool { return c.Group == group })
	if i < 0 {
		s.groups = append(s.groups, Count{Group: group})
		i = len(s.groups) - 1
	}
	s.groups[i].N += n
	return true
}

func (s *search) counts() []Count { return s.groups }

// frame is one way to put the signed bytes together, but for the body.
type frame struct {
	signed []string // a template whose times and IDs are literal
	method string
	url    string
	steps  []step
}

// body is one form that the signed body may have had.
type body struct {
	bytes []byte
	steps []step
}

// probeHeader carries the candidates of a trial.
const probeHeader = "Whk-Probe"

// macSearch looks for a MAC among all that a request may have been signed with.
type macSearch struct {
	*search
	spec       signing.Spec
	candidates []candidate
	header     http.Header
	keys       []key
	right      int // how many of keys are without mistake: the first ones
	algorithms []string
	opaque     bool // keys are not bytes that could be others: those of a key pair
}

// messages tries the mistakes of schemes that sign a message.
func (s *search) messages() {
	ms := &macSearch{search: s, spec: s.scheme.Spec()}
	if ms.spec.From != "" || len(ms.spec.Guards) > 0 {
		s.whole(&ms.spec)
	}
	ms.opaque = s.scheme.KeyPair() || !decodable(&ms.spec)
	ms.candidates = candidatesOf(s.c.Message, &ms.spec)
	if len(ms.candidates) > signing.MaxCandidates {
		ms.candidates = ms.candidates[:signing.MaxCandidates]
		s.untried = append(s.untried, "more than 16 texts in the headers that look like signatures")
	}
	ms.keys, ms.right = s.allKeys(&ms.spec)
	if ms.opaque {
		ms.keys, ms.right = make([]key, len(s.secrets)), len(s.secrets)
	}
	if len(ms.candidates) > 0 {
		ms.limitKeys()
		ms.header = probeHeaders(s.c.Message.Header, ms.candidates...)
		ms.algorithms = algorithmsFrom(ms.spec.Algorithm)
		if ms.opaque {
			ms.algorithms = ms.algorithms[:1]
		}
		ms.run()
	}
	if len(s.found) == 0 && !ms.opaque {
		s.equal(&ms.spec, ms.keys, []step{{code: "secret-sent", where: InScheme, rank: 6, title: "the header holds the secret itself, not a signature",
			fix: "sign the request, and replace the secret: it has been sent in the open"}})
	}
}

// allKeys are the right keys of all secrets, and then the mistaken ones.
func (s *search) allKeys(spec *signing.Spec) (keys []key, right int) {
	var rest []key
	for _, secret := range s.secrets {
		for _, k := range keysOf(secret, spec) {
			if len(k.steps) == 0 {
				if !slices.ContainsFunc(keys, func(old key) bool { return bytes.Equal(old.bytes, k.bytes) }) {
					keys = append(keys, k)
				}
			} else {
				rest = append(rest, k)
			}
		}
	}
	right = len(keys)
	for _, secret := range s.secrets {
		rest = append(rest, s.prefixedKeys(secret, spec)...)
	}
	for _, spare := range s.c.Spares {
		rest = append(rest, keysAs(spare.Secret, spec, spare.step())...)
	}
	for _, other := range s.c.Others {
		rest = append(rest, otherKeys(other)...)
	}
	rest = append(rest, unsetKeys()...)
	sortBy(rest, key.rank)
	return distinctKeys(append(keys, rest...)), right
}

// sortBy orders items by what by makes of each; equal ones keep their order. The
// slices package would compile its sort once more for each of the types here.
func sortBy[T any, K cmp.Ordered](items []T, by func(T) K) {
	sort.SliceStable(items, func(i, j int) bool { return by(items[i]) < by(items[j]) })
}

// limitKeys drops the least likely keys where each costs much.
func (ms *macSearch) limitKeys() {
	most := len(ms.keys)
	switch n := len(ms.c.Message.Body); {
	case n >= hugeBody:
		most = ms.right + hugeKeys
	case n >= largeBody:
		most = ms.right + largeKeys
	}
	if most < len(ms.keys) {
		ms.keys = ms.keys[:most]
		ms.untried = append(ms.untried, "less usual mistakes with the secret")
	}
}

// distinctKeys keeps the first of equal keys, which is the one with the fewest
// mistakes: a verifier names the last that fits.
func distinctKeys(keys []key) []key {
	known := map[string]bool{}
	return slices.DeleteFunc(keys, func(k key) bool {
		twice := known[string(k.bytes)]
		known[string(k.bytes)] = true
		return twice
	})
}

func otherKeys(other Known) []key {
	var keys []key
	spec := other.Provider.Scheme().Spec()
	for _, secret := range other.Secrets {
		keys = append(keys, keysAs(secret, &spec, step{code: "secret-other", where: InSecret, rank: 15,
			title: "it is signed with the secret that is known here as " + other.Provider.Name + "'s",
			fix:   "the secrets of two endpoints are mixed up: give each provider its own"})...)
	}
	return keys
}

// keysAs are the keys that a secret makes, as it is and as a scheme decodes it.
func keysAs(secret signing.Secret, spec *signing.Spec, st step) []key {
	keys := []key{{secret.Bytes(), []step{st}}}
	if k := rightKey(secret.Bytes(), spec); len(k) > 0 && string(k) != string(secret.Bytes()) {
		keys = append(keys, key{k, []step{st}})
	}
	return keys
}

// probeHeaders is h with the candidates in the probe's header.
func probeHeaders(h http.Header, candidates ...candidate) http.Header {
	out := make(http.Header, len(h)+1)
	maps.Copy(out, h)
	items := make([]string, len(candidates))
	for i, c := range candidates {
		items[i] = "v1," + hex.EncodeToString(c.sum)
	}
	out.Set(probeHeader, strings.Join(items, " "))
	return out
}

// algorithmsFrom lists the MACs, own first.
func algorithmsFrom(own string) []string {
	out := []string{own}
	for _, name := range signing.Algorithms() {
		if name != own && strings.HasPrefix(name, "hmac-") {
			out = append(out, name)
		}
	}
	if own != plainHash {
		out = append(out, plainHash)
	}
	return out
}

// plainHash is the algorithm without a key.
const plainHash = "sha256"

func algorithmStep(name, own string) []step {
	if name == own {
		return nil
	}
	st := step{code: "algorithm-" + strings.TrimPrefix(name, "hmac-"), where: InScheme, rank: 28,
		title: fmt.Sprintf("it is signed with %s, not with %s", strings.ToUpper(name), strings.ToUpper(own)),
		fix:   "use " + strings.ToUpper(own) + " where it is signed"}
	return []step{st}
}

// prepared is a verifier for one frame, algorithm and set of keys.
type prepared struct {
	verifier  *signing.Verifier
	keys      []key
	frame     *frame
	algorithm string
	steps     []step // of the algorithm, where it is not the scheme's
}

// prepare compiles a probe: a scheme of a list of hex signatures, in which only
// the signed message and the algorithm are the case's.
func (ms *macSearch) prepare(f *frame, algorithm string, keys []key) *prepared {
	spec := signing.Spec{Header: probeHeader, Grammar: "list", Versions: []string{"v1"},
		Algorithm: algorithm, Encoding: "hex", Signed: f.signed}
	if ms.opaque {
		spec.Key, spec.KeyPrefix = ms.spec.Key, ms.spec.KeyPrefix
	}
	scheme, err := signing.Compile(spec)
	if err != nil || len(keys) == 0 {
		return nil
	}
	secrets := make([]signing.Secret, len(keys))
	for i, k := range keys {
		if ms.opaque {
			secrets[i] = ms.secrets[i]
		} else {
			secrets[i] = signing.NewSecret(k.bytes)
		}
	}
	v, err := scheme.Verifier(secrets, -1)
	if err != nil {
		return nil
	}
	return &prepared{v, keys, f, algorithm, algorithmStep(algorithm, ms.spec.Algorithm)}
}

// try judges one body under p, and reports a match. p may be nil.
func (ms *macSearch) try(group string, p *prepared, b *body) bool {
	if p == nil || !ms.spend(group, len(p.keys), len(p.keys)*(len(b.bytes)+trialWork)) {
		return false
	}
	m := &signing.Message{Method: p.frame.method, URL: p.frame.url, Header: ms.header, Body: b.bytes}
	result, err := p.verifier.Verify(m, ms.c.Now)
	if err != nil {
		return false
	}
	k := p.keys[result.Secret]
	for _, c := range ms.candidates {
		m.Header = probeHeaders(ms.c.Message.Header, c)
		if _, err := p.verifier.Verify(m, ms.c.Now); err == nil {
			steps := slices.Concat(b.steps, k.steps, c.stepsBeside(p), p.steps, p.frame.steps)
			if len(steps) == 0 {
				steps = ms.refusedAnyway()
			}
			ms.report(steps)
			return true
		}
	}
	return false
}

// unkeyed looks for a digest of the body that no secret is part of. That is no
// MAC, so no scheme has it.
func (ms *macSearch) unkeyed() {
	b := ms.c.Message.Body
	if !ms.spend("algorithms", 3, 3*len(b)) {
		return
	}
	one, two, five := sha1.Sum(b), sha256.Sum256(b), sha512.Sum512(b)
	for name, sum := range map[string][]byte{"SHA-1": one[:], "SHA-256": two[:], "SHA-512": five[:]} {
		for _, c := range ms.candidates {
			if bytes.Equal(c.sum, sum) {
				ms.report(append([]step{{code: "algorithm-unkeyed", where: InScheme, rank: 16,
					title: "it is a plain " + name + " of the body, which anybody can make without the secret",
					fix:   "sign with the secret: HMAC, not a hash alone"}}, c.steps...))
			}
		}
	}
}

// refusedAnyway is for a signature that is right, on a request that is refused
// for another reason, which the failure states.
func (ms *macSearch) refusedAnyway() []step {
	st := step{code: "signature-right", where: InHeader, rank: 5, title: "the signature itself is right, and the request is refused for what goes with it",
		fix: "send what goes with the signature as the provider does"}
	if f := ms.c.Failure; f != nil {
		st.proof = f.Detail
		if f.Next != "" {
			st.fix = f.Next
		}
	}
	return []step{st}
}

// run makes the trials: single mistakes first, then pairs where none explains it.
func (ms *macSearch) run() {
	arrived := &body{bytes: ms.c.Message.Body}
	frames := ms.frames()
	if len(frames) == 0 {
		return
	}
	base := &frames[0]
	right := ms.keys[:ms.right]
	plain := ms.prepare(base, ms.spec.Algorithm, right)
	all := ms.prepare(base, ms.spec.Algorithm, ms.keys)

	ms.try("forms of the secret", all, arrived)
	ms.swapped()
	ms.unkeyed()
	var algorithms []*prepared
	for _, name := range ms.algorithms[1:] {
		p := ms.prepare(base, name, right)
		algorithms = append(algorithms, p)
		ms.try("algorithms", p, arrived)
	}
	// What a form of the message costs grows with the body, so a large body's
	// own changes go first.
	usual := ms.prepare(base, ms.spec.Algorithm, ms.keys[:min(len(ms.keys), ms.right+hugeKeys)])
	bodies := ms.bodies(arrived.bytes, func(b *body) {
		if !ms.try("forms of the body", plain, b) && b.steps[0].rank <= usualRank {
			ms.try(pairs, usual, b)
		}
	})
	var framed []*prepared
	for i := range frames[1:] {
		p := ms.prepare(&frames[i+1], ms.spec.Algorithm, right)
		framed = append(framed, p)
		ms.try("message forms", p, arrived)
	}
	if len(ms.found) == 0 {
		ms.mixed(arrived.bytes, plain, nil)
	}
	if len(ms.found) > 0 {
		return
	}
	for _, b := range bodies {
		for _, p := range algorithms {
			ms.try(pairs, p, &b)
		}
		ms.try(pairs, all, &b)
	}
	for i := range frames[1:] {
		f := &frames[i+1]
		for _, name := range ms.algorithms {
			ms.try(pairs, ms.prepare(f, name, ms.keys), arrived)
		}
		for _, b := range bodies {
			ms.try(pairs, framed[i], &b)
		}
	}
	for _, name := range ms.algorithms[1:] {
		ms.try(pairs, ms.prepare(base, name, ms.keys), arrived)
	}
	if len(ms.found) == 0 {
		ms.bodyPairs(arrived.bytes, func(b *body) { ms.try(pairs, plain, b) })
	}
	if len(ms.found) == 0 {
		ms.mixedPairs(arrived.bytes, plain)
	}
}
