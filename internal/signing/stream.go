package signing

import (
	"io"
	"slices"
)

// Streams reports whether s only hashes the body from start to end, so that a
// [Message] may have it in BodyFrom. A scheme that reads something in the body,
// or signs with a key pair, needs all of it at once.
func (s *Scheme) Streams() bool {
	return s.streams() && !slices.ContainsFunc(s.others, func(o *Scheme) bool { return !o.streams() })
}

func (s *Scheme) streams() bool {
	if s.algorithm.family != macFamily || s.each != nil || s.from.inBody() || s.id.inBody() || s.clock.from.inBody() {
		return false
	}
	parts := slices.Concat(s.messages...)
	for _, g := range s.guards {
		if g.from.inBody() || slices.ContainsFunc(g.is, func(p part) bool { return p.kind == partBody }) {
			return false
		}
		parts = append(parts, g.is...)
	}
	return !slices.ContainsFunc(parts, func(p part) bool { return p.kind != partBody && p.readsBody() })
}

// readsBody reports whether p is made from the body or from a part of it.
func (p part) readsBody() bool { return p.coversBody() || p.kind == partBodyCRC32 || p.from.inBody() }

func (s source) inBody() bool { return s.kind == sourceJSON || s.kind == sourceForm }

// streamPiece is how much of a streamed body is in memory at once.
const streamPiece = 256 << 10

// writeBody writes the body, wherever it is.
func (m *Message) writeBody(w io.Writer) *Error {
	if m.BodyFrom == nil {
		w.Write(m.Body)
		return nil
	}
	piece := make([]byte, streamPiece)
	size := m.BodyFrom.Size()
	for at := int64(0); at < size; {
		n, err := m.BodyFrom.ReadAt(piece[:min(streamPiece, size-at)], at)
		w.Write(piece[:n])
		if at += int64(n); n == 0 || err != nil && err != io.EOF {
			return refuse(Malformed, "the body cannot be read beyond %d of its %d bytes", at, size)
		}
	}
	return nil
}

// size is the number of bytes of the body.
func (m *Message) size() int64 {
	if m.BodyFrom != nil {
		return m.BodyFrom.Size()
	}
	return int64(len(m.Body))
}

// endsInNewline reports whether the body does.
func (m *Message) endsInNewline() bool {
	var last [1]byte
	if n := len(m.Body); n > 0 {
		last[0] = m.Body[n-1]
	} else if m.BodyFrom != nil && m.BodyFrom.Size() > 0 {
		if _, err := m.BodyFrom.ReadAt(last[:], m.BodyFrom.Size()-1); err != nil && err != io.EOF {
			return false
		}
	}
	return last[0] == '\n'
}
