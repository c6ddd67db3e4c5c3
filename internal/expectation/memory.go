package expectation

import "crypto/sha256"

// maxRecent is how many messages are remembered that fill no gap.
const maxRecent = 16_384

// memory knows messages again, in bounded room. Those on which an outcome rests
// stay: they are no more than what was asked for. Of the others the newest do: one
// that comes again after maxRecent more is taken for a new one.
type memory struct {
	first  map[digest]string // the ID of its first delivery
	recent []digest          // a ring
	next   int               // of recent, once it is full
}

// digest stands for what tells messages apart, which a stranger chose.
type digest [16]byte

func digestOf(message string) digest {
	sum := sha256.Sum256([]byte(message))
	return digest(sum[:])
}

func newMemory() *memory { return &memory{first: map[digest]string{}} }

// knows returns the ID of a message's first delivery.
func (m *memory) knows(message string) (id string, known bool) {
	id, known = m.first[digestOf(message)]
	return id, known
}

// add remembers a message that is not known; stays says that it is one on which an
// outcome rests.
func (m *memory) add(message, id string, stays bool) {
	d := digestOf(message)
	m.first[d] = id
	switch {
	case stays:
	case len(m.recent) < maxRecent:
		m.recent = append(m.recent, d)
	default:
		delete(m.first, m.recent[m.next])
		m.recent[m.next] = d
		m.next = (m.next + 1) % maxRecent
	}
}
