// Package wire is a collection of what strangers send to a server, byte for
// byte, with the expected results. It is only for tests of the receiver and of
// a whole listener.
package wire

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// Secret is the one under which the signatures of cases are right.
const Secret = "of the wire, long enough for anyone"

// Case is bytes on a connection whose sender then closes its side, and the
// expected results. No answer may be a redirect or a change of protocol.
type Case struct {
	Name   string
	Send   string
	Status []int    // of the answers, in their order
	Kept   []string // what is captured: [Line] of each
	Stays  bool     // the last answer leaves the connection open
}

// Group is cases of one kind, for a server with these limits.
type Group struct {
	Name   string
	Header int // the most bytes of request line and headers
	Body   int // the most bytes of a body
	Cases  []Case
}

// Groups are all cases there are.
func Groups() []Group {
	const header, body = 16 << 10, 1 << 10
	return []Group{
		{"targets", header, body, targets()},
		{"request lines", header, body, requestLines()},
		{"headers", header, body, headers()},
		{"lengths", header, body, lengths()},
		{"chunks", header, body, chunks()},
		{"smuggling", header, body, smuggling()},
		{"cut messages", header, body, cutMessages()},
		{"conversations", header, body, conversations()},
		{"limits", header, body, limits(header, body)},
		{"bodies", header, 2 << 20, bodies()},
	}
}

// Line is a captured request in one string.
func Line(method, target, body string) string {
	return strings.TrimSuffix(method+" "+target+" "+body, " ")
}

const (
	host    = "Host: h\r\n"
	chunked = "Transfer-Encoding: chunked\r\n"

	// tail is a request that must not be found inside another one.
	tail = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n"
)

func request(method, target, fields, body string) string {
	return method + " " + target + " HTTP/1.1\r\n" + host + fields + "\r\n" + body
}

// length is the header of a body.
func length(body string) string { return fmt.Sprintf("Content-Length: %d\r\n", len(body)) }

// signed is the header that signs a body.
func signed(body string) string {
	mac := hmac.New(sha256.New, []byte(Secret))
	mac.Write([]byte(body))
	return "X-Webhook-Signature: " + hex.EncodeToString(mac.Sum(nil)) + "\r\n"
}

// refused is a case in which nothing is kept.
func refused(name, send string, status ...int) Case {
	return Case{Name: name, Send: send, Status: status}
}
