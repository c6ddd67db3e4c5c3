package format

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/whk-cli/whk/internal/webhook"
)

// harEntry is one request of an archive, and the fields that its body's bytes
// depend on; those with an underscore are extensions of browsers and proxies.
// Format: http://www.softwareishard.com/blog/har-12-spec/
type harEntry struct {
	Started string `json:"startedDateTime"`
	Request *struct {
		Method   string     `json:"method"`
		URL      string     `json:"url"`
		Headers  []harField `json:"headers"`
		BodySize *float64   `json:"bodySize"`
		Post     *harPost   `json:"postData"`
		Content  *harPost   `json:"_content"` // HTTP Toolkit, for bodies that are not text
	} `json:"request"`
}

type harField struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type harPost struct {
	Text     *string           `json:"text"`
	Encoding string            `json:"encoding"` // base64, of Charles, Insomnia, Proxyman and others
	Params   []json.RawMessage `json:"params"`
	File     string            `json:"_file"` // Playwright's, beside the archive
}

// readHAR is the sequence of the requests in an archive; their answers are
// passed over. One entry is in memory at a time.
func (o Options) readHAR(r io.Reader) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		buffered := bufio.NewReaderSize(r, 64<<10)
		if mark, _ := buffered.Peek(len(byteOrderMark)); bytes.Equal(mark, byteOrderMark) {
			_, _ = buffered.Discard(len(mark)) // what was peeked at is there
		}
		counter := &lineCounter{r: buffered}
		a := &archive{options: &o, dec: json.NewDecoder(counter), counter: counter}
		counter.allow(int64(o.Limit))
		err := a.findEntries()
		for err == nil && a.dec.More() {
			counter.allow(a.dec.InputOffset() + int64(o.Limit))
			var raw json.RawMessage
			if err = a.dec.Decode(&raw); err != nil {
				break
			}
			line := counter.line(a.dec.InputOffset() - int64(len(raw)))
			a.number++
			entry, wanted, err := a.entry(raw)
			entry.Line, entry.Number = line, a.number
			if wanted && !yield(entry, err) {
				return
			}
		}
		if err == nil {
			_, err = a.dec.Token() // the list's end
		}
		if err != nil {
			yield(Entry{Line: counter.line(a.dec.InputOffset()), Number: a.number + 1}, a.broken(err))
			return
		}
		if a.number == 0 {
			yield(Entry{Line: 1}, ErrEmpty)
		}
	}
}

// archive is an archive that is being read.
type archive struct {
	options *Options
	dec     *json.Decoder
	counter *lineCounter
	number  int
}

// findEntries reads up to the beginning of the list of entries.
func (a *archive) findEntries() error {
	if token, err := a.dec.Token(); err != nil || token != json.Delim('{') {
		return notArchive(err)
	}
	if err := a.findMember("log", '{'); err != nil {
		return err
	}
	return a.findMember("entries", '[')
}

// findMember goes to the value of a member of the current object.
func (a *archive) findMember(name string, kind json.Delim) error {
	for a.dec.More() {
		token, err := a.dec.Token()
		if err != nil {
			return err
		}
		if token != name {
			var skipped json.RawMessage
			if err := a.dec.Decode(&skipped); err != nil {
				return err
			}
			continue
		}
		if token, err = a.dec.Token(); err == nil && token != kind {
			return notArchive(nil)
		}
		return err
	}
	if _, err := a.dec.Token(); err != nil {
		return err
	}
	return notArchive(nil)
}

var errNotArchive = errors.New(`this is no HTTP archive: it has no list "entries" in an object "log"`)

func notArchive(err error) error {
	if err != nil {
		return err
	}
	return errNotArchive
}

// broken says why nothing more can be read.
func (a *archive) broken(err error) error {
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, errNotArchive), errors.Is(err, ErrTooLarge):
		return err
	case errors.Is(err, io.EOF) && a.dec.InputOffset() == 0:
		return ErrEmpty
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: the archive ends too early", ErrIncomplete)
	case errors.As(err, &syntax):
		// The decoder knows where the value with the error begins.
		at := a.dec.InputOffset()
		return &Error{Line: a.counter.line(at), Column: a.counter.column(at), Err: err}
	}
	return err
}

// entry reads one entry; false when it is not wanted.
func (a *archive) entry(raw []byte) (entry Entry, wanted bool, err error) {
	var e harEntry
	err = json.Unmarshal(raw, &e)
	if err == nil && e.Request == nil {
		err = errors.New(`it has no "request"`)
	}
	if a.options.Only != nil {
		url := ""
		if e.Request != nil {
			url = e.Request.URL
		}
		if !a.options.Only(a.number, url) {
			return entry, false, nil
		}
	}
	if err == nil {
		err = changedText(raw)
	}
	if err == nil {
		entry, err = e.delivery()
	}
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		err = fmt.Errorf("%q cannot be %s", wrongType.Field, article(wrongType.Value))
	}
	if err != nil {
		return Entry{}, true, fmt.Errorf("entry %d: %w", a.number, err)
	}
	return entry, true, nil
}

// changedText refuses a request in which encoding/json would replace
// characters. The answer in the archive may hold anything.
func changedText(raw []byte) error {
	var e struct {
		Request json.RawMessage `json:"request"`
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		return err
	}
	if !utf8.Valid(e.Request) {
		return errors.New("the request is not UTF-8, so its bytes were lost when it was saved")
	}
	if loneSurrogate(e.Request) >= 0 {
		return errors.New("half of a surrogate pair is not a character, so the request's bytes were lost when it was saved")
	}
	return nil
}

// delivery is the request as it was sent.
func (e *harEntry) delivery() (Entry, error) {
	r := e.Request
	d := &webhook.Delivery{Method: r.Method, URL: r.URL, Header: webhook.Header{}}
	entry := Entry{Delivery: d}
	if at, err := time.Parse(time.RFC3339Nano, e.Started); err == nil {
		d.ReceivedAt = at.UTC()
	}
	for _, f := range r.Headers {
		if pseudo, ok := strings.CutPrefix(f.Name, ":"); ok {
			// HTTP/2 has the request line among the headers.
			if f.Name, f.Value = "Host", strings.TrimSpace(f.Value); pseudo != "authority" || hasField(r.Headers, "host") {
				continue
			}
		}
		d.Header.Add(f.Name, strings.Trim(f.Value, " \t"))
	}
	var err error
	if d.Body, err = e.body(); err != nil {
		return entry, err
	}
	if err := check(d); err != nil {
		return entry, err
	}
	if warning := e.sizeWarning(d); warning != "" {
		entry.Warnings = append(entry.Warnings, warning)
	}
	return entry, nil
}

func hasField(fields []harField, name string) bool {
	for _, f := range fields {
		if strings.EqualFold(f.Name, name) {
			return true
		}
	}
	return false
}

func (e *harEntry) body() ([]byte, error) {
	r := e.Request
	post := r.Post
	if r.Content != nil && r.Content.Text != nil {
		post = r.Content
	}
	switch {
	case post == nil || post.Text == nil && len(post.Params) == 0 && post.File == "":
		if r.BodySize != nil && *r.BodySize > 0 {
			return nil, fmt.Errorf("its body of %.0f bytes was not saved in the archive", *r.BodySize)
		}
		return nil, nil
	case post.Text == nil && post.File != "":
		return nil, errors.New("its body is in a file beside the archive: save the archive with embedded content")
	case post.Text == nil, *post.Text == "" && len(post.Params) > 0:
		return nil, errors.New("only the decoded fields of its form were saved, not the bytes of its body")
	}
	switch strings.ToLower(post.Encoding) {
	case "", "utf-8", "utf8":
		return []byte(*post.Text), nil
	case "base64":
		body, err := base64.StdEncoding.Strict().DecodeString(*post.Text)
		if err != nil {
			return nil, fmt.Errorf("the base64 of its body: %w", err)
		}
		return body, nil
	}
	return nil, fmt.Errorf("its body has the encoding %q, and only text and base64 are read", post.Encoding)
}

// sizeWarning says when the archive's own numbers show that the body is not
// what was sent: exporters decode and change text.
func (e *harEntry) sizeWarning(d *webhook.Delivery) string {
	if coding := d.Header.Get("Content-Encoding"); coding != "" && coding != "identity" && e.textOnly() {
		return fmt.Sprintf("the body was sent with Content-Encoding %s; archives hold it decoded, and a signature covers it as it was sent", coding)
	}
	length := d.Header.Get("Content-Length")
	if length == "" && e.Request.BodySize != nil && *e.Request.BodySize > 0 {
		length = strconv.FormatFloat(*e.Request.BodySize, 'f', -1, 64)
	}
	if n, err := strconv.Atoi(length); err == nil && n != len(d.Body) {
		return fmt.Sprintf("the body has %d bytes in the archive, and had %d when it was sent: the archive does not hold its bytes", len(d.Body), n)
	}
	return ""
}

func (e *harEntry) textOnly() bool {
	post := e.Request.Post
	return post != nil && post.Encoding == "" && e.Request.Content == nil
}

// lineCounter counts the lines of what is read through it, and reads no further
// than it is allowed to.
type lineCounter struct {
	r     io.Reader
	read  int64
	most  int64
	ends  []int64 // offsets of line breaks after the last offset asked for
	lines int     // line breaks before those
	start int64   // of the line that the last offset asked for is in
}

func (c *lineCounter) allow(offset int64) { c.most = offset }

// Read reads at most up to the allowed offset; beyond it is [ErrTooLarge].
func (c *lineCounter) Read(p []byte) (int, error) {
	if c.read >= c.most {
		return 0, fmt.Errorf("%w: an entry has more than the limit", ErrTooLarge)
	}
	n, err := c.r.Read(p[:min(int64(len(p)), c.most-c.read)])
	for i := 0; i < n; {
		next := bytes.IndexByte(p[i:n], '\n')
		if next < 0 {
			break
		}
		i += next + 1
		c.ends = append(c.ends, c.read+int64(i)-1)
	}
	c.read += int64(n)
	return n, err
}

// line is the number of the line that an offset is in; offsets must not go
// back.
func (c *lineCounter) line(offset int64) int {
	n := 0
	for n < len(c.ends) && c.ends[n] < offset {
		c.start = c.ends[n] + 1
		n++
	}
	c.lines += n
	c.ends = append(c.ends[:0], c.ends[n:]...)
	return c.lines + 1
}

// column is the column of an offset in the line last asked for.
func (c *lineCounter) column(offset int64) int { return int(max(offset-c.start, 0)) + 1 }
