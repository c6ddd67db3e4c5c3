package provider

import (
	"strings"
	"unsafe"

	"github.com/tidwall/gjson"
)

// members finds the members of a body's outermost object, one after the other
// and only as far as needed: what is read from an envelope is mostly at its
// beginning.
//
// It finds what gjson finds. It reads texts, numbers and words itself. For what
// is in or behind the first object or list, and where the JSON is malformed, it
// has gjson read the whole body.
type members struct {
	text  string
	at    int  // behind what was read
	open  bool // the last one found is an object or a list, of which only the bracket was read
	ended bool
	odd   bool // gjson has read all of it
	found []member
}

// member is a name with its value as it is written. Both are parts of the body.
// The value of an open member has no end yet.
type member struct{ name, value string }

// maxMembers bounds what a stranger's body makes a reader hold. Envelopes have a
// dozen members.
const maxMembers = 256

// begin makes s ready for another body, reusing its memory.
func (s *members) begin(body []byte) {
	// The texts share the body's memory, which nobody changes.
	s.text = unsafe.String(unsafe.SliceData(body), len(body))
	s.open, s.ended, s.odd, s.found = false, false, false, s.found[:0]
	if s.at = skipBlanks(s.text, 0); s.at == len(s.text) || s.text[s.at] != '{' {
		s.readOn()
		return
	}
	s.at++
	if at := skipBlanks(s.text, s.at); at < len(s.text) && s.text[at] == '}' {
		s.readOn()
	}
}

// has reports whether there is a member of that name, null included.
func (s *members) has(name string) bool {
	i := s.find(name)
	return i >= 0 && (!s.odd || gjson.Parse(s.found[i].value).Exists())
}

// value is the value of the first member of that name, "" when there is none.
func (s *members) value(name string) string {
	i := s.find(name)
	if i < 0 {
		return ""
	}
	if s.open && i == len(s.found)-1 {
		s.readOn()
		if i = s.find(name); i < 0 {
			return ""
		}
	}
	return s.found[i].value
}

func (s *members) find(name string) int {
	for i := 0; ; i++ {
		for i == len(s.found) {
			if s.ended {
				return -1
			}
			s.next()
		}
		if s.found[i].name == name {
			return i
		}
	}
}

// next finds one more member, or ends.
func (s *members) next() {
	if s.open {
		s.readOn()
		return
	}
	if len(s.found) == maxMembers {
		s.ended = true
		return
	}
	at := skipBlanks(s.text, s.at)
	if len(s.found) > 0 {
		if at == len(s.text) || s.text[at] != ',' {
			s.end(at)
			return
		}
		at = skipBlanks(s.text, at+1)
	}
	end, plain := stringEnd(s.text, at)
	if end < 0 || !plain {
		s.readOn()
		return
	}
	name := s.text[at+1 : end-1]
	if at = skipBlanks(s.text, end); at == len(s.text) || s.text[at] != ':' {
		s.readOn()
		return
	}
	at = skipBlanks(s.text, at+1)
	if at < len(s.text) && (s.text[at] == '{' || s.text[at] == '[') {
		s.found, s.open = append(s.found, member{name, s.text[at:]}), true
		return
	}
	if end = scalarEnd(s.text, at); end < 0 {
		s.readOn()
		return
	}
	s.found, s.at = append(s.found, member{name, s.text[at:end]}), end
}

// end is reached when nothing but blanks follows the object.
func (s *members) end(at int) {
	if at < len(s.text) && s.text[at] == '}' && skipBlanks(s.text, at+1) == len(s.text) {
		s.ended = true
		return
	}
	s.readOn()
}

// readOn has gjson read all of it.
func (s *members) readOn() {
	s.found, s.open, s.ended, s.odd = s.found[:0], false, true, true
	gjson.Parse(s.text).ForEach(func(name, value gjson.Result) bool {
		if name.Type == gjson.String {
			s.found = append(s.found, member{name.Str, value.Raw})
		}
		return len(s.found) < maxMembers
	})
}

func skipBlanks(text string, at int) int {
	for at < len(text) && (text[at] == ' ' || text[at] == '\n' || text[at] == '\t' || text[at] == '\r') {
		at++
	}
	return at
}

// stringEnd returns the offset behind the string at at, -1 when there is none;
// it is plain when it has no escapes.
func stringEnd(text string, at int) (end int, plain bool) {
	if at >= len(text) || text[at] != '"' {
		return -1, false
	}
	plain = true
	for i := at + 1; i < len(text); i++ {
		switch text[i] {
		case '"':
			return i + 1, plain
		case '\\':
			plain = false
			i++
		}
	}
	return -1, false
}

// scalarEnd returns the offset behind the string, number or word at at, -1 when
// there is none or it is malformed.
func scalarEnd(text string, at int) int {
	if at < len(text) && text[at] == '"' {
		end, _ := stringEnd(text, at)
		return end
	}
	for _, word := range [...]string{"true", "false", "null"} {
		if strings.HasPrefix(text[at:], word) && endsAt(text, at+len(word)) {
			return at + len(word)
		}
	}
	end := at
	for end < len(text) && (text[end] >= '0' && text[end] <= '9' || text[end] == '-' || text[end] == '.' || text[end] == 'e' || text[end] == 'E' || text[end] == '+') {
		end++
	}
	if end == at || text[at] == '.' || text[at] == 'e' || text[at] == 'E' || !endsAt(text, end) {
		return -1
	}
	return end
}

// endsAt reports whether a word or a number may end before at.
func endsAt(text string, at int) bool {
	return at < len(text) && (text[at] == ',' || text[at] == '}' || text[at] == ' ' || text[at] == '\n' || text[at] == '\t' || text[at] == '\r')
}
