package receiver

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// origins are those of the listener itself.
type origins []string

// originsOf is the origin of a URL and, when that is on this machine, its other
// names.
func originsOf(base string) origins {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		return nil
	}
	own := origins{u.Scheme + "://" + u.Host}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() == "localhost" || ip != nil && ip.IsLoopback() {
		for _, host := range []string{"localhost", "127.0.0.1", "[::1]"} {
			if u.Port() != "" {
				host += ":" + u.Port()
			}
			own = append(own, u.Scheme+"://"+host)
		}
	}
	return own
}

// foreign reports whether a browser sent the request for a page that is not
// the listener's own. Programs send neither of the two headers; a page cannot
// leave them out (https://www.w3.org/TR/fetch-metadata/).
func (own origins) foreign(r *http.Request) bool {
	for _, site := range r.Header["Sec-Fetch-Site"] {
		if strings.EqualFold(site, "cross-site") || strings.EqualFold(site, "same-site") {
			return true
		}
	}
	for _, origin := range r.Header["Origin"] {
		if !own.has(strings.ToLower(origin)) && !isAddressOf(origin, r.Host) {
			return true
		}
	}
	return false
}

func (own origins) has(origin string) bool { return slices.Contains(own, origin) }

// isAddressOf reports whether an origin is the IP address that the request was
// sent to. A name would not do: whoever owns it can point it here.
func isAddressOf(origin, host string) bool {
	_, rest, ok := strings.Cut(origin, "://")
	if !ok || rest != host {
		return false
	}
	u := url.URL{Host: host}
	return net.ParseIP(u.Hostname()) != nil
}
