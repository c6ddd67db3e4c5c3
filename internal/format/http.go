package format

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/whk-cli/whk/internal/webhook"
)

// parseHTTP reads a raw HTTP/1 request.
//
// The head's lines end in CRLF or LF; everything after the blank line is the
// body, byte for byte. With a Content-Length the body must have that length;
// one line break too many, as editors add, is left out with a warning. A
// chunked body is decoded, and its Transfer-Encoding becomes the Content-Length
// that it has now. The URL is the target when that is absolute, else http, the
// Host header and the target; without a Host it is localhost.
func parseHTTP(data []byte) (Entry, error) {
	data = withoutMark(data)
	if isBlank(data) {
		return Entry{Line: 1}, ErrEmpty
	}
	p := &headParser{data: data}
	d := &webhook.Delivery{Header: webhook.Header{}}
	entry := Entry{Delivery: d, Line: 1}
	target, err := p.requestLine(d)
	if err == nil {
		err = p.fields(d)
	}
	if err == nil {
		d.URL, err = p.url(d, target, &entry)
	}
	if err == nil {
		d.Body, err = p.body(d, &entry)
	}
	if err != nil {
		return Entry{Line: 1}, err
	}
	return entry, nil
}

// headParser walks through a request. start and pos are the bounds of the
// current line, its end not included.
type headParser struct {
	data  []byte
	start int
	pos   int
}

// line returns the next line of the head without its end.
func (p *headParser) line() (string, error) {
	p.start = p.pos
	n := bytes.IndexByte(p.data[p.pos:], '\n')
	if n < 0 {
		return "", p.fail(len(p.data)-p.pos, fmt.Errorf("%w: the head has no blank line after it", ErrIncomplete))
	}
	p.pos += n + 1
	line := string(bytes.TrimSuffix(p.data[p.start:p.pos-1], []byte("\r")))
	if at := strings.IndexFunc(line, isControl); at >= 0 {
		return "", p.fail(at, fmt.Errorf("control character %q in the head", line[at]))
	}
	return line, nil
}

// fail returns err at the column (from 0) of the current line.
func (p *headParser) fail(column int, err error) error { return place(p.data, p.start+column, err) }

func (p *headParser) requestLine(d *webhook.Delivery) (target string, err error) {
	line, err := p.line()
	if err != nil {
		return "", err
	}
	if strings.HasPrefix(line, "HTTP/") {
		return "", p.fail(0, errors.New("this is an answer, not a request"))
	}
	parts := strings.Split(line, " ")
	if len(parts) != 3 || !webhook.IsToken(parts[0]) || parts[1] == "" {
		return "", p.fail(0, errors.New(`a request begins with a line like "POST /path HTTP/1.1"`))
	}
	if !isVersion(parts[2]) {
		return "", p.fail(len(line)-len(parts[2]), fmt.Errorf("%q is not a version of HTTP", parts[2]))
	}
	d.Method = parts[0]
	return parts[1], nil
}

func (p *headParser) fields(d *webhook.Delivery) error {
	for {
		line, err := p.line()
		if err != nil || line == "" {
			return err
		}
		name, value, ok := strings.Cut(line, ":")
		switch {
		case line[0] == ' ' || line[0] == '\t':
			return p.fail(0, errors.New("a header may not go on in the next line"))
		case !ok:
			return p.fail(0, errors.New(`a header is "Name: value"`))
		case !webhook.IsToken(name):
			return p.fail(0, fmt.Errorf("%q is not the name of a header", name))
		}
		d.Header.Add(name, strings.Trim(value, " \t"))
	}
}

func (p *headParser) url(d *webhook.Delivery, target string, entry *Entry) (string, error) {
	p.start = 0 // errors of the target are on the first line
	column := len(d.Method) + 1
	hosts := d.Header.Values("Host")
	switch {
	case len(hosts) > 1:
		return "", p.fail(column, errors.New("the Host header is there more than once"))
	case len(hosts) == 1 && !isHost(hosts[0]):
		return "", p.fail(column, fmt.Errorf("the Host header %q names no host", hosts[0]))
	}
	if authority, _, ok := splitURL(target); ok {
		if !isHost(authority) {
			return "", p.fail(column, fmt.Errorf("%q names no host", target))
		}
		return target, nil
	}
	if target[0] != '/' {
		return "", p.fail(column, fmt.Errorf("the target %q is neither a path nor an http URL", target))
	}
	if len(hosts) == 0 {
		entry.Warnings = append(entry.Warnings, "no Host header: http://localhost is taken for the URL")
		hosts = []string{"localhost"}
	}
	return "http://" + hosts[0] + target, nil
}

func (p *headParser) body(d *webhook.Delivery, entry *Entry) ([]byte, error) {
	p.start = p.pos
	body := p.data[p.pos:]
	codings, lengths := d.Header.Values("Transfer-Encoding"), d.Header.Values("Content-Length")
	switch {
	case len(codings) > 0 && len(lengths) > 0:
		return nil, p.fail(0, errors.New("both Content-Length and Transfer-Encoding: how long the body is depends on who reads it"))
	case len(codings) > 1 || len(codings) == 1 && !strings.EqualFold(codings[0], "chunked"):
		return nil, p.fail(0, fmt.Errorf("transfer encoding %q is not supported", strings.Join(codings, ", ")))
	case len(codings) == 1:
		return p.chunked(d, entry)
	case len(lengths) > 1:
		return nil, p.fail(0, errors.New("the Content-Length header is there more than once"))
	case len(lengths) == 0:
		return body, nil
	}
	n, err := strconv.ParseUint(lengths[0], 10, 62)
	if err != nil {
		return nil, p.fail(0, fmt.Errorf("Content-Length %q is not a length", lengths[0]))
	}
	if uint64(len(body)) < n {
		return nil, place(p.data, len(p.data), fmt.Errorf("%w: the body has %d of the %d bytes that Content-Length says", ErrIncomplete, len(body), n))
	}
	if err := surplus(body[n:], entry, fmt.Sprintf("Content-Length %d", n)); err != nil {
		return nil, place(p.data, p.pos+int(n), err)
	}
	return body[:n], nil
}

// surplus judges what stands after the end of a body.
func surplus(rest []byte, entry *Entry, end string) error {
	switch string(rest) {
	case "":
	case "\n", "\r\n":
		entry.Warnings = append(entry.Warnings, "the line break at the end of the file is not part of the body, which ends by "+end)
	default:
		return fmt.Errorf("%d bytes follow where the body ends by %s", len(rest), end)
	}
	return nil
}

// chunked decodes a chunked body, and puts its length in place of the coding.
func (p *headParser) chunked(d *webhook.Delivery, entry *Entry) ([]byte, error) {
	body := []byte{}
	for {
		n, err := p.chunkSize()
		if err != nil {
			return nil, err
		}
		if n == 0 {
			break
		}
		if n > len(p.data)-p.pos {
			return nil, place(p.data, len(p.data), fmt.Errorf("%w: the chunk has %d of its %d bytes", ErrIncomplete, len(p.data)-p.pos, n))
		}
		body = append(body, p.data[p.pos:p.pos+n]...)
		p.pos += n
		if line, err := p.line(); err != nil || line != "" {
			return nil, p.fail(0, p.incomplete(err, "no line break after a chunk"))
		}
	}
	if err := p.trailer(entry); err != nil {
		return nil, err
	}
	if err := surplus(p.data[p.pos:], entry, "its last chunk"); err != nil {
		return nil, place(p.data, p.pos, err)
	}
	for i := range d.Header {
		if strings.EqualFold(d.Header[i].Name, "Transfer-Encoding") {
			d.Header[i] = webhook.Field{Name: "Content-Length", Value: strconv.Itoa(len(body))}
		}
	}
	return body, nil
}

func (p *headParser) chunkSize() (int, error) {
	line, err := p.line()
	if err != nil {
		return 0, p.fail(0, p.incomplete(err, "no size of a chunk"))
	}
	digits, _, _ := strings.Cut(line, ";")
	digits = strings.TrimRight(digits, " \t")
	n, err := strconv.ParseUint(digits, 16, 31)
	if err != nil {
		return 0, p.fail(0, fmt.Errorf("%q is not the size of a chunk", digits))
	}
	return int(n), nil
}

func (p *headParser) trailer(entry *Entry) error {
	for fields := 0; ; fields++ {
		line, err := p.line()
		if err != nil {
			return p.fail(0, p.incomplete(err, "no blank line after the last chunk"))
		}
		if line == "" {
			if fields > 0 {
				entry.Warnings = append(entry.Warnings, "the trailer after the last chunk is left out")
			}
			return nil
		}
	}
}

// incomplete returns what is wrong with a line of a chunked body: the end of
// the input, or else problem.
func (p *headParser) incomplete(err error, problem string) error {
	if errors.Is(err, ErrIncomplete) {
		return fmt.Errorf("%w: the input ends before the last chunk", ErrIncomplete)
	}
	return errors.New(problem)
}

// splitURL takes the authority and the rest, which begins at the path, off an
// http or https URL.
func splitURL(url string) (authority, target string, ok bool) {
	scheme, rest, ok := strings.Cut(url, "://")
	if !ok || !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
		return "", "", false
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		return rest[:i], rest[i:], true
	}
	return rest, "", true
}

// isHost reports whether s can stand in a Host header: a host, or a host and a
// port. A user name cannot.
func isHost(s string) bool {
	return s != "" && s[0] != ':' && !strings.ContainsAny(s, "/?#@\\ \t,")
}

func isVersion(s string) bool {
	digits, ok := strings.CutPrefix(s, "HTTP/")
	major, minor, dotted := strings.Cut(digits, ".")
	return ok && isDigit(major) && (!dotted || isDigit(minor))
}

func isDigit(s string) bool { return len(s) == 1 && s[0] >= '0' && s[0] <= '9' }

// isControl reports whether r has no place in a head. Tabs have.
func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }
