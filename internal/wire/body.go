package wire

import "strings"

// bodies are kept as they are, whatever a parser would make of them.
func bodies() []Case {
	const mega = 1 << 20
	json := "Content-Type: application/json\r\n"
	as := func(name, fields, body string) Case {
		return Case{name, request("POST", "/b", fields+length(body), body), []int{200}, []string{Line("POST", "/b", body)}, true}
	}
	is := func(name, body string) Case { return as(name, json, body) }
	var every strings.Builder
	for b := range 256 {
		every.WriteByte(byte(b))
	}
	return []Case{
		is("every byte", every.String()),
		is("NULs", strings.Repeat("\x00", 512)),
		is("one byte", "\n"),
		is("line ends", "\r\n\n\r\r\n"),
		is("blanks around", " \t{} \r\n"),
		is("byte order mark", "\ufeff{}"),
		is("UTF-16", "\xff\xfe{\x00}\x00"),
		is("no UTF-8", `{"a":"`+"\xff\xc0\x80\xed\xa0\x80"+`"}`),
		is("half a character", "\xe2\x82"),
		is("lone surrogates", `{"a":"\ud800","b":"\udc00\ud800"}`),
		is("escaped NUL", `{"a":"\u0000"}`),
		is("duplicate keys", `{"id":"a","id":"b","event":"x","event":"y"}`),
		is("keys out of order", `{"z":1,"a":2,"m":{"y":1,"b":2}}`),
		is("large exponent", `{"id":1e999999,"n":-1e-999999}`),
		is("long number", `{"id":`+strings.Repeat("9", 100_000)+`}`),
		is("numbers as written", `[1.0,1.00,1E2,-0,0.1e+1,9007199254740993]`),
		is("100,000 arrays", strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)),
		is("100,000 open arrays", strings.Repeat("[", 100_000)),
		is("100,000 objects", strings.Repeat(`{"a":`, 100_000)+"1"+strings.Repeat("}", 100_000)),
		is("100,000 keys", "{"+strings.Repeat(`"a":1,`, 100_000)+`"b":2}`),
		is("half of JSON", `{"id":"evt_1","event":"invoice.pa`),
		is("two values", `{"a":1}{"a":2}`),
		is("no JSON", "<xml/>"),
		is("escape sequences", "\x1b]0;owned\x07\x1b[2J\u202e\u200b"),
		as("line of 1 MiB", "Content-Type: text/plain\r\n", strings.Repeat("x", mega)),
		as("string of 1 MiB", json, `"`+strings.Repeat("é", mega/2)+`"`),
		as("lines, 1 MiB of them", "Content-Type: text/plain\r\n", strings.Repeat("\n", mega)),
		as("bytes of 1 MiB", "", strings.Repeat(every.String(), mega/256)),
		as("like gzip", "Content-Encoding: gzip\r\n", "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"),
		as("no type", "", "a=1&b=%41"),
		as("broken type", "Content-Type: \xff;;=;charset=\"\r\n", "{}"),
		as("broken form", "Content-Type: application/x-www-form-urlencoded\r\n", "a=%zz&&=;=%"),
		as("broken multipart", "Content-Type: multipart/form-data; boundary=\r\n", "--\r\n--"),
	}
}
