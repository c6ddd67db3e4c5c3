package receiver

import (
	"strings"

	"github.com/whk-cli/whk/internal/webhook"
)

// hopByHop are the fields that speak of one connection only (RFC 9110, section
// 7.6.1), and Content-Length, which each connection states anew.
var hopByHop = []string{
	"Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization",
	"TE", "Trailer", "Transfer-Encoding", "Upgrade", "HTTP2-Settings", "Content-Length",
}

// EndToEnd returns the fields that concern more than one connection, in order:
// without the hop-by-hop ones, those that Connection names, and Content-Length.
func EndToEnd(h webhook.Header) webhook.Header {
	drop := func(name string) bool { return containsFold(hopByHop, name) }
	var named []string
	for _, list := range h.Values("Connection") {
		for name := range strings.SplitSeq(list, ",") {
			named = append(named, strings.TrimSpace(name))
		}
	}
	out := make(webhook.Header, 0, len(h))
	for _, f := range h {
		if !drop(f.Name) && !containsFold(named, f.Name) {
			out = append(out, f)
		}
	}
	return out
}

func containsFold(list []string, s string) bool {
	for _, item := range list {
		if strings.EqualFold(item, s) {
			return true
		}
	}
	return false
}
