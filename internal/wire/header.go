package wire

import "strings"

func headers() []Case {
	get := func(fields string) string { return request("GET", "/h", fields, "") }
	ok := func(name, fields string) Case {
		return Case{name, get(fields), []int{200}, []string{"GET /h"}, true}
	}
	bad := func(name, fields string, status int) Case { return refused(name, get(fields), status) }
	first := func(name, fields string) Case { return refused(name, "GET / HTTP/1.1\r\n"+fields+"\r\n", 400) }
	return []Case{
		ok("repeated", "X-A: 1\r\nX-A: 2\r\n"),
		ok("empty value", "X-A:\r\n"),
		ok("no blank after the colon", "X-A:1\r\n"),
		ok("blanks around the value", "X-A: \t 1 \t \r\n"),
		ok("Latin-1 value", "X-A: \xe9\r\n"),
		ok("UTF-8 value", "X-A: é\r\n"),
		ok("tab in a value", "X-A: a\tb\r\n"),
		ok("colons in a value", "X-A: a:b: c\r\n"),
		ok("underscore in a name", "Transfer_Encoding: chunked\r\nContent_Length: 9\r\n"),
		ok("every character of names", "!#$%&'*+-.^_`|~09azAZ: 1\r\n"),
		ok("value of 8 KiB", "X-A: "+strings.Repeat("v", 8<<10)+"\r\n"),
		ok("name of 4 KiB", strings.Repeat("n", 4<<10)+": 1\r\n"),
		ok("300 fields", strings.Repeat("X-A: 1\r\n", 300)),
		ok("folded", "X-A: a\r\n b\r\n"),
		ok("folded with a tab", "X-A: a\r\n\tb\r\n"),
		ok("an offer of h2c", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\n"),
		ok("other hosts of proxies", "X-Forwarded-Host: evil.example\r\nX-Original-URL: /admin\r\nForwarded: host=evil.example\r\n"),
		ok("another method asked for", "X-HTTP-Method-Override: TRACE\r\n"),
		ok("connection names a length", "Connection: Content-Length\r\n"),
		ok("trailers welcome", "TE: trailers\r\n"),
		ok("no forwards left", "Max-Forwards: 0\r\n"),
		ok("a range", "Range: bytes=0-1\r\n"),
		ok("conditions", "If-None-Match: *\r\nIf-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n"),
		ok("an expectation among others", "Expect: 100-continue, a miracle\r\n"),
		{"to be closed", get("Connection: close\r\n"), []int{200}, []string{"GET /h"}, false},
		{"to be closed, among others", get("Connection: x, Close\r\n"), []int{200}, []string{"GET /h"}, false},
		bad("websocket", "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n", 400),
		bad("websocket, without Connection", "Upgrade: websocket\r\n", 400),
		bad("TLS", "Connection: Upgrade\r\nUpgrade: TLS/1.0\r\n", 400),
		bad("two upgrades", "Connection: Upgrade\r\nUpgrade: h2c\r\nUpgrade: websocket\r\n", 400),
		bad("upgrades in a list", "Connection: Upgrade\r\nUpgrade: h2c, websocket\r\n", 400),
		bad("another expectation", "Expect: a miracle\r\n", 417),
		bad("blank before the colon", "X-A : 1\r\n", 400),
		bad("blank in a name", "X A: 1\r\n", 400),
		bad("no colon", "X-A\r\n", 400),
		bad("empty name", ": 1\r\n", 400),
		bad("name that is no ASCII", "X-\xe9: 1\r\n", 400),
		bad("NUL in a name", "X-\x00: 1\r\n", 400),
		bad("quoted name", `"X-A": 1`+"\r\n", 400),
		bad("name in parentheses", "(X-A): 1\r\n", 400),
		bad("NUL in a value", "X-A: a\x00b\r\n", 400),
		bad("escape sequence in a value", "X-A: \x1b[31m\r\n", 400),
		bad("DEL in a value", "X-A: \x7f\r\n", 400),
		bad("carriage return in a value", "X-A: a\rb\r\n", 400),
		bad("blanks alone in a line", "X-A: 1\r\n \t\r\nX-B\r\n", 400),
		first("no host", ""),
		first("two hosts", "Host: a\r\nHost: b\r\n"),
		first("the same host twice", "Host: a\r\nHost: a\r\n"),
		first("blank in the host", "Host: a b\r\n"),
		first("NUL in the host", "Host: a\x00b\r\n"),
		first("first line folded", " Host: h\r\n"),
		refused("cut among the headers", "GET / HTTP/1.1\r\nHost: h\r\nX-A: 1", 400),
	}
}
