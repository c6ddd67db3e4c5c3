package format

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/whk-cli/whk/internal/webhook"
)

// Detect recognises the kind of r as [Open] does, and returns a reader of all
// of r.
func Detect(r io.Reader, opts Options) (Kind, io.Reader, error) {
	if opts.Limit == 0 {
		opts.Limit = DefaultLimit
	}
	p := &peeker{r: bufio.NewReader(r), limit: opts.Limit}
	kind, err := p.kind()
	return kind, io.MultiReader(bytes.NewReader(p.seen), p.r), err
}

// peeker reads as much as is needed to recognise the kind, and keeps what it
// read.
type peeker struct {
	r     *bufio.Reader
	limit int
	seen  []byte
	ended bool
}

// maxFirstLine is how much of a first line that is not JSON is looked at.
const maxFirstLine = 64 << 10

func (p *peeker) kind() (Kind, error) {
	line, err := p.line(maxFirstLine)
	if err != nil {
		return "", err
	}
	if len(p.seen) == 0 {
		return "", ErrEmpty
	}
	if isRequestLine(withoutMark(line)) {
		return HTTP, nil
	}
	for isBlank(withoutMark(line)) && !p.ended && len(p.seen) < maxFirstLine {
		if line, err = p.line(maxFirstLine); err != nil {
			return "", err
		}
	}
	if is, err := p.isCurl(); is || err != nil {
		return Curl, err
	}
	if !startsObject(line) {
		return Body, nil
	}
	start := len(p.seen) - len(line)
	if is, err := p.isArchive(); is || err != nil {
		return HAR, err
	}
	return p.kindOfObject(p.seen[start:])
}

// isCurl reports whether what was seen begins a curl command.
func (p *peeker) isCurl() (bool, error) {
	text := bytes.TrimLeft(withoutPrompt(withoutMark(p.seen)), " \t\r\n")
	n := bytes.IndexAny(text, " \t\r\n\\")
	if n < 0 {
		return false, nil
	}
	switch word := string(text[:n]); {
	case isCurl(word):
		return true, nil
	case word == "printf", word == "echo":
	default:
		return false, nil
	}
	if err := p.all(); err != nil {
		return false, err
	}
	s := &splitter{src: string(withoutPrompt(withoutMark(p.seen)))}
	command, err := s.next()
	return err == nil && command != nil && isCurl(command.words[0].text), nil
}

// isArchive reports whether the object that was seen is an HTTP archive. It
// reads on until that is clear, which takes a few bytes.
func (p *peeker) isArchive() (bool, error) {
	for {
		switch text := packed(withoutMark(p.seen)); {
		case len(text) >= len(archiveStart) && !bytes.HasPrefix(text, []byte(archiveStart)),
			len(text) < len(archiveStart) && !bytes.HasPrefix([]byte(archiveStart), text):
			return false, nil
		case bytes.Count(text, []byte(`"`)) >= 4:
			name, _, _ := bytes.Cut(text[len(archiveStart):], []byte(`"`))
			switch string(name) {
			case "version", "creator", "browser", "pages", "entries", "comment":
				return true, nil
			}
			return false, nil
		case p.ended || len(p.seen) >= maxFirstLine:
			return false, nil
		}
		if _, err := p.line(maxFirstLine); err != nil {
			return false, err
		}
	}
}

// archiveStart is how an archive begins, blanks aside.
const archiveStart = `{"log":{"`

// packed is the beginning of text without its blanks.
func packed(text []byte) []byte {
	out := make([]byte, 0, 64)
	for _, c := range text {
		if len(out) == cap(out) {
			break
		}
		if strings.IndexByte(" \t\r\n", c) < 0 {
			out = append(out, c)
		}
	}
	return out
}

// all reads the rest, up to the limit.
func (p *peeker) all() error {
	rest, err := io.ReadAll(io.LimitReader(p.r, int64(p.limit)))
	p.seen = append(p.seen, rest...)
	return err
}

// kindOfObject tells the kind of input whose first line begins an object.
func (p *peeker) kindOfObject(line []byte) (Kind, error) {
	if !p.ended && !bytes.HasSuffix(line, []byte("\n")) {
		rest, err := p.line(p.limit)
		if err != nil {
			return "", err
		}
		line = append(bytes.Clone(line), rest...)
	}
	first := look(line)
	if !first.whole && !first.delivery() {
		if err := p.all(); err != nil {
			return "", err
		}
		if look(p.seen).delivery() {
			return JSON, nil
		}
		return Body, nil
	}
	if !first.delivery() && first.kind != "ready" {
		return Body, nil
	}
	next, err := p.nextLine()
	switch {
	case err != nil:
		return "", err
	case startsObject(next):
		return NDJSON, nil
	case first.delivery():
		return JSON, nil
	}
	return Body, nil
}

// line reads up to and including the next line feed, the end, or n bytes.
func (p *peeker) line(n int) ([]byte, error) {
	start := len(p.seen)
	for len(p.seen)-start < n {
		c, err := p.r.ReadByte()
		if errors.Is(err, io.EOF) {
			p.ended = true
			break
		}
		if err != nil {
			return nil, err
		}
		p.seen = append(p.seen, c)
		if c == '\n' {
			break
		}
	}
	return p.seen[start:], nil
}

// nextLine is the next line that is not blank, its beginning at least; empty
// at the end.
func (p *peeker) nextLine() ([]byte, error) {
	for {
		line, err := p.line(maxFirstLine)
		if err != nil || p.ended || !isBlank(line) {
			return line, err
		}
	}
}

func isBlank(line []byte) bool { return len(bytes.TrimSpace(line)) == 0 }

func startsObject(line []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(withoutMark(line)), []byte("{"))
}

// isRequestLine reports whether line looks like the first of a request.
func isRequestLine(line []byte) bool {
	method, rest, ok := strings.Cut(string(line), " ")
	target, version, ok2 := strings.Cut(rest, " ")
	return ok && ok2 && webhook.IsToken(method) && target != "" && strings.HasPrefix(version, "HTTP/")
}

// object is what is known about a JSON object from its members.
type object struct {
	whole         bool // nothing is missing, and only blanks follow
	headers, body bool
	kind          string // its "type", when that is text
}

func (o object) delivery() bool { return o.headers && o.body }

// look reads the members of the object that data begins with, as far as it is
// valid.
func look(data []byte) (o object) {
	dec := json.NewDecoder(bytes.NewReader(withoutMark(data)))
	if _, err := dec.Token(); err != nil {
		return o
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return o
		}
		switch name {
		case "headers":
			o.headers = true
		case "body", "body_base64":
			o.body = true
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return o
		}
		if name == "type" {
			_ = json.Unmarshal(value, &o.kind) // another type than text is no kind
		}
	}
	if _, err := dec.Token(); err != nil {
		return o
	}
	_, err := dec.Token()
	o.whole = errors.Is(err, io.EOF)
	return o
}
