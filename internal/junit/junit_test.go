package junit

import (
	"encoding/xml"
	"strings"
	"testing"
	"time"
)

func TestWrite(t *testing.T) {
	s := Suite{Name: "whk <listen>", At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("x", 3600)), Took: 1500 * time.Millisecond, Cases: []Case{
		{Name: "invoice.paid", Class: "whk.listen"},
		{Name: `a "b" & c`, Class: "whk.listen", Took: time.Millisecond, Failure: "2 of 3\ncame", Detail: "one\n<two> ]]>\x1b[2J\xff\ufffe"},
		{Name: "c", Error: "interrupted"},
	}}
	const want = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="whk &lt;listen&gt;" tests="3" failures="1" errors="1" time="1.500">
  <testsuite name="whk &lt;listen&gt;" tests="3" failures="1" errors="1" time="1.500" timestamp="2026-01-02T02:04:05">
    <testcase name="invoice.paid" classname="whk.listen" time="0.000"/>
    <testcase name="a &#34;b&#34; &amp; c" classname="whk.listen" time="0.001">
      <failure message="2 of 3&#10;came">one&#10;&lt;two&gt; ]]&gt;` + "�[2J��" + `</failure>
    </testcase>
    <testcase name="c" classname="" time="0.000">
      <error message="interrupted"></error>
    </testcase>
  </testsuite>
</testsuites>
`
	var b strings.Builder
	if err := s.Write(&b); err != nil || b.String() != want {
		t.Errorf("%v, got:\n%s", err, b.String())
	}
}

// Whatever a name holds, an XML parser reads it back.
func FuzzWrite(f *testing.F) {
	f.Add(`a"<>&'`)
	f.Add("tab\tline\nreturn\r")
	f.Fuzz(func(t *testing.T, text string) {
		var b strings.Builder
		s := Suite{Cases: []Case{{Name: text, Failure: "x", Detail: text}}}
		if err := s.Write(&b); err != nil {
			t.Fatal(err)
		}
		var got struct {
			Cases []struct {
				Name    string `xml:"name,attr"`
				Failure string `xml:"failure"`
			} `xml:"testsuite>testcase"`
		}
		if err := xml.Unmarshal([]byte(b.String()), &got); err != nil {
			t.Fatalf("%v:\n%s", err, b.String())
		}
		if len(got.Cases) != 1 || printable(text) && (got.Cases[0].Name != text || got.Cases[0].Failure != text) {
			t.Errorf("%q is read back as %q", text, got.Cases)
		}
	})
}

// printable reports whether XML can carry the text.
func printable(text string) bool {
	return strings.ToValidUTF8(text, "") == text && !strings.ContainsFunc(text, func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff
	})
}
