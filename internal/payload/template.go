package payload

import (
	"fmt"
	"hash/fnv"
	"strings"
)

// Template is a compiled sample. It is immutable, and safe for concurrent use.
type Template struct {
	name   string
	chunks []chunk
	tail   string // what follows the last placeholder
}

// chunk is a placeholder and the bytes in front of it.
type chunk struct {
	literal string
	write   writer
	spec    string // what stood between ${ and }
	line    int
}

// writer appends what a placeholder stands for, escaped for where it stands.
type writer func(dst []byte, p *Payload) ([]byte, error)

// Parse compiles a sample. name is what errors call it, normally its file's
// name; they have the form "name:line: what is wrong". A placeholder that does
// not exist is an error that names the nearest ones that do.
func Parse(name string, src []byte) (*Template, error) {
	if err := checkJSON(src); err != nil {
		if strings.Contains(err.what, "'$'") {
			err.what += `; a placeholder stands in a string, as "${seq}" does, and becomes a number where it is one`
		}
		return nil, fmt.Errorf("%s:%d: %w", name, err.line, err)
	}
	if err := checkText(src); err != nil {
		return nil, fmt.Errorf("%s:%d: %w", name, err.line, err)
	}
	hash := fnv.New64a()
	hash.Write(src)
	c := compiler{src: src, stream: hash.Sum64(), line: 1}
	if err := c.run(); err != nil {
		return nil, fmt.Errorf("%s:%d: %w", name, c.line, err)
	}
	return &Template{name: name, chunks: c.chunks, tail: string(c.literal)}, nil
}

// Append appends a body with p's values to dst: the sample's JSON without the
// white space between its tokens, its key order and the text of its numbers as
// they stand in the file. After an error the returned bytes must not be used.
func (t *Template) Append(dst []byte, p *Payload) ([]byte, error) {
	var err error
	for i := range t.chunks {
		c := &t.chunks[i]
		dst = append(dst, c.literal...)
		if dst, err = c.write(dst, p); err != nil {
			return dst, fmt.Errorf("%s:%d: ${%s}: %w", t.name, c.line, c.spec, err)
		}
	}
	return append(dst, t.tail...), nil
}
