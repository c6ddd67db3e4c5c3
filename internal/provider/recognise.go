package provider

import (
	"bytes"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/whk-cli/whk/internal/signing"
)

// recognisers finds the providers that a message may be of without parsing those
// that it is not: of each file only what it says of recognition is read.
type recognisers struct {
	once  sync.Once
	signs []sign
	texts map[string][]byte // provider.yaml in small letters

	mu        sync.Mutex
	sensitive map[string]bool // by header name in small letters
}

// sign is by what one provider is recognised.
type sign struct {
	name string
	by   Recognise
}

func (r *Registry) readSigns() {
	s := &r.recognisers
	s.texts, s.sensitive = map[string][]byte{}, map[string]bool{}
	for _, name := range r.Ordered() {
		src, err := fs.ReadFile(r.find(name).fsys, providerFile)
		if err != nil {
			continue
		}
		s.texts[name] = bytes.ToLower(src)
		var part struct {
			Recognise Recognise `yaml:"recognise"`
		}
		// A mistake in the file is reported when the provider is loaded.
		if yaml.Unmarshal(section(src, "recognise"), &part) == nil {
			s.signs = append(s.signs, sign{name, part.Recognise})
		}
	}
}

// section is the part of a YAML file that one top-level key takes.
func section(src []byte, key string) []byte {
	var out []byte
	inside := false
	for line := range bytes.Lines(src) {
		switch {
		case bytes.HasPrefix(line, []byte(key+":")):
			inside = true
		case len(bytes.TrimSpace(line)) > 0 && line[0] != ' ' && line[0] != '#' && line[0] != '-' && line[0] != '\t':
			inside = false
		}
		if inside {
			out = append(out, line...)
		}
	}
	return out
}

// Candidates are the providers that m shows itself to be of, best first.
// Those whose files are wrong are left out and told to bad, which may be nil.
func (r *Registry) Candidates(m *signing.Message, bad func(error)) []*Provider {
	r.recognisers.once.Do(r.readSigns)
	var found []*Provider
	for i := range r.recognisers.signs {
		s := &r.recognisers.signs[i]
		if !s.by.fits(m) {
			continue
		}
		p, err := r.Load(s.name)
		if err != nil {
			if bad != nil {
				bad(err)
			}
			continue
		}
		if p.Recognises(m) {
			found = append(found, p)
		}
	}
	return found
}

// Sensitive reports whether a header's values are secrets, tokens or signatures
// of any provider.
func (r *Registry) Sensitive(header string) bool {
	s := &r.recognisers
	s.once.Do(r.readSigns)
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
	if len(s.sensitive) < maxSensitive {
		s.sensitive[header] = known
	}
	return known
}

// maxSensitive bounds what strangers' header names make a registry hold.
const maxSensitive = 10_000

// harmlessHeaders stand in most providers' files and carry nothing secret.
var harmlessHeaders = []string{"content-type", "content-length", "host", "accept", "accept-encoding", "user-agent", "connection", "date"}

// anySensitive parses only the providers whose files mention the header.
func (r *Registry) anySensitive(header string) bool {
	mention := []byte(strings.TrimRight(header, "0123456789"))
	for name, text := range r.recognisers.texts {
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
