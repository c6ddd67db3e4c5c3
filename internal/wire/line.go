package wire

import "strings"

// requestLines are methods and versions.
func requestLines() []Case {
	method := func(m string) Case {
		return Case{"method " + m, request(m, "/m", "", ""), []int{200}, []string{Line(m, "/m", "")}, true}
	}
	line := func(name, line string, status ...int) Case {
		return refused(name, line+"\r\n"+host+"\r\n", status...)
	}
	long := "M" + strings.Repeat("ETHOD", 100)
	return []Case{
		method("POST"), method("PUT"), method("PATCH"), method("DELETE"), method("OPTIONS"), method("HEAD"),
		method("BREW"), method("post"), method("PROPFIND"), method("!#$%&'*+-.^_`|~"), method(long),
		{"version 1.2", "GET /m HTTP/1.2\r\n" + host + "\r\n", []int{200}, []string{"GET /m"}, true},
		refused("CONNECT", request("CONNECT", "other.example:443", "", ""), 405),
		refused("CONNECT, path", request("CONNECT", "/x", "", ""), 405),
		refused("CONNECT, body", request("CONNECT", "other.example:443", "Content-Length: 5\r\n", "hello"), 405),
		refused("TRACE", request("TRACE", "/", "X-Echo: me\r\n", ""), 405),
		refused("TRACE, body", request("TRACE", "/", "Content-Length: 5\r\n", "hello"), 405),
		refused("OPTIONS *", request("OPTIONS", "*", "", ""), 400),
		refused("OPTIONS *, body", request("OPTIONS", "*", "Content-Length: 5\r\n", "hello"), 400),
		line("no method", " / HTTP/1.1", 400),
		line("bad method", "G(T / HTTP/1.1", 400),
		line("NUL in the method", "G\x00T / HTTP/1.1", 400),
		line("quoted method", `"GET" / HTTP/1.1`, 400),
		line("tabs for blanks", "GET\t/\tHTTP/1.1", 400),
		line("two blanks", "GET  / HTTP/1.1", 400),
		line("blank in front", " GET / HTTP/1.1", 400),
		line("blank at the end", "GET / HTTP/1.1 ", 400),
		line("no version", "GET /", 400),
		line("version 0.9", "GET / HTTP/0.9", 505),
		line("version 1", "GET / HTTP/1", 400),
		line("version 1.10", "GET / HTTP/1.10", 400),
		line("version 01.1", "GET / HTTP/01.1", 400),
		line("version 1,1", "GET / HTTP/1,1", 400),
		line("version 2.0", "GET / HTTP/2.0", 505),
		line("version 3.0", "GET / HTTP/3.0", 505),
		line("another protocol", "GET / HTTQ/1.1", 400),
		line("lower case protocol", "GET / http/1.1", 400),
		line("ICAP", "REQMOD / ICAP/1.0", 400),
		line("start of HTTP/2", "PRI * HTTP/2.0", 400),
		refused("start of HTTP/2, whole", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
		refused("start of TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
		refused("mail", "EHLO other.example\r\nMAIL FROM:<a@other.example>\r\n", 400),
		refused("an answer", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 400),
		refused("nothing", ""),
		refused("NULs", strings.Repeat("\x00", 64)+"\r\n\r\n", 400),
		refused("line feeds", "\n\n\n\n", 400),
		refused("empty lines", "\r\n\r\n", 400),
		refused("half a line", "POST /cut", 400),
		refused("a line without its headers", "POST /cut HTTP/1.1\r\n", 400),
	}
}
