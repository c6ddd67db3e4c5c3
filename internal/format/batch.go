package format

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/whk-cli/whk/internal/webhook"
)

// BatchReader reads NDJSON in pieces of whole lines, so that several goroutines
// can read the deliveries in them.
type BatchReader struct {
	r     io.Reader
	limit int
	line  int    // of the next batch
	rest  []byte // the beginning of a line that the last read left
	err   error
}

// NewBatchReader reads lines of at most Options.Limit bytes.
func NewBatchReader(r io.Reader, opts Options) *BatchReader {
	if opts.Limit == 0 {
		opts.Limit = DefaultLimit
	}
	return &BatchReader{r: r, limit: opts.Limit, line: 1}
}

// Batch is some lines of NDJSON. The zero value is empty; reading into it again
// reuses its memory.
type Batch struct {
	text    []byte
	line    int // of the first line
	limit   int
	tooLong bool // the one line was over the limit, and is not there
	first   bool // begins the input
	parser  lineParser

	// Trusting leaves it to [Batch.Intact] to compare bodies with the digests
	// in their lines: a body that its signature proves need not be hashed
	// again.
	Trusting bool
	current  []byte // the line of the entry that Entries yielded last
}

const (
	batchSize = 256 << 10
	// keptBatch is the largest batch whose memory is kept for the next.
	keptBatch = 1 << 20
)

// Next reads what is there, and at least one line, into b. At the end it is
// io.EOF; after another error the input can not be read any further.
func (r *BatchReader) Next(b *Batch) error {
	if len(r.rest) == 0 && r.err != nil {
		return r.err
	}
	if cap(b.text) < batchSize || cap(b.text) > keptBatch {
		b.text = make([]byte, 0, batchSize)
		b.parser = lineParser{}
	}
	b.text = append(b.text[:0], r.rest...)
	b.line, b.first, b.limit, b.tooLong = r.line, r.line == 1, r.limit, false
	r.rest = r.rest[:0]
	end := bytes.LastIndexByte(b.text, '\n') + 1
	for end == 0 && r.err == nil {
		if len(b.text) > r.limit+1 {
			b.tooLong = true
			return r.discard(b)
		}
		if len(b.text) == cap(b.text) {
			b.text = append(b.text, make([]byte, cap(b.text))...)[:len(b.text)]
		}
		start := len(b.text)
		n, err := r.r.Read(b.text[start:cap(b.text)])
		b.text = b.text[:start+n]
		r.err = err
		if i := bytes.LastIndexByte(b.text[start:], '\n'); i >= 0 {
			end = start + i + 1
		}
	}
	switch {
	case end > 0:
		r.rest = append(r.rest, b.text[end:]...)
		b.text = b.text[:end]
	case !errors.Is(r.err, io.EOF):
		b.text = b.text[:0] // half a line, and why there is no more of it
		return r.err
	case len(b.text) == 0:
		return io.EOF
	}
	r.line += bytes.Count(b.text, []byte("\n"))
	return nil
}

// discard passes over the rest of a line that is over the limit.
func (r *BatchReader) discard(b *Batch) error {
	b.text = b.text[:0]
	chunk := b.text[:batchSize]
	for r.err == nil {
		var n int
		n, r.err = r.r.Read(chunk)
		if i := bytes.IndexByte(chunk[:n], '\n'); i >= 0 {
			r.rest = append(r.rest, chunk[i+1:n]...)
			break
		}
	}
	r.line++
	if r.err != nil && !errors.Is(r.err, io.EOF) {
		return r.err
	}
	return nil
}

// Entries is the sequence of the deliveries in b, and of the errors of its
// lines. A delivery, with its body and headers, is overwritten by the next one.
// Blank lines, and the lines of whk's own output that are not deliveries, are
// skipped.
func (b *Batch) Entries() iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		if b.tooLong {
			yield(Entry{Line: b.line}, b.overLimit(b.line))
			return
		}
		text := b.text
		if b.first {
			text = withoutMark(text)
		}
		for number := b.line; len(text) > 0; number++ {
			line := text
			if n := bytes.IndexByte(text, '\n'); n >= 0 {
				line, text = text[:n], text[n+1:]
			} else {
				text = nil
			}
			entry := Entry{Line: number}
			var err error
			if len(line) > b.limit {
				err = b.overLimit(number)
			} else {
				var skip bool
				if entry.Delivery, skip, err = b.parse(line); skip {
					continue
				}
				err = atLine(err, number)
			}
			if !yield(entry, err) {
				return
			}
		}
	}
}

// overLimit is the error of a line that is too long.
func (b *Batch) overLimit(number int) error {
	return &Error{Line: number, Column: b.limit + 1, Err: fmt.Errorf("%w: the line has more than %s", ErrTooLarge, limitText(b.limit))}
}

// parse reads one line; skip is true when it has no delivery.
func (b *Batch) parse(line []byte) (d *webhook.Delivery, skip bool, err error) {
	b.current, b.parser.trusting = line, b.Trusting
	if d, ok := b.parser.parse(line); ok {
		return d, false, nil
	}
	if isBlank(line) {
		return nil, true, nil
	}
	d, err = parseDelivery(line)
	return d, isEvent(line, err), err
}

// Intact compares the body of the entry that Entries yielded last, and without an
// error, with the digest that its line states. The error has the line's number.
func (b *Batch) Intact(e Entry) error {
	if b.parser.sameDigest() {
		return nil
	}
	_, err := parseDelivery(b.current)
	return atLine(err, e.Line)
}

// readLines is the sequence of the deliveries in NDJSON, which the caller may
// keep. One batch of lines is in memory at a time.
func (o Options) readLines(r io.Reader) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		reader, batch := NewBatchReader(r, o), new(Batch)
		found := false
		for {
			err := reader.Next(batch)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				yield(Entry{Line: reader.line}, err)
				return
			}
			for entry, err := range batch.Entries() {
				found = true
				if entry.Delivery != nil {
					d := *entry.Delivery
					d.Header, d.Body = d.Header.Clone(), bytes.Clone(d.Body)
					entry.Delivery = &d
				}
				if !yield(entry, err) {
					return
				}
			}
		}
		if !found {
			yield(Entry{Line: 1}, ErrEmpty)
		}
	}
}
