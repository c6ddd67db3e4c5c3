package ui

import (
	"net/url"
	"slices"
	"strings"

	"github.com/whk-cli/whk/internal/webhook"
)

// Redactor replaces the values of secret-bearing headers by
// [webhook.Redacted] before a delivery is shown or exported. The nil Redactor
// lets everything through, which is what --reveal asks for. It is safe for
// concurrent use.
type Redactor struct {
	names []string
	also  func(name string) bool
}

// NewRedactor returns a Redactor for the named headers, in any case: those that
// carry a provider's signature or secret. Authorization, Proxy-Authorization,
// Cookie and Set-Cookie are always among them, and so is every header that its
// name gives away, since unknown senders have secrets too: one with signature,
// secret, token, password, credential, hmac, auth or api-key in it.
func NewRedactor(names ...string) *Redactor {
	return &Redactor{names: append([]string{"Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie"}, names...)}
}

// Also returns a Redactor that hides what r hides and what hides reports: it gets a
// header's name, or "query:" and a parameter's. hides must be safe for
// concurrent use.
func (r *Redactor) Also(hides func(name string) bool) *Redactor {
	return &Redactor{names: r.names, also: hides}
}

// Hides reports whether the header's values are kept back.
func (r *Redactor) Hides(name string) bool {
	return r != nil && (slices.ContainsFunc(r.names, func(n string) bool { return strings.EqualFold(n, name) }) || telling(name, "") || r.also != nil && r.also(name))
}

// tellingWords, by their first letter, are the words in the name of a header or a
// parameter that say that its value is secret.
var tellingWords = [256][]string{
	's': {"signature", "secret"}, 't': {"token"}, 'p': {"password"}, 'c': {"credential"},
	'h': {"hmac"}, 'a': {"auth", "api-key", "apikey", "api_key"},
}

// telling reports whether one of those words but for one is in a name.
func telling(name, but string) bool {
	for i := range len(name) {
		for _, word := range tellingWords[name[i]|0x20] {
			if word != but && len(name)-i >= len(word) && strings.EqualFold(name[i:i+len(word)], word) {
				return true
			}
		}
	}
	return false
}

// Header returns h with the values that are kept back replaced; h is not
// changed, and is the result when nothing is to be replaced.
func (r *Redactor) Header(h webhook.Header) webhook.Header {
	if !slices.ContainsFunc(h, func(f webhook.Field) bool { return r.Hides(f.Name) }) {
		return h
	}
	h = h.Clone()
	for i := range h {
		if r.Hides(h[i].Name) {
			h[i].Value = webhook.Redacted
		}
	}
	return h
}

// Delivery returns a copy of d that may be shown. It shares d's body, which is
// never altered.
func (r *Redactor) Delivery(d *webhook.Delivery) *webhook.Delivery {
	if r == nil {
		return d
	}
	shown := *d
	shown.Header = r.Header(d.Header)
	shown.URL = r.URL(d.URL)
	shown.Forwards = slices.Clone(d.Forwards)
	for i := range shown.Forwards {
		shown.Forwards[i].URL = r.URL(shown.Forwards[i].URL)
	}
	return &shown
}

// URL returns a URL without a user name and password in front of its host, if it
// has them, and with the values of its query's parameters replaced that carry
// secrets: those that Also names as "query:NAME", and those whose name betrays it,
// as a header's does. The rest is kept byte for byte. It need not be a whole URL: a
// request's target or its first line will do.
func (r *Redactor) URL(text string) string {
	if r == nil {
		return text
	}
	return r.query(withoutUser(text))
}

func withoutUser(text string) string {
	_, after, ok := strings.Cut(text, "//")
	if !ok {
		return text
	}
	start := len(text) - len(after)
	authority := after
	if i := strings.IndexAny(after, "/?#"); i >= 0 {
		authority = after[:i]
	}
	at := strings.LastIndexByte(authority, '@')
	if at < 0 {
		return text
	}
	return text[:start] + "redacted" + text[start+at:]
}

// query replaces values in what follows the first question mark.
func (r *Redactor) query(text string) string {
	begin := strings.IndexByte(text, '?') + 1
	if begin == 0 {
		return text
	}
	var out []byte // nil as long as nothing is replaced
	copied, asked := 0, 0
	for at := begin; at < len(text); {
		end := len(text)
		if i := strings.IndexAny(text[at:], "&;# "); i >= 0 { // a blank ends the target in a request line
			end = at + i
		}
		name, value, _ := strings.Cut(text[at:end], "=")
		if value != "" {
			if asked++; r.hidesParameter(name, asked <= mostAsked) {
				out = append(append(out, text[copied:end-len(value)]...), webhook.Redacted...)
				copied = end
			}
		}
		if end < len(text) && text[end] != '&' && text[end] != ';' {
			break
		}
		at = end + 1
	}
	if out == nil {
		return text
	}
	return string(append(out, text[copied:]...))
}

// mostAsked bounds for how many parameters of a URL, which a stranger may have made
// up, it is looked up whether a provider has a secret there.
const mostAsked = 100

func (r *Redactor) hidesParameter(name string, ask bool) bool {
	if plain, err := url.QueryUnescape(name); err == nil {
		name = plain
	}
	// In the names of parameters auth is more often a part of another word.
	return telling(name, "auth") || ask && r.also != nil && r.also("query:"+name)
}
