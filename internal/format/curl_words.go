package format

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// shellCommand is one command as a shell would run it.
type shellCommand struct {
	words []shellText
	stdin *string // what the command before the pipe writes into it; nil without one
}

// shellText is a word with the offset at which it begins.
type shellText struct {
	text string
	at   int
}

// splitter splits commands into words as a POSIX shell does, with the $'…' of
// bash. It expands nothing and runs nothing: what only a shell knows, such as
// the value of a variable or the output of a program, is an error. The
// exceptions are echo and printf, which commands use for bytes that do not fit
// into a word.
type splitter struct {
	src string
	pos int
}

// errorAt is an error at an offset of the text; the caller turns it into a line
// and a column.
type errorAt struct {
	at  int
	err error
}

func (e *errorAt) Error() string { return e.err.Error() }

func (s *splitter) fail(at int, format string, args ...any) error {
	return &errorAt{at, fmt.Errorf(format, args...)}
}

// end is what a command ends with.
type end byte

const (
	endOfText end = iota
	endOfCommand
	endPipe
)

// next returns the next command; nil at the end of the text.
func (s *splitter) next() (*shellCommand, error) {
	var stdin *string
	for {
		start := s.pos
		words, end, err := s.simple()
		switch {
		case err != nil:
			return nil, err
		case end == endPipe:
			if stdin != nil || len(words) == 0 {
				return nil, s.fail(start, "only echo or printf may write into curl")
			}
			text, err := s.output(words)
			if err != nil {
				return nil, err
			}
			stdin = &text
			s.skipLines()
		case len(words) > 0:
			return &shellCommand{words: words, stdin: stdin}, nil
		case stdin != nil:
			return nil, &errorAt{s.pos, fmt.Errorf("%w: the pipe leads nowhere", ErrIncomplete)}
		case end == endOfText:
			return nil, nil
		}
	}
}

// skipLines skips line breaks: a command may go on after a pipe.
func (s *splitter) skipLines() {
	for s.pos < len(s.src) && strings.IndexByte(" \t\r\n", s.src[s.pos]) >= 0 {
		s.pos++
	}
}

// simple reads words up to the end of a command.
func (s *splitter) simple() (words []shellText, how end, err error) {
	for {
		s.skipBlanks()
		if s.pos >= len(s.src) {
			return words, endOfText, nil
		}
		switch c := s.src[s.pos]; {
		case c == '\n', c == ';':
			s.pos++
			return words, endOfCommand, nil
		case c == '#':
			n := strings.IndexByte(s.src[s.pos:], '\n')
			if n < 0 {
				n = len(s.src) - s.pos
			}
			s.pos += n
		case strings.HasPrefix(s.src[s.pos:], "||"):
			return nil, 0, s.fail(s.pos, `"||" is the shell's, and no shell is run: leave it out`)
		case c == '|':
			if len(words) > 0 && isCurl(words[0].text) {
				return nil, 0, s.fail(s.pos, "the command ends here: leave out what its output goes to")
			}
			s.pos++
			return words, endPipe, nil
		default:
			w := shellText{at: s.pos}
			if w.text, err = s.word(); err != nil {
				return nil, 0, err
			}
			words = append(words, w)
		}
	}
}

// skipBlanks skips blanks and escaped line breaks.
func (s *splitter) skipBlanks() {
	for s.pos < len(s.src) {
		switch rest := s.src[s.pos:]; {
		case rest[0] == ' ', rest[0] == '\t', strings.HasPrefix(rest, "\r\n"), rest == "\r":
			s.pos++
		case strings.HasPrefix(rest, "\\\n"):
			s.pos += 2
		case strings.HasPrefix(rest, "\\\r\n"):
			s.pos += 3
		default:
			return
		}
	}
}

// word reads one word and removes its quotes.
func (s *splitter) word() (string, error) {
	var b strings.Builder
	start := s.pos
	for s.pos < len(s.src) {
		rest := s.src[s.pos:]
		switch c := rest[0]; {
		case strings.IndexByte(" \t\n;|", c) >= 0, strings.HasPrefix(rest, "\r\n"), rest == "\r":
			return b.String(), nil
		case strings.HasPrefix(rest, "\\\n"):
			s.pos += 2
		case strings.HasPrefix(rest, "\\\r\n"):
			s.pos += 3
		case c == '^' && s.pos == start && len(rest) > 1 && strings.IndexByte("\"\r\n", rest[1]) >= 0:
			return "", s.fail(s.pos, "this command is for the cmd of Windows: copy it as cURL (bash)")
		default:
			if err := s.piece(&b, start); err != nil {
				return "", err
			}
		}
	}
	return b.String(), nil
}

// piece reads a quoted part of a word, or one character.
func (s *splitter) piece(b *strings.Builder, start int) error {
	at := s.pos
	c := s.src[at]
	s.pos++
	switch c {
	case '\'':
		n := strings.IndexByte(s.src[s.pos:], '\'')
		if n < 0 {
			return &errorAt{at, fmt.Errorf("%w: the quote ' has no end", ErrIncomplete)}
		}
		b.WriteString(s.src[s.pos : s.pos+n])
		s.pos += n + 1
		return nil
	case '"':
		return s.doubleQuoted(b, at)
	case '\\':
		if s.pos == len(s.src) {
			return &errorAt{at, fmt.Errorf("%w: a \\ with nothing after it", ErrIncomplete)}
		}
		b.WriteByte(s.src[s.pos])
		s.pos++
		return nil
	case '$':
		return s.dollar(b, at, false)
	case '`', '&', '<', '>', '(', ')':
		return s.fail(at, "%q is the shell's, and no shell is run: quote it or leave it out", c)
	case '{':
		if !strings.HasPrefix(s.src[s.pos:], "}") {
			return s.fail(at, "a shell may take the { and what follows for several words: quote it")
		}
	case '~':
		if at == start {
			return s.fail(at, "a shell takes ~ for a directory: quote it or write it out")
		}
	}
	b.WriteByte(c)
	return nil
}

// doubleQuoted reads up to the quote that ends what began at offset at.
func (s *splitter) doubleQuoted(b *strings.Builder, at int) error {
	for s.pos < len(s.src) {
		c := s.src[s.pos]
		s.pos++
		switch c {
		case '"':
			return nil
		case '`':
			return s.fail(s.pos-1, "a shell would run what is between ` and `, and no shell is run")
		case '$':
			if err := s.dollar(b, s.pos-1, true); err != nil {
				return err
			}
		case '\\':
			if s.pos == len(s.src) {
				break
			}
			switch next := s.src[s.pos]; next {
			case '\n':
			case '$', '`', '"', '\\':
				b.WriteByte(next)
			default:
				b.WriteByte('\\')
				b.WriteByte(next)
			}
			s.pos++
		default:
			b.WriteByte(c)
		}
	}
	return &errorAt{at, fmt.Errorf(`%w: the quote " has no end`, ErrIncomplete)}
}

// dollar reads what follows the $ at offset at.
func (s *splitter) dollar(b *strings.Builder, at int, quoted bool) error {
	rest := s.src[s.pos:]
	switch {
	case strings.HasPrefix(rest, "'") && !quoted:
		s.pos++
		return s.ansiQuoted(b, at)
	case strings.HasPrefix(rest, `"`) && !quoted:
		return s.fail(at, `$"…" is a translation, which only a shell could make`)
	case strings.HasPrefix(rest, "("):
		s.pos++
		return s.substitution(b, at, quoted)
	case rest != "" && (rest[0] == '{' || rest[0] == '_' || isLetter(rest[0]) || rest[0] >= '0' && rest[0] <= '9' || strings.IndexByte("?@*#!-$", rest[0]) >= 0):
		name := rest
		if n := strings.IndexFunc(rest[1:], func(r rune) bool {
			return r != '_' && !(r < utf8.RuneSelf && (isLetter(byte(r)) || r >= '0' && r <= '9'))
		}); n >= 0 {
			name = rest[:n+1]
		}
		return s.fail(at, "the value of $%s is the shell's, and no shell is run: write the value, or put the word between ' and '", strings.TrimPrefix(name, "{"))
	}
	b.WriteByte('$')
	return nil
}

// substitution reads "printf WORD)" and what printf would write.
func (s *splitter) substitution(b *strings.Builder, at int, quoted bool) error {
	only := func() error {
		return s.fail(at, "a shell would run what is in $(…), and no shell is run; only \"$(printf '…')\" is read")
	}
	if !quoted || !strings.HasPrefix(s.src[s.pos:], "printf ") {
		return only()
	}
	s.pos += len("printf ")
	s.skipBlanks()
	formatAt := s.pos
	if s.pos >= len(s.src) || s.src[s.pos] != '\'' {
		return only()
	}
	var word strings.Builder
	if err := s.piece(&word, s.pos); err != nil {
		return err
	}
	if !strings.HasPrefix(s.src[s.pos:], ")") {
		return only()
	}
	s.pos++
	text, err := s.printf([]shellText{{word.String(), formatAt}})
	b.WriteString(strings.TrimRight(strings.ReplaceAll(text, "\x00", ""), "\n")) // as shells do
	return err
}

// ansiQuoted reads the rest of a $'…' of bash.
// Rule: https://www.gnu.org/software/bash/manual/html_node/ANSI_002dC-Quoting.html
func (s *splitter) ansiQuoted(b *strings.Builder, at int) error {
	for s.pos < len(s.src) {
		c := s.src[s.pos]
		s.pos++
		switch {
		case c == '\'':
			return nil
		case c != '\\' || s.pos == len(s.src):
			b.WriteByte(c)
		default:
			if err := s.ansiEscape(b); err != nil {
				return err
			}
		}
	}
	return &errorAt{at, fmt.Errorf("%w: the quote $' has no end", ErrIncomplete)}
}

// ansiEscape reads what follows a backslash.
func (s *splitter) ansiEscape(b *strings.Builder) error {
	at := s.pos - 1
	c := s.src[s.pos]
	if value, ok := simpleEscape(c); ok {
		s.pos++
		b.WriteByte(value)
		return nil
	}
	nul := func() error { return s.fail(at, "a word cannot hold a NUL byte") }
	switch c {
	case 'e', 'E', '?':
		s.pos++
		b.WriteByte(map[byte]byte{'e': 0x1b, 'E': 0x1b, '?': '?'}[c])
		return nil
	case 'x', 'u', 'U':
		s.pos++
		value, digits := s.number(16, map[byte]int{'x': 2, 'u': 4, 'U': 8}[c])
		switch {
		case digits == 0:
			b.WriteString(`\` + string(c))
		case value == 0:
			return nul()
		case c == 'x':
			b.WriteByte(byte(value))
		case !utf8.ValidRune(rune(value)) || value > utf8.MaxRune:
			return s.fail(at, "%q is not a character", s.src[at:s.pos])
		default:
			b.WriteRune(rune(value))
		}
		return nil
	case 'c':
		return s.fail(at, `\c is not read: write the character's number, such as \x01`)
	}
	if c >= '0' && c <= '7' {
		value, _ := s.number(8, 3)
		if byte(value) == 0 {
			return nul()
		}
		b.WriteByte(byte(value))
		return nil
	}
	b.WriteByte('\\')
	return nil
}

// simpleEscape is what the escapes mean that $'…' and printf share.
func simpleEscape(c byte) (byte, bool) {
	if i := strings.IndexByte(`abfnrtv\'"`, c); i >= 0 {
		return "\a\b\f\n\r\t\v\\'\""[i], true
	}
	return 0, false
}

// number reads at most most digits.
func (s *splitter) number(base, most int) (value uint64, digits int) {
	for digits < most && s.pos < len(s.src) {
		d := hexValue(s.src[s.pos])
		if d < 0 || d >= base {
			break
		}
		value = value*uint64(base) + uint64(d)
		s.pos++
		digits++
	}
	return value, digits
}

// output is what an echo or a printf writes.
func (s *splitter) output(words []shellText) (string, error) {
	switch words[0].text {
	case "printf":
		if len(words) > 1 {
			return s.printf(words[1:])
		}
	case "echo":
		return s.echo(words[1:])
	}
	return "", s.fail(words[0].at, "only echo or printf may write into curl; save what %q writes in a file and name it @file", words[0].text)
}

func (s *splitter) echo(words []shellText) (string, error) {
	newline := "\n"
	if len(words) > 0 && words[0].text == "-n" {
		newline, words = "", words[1:]
	}
	var texts []string
	for i, w := range words {
		if strings.Contains(w.text, `\`) || i == 0 && strings.HasPrefix(w.text, "-") {
			return "", s.fail(w.at, "what echo makes of this depends on the shell: use printf")
		}
		texts = append(texts, w.text)
	}
	return strings.Join(texts, " ") + newline, nil
}

// printf is what printf writes for a format whose only conversion is %s.
func (s *splitter) printf(words []shellText) (string, error) {
	f := &splitter{src: words[0].text}
	args := words[1:]
	fail := func(what string) (string, error) {
		return "", s.fail(words[0].at, "printf: %s is not read, only %%s, %%%% and escapes are", what)
	}
	if strings.HasPrefix(f.src, "-") {
		return fail("an option")
	}
	var b strings.Builder
	for f.pos < len(f.src) {
		c := f.src[f.pos]
		f.pos++
		if c != '%' && c != '\\' {
			b.WriteByte(c)
			continue
		}
		if f.pos == len(f.src) {
			return fail(strconv.Quote(string(c)) + " at the end")
		}
		next := f.src[f.pos]
		escape, ok := simpleEscape(next)
		switch {
		case c == '%' && next == '%':
			b.WriteByte('%')
		case c == '%' && next == 's':
			if len(args) > 0 {
				b.WriteString(args[0].text)
				args = args[1:]
			}
		case c == '\\' && next >= '0' && next <= '7':
			value, _ := f.number(8, 3)
			b.WriteByte(byte(value))
			continue
		case c == '\\' && ok && next != '\'':
			b.WriteByte(escape)
		default:
			return fail(strconv.Quote(f.src[f.pos-1 : f.pos+1]))
		}
		f.pos++
	}
	if len(args) > 0 {
		return fail("a second round of the format")
	}
	return b.String(), nil
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// isCurl reports whether a command's first word calls curl.
func isCurl(word string) bool {
	name := word[strings.LastIndexAny(word, `/\`)+1:]
	return name == "curl" || name == "curl.exe"
}

// placeWord turns an error at an offset into one at a line and a column.
func placeWord(data []byte, err error) error {
	var at *errorAt
	if errors.As(err, &at) {
		return place(data, at.at, at.err)
	}
	return err
}
