package answer

import (
	"sort"
	"strconv"
	"strings"
)

// Script is a sequence of answers that is never empty: after its last one it
// stays there, or begins again. Use it from any number of goroutines.
type Script struct {
	items []Item
	ends  []int // how many answers there are up to each item and its repeats
	loops bool
}

// Single is the script that always gives one answer.
func Single(i Item) *Script { return &Script{items: []Item{i}, ends: []int{1}} }

// At returns the n-th answer, from 0.
func (s *Script) At(n int) Item {
	total := s.ends[len(s.ends)-1]
	if s.loops {
		n %= total
	} else {
		n = min(n, total-1)
	}
	return s.items[sort.SearchInts(s.ends, n+1)]
}

// String is the script as it is written, without passwords in its URLs.
func (s *Script) String() string {
	var b strings.Builder
	before := 0
	for i, item := range s.items {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(item.String())
		if n := s.ends[i] - before; n > 1 {
			b.WriteString("x" + strconv.Itoa(n))
		}
		before = s.ends[i]
	}
	if s.loops {
		b.WriteString(",*")
	}
	return b.String()
}

// maxMessages is how many messages a player remembers. When more come, it
// forgets the oldest, and takes them for new when they come again.
const maxMessages = 1 << 16

// Player counts the deliveries that a script answers: all of them, or the
// attempts of each message. It is for one goroutine at a time.
type Player struct {
	script    *Script
	byMessage bool
	played    int
	attempts  map[string]int
	messages  []string // a ring of attempts' keys, the oldest at next
	next      int
}

// NewPlayer makes a player at the script's first answer.
func NewPlayer(s *Script, byMessage bool) *Player {
	return &Player{script: s, byMessage: byMessage, attempts: map[string]int{}}
}

// Next is the answer to one delivery of a message.
func (p *Player) Next(message string) Item {
	if !p.byMessage {
		n := p.played
		p.played++
		return p.script.At(n)
	}
	n, known := p.attempts[message]
	if !known {
		p.remember(message)
	}
	p.attempts[message] = n + 1
	return p.script.At(n)
}

func (p *Player) remember(message string) {
	if len(p.messages) < maxMessages {
		p.messages = append(p.messages, message)
		return
	}
	delete(p.attempts, p.messages[p.next])
	p.messages[p.next] = message
	p.next = (p.next + 1) % maxMessages
}
