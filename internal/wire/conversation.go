package wire

import (
	"fmt"
	"slices"
	"strings"
)

// conversations are several requests on a connection, older versions of HTTP, and
// questions before bodies.
func conversations() []Case {
	one := request("POST", "/1", "Content-Length: 1\r\n", "a")
	two := request("PUT", "/2", "Content-Length: 1\r\n", "b")
	three := request("GET", "/3", "", "")
	in := request("POST", "/c", chunked, "1\r\nc\r\n0\r\n\r\n")
	old := func(name, send string, kept ...string) Case {
		return Case{name, send, []int{200}, kept, false}
	}
	expect := "Expect: 100-continue\r\n"
	hi := []string{"POST /e hi"}
	return []Case{
		{"three at once", one + two + three, []int{200, 200, 200}, []string{"POST /1 a", "PUT /2 b", "GET /3"}, true},
		many(100),
		{"empty lines between", one + "\r\n\r\n" + two, []int{200, 200}, []string{"POST /1 a", "PUT /2 b"}, true},
		{"rubbish after it", one + "rubbish\r\n\r\n", []int{200, 400}, []string{"POST /1 a"}, false},
		{"one that is refused between", one + request("GET", "*", "", "") + two, []int{200, 400}, []string{"POST /1 a"}, false},
		{"one that closes between", one + request("POST", "/x", "Connection: close\r\nContent-Length: 1\r\n", "x") + two, []int{200, 200}, []string{"POST /1 a", "POST /x x"}, false},
		{"one in chunks between", one + in + two, []int{200, 200}, []string{"POST /1 a", "POST /c c"}, false},
		{"half of one after it", one + "POST /2 HTTP/1.1\r\nHo", []int{200, 400}, []string{"POST /1 a"}, false},
		old("HTTP/1.0", "POST /old HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi", "POST /old hi"),
		old("HTTP/1.0 with a host", "POST /old HTTP/1.0\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi", "POST /old hi"),
		old("HTTP/1.0 without body", "GET /old HTTP/1.0\r\n\r\n", "GET /old"),
		old("HTTP/1.0, absolute", "GET http://other.example/old HTTP/1.0\r\n\r\n", "GET /old"),
		old("HTTP/1.0, two at once", "GET /old HTTP/1.0\r\n\r\nGET /2 HTTP/1.0\r\n\r\n", "GET /old"),
		old("HTTP/1.0 that expects", "POST /e HTTP/1.0\r\n"+expect+"Content-Length: 2\r\n\r\nhi", hi...),
		refused("HTTP/1.0 without a length", "POST /old HTTP/1.0\r\n\r\nhi", 400),
		refused("HTTP/1.0 in chunks", "POST /old HTTP/1.0\r\n"+chunked+"\r\n2\r\nhi\r\n0\r\n\r\n", 400),
		{"expectation", request("POST", "/e", expect+"Content-Length: 2\r\n", "hi"), []int{100, 200}, hi, true},
		{"expectation in upper case", request("POST", "/e", "Expect: 100-CONTINUE\r\nContent-Length: 2\r\n", "hi"), []int{100, 200}, hi, true},
		{"expectation in chunks", request("POST", "/e", expect+chunked, "2\r\nhi\r\n0\r\n\r\n"), []int{100, 200}, hi, false},
		{"expectation without body", request("POST", "/e", expect+"Content-Length: 0\r\n", ""), []int{200}, []string{"POST /e"}, true},
		refused("expectation over the limit", request("POST", "/e", expect+"Content-Length: 2000\r\n", ""), 413),
		{"expectation in chunks, over the limit", request("POST", "/e", expect+chunked, "7d0\r\n"+strings.Repeat("x", 2000)+"\r\n0\r\n\r\n"), []int{100, 413}, nil, false},
		{"line feeds alone", "POST /lf HTTP/1.1\nHost: h\nContent-Length: 2\n\nhi", []int{200}, []string{"POST /lf hi"}, true},
	}
}

// many is so many requests at once.
func many(count int) Case {
	c := Case{Name: fmt.Sprint(count, " at once"), Status: slices.Repeat([]int{200}, count), Stays: true}
	for n := range count {
		target, body := fmt.Sprint("/n/", n), fmt.Sprint(n)
		c.Send += request("POST", target, length(body), body)
		c.Kept = append(c.Kept, Line("POST", target, body))
	}
	return c
}
