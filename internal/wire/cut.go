package wire

import "strings"

// cutMessages end too early. Their signatures are right for what arrives, and the
// last case shows that they are.
func cutMessages() []Case {
	cut := func(name, fields, part, body string) Case {
		return refused(name, request("POST", "/cut", fields+signed(part), body), 400)
	}
	half := strings.Repeat("x", 500)
	whole := request("POST", "/whole", length("hello")+signed("hello"), "hello")
	return []Case{
		cut("one byte short", "Content-Length: 6\r\n", "hello", "hello"),
		cut("nothing came", "Content-Length: 6\r\n", "", ""),
		cut("half came", "Content-Length: 1000\r\n", half, half),
		cut("nothing in chunks came", chunked, "", ""),
		cut("in a size", chunked, "", "5"),
		cut("in a size's line end", chunked, "", "5\r"),
		cut("after a size", chunked, "", "5\r\n"),
		cut("in a chunk", chunked, "hel", "5\r\nhel"),
		cut("after a chunk", chunked, "hello", "5\r\nhello"),
		cut("in a chunk's line end", chunked, "hello", "5\r\nhello\r"),
		cut("after a chunk's line end", chunked, "hello", "5\r\nhello\r\n"),
		cut("in the second size", chunked, "hello", "5\r\nhello\r\n1"),
		cut("in an extension", chunked, "hello", "5\r\nhello\r\n0;a"),
		cut("in the last chunk", chunked, "hello", "5\r\nhello\r\n0"),
		cut("after the last chunk", chunked, "hello", "5\r\nhello\r\n0\r\n"),
		cut("in the end", chunked, "hello", "5\r\nhello\r\n0\r\n\r"),
		cut("in a trailer", chunked, "hello", "5\r\nhello\r\n0\r\nX-T: 1"),
		cut("after the trailers", chunked, "hello", "5\r\nhello\r\n0\r\nX-T: 1\r\n"),
		refused("HTTP/1.0", "POST /cut HTTP/1.0\r\nContent-Length: 6\r\n"+signed("hello")+"\r\nhello", 400),
		{"expected", request("POST", "/cut", "Expect: 100-continue\r\nContent-Length: 6\r\n"+signed("hello"), "hello"), []int{100, 400}, nil, false},
		{"after a whole one", whole + request("POST", "/cut", "Content-Length: 9\r\n"+signed("short"), "short"), []int{200, 400}, []string{"POST /whole hello"}, false},
		{"not at all", whole, []int{200}, []string{"POST /whole hello"}, true},
	}
}
