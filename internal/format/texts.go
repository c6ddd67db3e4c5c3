package format

import "strings"

// texts makes strings that share memory, for many short texts.
type texts struct{ b strings.Builder }

const (
	sharedMemory = 8 << 10
	mostShared   = 256 // a longer text gets memory of its own
)

// keep returns text as a string.
func (t *texts) keep(text []byte) string {
	if len(text) > mostShared {
		return string(text)
	}
	if t.b.Cap()-t.b.Len() < len(text) {
		t.b = strings.Builder{}
		t.b.Grow(sharedMemory)
	}
	start := t.b.Len()
	t.b.Write(text)
	return t.b.String()[start:]
}
