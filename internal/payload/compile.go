package payload

import (
	"bytes"
	"encoding/json"
	"errors"
)

// compiler turns the bytes of a valid JSON text into chunks.
type compiler struct {
	src     []byte
	pos     int
	line    int
	stream  uint64 // of the next placeholder without a label
	literal []byte // not yet part of a chunk
	chunks  []chunk
}

func (c *compiler) run() error {
	for c.pos < len(c.src) {
		switch b := c.src[c.pos]; b {
		case '\n':
			c.line++
			c.pos++
		case ' ', '\t', '\r':
			c.pos++
		case '"':
			if err := c.string(); err != nil {
				return err
			}
		default:
			c.literal = append(c.literal, b)
			c.pos++
		}
	}
	return nil
}

func (c *compiler) string() error {
	end := skipString(c.src, c.pos)
	text := c.src[c.pos+1 : end-1]
	next := skipSpace(c.src, end)
	inKey := next < len(c.src) && c.src[next] == ':'
	c.pos = end
	if !inKey && bytes.HasPrefix(text, []byte("${")) && bytes.IndexByte(text, '}') == len(text)-1 {
		return c.whole(text[2 : len(text)-1])
	}
	return c.text(text)
}

// whole compiles a string that is nothing but one placeholder.
func (c *compiler) whole(raw []byte) error {
	write, isValue, err := c.placeholder(raw, true)
	if err != nil {
		return err
	}
	if isValue {
		c.add(raw, write)
		return nil
	}
	c.literal = append(c.literal, '"')
	c.add(raw, write)
	c.literal = append(c.literal, '"')
	return nil
}

// text compiles the inside of any other string, whose own bytes are kept.
func (c *compiler) text(text []byte) error {
	c.literal = append(c.literal, '"')
	for len(text) > 0 {
		switch {
		case text[0] == '\\':
			c.literal = append(c.literal, text[:2]...)
			text = text[2:]
		case bytes.HasPrefix(text, []byte("$${")):
			c.literal = append(c.literal, "${"...)
			text = text[3:]
		case bytes.HasPrefix(text, []byte("${")):
			end := bytes.IndexByte(text, '}')
			if end < 0 {
				return errors.New("${ without } (a literal ${ is written $${)")
			}
			raw := text[2:end]
			write, _, err := c.placeholder(raw, false)
			if err != nil {
				return err
			}
			c.add(raw, write)
			text = text[end+1:]
		default:
			c.literal = append(c.literal, text[0])
			text = text[1:]
		}
	}
	c.literal = append(c.literal, '"')
	return nil
}

func (c *compiler) add(raw []byte, write writer) {
	c.chunks = append(c.chunks, chunk{literal: string(c.literal), write: write, spec: string(raw), line: c.line})
	c.literal = nil
}

// placeholder compiles what stands between ${ and }, which is JSON string text
// and may have escapes of its own.
func (c *compiler) placeholder(raw []byte, whole bool) (write writer, isValue bool, err error) {
	spec := string(raw)
	if bytes.IndexByte(raw, '\\') >= 0 {
		if err := json.Unmarshal([]byte(`"`+spec+`"`), &spec); err != nil {
			return nil, false, err
		}
	}
	c.stream = mix(c.stream)
	return compilePlaceholder(spec, c.stream, whole)
}
