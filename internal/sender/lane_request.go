package sender

import (
	"strconv"
	"strings"

	"github.com/whk-cli/whk/internal/webhook"
)

// appendRequest writes r as it goes on the wire.
func (l *Lane) appendRequest(dst []byte, r *webhook.Request) []byte {
	dst = append(append(dst, r.Method...), l.target.line...)
	host, agent, authorized := l.target.host, l.sender.opts.UserAgent, l.target.auth == ""
	for i := range r.Header {
		switch f := &r.Header[i]; {
		case len(f.Name) == len("Host") && strings.EqualFold(f.Name, "Host") && f.Value != "":
			host = f.Value
		case isAgent(f.Name):
			agent = ""
		case len(f.Name) == len("Authorization") && strings.EqualFold(f.Name, "Authorization"):
			authorized = true
		}
	}
	dst = append(append(dst, host...), "\r\n"...)
	for i := range r.Header {
		f := &r.Header[i]
		if !ofTheWire(f.Name) && (f.Value != "" || !isAgent(f.Name)) {
			dst = appendField(dst, f.Name, f.Value)
		}
	}
	if agent != "" {
		dst = appendField(dst, "User-Agent", agent)
	}
	if !authorized {
		dst = appendField(dst, "Authorization", l.target.auth)
	}
	if len(r.Body) > 0 || expectsBody(r.Method) {
		dst = append(dst, "Content-Length: "...)
		dst = append(strconv.AppendInt(dst, int64(len(r.Body)), 10), "\r\n"...)
	}
	return append(append(dst, "\r\n"...), r.Body...)
}

func isAgent(name string) bool {
	return len(name) == len("User-Agent") && strings.EqualFold(name, "User-Agent")
}

func appendField(dst []byte, name, value string) []byte {
	dst = append(append(dst, name...), ": "...)
	return append(append(dst, strings.Trim(value, " \t")...), "\r\n"...)
}

// expectsBody reports whether a request without a body says so.
// https://www.rfc-editor.org/rfc/rfc9110#section-8.6
func expectsBody(method string) bool { return method == "POST" || method == "PUT" || method == "PATCH" }

// ofTheWire are the fields that follow from the request itself.
func ofTheWire(name string) bool {
	switch len(name) {
	case len("Host"):
		return strings.EqualFold(name, "Host")
	case len("Trailer"):
		return strings.EqualFold(name, "Trailer")
	case len("Content-Length"):
		return strings.EqualFold(name, "Content-Length")
	case len("Transfer-Encoding"):
		return strings.EqualFold(name, "Transfer-Encoding")
	}
	return false
}
