package ui

import (
	"strings"
	"testing"

	"github.com/charmbracelet/lipgloss"
)

func events() *Table {
	t := NewTable("NAME", "N", "TITLE").Style(Event).Right(1)
	t.Row("invoice.paid", "4", "An invoice was paid")
	t.Row("東京", "1200", "wide characters")
	t.Row("bad\nname", "", "")
	t.Row("short")
	return t
}

// Wide columns give way to those behind them, evenly, and no further than needed.
func TestTableNarrows(t *testing.T) {
	table := NewTable("NAME", "TITLE", "HEADER", "N").Right(3).Narrow(1, 2)
	table.Row("one", "a title of 24 characters", "X-Signature-Of-Thirty-Chars", "4")
	table.Row("two", "東京の長い長い長い題名", "X", "1200")
	for width, want := range map[int]string{
		0: `
NAME  TITLE                     HEADER                          N
one   a title of 24 characters  X-Signature-Of-Thirty-Chars     4
two   東京の長い長い長い題名    X                            1200
`,
		64: `
NAME  TITLE                     HEADER                         N
one   a title of 24 characters  X-Signature-Of-Thirty-Cha…     4
two   東京の長い長い長い題名    X                           1200
`,
		45: `
NAME  TITLE            HEADER               N
one   a title of 24 …  X-Signature-Of-…     4
two   東京の長い長い…  X                 1200
`,
		30: `
NAME  TITLE         HEADER
one   a title of …  X-Signatu…
two   東京の長い…   X
`,
	} {
		s, out, _ := Buffers("")
		s.Width = width
		if err := table.Print(s); err != nil {
			t.Fatal(err)
		}
		if got := "\n" + out.String(); got != want {
			t.Errorf("%d columns:%s", width, got)
		}
	}
}

func TestTable(t *testing.T) {
	for _, c := range []struct {
		name  string
		color bool
		width int
		want  string
	}{
		{"piped", false, 0, `
NAME             N  TITLE
invoice.paid     4  An invoice was paid
東京          1200  wide characters
bad\nname
short
`},
		{"narrow terminal", false, 25, `
NAME             N  TITLE
invoice.paid     4  An i…
東京          1200  wide…
bad\nname
short
`},
		{"narrower than a column", false, 6, `
NAME
invoi…
東京
bad\n…
short
`},
		{"colour", true, 0, "\n" +
			"\x1b[2mNAME\x1b[0m             \x1b[2mN\x1b[0m  \x1b[2mTITLE\x1b[0m\n" +
			"\x1b[36minvoice.paid\x1b[0m     4  An invoice was paid\n" +
			"\x1b[36m東京\x1b[0m          1200  wide characters\n" +
			"\x1b[36mbad\x1b[0m\x1b[2m\\n\x1b[0m\x1b[36mname\x1b[0m\n" +
			"\x1b[36mshort\x1b[0m\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, out, _ := Buffers("")
			s.Color, s.Width = c.color, c.width
			if err := events().Print(s); err != nil {
				t.Fatal(err)
			}
			if got := "\n" + out.String(); got != c.want {
				t.Errorf("got:%s\nwant:%s\n%q", got, c.want, got)
			}
		})
	}
}

func TestTableNeverPassesTheWidth(t *testing.T) {
	for width := 1; width < 60; width++ {
		var out Buffer
		if err := events().Write(&out, nil, width); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			line = strings.TrimSuffix(line, "\n")
			if lipgloss.Width(line) > width || strings.HasSuffix(line, " ") {
				t.Errorf("width %d: %q", width, line)
			}
		}
	}
}

func TestCutOfBytes(t *testing.T) {
	for n := range 12 {
		got := cut("a\xff\u202eb\u0301c", n)
		if w := textWidth(got); w > n {
			t.Errorf("cut to %d has %d columns: %q", n, w, got)
		}
	}
}
