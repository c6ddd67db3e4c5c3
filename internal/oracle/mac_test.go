package oracle

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/signing"
)

// scheme is one signature scheme as whk has it and as somebody else has it.
type scheme struct {
	name  string
	whk   func(t *testing.T) *signing.Scheme
	timed bool                     // it signs a time, and limits its age to five minutes
	key   func([]byte) string      // the secret of some random bytes, as its owner sees it
	sign  func(message) error      // theirs: sets the headers
	check func(message) error      // theirs: nil is authentic
	split func(http.Header) []byte // the signature's bytes out of the headers
	put   func(http.Header, []byte)
	at    string // the header of the time, "" where it is elsewhere
	full  bool   // theirs takes no empty body
}

// message is a delivery, and the secret that it is signed with or judged by.
type message struct {
	secret string
	id     string
	at     time.Time
	body   []byte
	header http.Header
}

func plainKey(b []byte) string { return hex.EncodeToString(b) }

func mac(secret string, parts ...string) []byte {
	m := hmac.New(sha256.New, []byte(secret))
	for _, p := range parts {
		m.Write([]byte(p))
	}
	return m.Sum(nil)
}

// hexAfter reads and writes a signature that stands in hex behind a prefix.
func hexAfter(header, prefix string) (func(http.Header) []byte, func(http.Header, []byte)) {
	return func(h http.Header) []byte {
			_, text, _ := strings.Cut(h.Get(header), prefix)
			b, _ := hex.DecodeString(text)
			return b
		}, func(h http.Header, sig []byte) {
			before, _, _ := strings.Cut(h.Get(header), prefix)
			h.Set(header, before+prefix+hex.EncodeToString(sig))
		}
}

// builtIn is the scheme of a provider that whk ships.
func builtIn(name string, variants ...string) func(*testing.T) *signing.Scheme {
	return func(t *testing.T) *signing.Scheme {
		t.Helper()
		p, err := provider.NewRegistry().Load(name, variants...)
		if err != nil {
			t.Fatal(err)
		}
		return p.Scheme()
	}
}

// bodyMAC is the commonest scheme of all: hex of HMAC-SHA256 over the body.
func bodyMAC(name, header, prefix string, whk func(*testing.T) *signing.Scheme) scheme {
	s := scheme{name: name, whk: whk, key: plainKey}
	s.split, s.put = hexAfter(header, prefix)
	s.sign = func(m message) error {
		m.header.Set(header, prefix+hex.EncodeToString(mac(m.secret, string(m.body))))
		return nil
	}
	s.check = func(m message) error {
		want := prefix + hex.EncodeToString(mac(m.secret, string(m.body)))
		if subtle.ConstantTimeCompare([]byte(want), []byte(m.header.Get(header))) != 1 {
			return errors.New("mismatch")
		}
		return nil
	}
	return s
}

// whkSigns and whkChecks are our side of a scheme.
func whkSigns(s *signing.Scheme, m message) error {
	fields, err := s.Sign(&signing.Message{Method: "POST", Header: m.header, Body: m.body, ID: m.id}, signing.NewSecret([]byte(m.secret)), m.at)
	signing.Apply(m.header, fields)
	return err
}

func whkChecks(s *signing.Scheme, m message) error {
	v, err := s.Verifier([]signing.Secret{signing.NewSecret([]byte(m.secret))}, -1)
	if err != nil {
		return err
	}
	_, err = v.Verify(&signing.Message{Method: "POST", Header: m.header, Body: m.body}, time.Now())
	return err
}

// Whoever signs, both take it, and both refuse it with one bit changed.
func TestMACs(t *testing.T) {
	random := rand.New(rand.NewPCG(2025, 3))
	for _, s := range schemes() {
		t.Run(s.name, func(t *testing.T) {
			whk := s.whk(t)
			for round := range 60 {
				seed := bytesOf(random, 32)
				m := message{
					secret: s.key(seed), id: fmt.Sprintf("msg_%d", round), at: time.Now().Truncate(time.Second),
					body: body(random, round), header: http.Header{},
				}
				if s.full && len(m.body) == 0 {
					m.body = []byte("{}")
				}
				by, sign := "whk", func(m message) error { return whkSigns(whk, m) }
				if round%2 == 1 {
					by, sign = "the oracle", s.sign
				}
				if err := sign(m); err != nil {
					t.Fatalf("%s does not sign: %v", by, err)
				}
				both(t, s, whk, by+"'s own", m, true)
				for name, twin := range twins(s, random, seed, m) {
					both(t, s, whk, by+"'s with another "+name, twin, false)
				}
				if s.timed {
					old := m
					old.header, old.at = http.Header{}, m.at.Add(-10*time.Minute)
					if err := sign(old); err != nil {
						t.Fatal(err)
					}
					both(t, s, whk, by+"'s of ten minutes ago", old, false)
				}
			}
		})
	}
}

func both(t *testing.T, s scheme, whk *signing.Scheme, what string, m message, want bool) {
	t.Helper()
	if err := whkChecks(whk, m); (err == nil) != want {
		t.Errorf("%s: whk says %v", what, err)
	}
	if err := s.check(m); (err == nil) != want {
		t.Errorf("%s: the oracle says %v", what, err)
	}
}

// twins are m with one thing changed.
func twins(s scheme, random *rand.Rand, seed []byte, m message) map[string]message {
	all := map[string]message{}
	twin := func(name string, change func(*message)) {
		other := m
		other.header = m.header.Clone()
		change(&other)
		all[name] = other
	}
	twin("secret", func(o *message) { o.secret = s.key(flipped(random, seed)) })
	twin("signature", func(o *message) { s.put(o.header, flipped(random, s.split(m.header))) })
	if len(m.body) > 0 {
		twin("body", func(o *message) { o.body = flipped(random, m.body) })
		twin("end", func(o *message) { o.body = m.body[:len(m.body)-1] })
	}
	twin("line break", func(o *message) { o.body = append(append([]byte(nil), m.body...), '\n') })
	if s.timed {
		second := m.at.Add(-time.Second).Unix()
		twin("time", func(o *message) {
			if s.at != "" {
				o.header.Set(s.at, strconv.FormatInt(second, 10))
				return
			}
			for name, values := range o.header {
				o.header.Set(name, strings.Replace(values[0], strconv.FormatInt(m.at.Unix(), 10), strconv.FormatInt(second, 10), 1))
			}
		})
	}
	return all
}

func flipped(random *rand.Rand, b []byte) []byte {
	out := append([]byte(nil), b...)
	out[random.IntN(len(out))] ^= 1 << random.IntN(8)
	return out
}

func bytesOf(random *rand.Rand, n int) []byte {
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(random.Uint32())
	}
	return out
}

// body is empty, JSON, or anything at all.
func body(random *rand.Rand, round int) []byte {
	switch round % 5 {
	case 0:
		return bytesOf(random, random.IntN(3))
	case 1, 2:
		return fmt.Appendf(nil, "{\"n\": %d.0, \"s\": \"é\\u00e9 %x\"}\r\n", random.Uint64(), bytesOf(random, random.IntN(2000)))
	}
	return bytesOf(random, random.IntN(4000))
}
