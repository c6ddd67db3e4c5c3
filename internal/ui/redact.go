package ui

import (
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

// NewRedactor returns a Redactor for the named headers, in any case: those
// that carry a provider's signature or secret. Authorization,
// Proxy-Authorization, Cookie and Set-Cookie are always among them, and so is
// what its name betrays, since a sender whom nobody knows has secrets too: a
// header with signature, secret, token, password, credential, hmac, auth or
// api-key in it.
func NewRedactor(names ...string) *Redactor {
	return &Redactor{names: append([]string{"Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie"}, names...)}
}

// Also returns a Redactor that hides what r does and what hides says. hides must
// be safe for concurrent use.
func (r *Redactor) Also(hides func(name string) bool) *Redactor {
	return &Redactor{names: r.names, also: hides}
}

// Hides reports whether the header's values are kept back.
func (r *Redactor) Hides(name string) bool {
	return r != nil && (slices.ContainsFunc(r.names, func(n string) bool { return strings.EqualFold(n, name) }) || telling(name) || r.also != nil && r.also(name))
}

// tellingWords are by their first letters: what in a header's name says that
// its value is not for everyone.
var tellingWords = [256][]string{
	's': {"signature", "secret"}, 't': {"token"}, 'p': {"password"}, 'c': {"credential"},
	'h': {"hmac"}, 'a': {"auth", "api-key", "apikey", "api_key"},
}

func telling(name string) bool {
	for i := range len(name) {
		for _, word := range tellingWords[name[i]|0x20] {
			if len(name)-i >= len(word) && strings.EqualFold(name[i:i+len(word)], word) {
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

// URL returns url without a user name and password in front of its host, if it
// has them; the rest is kept byte for byte.
func (r *Redactor) URL(url string) string {
	_, after, ok := strings.Cut(url, "//")
	if r == nil || !ok {
		return url
	}
	start := len(url) - len(after)
	authority := after
	if i := strings.IndexAny(after, "/?#"); i >= 0 {
		authority = after[:i]
	}
	at := strings.LastIndexByte(authority, '@')
	if at < 0 {
		return url
	}
	return url[:start] + "redacted" + url[start+at:]
}
