package wire

import "strings"

// targets are the forms of what stands between method and version.
func targets() []Case {
	ok := func(name, target, kept string) Case {
		return Case{name, request("GET", target, "", ""), []int{200}, []string{Line("GET", kept, "")}, true}
	}
	same := func(name, target string) Case { return ok(name, target, target) }
	bad := func(name, target string) Case { return refused(name, request("GET", target, "", ""), 400) }
	long := "/" + strings.Repeat("long/", 3000)
	return []Case{
		same("root", "/"),
		same("query", "/hooks?x=1&y=%20"),
		same("two slashes", "//x"),
		same("two slashes and a host", "//evil.example/x"),
		same("only slashes", "////"),
		same("slash and backslash", "/\\evil.example"),
		same("dot segment", "/./x"),
		same("parent segment", "/a/../b"),
		same("escaped parents", "/%2e%2e/%2e%2e/etc/passwd"),
		same("escaped parents, twice", "/%252e%252e/x"),
		same("parents at the end", "/.."),
		same("escaped slash", "/a%2Fb"),
		same("escaped NUL", "/%00"),
		same("escaped line break", "/x%0d%0aX-A:%201"),
		same("escaped bytes that are no text", "/%ff%fe%c0%80"),
		same("raw UTF-8", "/é"),
		same("raw bytes that are no text", "/\xff\xfe"),
		same("empty query", "/x?"),
		same("question marks", "/?a=?b"),
		same("broken escape in a query", "/x?a=%zz&b=%"),
		same("semicolons", "/a;b=c;d?e;f"),
		same("fragment", "/x#y"),
		same("colon", "/a:b@c"),
		same("quotes and angles", "/\"'<script>"),
		same("debugging page", "/debug/pprof/"),
		same("path of 15,000 bytes", long),
		same("query of 15,000 bytes", "/?"+long),
		ok("absolute", "http://other.example/x?y=1", "/x?y=1"),
		ok("absolute, without path", "http://other.example", "/"),
		ok("absolute, with query only", "http://other.example?q", "/?q"),
		ok("absolute, https", "HTTPS://other.example/z", "/z"),
		ok("absolute, with port", "http://other.example:99/z", "/z"),
		ok("absolute, with a user", "http://user:word@other.example/z", "/z"),
		ok("absolute, IPv6", "http://[::1]:80/z", "/z"),
		ok("absolute, two slashes", "http://other.example//evil.example/x", "//evil.example/x"),
		ok("absolute, without host", "http:///x", "/x"),
		bad("absolute, another protocol", "ftp://x/y"),
		bad("absolute, websocket", "ws://other.example/x"),
		bad("absolute, file", "file:///etc/passwd"),
		bad("absolute, broken port", "http://other.example:x/"),
		bad("absolute, broken address", "http://[::1/"),
		bad("opaque", "mailto:x"),
		bad("asterisk", "*"),
		bad("authority", "other.example:443"),
		bad("no slash", "x"),
		bad("query alone", "?x"),
		bad("parent without slash", "../x"),
		bad("broken escape", "/%zz"),
		bad("half an escape", "/%4"),
		bad("blank", "/a b"),
		bad("tab", "/a\tb"),
		bad("control", "/a\x01"),
		bad("NUL", "/a\x00"),
		bad("DEL", "/a\x7f"),
		bad("escape sequence", "/\x1b[2J"),
		bad("carriage return", "/a\rb"),
	}
}
