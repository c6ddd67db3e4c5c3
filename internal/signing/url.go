package signing

import (
	"fmt"
	"net/url"
	"strings"
)

// parsedURL is m.URL in parts; an unparsable one has empty parts, so that what
// depends on it does not match.
func (m *Message) parsedURL() *url.URL {
	u, err := url.Parse(m.URL)
	if err != nil {
		return &url.URL{}
	}
	return u
}

// splitURL cuts a URL around its authority, and changes no byte.
func splitURL(text string) (scheme, authority, rest string, ok bool) {
	scheme, after, ok := strings.Cut(text, "://")
	if !ok {
		return "", "", "", false
	}
	end := strings.IndexAny(after, "/?#")
	if end < 0 {
		end = len(after)
	}
	return scheme, after[:end], after[end:], true
}

// portAt is where ":443" begins in an authority; its length where there is none.
func portAt(authority string) int {
	i := strings.LastIndexByte(authority, ':')
	if i < 0 || strings.ContainsAny(authority[i:], "]@") {
		return len(authority)
	}
	return i
}

// withPort adds the scheme's default port to a URL without one.
func withPort(text string) string {
	scheme, authority, rest, ok := splitURL(text)
	if !ok || portAt(authority) < len(authority) {
		return text
	}
	port := map[string]string{"https": ":443", "http": ":80"}[strings.ToLower(scheme)]
	return scheme + "://" + authority + port + rest
}

func withoutPort(text string) string {
	scheme, authority, rest, ok := splitURL(text)
	if !ok {
		return text
	}
	return scheme + "://" + authority[:portAt(authority)] + rest
}

// decodeURL decodes the escapes of : / ? @ ! $ ' ( ) * , ; and leaves all
// others.
// https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests
func decodeURL(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+2 < len(text) {
			raw, err := url.PathUnescape(text[i : i+3])
			if err == nil && len(raw) == 1 && strings.Contains(":/?@!$'()*,;", raw) {
				b.WriteString(raw)
				i += 2
				continue
			}
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// escapeTarget escapes the path once more and the query twice, so that its =
// and & no longer separate anything. What follows a second question mark is
// dropped.
// https://github.com/contentful/node-apps-toolkit/blob/master/src/requests/utils.ts
func escapeTarget(text string) string {
	parts := strings.Split(text, "?")
	if len(parts) > 1 && parts[1] != "" {
		return escape(parts[0]+"?", keptInURI) + escape(escape(parts[1], keptInComponent), keptInURI)
	}
	return escape(parts[0], keptInURI)
}

// What encodeURIComponent and encodeURI do not escape, besides letters and
// digits.
// https://tc39.es/ecma262/#sec-encodeuri-uri
const (
	keptInComponent = "-_.!~*'()"
	keptInURI       = keptInComponent + ";/?:@&=+$,#"
)

func escape(text, kept string) string {
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		if '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || strings.IndexByte(kept, c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// WithQuery sets a parameter: it changes the value of an existing one, or
// appends it, and leaves the rest of the URL as it is.
func WithQuery(text, name, value string) string {
	base, fragment, hasFragment := strings.Cut(text, "#")
	head, query, hasQuery := strings.Cut(base, "?")
	item := url.QueryEscape(name) + "=" + url.QueryEscape(value)
	items := strings.Split(query, "&")
	done := false
	for i, old := range items {
		if key, _, _ := strings.Cut(old, "="); hasQuery && key == url.QueryEscape(name) {
			items[i], done = item, true
		}
	}
	switch {
	case !hasQuery || query == "":
		items = []string{item}
	case !done:
		items = append(items, item)
	}
	text = head + "?" + strings.Join(items, "&")
	if hasFragment {
		text += "#" + fragment
	}
	return text
}
