package metrics

import (
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Path is where the metrics are.
const Path = "/metrics"

const contentType = "text/plain; version=0.0.4; charset=utf-8"

// Handler shows the metrics to clients whose Host header names this machine:
// localhost, any IP address, or one of hosts, with the socket's port. A page in
// a browser can have its own name point to this machine, but can not ask under
// another name.
func (s *Set) Handler(port int, hosts ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Type", "text/plain; charset=utf-8")
		switch {
		case !named(r.Host, port, hosts):
			refuse(w, http.StatusForbidden, "this name is not this machine's\n")
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			h.Set("Allow", "GET, HEAD")
			refuse(w, http.StatusMethodNotAllowed, "method not allowed\n")
		case r.URL.Path != Path:
			refuse(w, http.StatusNotFound, "the metrics are at "+Path+"\n")
		default:
			h.Set("Content-Type", contentType)
			w.Write(s.AppendText(nil))
		}
	})
}

func refuse(w http.ResponseWriter, status int, text string) {
	w.WriteHeader(status)
	w.Write([]byte(text))
}

// named reports whether a Host header is of the listening address.
func named(host string, port int, hosts []string) bool {
	name, digits, err := net.SplitHostPort(host)
	if err != nil {
		name, digits = host, "80"
	}
	if digits != strconv.Itoa(port) {
		return false
	}
	name = strings.ToLower(strings.TrimSuffix(strings.Trim(name, "[]"), "."))
	return net.ParseIP(name) != nil || name == "localhost" || slices.Contains(hosts, name)
}
