package provider

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/tidwall/gjson"
	"go.yaml.in/yaml/v3"

	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/webhook"
)

// maxHandshake bounds the body, in bytes, of a message that is tried as a
// handshake of any provider.
const maxHandshake = 16 << 10

// Handshake finds the provider whose handshake m is, among handshakes that
// carry no signature and are not recognised by their headers. Both results are
// nil if there is none, if several providers have one like it, or if only its
// method shows it. Only that provider is parsed.
func (r *Registry) Handshake(m *signing.Message) (*Provider, *Handshake) {
	if m.BodyFrom != nil || len(m.Body) > maxHandshake {
		return nil, nil
	}
	r.recognisers.once.Do(r.readSigns)
	places := reader{m: m}
	defer places.release()
	whose := ""
	for _, s := range r.recognisers.signs {
		if len(s.greeting) == 0 || !slices.ContainsFunc(s.greetings(), func(h Handshake) bool { return h.greets(&places) }) {
			continue
		}
		if whose != "" {
			return nil, nil
		}
		whose = s.name
	}
	if whose == "" {
		return nil, nil
	}
	p, err := r.Load(whose)
	if err != nil {
		return nil, nil // its mistakes are reported where it is used
	}
	return p, p.Match(m)
}

// greetings are the handshakes in the text. A mistake in it is reported when
// the provider is loaded.
func (s *sign) greetings() []Handshake {
	s.greetOnce.Do(func() {
		var part struct {
			Handshake []Handshake `yaml:"handshake"`
		}
		if yaml.Unmarshal(s.greeting, &part) == nil {
			s.greet = part.Handshake
		}
	})
	return s.greet
}

// greets reports whether more than its method shows that a message is h.
func (h *Handshake) greets(places *reader) bool {
	return !h.Signed && len(h.When) > 0 && h.matches(places)
}

func (h *Handshake) matches(places *reader) bool {
	method := h.Method
	if method == "" {
		method = http.MethodPost
	}
	return places.m.Method == method && !slices.ContainsFunc(h.When, func(c Condition) bool { return !c.holds(places) })
}

// Match returns the handshake that m is, nil when it is a delivery.
func (p *Provider) Match(m *signing.Message) *Handshake {
	places := reader{m: m, scheme: p.scheme}
	defer places.release()
	return p.match(&places)
}

func (p *Provider) match(places *reader) *Handshake {
	for i := range p.Handshake {
		if h := &p.Handshake[i]; h.matches(places) {
			return h
		}
	}
	return nil
}

// unsigned is the handshake that a message without a signature is; nil when it
// is none, or when it should be signed.
func (p *Provider) unsigned(places *reader) *Handshake {
	if len(p.Handshake) == 0 {
		return nil
	}
	if h := p.match(places); h != nil && !h.Signed && !p.scheme.Carried(places.m) {
		return h
	}
	return nil
}

// greet makes v the verdict on a handshake without a signature. With forced it
// is refused: where the provider is named, everything must be signed.
func (j *Judge) greet(v Verdict, h *Handshake, places *reader, forced bool) Verdict {
	detail := fmt.Sprintf("a handshake of %s, which is sent before any delivery and not signed", v.Provider.Title)
	switch {
	case forced:
		v = v.refuse(&signing.Error{Reason: signing.Missing, Detail: "no signature: this is " + detail})
	case h.Token == "" || j.options.NoVerify || !j.options.Greet:
		v.Verification = webhook.Verification{Status: webhook.Unverified, Detail: detail}
	case len(j.options.VerifyTokens) == 0:
		v.Verification = webhook.Verification{Status: webhook.Unverified, Detail: detail + "; its verify token is compared with --verify-token"}
	case !slices.ContainsFunc(j.options.VerifyTokens, signing.NewSecret([]byte(places.read(h.Token))).Equal):
		v = v.refuse(&signing.Error{Reason: signing.Mismatch, Detail: fmt.Sprintf("a handshake of %s with another verify token than that of --verify-token", v.Provider.Title)})
	default:
		v.Verification = webhook.Verification{Status: webhook.Unverified, Detail: detail + "; its verify token is the right one"}
	}
	v.Handshake = h
	return v
}

func (c Condition) holds(places *reader) bool {
	var text string
	switch {
	case c.Header != "":
		text = places.read("header:" + c.Header)
	case c.Query != "":
		text = places.read("query:" + c.Query)
	case c.JSON != "":
		text = places.read("json:" + c.JSON)
	default:
		text = places.read("form:" + c.Form)
	}
	return text != "" && (c.Is == "" || c.Is == text) && (!c.Only || c.isAlone(places))
}

// isAlone reports whether the body has nothing besides what c looks at.
func (c Condition) isAlone(places *reader) bool {
	if c.Form != "" {
		return len(places.form()) == 1
	}
	n := 0
	gjson.ParseBytes(places.m.Body).ForEach(func(_, _ gjson.Result) bool { n++; return n < 2 })
	return n == 1
}
