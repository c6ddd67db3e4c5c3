package provider

import (
	"bytes"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"go.yaml.in/yaml/v3"

	"github.com/whk-cli/whk/internal/signing"
)

// recognisers finds the providers that a message may be from without parsing
// the others. Of each file it reads only the part about recognition, and parses
// that only when the message has a header that it names. After many messages it
// parses all of these parts and looks the headers up.
type recognisers struct {
	once   sync.Once
	signs  []*sign
	asked  atomic.Int32 // messages, until there is a lookup
	lookup atomic.Pointer[lookup]

	mu        sync.Mutex
	texts     map[string][]byte // provider.yaml in small letters, once they were asked for
	sensitive map[string]bool   // by header name in small letters
}

// sign is what one provider is recognised by.
type sign struct {
	name   string
	text   []byte // of the file's part about it
	lower  []byte // the same in small letters
	once   sync.Once
	parsed atomic.Bool
	by     Recognise

	provider atomic.Pointer[Provider] // once a message was recognised

	greeting  []byte // the file's part about handshakes
	greetOnce sync.Once
	greet     []Handshake
}

func (r *Registry) readSigns() {
	s := &r.recognisers
	for _, name := range r.Ordered() {
		if src, err := fs.ReadFile(r.find(name).fsys, providerFile); err == nil {
			text := section(src, "recognise")
			s.signs = append(s.signs, &sign{name: name, text: text, lower: bytes.ToLower(text), greeting: section(src, "handshake")})
		}
	}
}

// section is the part of a YAML file that one top-level key takes.
func section(src []byte, key string) []byte {
	start := 0
	if !bytes.HasPrefix(src, []byte(key+":")) {
		if start = bytes.Index(src, []byte("\n"+key+":")) + 1; start == 0 {
			return nil
		}
	}
	end := start
	for line := range bytes.Lines(src[start:]) {
		if end > start && len(bytes.TrimSpace(line)) > 0 && !bytes.ContainsAny(line[:1], " #-\t") {
			break
		}
		end += len(line)
	}
	return src[start:end]
}

// parse reads the text. A mistake in it is reported when the provider is loaded.
func (s *sign) parse() *Recognise {
	s.once.Do(func() {
		var part struct {
			Recognise Recognise `yaml:"recognise"`
		}
		if yaml.Unmarshal(s.text, &part) == nil {
			s.by = part.Recognise
		}
		s.parsed.Store(true)
	})
	return &s.by
}

// mayFit quickly rules out a message with none of the headers that the text
// names. It can not where the text names none, or where alternatives may name
// none.
func (s *sign) mayFit(m *signing.Message) bool {
	byHeader := false
	for _, key := range []string{"headers:", "any:", "values:"} {
		byHeader = byHeader || bytes.Contains(s.lower, []byte(key))
	}
	if !byHeader || bytes.Contains(s.lower, []byte("or:")) {
		return true
	}
	for name := range m.Header {
		if bytes.Contains(s.lower, []byte(strings.ToLower(name))) {
			return true
		}
	}
	return false
}

// ReadSigns parses at once what all providers are recognised by, for callers
// with many messages to judge.
func (r *Registry) ReadSigns() {
	r.recognisers.once.Do(r.readSigns)
	r.recognisers.lookup.Store(newLookup(r.recognisers.signs))
}

// Candidates are the providers that m is recognised as, best first. Those whose
// files are wrong are left out, and the errors passed to bad, which may be nil.
func (r *Registry) Candidates(m *signing.Message, bad func(error)) []*Provider {
	s := &r.recognisers
	s.once.Do(r.readSigns)
	var found []*Provider
	look := func(of *sign) {
		if !of.parse().fit(m) {
			return
		}
		p := of.provider.Load()
		if p == nil {
			var err error
			if p, err = r.Load(of.name); err != nil {
				if bad != nil {
					bad(err)
				}
				return
			}
			of.provider.Store(p)
		}
		if p.Recognises(m) {
			found = append(found, p.As(m))
		}
	}
	if s.lookup.Load() == nil && s.asked.Add(1) > manyMessages {
		r.ReadSigns()
	}
	if l := s.lookup.Load(); l != nil {
		var few [16]int
		for _, i := range l.find(few[:0], m.Header) {
			look(s.signs[i])
		}
		return found
	}
	for _, of := range s.signs {
		if of.parsed.Load() || of.mayFit(m) {
			look(of)
		}
	}
	return found
}

// Sensitive reports whether a header's values are secrets, tokens or signatures
// of any provider, or those of a parameter of the query, "query:NAME".
func (r *Registry) Sensitive(header string) bool {
	s := &r.recognisers
	header = strings.ToLower(header)
	if slices.Contains(harmlessHeaders, header) {
		return false
	}
	s.mu.Lock()
	known, ok := s.sensitive[header]
	s.mu.Unlock()
	if ok {
		return known
	}
	known = r.anySensitive(header)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sensitive == nil {
		s.sensitive = map[string]bool{}
	}
	if len(s.sensitive) < maxSensitive {
		s.sensitive[header] = known
	}
	return known
}

// lowerTexts are the files of all providers in small letters.
func (r *Registry) lowerTexts() map[string][]byte {
	s := &r.recognisers
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.texts == nil {
		s.texts = map[string][]byte{}
		for _, name := range r.Names() {
			if src, err := fs.ReadFile(r.find(name).fsys, providerFile); err == nil {
				s.texts[name] = bytes.ToLower(src)
			}
		}
	}
	return s.texts
}

// maxSensitive bounds what strangers' header names make a registry hold.
const maxSensitive = 10_000

// harmlessHeaders occur in most providers' files and carry nothing secret.
var harmlessHeaders = []string{"content-type", "content-length", "host", "accept", "accept-encoding", "user-agent", "connection", "date"}

// anySensitive parses only the providers whose files mention the header.
func (r *Registry) anySensitive(header string) bool {
	mention := []byte(strings.TrimRight(header, "0123456789"))
	for name, text := range r.lowerTexts() {
		if !bytes.Contains(text, mention) {
			continue
		}
		p, err := r.Load(name)
		if err == nil && slices.ContainsFunc(p.Sensitive(), func(n string) bool { return strings.EqualFold(n, header) }) {
			return true
		}
	}
	return false
}
