package diagnosis

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// target is a method and a URL that may have been signed.
type target struct {
	method, url string
	steps       []step
}

const fixURL = "take the URL that the provider calls, as in its settings: --url says it to whk, and in the receiver rebuild it " +
	"from the configured address, not from what the proxy passes on"

// urls are what a proxy, or a slip in the settings, makes of the URL, those of
// one mistake first.
func (s *search) urls() []target {
	m := s.c.Message
	u, err := url.Parse(m.URL)
	if err != nil {
		return nil
	}
	dims := [][]urlChange{schemesOf(u), hostsOf(u, m.Header), portsOf(u, m.Header), pathsOf(u, m.Header), queriesOf(u)}
	all := []target{{method: m.Method, url: m.URL}}
	for _, dim := range dims {
		for _, t := range slices.Clone(all) {
			if len(t.steps) > 2 {
				continue // a proxy changes scheme, host and port at once
			}
			for _, c := range dim {
				if next, ok := c.on(t, m.URL); ok {
					all = append(all, next)
				}
			}
		}
	}
	all = all[1:]
	sortBy(all, func(t target) int { return len(t.steps) })
	for _, method := range []string{"POST", "GET", "PUT", strings.ToLower(m.Method)} {
		if method != m.Method {
			all = append(all, target{method, m.URL, []step{{code: "method", where: InURL, rank: 60, fix: "sign the method that is used",
				title: fmt.Sprintf("the method %s was signed", method)}}})
		}
	}
	return all
}

// urlChange is one mistake in a URL.
type urlChange struct {
	code, title string
	rank        int
	apply       func(*url.URL)
}

func (c *urlChange) on(t target, arrived string) (target, bool) {
	u, err := url.Parse(t.url)
	if err != nil {
		return t, false
	}
	c.apply(u)
	text := u.String()
	if text == t.url {
		return t, false
	}
	st := step{code: c.code, where: InURL, rank: c.rank, title: c.title, fix: fixURL, proof: fmt.Sprintf("%q was signed, %q is given", clip(text), clip(arrived)), url: text}
	steps := slices.Clone(t.steps)
	for i := range steps {
		steps[i].proof = "" // the last one shows all changes
	}
	return target{t.method, text, append(steps, st)}, true
}

func clip(text string) string {
	const most = 120
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

func schemesOf(u *url.URL) []urlChange {
	var out []urlChange
	for _, scheme := range []string{"https", "http"} {
		if scheme != u.Scheme {
			out = append(out, urlChange{"url-scheme", "the URL was signed with " + scheme + "://", 10, func(u *url.URL) { u.Scheme = scheme }})
		}
	}
	return out
}

func hostsOf(u *url.URL, h http.Header) []urlChange {
	var out []urlChange
	hosts := []string{strings.ToLower(u.Host)}
	for _, name := range []string{"Host", "X-Forwarded-Host", "X-Original-Host", "Forwarded"} {
		for _, value := range h[name] {
			first, _, _ := strings.Cut(value, ",")
			if name == "Forwarded" {
				_, rest, ok := strings.Cut(strings.ToLower(first), "host=")
				if !ok {
					continue
				}
				first, _, _ = strings.Cut(rest, ";")
				first = strings.Trim(first, `"`)
			}
			hosts = append(hosts, strings.TrimSpace(first))
		}
	}
	for _, host := range hosts {
		if host != "" && host != u.Host && !strings.ContainsAny(host, "/?# @") {
			out = append(out, urlChange{"url-host", "the URL was signed with the host " + host, 11, func(u *url.URL) { u.Host = host }})
		}
	}
	return out
}

func portsOf(u *url.URL, h http.Header) []urlChange {
	ports := []string{"443", "80", "8080"}
	for _, value := range h["X-Forwarded-Port"] {
		ports = append(ports, strings.TrimSpace(value))
	}
	out := []urlChange{{"url-port", "the URL was signed without its port", 12, func(u *url.URL) { u.Host = withPort(u, "") }}}
	for _, port := range ports {
		if port != u.Port() && len(port) <= 5 && strings.Trim(port, "0123456789") == "" {
			out = append(out, urlChange{"url-port", "the URL was signed with the port " + port, 20, func(u *url.URL) { u.Host = withPort(u, port) }})
		}
	}
	return out
}

func withPort(u *url.URL, port string) string {
	host := u.Hostname()
	if port != "" {
		return net.JoinHostPort(host, port)
	}
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

func pathsOf(u *url.URL, h http.Header) []urlChange {
	out := []urlChange{
		{"url-slash", "the URL was signed with a slash at its end", 13, func(u *url.URL) {
			if !strings.HasSuffix(u.Path, "/") {
				setPath(u, u.EscapedPath()+"/")
			}
		}},
		{"url-slash", "the URL was signed without the slash at its end", 13, func(u *url.URL) { setPath(u, strings.TrimSuffix(u.EscapedPath(), "/")) }},
		{"url-escapes", "the URL's path was signed decoded", 21, func(u *url.URL) { u.Opaque = "//" + u.Host + u.Path }},
		{"url-path", "the URL was signed without its path", 22, func(u *url.URL) { setPath(u, "") }},
	}
	return append(out, pathsBefore(u, h)...)
}

// pathsBefore are the paths that proxies say they changed.
func pathsBefore(u *url.URL, h http.Header) []urlChange {
	var out []urlChange
	add := func(name, path, query string) {
		if strings.HasPrefix(path, "/") && len(path) <= maxPath && path != u.EscapedPath() {
			out = append(out, urlChange{"url-path", "the URL was signed with the path that " + name + " tells of", 15, func(u *url.URL) {
				if setPath(u, path); query != "" {
					u.RawQuery = query
				}
			}})
		}
	}
	for _, prefix := range h["X-Forwarded-Prefix"] {
		add("X-Forwarded-Prefix", strings.TrimRight(prefix, "/")+u.EscapedPath(), "")
	}
	for _, name := range []string{"X-Original-Url", "X-Original-Uri", "X-Rewrite-Url", "X-Forwarded-Uri", "X-Envoy-Original-Path"} {
		for _, value := range h[name] {
			if before, err := url.Parse(value); err == nil {
				add(name, before.EscapedPath(), before.RawQuery)
			}
		}
	}
	return out[:min(len(out), 4)]
}

// maxPath bounds what is taken from such a header.
const maxPath = 2 << 10

func setPath(u *url.URL, escaped string) {
	if path, err := url.PathUnescape(escaped); err == nil {
		u.Path, u.RawPath = path, escaped
	}
}

func queriesOf(u *url.URL) []urlChange {
	if u.RawQuery == "" && u.Fragment == "" {
		return nil
	}
	return []urlChange{
		{"url-query", "the URL was signed without its query", 14, func(u *url.URL) { u.RawQuery, u.Fragment = "", "" }},
		{"url-query", "the URL was signed with its query sorted", 23, func(u *url.URL) { u.RawQuery = u.Query().Encode() }},
		{"url-fragment", "the URL was signed without its fragment", 24, func(u *url.URL) { u.Fragment, u.RawFragment = "", "" }},
	}
}
