package wire

import (
	"fmt"
	"strings"
)

// limits are messages at and over the limits of their group.
func limits(header, body int) []Case {
	full := strings.Repeat("b", body)
	over := full + "b"
	in := func(pieces ...string) string {
		var b strings.Builder
		for _, p := range append(pieces, "") {
			fmt.Fprintf(&b, "%x\r\n%s\r\n", len(p), p)
		}
		return b.String()
	}
	post := func(fields, body string) string { return request("POST", "/l", fields, body) }
	kept := []string{"POST /l " + full}
	sized := func(size int) string {
		empty := request("GET", "/l", "X-A: \r\n", "")
		return request("GET", "/l", "X-A: "+strings.Repeat("v", size-len(empty))+"\r\n", "")
	}
	return []Case{
		{"body at the limit", post(length(full), full), []int{200}, kept, true},
		{"chunk at the limit", post(chunked, in(full)), []int{200}, kept, false},
		{"chunks at the limit", post(chunked, in(strings.Split(full, "")...)), []int{200}, kept, false},
		{"expected body at the limit", post("Expect: 100-continue\r\n"+length(full), full), []int{100, 200}, kept, true},
		refused("body over the limit", post(length(over), over), 413),
		refused("body over the limit, not sent", post(length(over), ""), 413),
		refused("body of eight exabytes", post("Content-Length: 9223372036854775807\r\n", ""), 413),
		refused("chunk over the limit", post(chunked, in(over)), 413),
		refused("chunks over the limit", post(chunked, in(full, "b")), 413),
		refused("chunk of eight exabytes", post(chunked, "7fffffffffffffff\r\n"+full+full), 413),
		refused("chunks without end", post(chunked, strings.Repeat("1\r\nx\r\n", 2*body)), 413),
		refused("chunks over the limit, cut", post(chunked, in(over)[:body+8]), 413),
		{"headers at the limit", sized(header), []int{200}, []string{"GET /l"}, true},
		refused("headers over the limit", sized(header+1), 431),
		refused("value over the limit", sized(header+header/4), 431),
		refused("line over the limit", request("GET", "/"+strings.Repeat("a", header), "", ""), 431),
		refused("method over the limit", request(strings.Repeat("M", header), "/", "", ""), 431),
		refused("name over the limit", request("GET", "/", strings.Repeat("x", header), ""), 431),
		refused("many fields", request("GET", "/", strings.Repeat("X-A: 1234567890\r\n", header/8), ""), 431),
		refused("many folds", request("GET", "/", "X-A: 1\r\n"+strings.Repeat(" 2\r\n", header/4), ""), 431),
		refused("line without end", strings.Repeat("a", 2*header), 431),
	}
}
