package receiver

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// wireCase is bytes on a connection, what they are answered with and what of
// them is kept.
type wireCase struct {
	name   string
	send   string
	status []int
	kept   []string // "METHOD target body"
	stays  bool     // the last answer leaves the connection open
}

const host = "Host: h\r\n"

func runWire(t *testing.T, cases []wireCase) {
	b := newBench(t, Options{Limits: Limits{Header: 16 << 10, Body: 1 << 10}})
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			b.t = t
			got := b.exchange(tt.send)
			if !slices.Equal(statuses(got), tt.status) {
				t.Errorf("answers %v, want %v", statuses(got), tt.status)
			}
			if kept := b.deliveries(); !slices.Equal(kept, tt.kept) {
				t.Errorf("kept %q, want %q", kept, tt.kept)
			}
			if n := len(got); n > 0 && got[n-1].closes == tt.stays {
				t.Errorf("Connection: close is %v, want %v", got[n-1].closes, !tt.stays)
			}
			for _, a := range got {
				if a.status >= 300 && a.status < 400 || a.status == 101 {
					t.Errorf("status %d must never occur", a.status)
				}
			}
			b.healthy()
		})
	}
	if n := b.rc.Panics(); n != 0 {
		t.Errorf("%d panics", n)
	}
}

func TestRequestLine(t *testing.T) {
	get := func(target string) string { return "GET " + target + " HTTP/1.1\r\n" + host + "\r\n" }
	ok := func(name, target, kept string) wireCase {
		return wireCase{name, get(target), []int{200}, []string{"GET " + kept}, true}
	}
	method := func(m string) wireCase {
		return wireCase{"method " + m, m + " /m HTTP/1.1\r\n" + host + "\r\n", []int{200}, []string{m + " /m"}, true}
	}
	bad := func(name, send string, status ...int) wireCase {
		return wireCase{name: name, send: send, status: status}
	}
	runWire(t, []wireCase{
		ok("root", "/", "/"),
		ok("query", "/hooks?x=1&y=%20", "/hooks?x=1&y=%20"),
		ok("double slash", "//x", "//x"),
		ok("double slash and a host", "//evil.example/x", "//evil.example/x"),
		ok("dot segment", "/./x", "/./x"),
		ok("parent segment", "/a/../b", "/a/../b"),
		ok("trailing dots", "/..", "/.."),
		ok("escaped slash", "/a%2Fb", "/a%2Fb"),
		ok("escaped NUL", "/%00", "/%00"),
		ok("empty query", "/x?", "/x?"),
		ok("question marks", "/?a=?b", "/?a=?b"),
		ok("colon", "/a:b@c", "/a:b@c"),
		ok("raw UTF-8", "/é", "/é"),
		ok("absolute", "http://other.example/x?y=1", "/x?y=1"),
		ok("absolute without path", "http://other.example", "/"),
		ok("absolute with query only", "http://other.example?q", "/?q"),
		ok("absolute https", "HTTPS://other.example/z", "/z"),
		method("POST"), method("PUT"), method("PATCH"), method("DELETE"), method("OPTIONS"), method("HEAD"), method("BREW"),
		bad("CONNECT", "CONNECT other.example:443 HTTP/1.1\r\n"+host+"\r\n", 405),
		bad("CONNECT path", "CONNECT /x HTTP/1.1\r\n"+host+"\r\n", 405),
		bad("TRACE", "TRACE / HTTP/1.1\r\n"+host+"X-Echo: me\r\n\r\n", 405),
		bad("OPTIONS *", "OPTIONS * HTTP/1.1\r\n"+host+"\r\n", 400),
		bad("GET *", "GET * HTTP/1.1\r\n"+host+"\r\n", 400),
		bad("opaque target", "GET mailto:x HTTP/1.1\r\n"+host+"\r\n", 400),
		bad("ftp target", "GET ftp://x/y HTTP/1.1\r\n"+host+"\r\n", 400),
		bad("no slash", "GET x HTTP/1.1\r\n"+host+"\r\n", 400),
		bad("bad escape", "GET /%zz HTTP/1.1\r\n"+host+"\r\n", 400),
		bad("space in the target", "GET /a b HTTP/1.1\r\n"+host+"\r\n", 400),
		bad("control in the target", "GET /a\x01 HTTP/1.1\r\n"+host+"\r\n", 400),
		bad("no version", "GET /\r\n"+host+"\r\n", 400),
		bad("version 3", "GET / HTTP/3.0\r\n"+host+"\r\n", 505),
		bad("version 2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
		bad("bad version", "GET / HTTQ/1.1\r\n"+host+"\r\n", 400),
		bad("bad method", "G(T / HTTP/1.1\r\n"+host+"\r\n", 400),
		bad("TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
		bad("nothing", ""),
		bad("empty lines", "\r\n\r\n", 400),
		bad("half a request line", "POST /cut", 400),
		bad("line over the limit", "GET /"+strings.Repeat("a", 17<<10)+" HTTP/1.1\r\n"+host+"\r\n", 431),
	})
}

func TestRequestHeaders(t *testing.T) {
	get := func(fields string) string { return "GET /h HTTP/1.1\r\n" + host + fields + "\r\n" }
	kept := []string{"GET /h"}
	ok := func(name, fields string) wireCase { return wireCase{name, get(fields), []int{200}, kept, true} }
	bad := func(name, send string, status ...int) wireCase {
		return wireCase{name: name, send: send, status: status}
	}
	runWire(t, []wireCase{
		ok("repeated", "X-A: 1\r\nX-A: 2\r\n"),
		ok("empty value", "X-A:\r\n"),
		ok("no blank after the colon", "X-A:1\r\n"),
		ok("latin-1 value", "X-A: \xe9\r\n"),
		ok("tab in a value", "X-A: a\tb\r\n"),
		ok("8 KiB value", "X-A: "+strings.Repeat("v", 8<<10)+"\r\n"),
		ok("300 fields", strings.Repeat("X-A: 1\r\n", 300)),
		ok("an offer of h2c", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\n"),
		ok("folded", "X-A: a\r\n b\r\n"),
		{"close wanted", get("Connection: close\r\n"), []int{200}, kept, false},
		bad("websocket", get("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n"), 400),
		bad("two upgrades", get("Connection: Upgrade\r\nUpgrade: h2c\r\nUpgrade: websocket\r\n"), 400),
		bad("no host", "GET / HTTP/1.1\r\n\r\n", 400),
		bad("two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
		bad("bad host", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
		bad("blank before the colon", get("X-A : 1\r\n"), 400),
		bad("no colon", get("X-A\r\n"), 400),
		bad("empty name", get(": 1\r\n"), 400),
		bad("NUL in a value", get("X-A: a\x00b\r\n"), 400),
		bad("escape in a value", get("X-A: \x1b[31m\r\n"), 400),
		bad("lone CR in a value", get("X-A: a\rb\r\n"), 400),
		bad("non-ASCII name", get("X-\xe9: 1\r\n"), 400),
		bad("first field folded", "GET / HTTP/1.1\r\n Host: h\r\n\r\n", 400),
		bad("one huge field", get("X-A: "+strings.Repeat("v", 20<<10)+"\r\n"), 431),
		bad("many fields", get(strings.Repeat("X-A: 1234567890\r\n", 2000)), 431),
		bad("endless name", get(strings.Repeat("x", 20<<10)), 431),
		bad("cut after the headers began", "GET / HTTP/1.1\r\nHost: h\r\nX-A: 1", 400),
		bad("other expectation", get("Expect: a miracle\r\n"), 417),
	})
}

func TestFraming(t *testing.T) {
	post := func(fields, body string) string { return "POST /f HTTP/1.1\r\n" + host + fields + "\r\n" + body }
	const chunked = "Transfer-Encoding: chunked\r\n"
	ok := func(name, fields, body, kept string, stays bool) wireCase {
		return wireCase{name, post(fields, body), []int{200}, []string{strings.TrimSuffix("POST /f "+kept, " ")}, stays}
	}
	bad := func(name, fields, body string, status ...int) wireCase {
		return wireCase{name: name, send: post(fields, body), status: status}
	}
	big := strings.Repeat("b", 1<<10)
	runWire(t, []wireCase{
		ok("length", "Content-Length: 5\r\n", "hello", "hello", true),
		ok("length 0", "Content-Length: 0\r\n", "", "", true),
		ok("no length", "", "", "", true),
		ok("same length twice", "Content-Length: 5\r\nContent-Length: 5\r\n", "hello", "hello", true),
		ok("exactly the limit", "Content-Length: 1024\r\n", big, big, true),
		ok("chunked", chunked, "5\r\nhello\r\n0\r\n\r\n", "hello", false),
		ok("chunked in bits", chunked, "1\r\nh\r\n1\r\ne\r\n3\r\nllo\r\n0\r\n\r\n", "hello", false),
		ok("chunked, empty", chunked, "0\r\n\r\n", "", false),
		ok("chunked, upper case", "Transfer-Encoding: CHUNKED\r\n", "5\r\nhello\r\n0\r\n\r\n", "hello", false),
		ok("chunk extension", chunked, "5;a=b\r\nhello\r\n0\r\n\r\n", "hello", false),
		ok("leading zeros", chunked, "0005\r\nhello\r\n0\r\n\r\n", "hello", false),
		ok("trailers", chunked, "5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n", "hello", false),
		ok("chunked up to the limit", chunked, "400\r\n"+big+"\r\n0\r\n\r\n", big, false),
		ok("Content-Encoding is not decoded", "Content-Encoding: gzip\r\nContent-Length: 5\r\n", "hello", "hello", true),
		bad("length over the limit", "Content-Length: 1025\r\n", big+"b", 413),
		bad("enormous length", "Content-Length: 9223372036854775807\r\n", "", 413),
		bad("chunked over the limit", chunked, "401\r\n"+big+"b\r\n0\r\n\r\n", 413),
		bad("one enormous chunk", chunked, "7fffffffffffffff\r\n"+big+big, 413),
		bad("chunked without end", chunked, strings.Repeat("1\r\nx\r\n", 2000), 413),
		bad("negative length", "Content-Length: -1\r\n", "x", 400),
		bad("signed length", "Content-Length: +5\r\n", "hello", 400),
		bad("hex length", "Content-Length: 0x5\r\n", "hello", 400),
		bad("list of lengths", "Content-Length: 5, 5\r\n", "hello", 400),
		bad("two lengths", "Content-Length: 5\r\nContent-Length: 6\r\n", "hello!", 400),
		bad("overflowing length", "Content-Length: 18446744073709551621\r\n", "hello", 400),
		bad("empty length", "Content-Length:\r\n", "hello", 400),
		bad("unknown coding", "Transfer-Encoding: gzip\r\n", "x", 501),
		bad("two codings", "Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n", 501),
		bad("chunk size is not hex", chunked, "g\r\nx\r\n0\r\n\r\n", 400),
		bad("chunk size overflows", chunked, "10000000000000005\r\nhello\r\n0\r\n\r\n", 400),
		bad("negative chunk", chunked, "-1\r\nx\r\n0\r\n\r\n", 400),
		bad("chunk longer than said", chunked, "3\r\nhello\r\n0\r\n\r\n", 400),
		bad("no line end after a chunk", chunked, "5\r\nhello0\r\n\r\n", 400),
		bad("bare LF after a chunk size", chunked, "5\nhello\r\n0\r\n\r\n", 400),
	})
}

func TestCutMessages(t *testing.T) {
	post := func(fields, body string) string {
		return "POST /cut HTTP/1.1\r\n" + host + "X-Verdict: good\r\n" + fields + "\r\n" + body
	}
	cut := func(name, fields, body string) wireCase {
		return wireCase{name: name, send: post(fields, body), status: []int{400}}
	}
	const chunked = "Transfer-Encoding: chunked\r\n"
	runWire(t, []wireCase{
		cut("one byte short", "Content-Length: 6\r\n", "hello"),
		cut("nothing came", "Content-Length: 6\r\n", ""),
		cut("half", "Content-Length: 1000\r\n", strings.Repeat("x", 500)),
		cut("nothing chunked came", chunked, ""),
		cut("in a chunk size", chunked, "5"),
		cut("after a chunk size", chunked, "5\r\n"),
		cut("in a chunk", chunked, "5\r\nhel"),
		cut("after a chunk", chunked, "5\r\nhello"),
		cut("after a chunk's line end", chunked, "5\r\nhello\r\n"),
		cut("in the last chunk", chunked, "5\r\nhello\r\n0"),
		cut("after the last chunk", chunked, "5\r\nhello\r\n0\r\n"),
		cut("in the trailers", chunked, "5\r\nhello\r\n0\r\nX-T: 1\r\n"),
	})
}

func TestSmuggling(t *testing.T) {
	const tail = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n"
	post := func(fields, body string) string { return "POST /s HTTP/1.1\r\n" + host + fields + "\r\n" + body }
	one := func(name, fields, body, kept string) wireCase {
		return wireCase{name, post(fields, body), []int{200}, []string{strings.TrimSuffix("POST /s "+kept, " ")}, false}
	}
	none := func(name, fields, body string, status int) wireCase {
		return wireCase{name: name, send: post(fields, body), status: []int{status}}
	}
	const chunked = "Transfer-Encoding: chunked\r\n"
	runWire(t, []wireCase{
		one("CL.TE", "Content-Length: 41\r\n"+chunked, "0\r\n\r\n"+tail, ""),
		one("TE.CL", chunked+"Content-Length: 4\r\n", "1\r\nx\r\n0\r\n\r\n"+tail, "x"),
		one("tail after chunks", chunked, "1\r\nx\r\n0\r\n\r\n"+tail, "x"),
		none("refused, then a tail", "Content-Length: 2000\r\n"+"Expect: 100-continue\r\n", tail, 413),
		none("TE.TE", chunked+"Transfer-Encoding: identity\r\n", "0\r\n\r\n"+tail, 501),
		none("TE.TE, same twice", chunked+chunked, "0\r\n\r\n"+tail, 501),
		none("TE with a tab", "Transfer-Encoding:\tchunked, identity\r\n", "0\r\n\r\n"+tail, 501),
		none("TE with a vertical tab", "Transfer-Encoding: \x0bchunked\r\n", "0\r\n\r\n"+tail, 400),
		none("TE with a blank before the colon", "Transfer-Encoding : chunked\r\n", "0\r\n\r\n"+tail, 400),
		none("TE misspelt", "Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"+tail, 501),
		none("CL.CL", "Content-Length: 0\r\nContent-Length: 37\r\n", tail, 400),
		none("tail after a bad chunk", chunked, "zz\r\n\r\n"+tail, 400),
		none("tail after a refused upgrade", "Upgrade: websocket\r\nConnection: Upgrade\r\n", tail, 400),
		{"CL.0", post(fmt.Sprintf("Content-Length: %d\r\n", len(tail)), tail), []int{200}, []string{"POST /s " + tail}, true},
		{"CL with a chunked look", post("Content-Length: 5\r\n", "0\r\n\r\n"), []int{200}, []string{"POST /s 0\r\n\r\n"}, true},
		{"tail after HTTP/1.0", "POST /s HTTP/1.0\r\nConnection: keep-alive\r\n" + chunked + "Content-Length: 5\r\n\r\nhello" + tail, []int{200}, []string{"POST /s hello"}, false},
		{"chunks in HTTP/1.0", "POST /s HTTP/1.0\r\nConnection: keep-alive\r\n" + chunked + "\r\n0\r\n\r\n" + tail, []int{400}, nil, false},
		{"tail after CONNECT", "CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n" + tail, []int{405}, nil, false},
		{"tail after TRACE", "TRACE / HTTP/1.1\r\nHost: h\r\n\r\n" + tail, []int{405}, nil, false},
	})
}

func TestConversation(t *testing.T) {
	one := "POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\na"
	two := "PUT /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nb"
	three := "GET /3 HTTP/1.1\r\nHost: h\r\n\r\n"
	runWire(t, []wireCase{
		{"pipelined", one + two + three, []int{200, 200, 200}, []string{"POST /1 a", "PUT /2 b", "GET /3"}, true},
		{"pipelined, then rubbish", one + "rubbish\r\n\r\n", []int{200, 400}, []string{"POST /1 a"}, false},
		{"pipelined, then cut", one + "POST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nshort", []int{200, 400}, []string{"POST /1 a"}, false},
		{"HTTP/1.0", "POST /old HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi", []int{200}, []string{"POST /old hi"}, false},
		{"HTTP/1.0 GET", "GET /old HTTP/1.0\r\n\r\n", []int{200}, []string{"GET /old"}, false},
		{"HTTP/1.0 without a length", "POST /old HTTP/1.0\r\n\r\nhi", []int{400}, nil, false},
		{"expectation", "POST /e HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi", []int{100, 200}, []string{"POST /e hi"}, true},
		{"expectation over the limit", "POST /e HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2000\r\n\r\n", []int{413}, nil, false},
		{"expectation, chunked", "POST /e HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", []int{100, 200}, []string{"POST /e hi"}, false},
		{"expectation of HTTP/1.0", "POST /e HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi", []int{200}, []string{"POST /e hi"}, false},
		{"bare line feeds", "POST /lf HTTP/1.1\nHost: h\nContent-Length: 2\n\nhi", []int{200}, []string{"POST /lf hi"}, true},
		{"NUL and high bytes", "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n\x00\xff\r\n", []int{200}, []string{"POST /b \x00\xff\r\n"}, true},
	})
}
