package wire

import "strings"

// chunks are bodies in pieces. Each answer closes the connection.
func chunks() []Case {
	ok := func(name, fields, body, kept string) Case {
		return Case{name, request("POST", "/c", fields, body), []int{200}, []string{Line("POST", "/c", kept)}, false}
	}
	hello := func(name, body string) Case { return ok(name, chunked, body, "hello") }
	bad := func(name, body string) Case { return refused(name, request("POST", "/c", chunked, body), 400) }
	coding := func(name, fields string) Case {
		return refused(name, request("POST", "/c", fields, "0\r\n\r\n"), 501)
	}
	return []Case{
		hello("one", "5\r\nhello\r\n0\r\n\r\n"),
		hello("several", "1\r\nh\r\n1\r\ne\r\n3\r\nllo\r\n0\r\n\r\n"),
		hello("leading zeros", "0005\r\nhello\r\n000\r\n\r\n"),
		hello("extension", "5;a=b\r\nhello\r\n0\r\n\r\n"),
		hello("extension, quoted", "5;a=\"b;c\"\r\nhello\r\n0;d\r\n\r\n"),
		hello("blanks after the size", "5  \r\nhello\r\n0\r\n\r\n"),
		hello("trailer", "5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n"),
		hello("trailers that say more", "5\r\nhello\r\n0\r\nContent-Length: 99\r\nX-Webhook-Signature: x\r\n\r\n"),
		hello("trailer with a blank in its name", "5\r\nhello\r\n0\r\nX T: 1\r\n\r\n"),
		ok("empty", chunked, "0\r\n\r\n", ""),
		ok("sizes in upper case", chunked, "A\r\nhellohello\r\n0\r\n\r\n", "hellohello"),
		ok("sizes in lower case", chunked, "a\r\nhellohello\r\n0\r\n\r\n", "hellohello"),
		ok("line ends inside", chunked, "4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n"),
		ok("a last chunk inside", chunked, "5\r\n0\r\n\r\n\r\n0\r\n\r\n", "0\r\n\r\n"),
		ok("coding in upper case", "Transfer-Encoding: CHUNKED\r\n", "5\r\nhello\r\n0\r\n\r\n", "hello"),
		ok("coding with blanks around", "Transfer-Encoding: \tchunked \r\n", "5\r\nhello\r\n0\r\n\r\n", "hello"),
		ok("coding in a folded line", "Transfer-Encoding:\r\n chunked\r\n", "5\r\nhello\r\n0\r\n\r\n", "hello"),
		ok("trailer announced", chunked+"Trailer: X-T\r\n", "5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n", "hello"),
		coding("unknown coding", "Transfer-Encoding: gzip\r\n"),
		coding("two codings", "Transfer-Encoding: gzip, chunked\r\n"),
		coding("chunked twice", "Transfer-Encoding: chunked, chunked\r\n"),
		coding("not the last", "Transfer-Encoding: chunked, gzip\r\n"),
		coding("identity", "Transfer-Encoding: identity\r\n"),
		coding("with a parameter", "Transfer-Encoding: chunked;q=1\r\n"),
		coding("quoted", "Transfer-Encoding: \"chunked\"\r\n"),
		coding("empty coding", "Transfer-Encoding:\r\n"),
		bad("no size", "\r\nhello\r\n0\r\n\r\n"),
		bad("no hexadecimal", "g\r\nx\r\n0\r\n\r\n"),
		bad("0x in front", "0x5\r\nhello\r\n0\r\n\r\n"),
		bad("negative", "-1\r\nx\r\n0\r\n\r\n"),
		bad("with a sign", "+5\r\nhello\r\n0\r\n\r\n"),
		bad("underscore", "0_5\r\nhello\r\n0\r\n\r\n"),
		bad("blank in front", " 5\r\nhello\r\n0\r\n\r\n"),
		bad("over 64 bits", "10000000000000005\r\nhello\r\n0\r\n\r\n"),
		bad("longer than said", "3\r\nhello\r\n0\r\n\r\n"),
		bad("shorter than said", "6\r\nhello\r\n0\r\n\r\n"),
		bad("no line end after a chunk", "5\r\nhello0\r\n\r\n"),
		bad("line feed alone after a size", "5\nhello\r\n0\r\n\r\n"),
		bad("line feed alone after a chunk", "5\r\nhello\n0\r\n\r\n"),
		bad("carriage return alone after a size", "5\rhello\r\n0\r\n\r\n"),
		bad("carriage return in a size", "5\r0\r\nhello\r\n0\r\n\r\n"),
		bad("NUL in a size", "5\x00\r\nhello\r\n0\r\n\r\n"),
		bad("line feed in an extension", "5;a\nhello\r\n0\r\n\r\n"),
		bad("extension of 64 KiB", "5;"+strings.Repeat("x", 64<<10)+"\r\nhello\r\n0\r\n\r\n"),
		bad("many large extensions", strings.Repeat("1;"+strings.Repeat("x", 2<<10)+"\r\nh\r\n", 64)+"0\r\n\r\n"),
		bad("trailer without colon", "5\r\nhello\r\n0\r\nX-T\r\n\r\n"),
		bad("trailers of 64 KiB", "5\r\nhello\r\n0\r\n"+strings.Repeat("X-T: 1\r\n", 8<<10)+"\r\n"),
	}
}
