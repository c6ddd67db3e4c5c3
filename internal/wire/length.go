package wire

// lengths are bodies that say how long they are, or do not.
func lengths() []Case {
	ok := func(name, method, fields, body, kept string) Case {
		return Case{name, request(method, "/f", fields, body), []int{200}, []string{Line(method, "/f", kept)}, true}
	}
	bad := func(name, fields, body string, status int) Case {
		return refused(name, request("POST", "/f", fields, body), status)
	}
	five := "Content-Length: 5\r\n"
	return []Case{
		ok("length", "POST", five, "hello", "hello"),
		ok("length 0", "POST", "Content-Length: 0\r\n", "", ""),
		ok("no length", "POST", "", "", ""),
		ok("same length twice", "POST", five+five, "hello", "hello"),
		ok("leading zeros", "POST", "Content-Length: 00005\r\n", "hello", "hello"),
		ok("blanks around", "POST", "Content-Length: \t5 \r\n", "hello", "hello"),
		ok("lower case", "POST", "content-length: 5\r\n", "hello", "hello"),
		ok("body of a GET", "GET", five, "hello", "hello"),
		ok("body of a HEAD", "HEAD", five, "hello", "hello"),
		ok("body of a DELETE", "DELETE", five, "hello", "hello"),
		ok("body of an OPTIONS", "OPTIONS", five, "hello", "hello"),
		ok("body of an unknown method", "BREW", five, "hello", "hello"),
		ok("body like a chunk", "POST", five, "0\r\n\r\n", "0\r\n\r\n"),
		ok("Content-Encoding is left alone", "POST", "Content-Encoding: gzip\r\n"+five, "hello", "hello"),
		ok("charset is left alone", "POST", "Content-Type: text/plain; charset=utf-16\r\n"+five, "\xff\xfeh\x00\x00", "\xff\xfeh\x00\x00"),
		ok("form is left alone", "POST", "Content-Type: application/x-www-form-urlencoded\r\n"+five, "a=%41", "a=%41"),
		ok("multipart is left alone", "POST", "Content-Type: multipart/form-data; boundary=x\r\n"+five, "--x\r\n", "--x\r\n"),
		bad("negative", "Content-Length: -1\r\n", "x", 400),
		bad("with a sign", "Content-Length: +5\r\n", "hello", 400),
		bad("hexadecimal", "Content-Length: 0x5\r\n", "hello", 400),
		bad("with a dot", "Content-Length: 5.0\r\n", "hello", 400),
		bad("with an exponent", "Content-Length: 5e0\r\n", "hello", 400),
		bad("with an underscore", "Content-Length: 1_0\r\n", "hellohello", 400),
		bad("in other digits", "Content-Length: ٥\r\n", "hello", 400),
		bad("list", "Content-Length: 5, 5\r\n", "hello", 400),
		bad("two words", "Content-Length: 5 5\r\n", "hello", 400),
		bad("quoted", "Content-Length: \"5\"\r\n", "hello", 400),
		bad("word", "Content-Length: five\r\n", "hello", 400),
		bad("empty", "Content-Length:\r\n", "hello", 400),
		bad("folded", "Content-Length: 1\r\n 0\r\n", "hellohello", 400),
		bad("NUL", "Content-Length: 5\x00\r\n", "hello", 400),
		bad("two lengths", five+"Content-Length: 6\r\n", "hello!", 400),
		bad("two lengths, one broken", five+"Content-Length: x\r\n", "hello", 400),
		bad("over 64 bits", "Content-Length: 18446744073709551621\r\n", "hello", 400),
		bad("blank before the colon", "Content-Length : 5\r\n", "hello", 400),
	}
}
