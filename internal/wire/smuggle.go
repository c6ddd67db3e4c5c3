package wire

// smuggling is requests that hide another one from servers that read them
// differently. The names say what the first and the second of two servers would
// use: Content-Length, Transfer-Encoding or nothing.
func smuggling() []Case {
	post := func(fields, body string) string { return request("POST", "/s", fields, body) }
	one := func(name, fields, body, kept string) Case {
		return Case{name, post(fields, body), []int{200}, []string{Line("POST", "/s", kept)}, false}
	}
	none := func(name, fields, body string, status int) Case { return refused(name, post(fields, body), status) }
	end := "0\r\n\r\n" + tail
	return []Case{
		one("CL.TE", "Content-Length: 41\r\n"+chunked, end, ""),
		one("CL.TE, with a zero length", "Content-Length: 0\r\n"+chunked, end, ""),
		one("TE.CL", chunked+"Content-Length: 4\r\n", "1\r\nx\r\n"+end, "x"),
		one("TE.CL, with a huge length", chunked+"Content-Length: 999999\r\n", "1\r\nx\r\n"+end, "x"),
		one("TE.0", chunked, "1\r\nx\r\n"+end, "x"),
		one("TE in a folded line", "Transfer-Encoding:\r\n chunked\r\nContent-Length: 41\r\n", end, ""),
		one("TE after a bare line feed", "X: y\nTransfer-Encoding: chunked\r\nContent-Length: 41\r\n", end, ""),
		one("request in the trailers", chunked, "0\r\nX-T: GET /smuggled HTTP/1.1\r\n\r\n"+tail, ""),
		one("request in an extension", chunked, "0;GET /smuggled HTTP/1.1\r\n\r\n"+tail, ""),
		none("CL.CL", "Content-Length: 0\r\nContent-Length: 37\r\n", tail, 400),
		none("CL.CL in one line", "Content-Length: 0, 37\r\n", tail, 400),
		none("CL with a blank before the colon", "Content-Length : 0\r\nContent-Length: 37\r\n", tail, 400),
		none("CL with a sign", "Content-Length: +0\r\n", tail, 400),
		none("TE.TE", chunked+"Transfer-Encoding: identity\r\n", end, 501),
		none("TE.TE, the other first", "Transfer-Encoding: identity\r\n"+chunked, end, 501),
		none("TE.TE, same twice", chunked+chunked, end, 501),
		none("TE.TE in one line", "Transfer-Encoding: identity, chunked\r\n", end, 501),
		none("TE with a tab", "Transfer-Encoding:\tchunked, identity\r\n", end, 501),
		none("TE with a vertical tab", "Transfer-Encoding: \x0bchunked\r\n", end, 400),
		none("TE with a form feed", "Transfer-Encoding: chunked\x0c\r\n", end, 400),
		none("TE with a NUL", "Transfer-Encoding: chunked\x00\r\n", end, 400),
		none("TE with a no-break blank", "Transfer-Encoding: \u00a0chunked\r\n", end, 501),
		none("TE with a blank before the colon", "Transfer-Encoding : chunked\r\n", end, 400),
		none("TE with a tab before the colon", "Transfer-Encoding\t: chunked\r\n", end, 400),
		none("TE after a carriage return", "X: y\rTransfer-Encoding: chunked\r\n", end, 400),
		none("TE misspelt", "Transfer-Encoding: xchunked\r\n", end, 501),
		none("TE with a comma", "Transfer-Encoding: chunked,\r\n", end, 501),
		none("TE with a control in its name", "Transfer-Encoding\x01: chunked\r\n", end, 400),
		none("too large, then a request", "Content-Length: 2000\r\n", tail, 413),
		none("too large and expecting, then a request", "Content-Length: 2000\r\nExpect: 100-continue\r\n", tail, 413),
		none("bad size, then a request", chunked, "zz\r\n\r\n"+tail, 400),
		none("bare line feed for a last chunk", chunked, "0\n\n"+tail, 400),
		none("line feed in an extension", chunked, "2;\nxx\r\n"+end, 400),
		none("chunk that spills", chunked, "1\r\nxy"+end, 400),
		none("websocket, then a request", "Upgrade: websocket\r\nConnection: Upgrade\r\n", tail, 400),
		none("another expectation, then a request", "Expect: x\r\nContent-Length: 0\r\n", tail, 417),
		refused("CONNECT, then a request", "CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n"+tail, 405),
		refused("TRACE, then a request", request("TRACE", "/", "", tail), 405),
		refused("HTTP/1.0 in chunks", "POST /s HTTP/1.0\r\nConnection: keep-alive\r\n"+chunked+"\r\n"+end, 400),
		refused("start of HTTP/2, then a request", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"+tail, 400),
		{"HTTP/1.0 with both", "POST /s HTTP/1.0\r\nConnection: keep-alive\r\n" + chunked + "Content-Length: 5\r\n\r\nhello" + tail, []int{200}, []string{"POST /s hello"}, false},
		{"HTTP/1.0, kept open", "POST /s HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello" + tail, []int{200}, []string{"POST /s hello"}, false},
		{"CL.0", post(length(tail), tail), []int{200}, []string{"POST /s " + tail}, true},
		{"CL.0 of a GET", request("GET", "/s", length(tail), tail), []int{200}, []string{"GET /s " + tail}, true},
		{"CL.0 of a HEAD", request("HEAD", "/s", length(tail), tail), []int{200}, []string{"HEAD /s " + tail}, true},
		{"CL.0 with an offer of h2c", request("POST", "/s", "Connection: Upgrade\r\nUpgrade: h2c\r\n"+length(tail), tail), []int{200}, []string{"POST /s " + tail}, true},
	}
}
