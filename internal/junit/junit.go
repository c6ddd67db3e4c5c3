// Package junit writes the results of checks as CI systems read them: JUnit's
// XML, in the form that https://github.com/testmoapp/junitxml describes.
package junit

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// Suite is a run of checks.
type Suite struct {
	Name  string
	At    time.Time // when it began
	Took  time.Duration
	Cases []Case
}

// Case is one check.
type Case struct {
	Name    string
	Class   string // the group that it is listed under
	Took    time.Duration
	Failure string // what was wrong, in a line; "" when nothing was
	Error   string // why there is no result, in a line
	Detail  string // more about a failure or an error, in lines
}

// Write writes the suite. Any text is fine: what XML can not carry is replaced.
func (s *Suite) Write(w io.Writer) error {
	failures, errors := 0, 0
	for _, c := range s.Cases {
		switch {
		case c.Error != "":
			errors++
		case c.Failure != "":
			failures++
		}
	}
	var b strings.Builder
	counts := fmt.Sprintf(`name="%s" tests="%d" failures="%d" errors="%d" time="%s"`, escape(s.Name), len(s.Cases), failures, errors, seconds(s.Took))
	b.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites " + counts + ">\n")
	fmt.Fprintf(&b, "  <testsuite %s timestamp=\"%s\">\n", counts, s.At.UTC().Format("2006-01-02T15:04:05"))
	for _, c := range s.Cases {
		c.write(&b)
	}
	b.WriteString("  </testsuite>\n</testsuites>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func (c *Case) write(b *strings.Builder) {
	fmt.Fprintf(b, `    <testcase name="%s" classname="%s" time="%s"`, escape(c.Name), escape(c.Class), seconds(c.Took))
	kind, message := "failure", c.Failure
	if c.Error != "" {
		kind, message = "error", c.Error
	}
	if message == "" {
		b.WriteString("/>\n")
		return
	}
	fmt.Fprintf(b, ">\n      <%s message=\"%s\">%s</%s>\n    </testcase>\n", kind, escape(message), escape(c.Detail), kind)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }

// escape makes text fit for an attribute and for content. Of the control
// characters XML 1.0 has only tab and line breaks, which an attribute needs in
// numbers to keep.
func escape(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"':
			b.WriteString("&#34;")
		case r == '\t' || r == '\n' || r == '\r':
			fmt.Fprintf(&b, "&#%d;", r)
		case r < ' ' || r == 0xfffe || r == 0xffff:
			b.WriteRune(utf8.RuneError)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
