package sender

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/whk-cli/whk/internal/webhook"
)

// defaultPort is the port of a target on this machine that names none: where
// whk itself listens.
const defaultPort = "8080"

// ResolveTarget makes the URL that a person means by a target.
//
//	localhost                 http://localhost:8080 + path and query
//	3000, :3000               http://localhost:3000 + path and query
//	127.0.0.1:9, [::1]:9      http://… + path and query
//	example.com               https://example.com + path and query
//	localhost:3000/hooks      http://localhost:3000/hooks
//	https://example.com       https://example.com
//
// A target with a scheme, a path or a query is used as typed; without a scheme
// it only gets one: http on this machine, https elsewhere. One with none of the
// three gets path and query: the provider's when triggering, those of the
// incoming request when forwarding. query has no question mark.
func ResolveTarget(target, path, query string) (string, error) {
	if err := checkTarget(target); err != nil {
		return "", err
	}
	if scheme, rest, ok := strings.Cut(target, "://"); ok {
		return withScheme(target, scheme, rest)
	}
	authority, rest := target, ""
	if i := strings.IndexAny(target, "/?#"); i >= 0 {
		authority, rest = target[:i], target[i:]
	}
	base, err := withoutScheme(authority)
	if err != nil {
		return "", err
	}
	if rest == "" {
		rest = join(path, query)
	}
	if _, err := parseURL(base + rest); err != nil {
		return "", err
	}
	return base + rest, nil
}

func checkTarget(target string) error {
	if target == "" {
		return errors.New("the target is empty")
	}
	if target[0] == '-' {
		return errors.New("the target is missing, and a flag stands in its place")
	}
	if c, bad := control(target); bad {
		return fmt.Errorf("the target holds %s", c)
	}
	if strings.ContainsAny(target, " \t") {
		return fmt.Errorf("target %q holds a blank", Printable(target))
	}
	return nil
}

func withScheme(target, scheme, rest string) (string, error) {
	if !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
		return "", fmt.Errorf("target %q: the scheme must be http or https", Printable(target))
	}
	u, err := url.Parse(target)
	if err != nil {
		return "", fmt.Errorf("target %q: %w", Printable(target), reason(target, err))
	}
	if u.Hostname() == "" || rest == "" {
		return "", fmt.Errorf("target %q has no host", Printable(target))
	}
	if err := checkPort(target, u.Port()); err != nil {
		return "", err
	}
	return target, nil
}

// withoutScheme reads what stands before the path: a port, a host, or both.
func withoutScheme(authority string) (string, error) {
	if authority != "" && strings.Trim(authority, "0123456789") == "" {
		authority = ":" + authority
	}
	if net.ParseIP(authority) != nil && strings.Contains(authority, ":") {
		authority = "[" + authority + "]"
	}
	if strings.HasPrefix(authority, ":") {
		authority = "localhost" + authority
	}
	u, err := url.Parse("http://" + authority)
	if err != nil {
		return "", fmt.Errorf("target %q: %w", Printable(authority), reason(authority, err))
	}
	if u.Hostname() == "" || strings.HasSuffix(u.Host, ":") {
		return "", fmt.Errorf("target %q is not a host, a port or a URL", Printable(authority))
	}
	if err := checkPort(authority, u.Port()); err != nil {
		return "", err
	}
	switch {
	case !isLoopbackHost(u.Hostname()):
		return "https://" + authority, nil
	case u.Port() == "":
		return "http://" + authority + ":" + defaultPort, nil
	}
	return "http://" + authority, nil
}

func checkPort(target, port string) error {
	if port == "" {
		return nil
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return fmt.Errorf("target %q: port %q is not a number from 1 to 65535", Printable(target), port)
	}
	return nil
}

// join puts a path and a query together. A # that came in on the wire would
// begin a fragment here, and never be sent.
func join(path, query string) string {
	path, query = strings.ReplaceAll(path, "#", "%23"), strings.ReplaceAll(query, "#", "%23")
	if path != "" && !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	if query != "" {
		return path + "?" + query
	}
	return path
}

// IsLoopback reports whether a URL leads to this machine and nowhere else:
// localhost and names under it, 127.0.0.0/8, ::1, and the unspecified address.
// A [Sender] does not ask a name server about such names.
func IsLoopback(rawURL string) bool {
	u, err := url.Parse(rawURL)
	return err == nil && isLoopbackHost(u.Hostname())
}

func isLoopbackHost(host string) bool {
	ip := net.ParseIP(host)
	return isLocalName(host) || ip != nil && (ip.IsLoopback() || ip.IsUnspecified())
}

// isLocalName recognises the names that RFC 6761, section 6.3, reserves for
// loopback.
func isLocalName(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// Printable is a URL or target without the user name and password that it may
// hold. It also works on texts that are not URLs.
func Printable(rawURL string) string {
	scheme, rest, ok := strings.Cut(rawURL, "://")
	if !ok {
		scheme, rest = "", rawURL
	} else {
		scheme += "://"
	}
	end := strings.IndexAny(rest, "/?#")
	if _, err := url.Parse("http://" + rest); end < 0 || err != nil {
		end = len(rest) // a password may hold what ends a host elsewhere
	}
	if i := strings.LastIndexByte(rest[:end], '@'); i >= 0 {
		rest = rest[i+1:]
	}
	return scheme + rest
}

// Sent is r's URL and header as they are sent: the URL without user name and
// password, which become an Authorization field unless there is one, and the
// header without an empty User-Agent.
func Sent(r *webhook.Request) (string, webhook.Header) {
	header := r.Header.Clone()
	if header.Has("User-Agent") && header.Get("User-Agent") == "" {
		header.Del("User-Agent")
	}
	u, err := url.Parse(r.URL)
	if err != nil || u.User == nil {
		return Printable(r.URL), header
	}
	if !header.Has("Authorization") {
		header = append(header, webhook.Field{Name: "Authorization", Value: basicAuth(u.User)})
	}
	return Printable(r.URL), header
}

// basicAuth is the Authorization field that a URL's user name and password become.
func basicAuth(user *url.Userinfo) string {
	password, _ := user.Password()
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth(user.Username(), password)
	return r.Header.Get("Authorization")
}
