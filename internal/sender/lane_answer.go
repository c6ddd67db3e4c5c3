package sender

import (
	"bytes"

	"github.com/whk-cli/whk/internal/webhook"
)

// answer is an answer that came whole and holds nothing out of the ordinary.
type answer struct {
	status int
	fields []byte // the lines of the header
	body   []byte
	last   bool // the connection ends with it
}

// plainAnswer reads an answer that is complete in b. ok is false for anything
// incomplete, malformed, interim, chunked or otherwise unusual, which is left
// to net/http.
// https://www.rfc-editor.org/rfc/rfc9112#section-2.1
func plainAnswer(b []byte) (a answer, ok bool) {
	end := bytes.Index(b, []byte("\r\n\r\n"))
	if end < len("HTTP/1.1 200") || string(b[:9]) != "HTTP/1.1 " {
		return a, false
	}
	first, lines, _ := bytes.Cut(b[9:end+2], []byte("\n"))
	if a.status, ok = statusOf(first); !ok {
		return a, false
	}
	a.fields, a.body = lines, b[end+4:]
	length := -1
	for len(lines) > 0 {
		i := bytes.IndexByte(lines, '\n')
		line, ended := bytes.CutSuffix(lines[:i], []byte("\r"))
		lines = lines[i+1:]
		name, value, found := bytes.Cut(line, []byte(":"))
		if !found || !ended || !isName(name) {
			return a, false
		}
		if value = bytes.Trim(value, " \t"); !isPlain(value) {
			return a, false
		}
		switch {
		case len(name) == 14 && bytes.EqualFold(name, []byte("Content-Length")):
			if length >= 0 {
				return a, false
			}
			if length, ok = smallNumber(value); !ok {
				return a, false
			}
		case len(name) == 10 && bytes.EqualFold(name, []byte("Connection")):
			if bytes.EqualFold(value, []byte("close")) {
				a.last = true
			} else if !bytes.EqualFold(value, []byte("keep-alive")) {
				return a, false
			}
		case len(name) == 17 && bytes.EqualFold(name, []byte("Transfer-Encoding")):
			return a, false
		}
	}
	if a.status == 204 {
		return a, length <= 0 && len(a.body) == 0
	}
	return a, length == len(a.body)
}

// statusOf reads what follows the version: the status and perhaps a reason.
func statusOf(line []byte) (int, bool) {
	line, ended := bytes.CutSuffix(line, []byte("\r"))
	if !ended || len(line) < 3 || len(line) > 3 && line[3] != ' ' || line[0] < '2' || line[0] > '5' {
		return 0, false
	}
	status, ok := smallNumber(line[:3])
	return status, ok && status != 304 && isPlain(line[3:])
}

// isName reports whether b is a field's name of letters, digits and dashes.
func isName(b []byte) bool {
	for _, c := range b {
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return len(b) > 0
}

func isPlain(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// smallNumber reads a decimal number of up to six digits.
func smallNumber(b []byte) (n int, ok bool) {
	if len(b) == 0 || len(b) > 6 {
		return 0, false
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

// attempt is the answer as an attempt. It shares no memory with the answer.
func (a *answer) attempt() webhook.Attempt {
	out := webhook.Attempt{Status: a.status, BodySize: int64(len(a.body))}
	if a.status/100 == 2 {
		return out
	}
	out.Body = bytes.Clone(a.body)
	out.Header = headerOf(a.fields)
	if a.status/100 == 3 {
		out.Location = out.Header.Get("Location")
	}
	return out
}

// headerOf are the fields in net/http's form and order, as of every answer.
func headerOf(lines []byte) webhook.Header {
	var h webhook.Header
	for line := range bytes.Lines(lines) {
		name, value, _ := bytes.Cut(line, []byte(":"))
		h.Add(string(name), string(bytes.Trim(value, " \t\r\n")))
	}
	return webhook.HeaderOf(h.HTTP())
}
