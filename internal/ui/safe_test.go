package ui

import (
	"bytes"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestSafe(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"plain", "POST /hooks?x=1", "POST /hooks?x=1"},
		{"letters of other scripts", "Straße 東京 ☂ 👍", "Straße 東京 ☂ 👍"},
		{"escape sequence", "\x1b[2Jgone", `\x1b[2Jgone`},
		{"line breaks", "a\r\nb\tc", `a\r\nb\tc`},
		{"DEL and NUL", "\x7f\x00", `\x7f\x00`},
		{"C1 raw", "\x9b31m", `\x9b31m`},
		{"C1 encoded", "\u009b31m", `\u009b31m`},
		{"not UTF-8", "caf\xe9", `caf\xe9`},
		{"half a character", "\xe2\x82", `\xe2\x82`},
		{"surrogate in UTF-8", "\xed\xa0\x80", `\xed\xa0\x80`},
		{"right to left override", "a\u202etxt.exe", `a\u202etxt.exe`},
		{"zero width", "ad\u200bmin\ufeff", `ad\u200bmin\ufeff`},
		{"tag characters", "x\U000e0041", `x\U000e0041`},
		{"variation selectors", "x\ufe01\U000e0100", `x\ufe01\U000e0100`},
		{"no-break space", "a\u00a0b", `a\u00a0b`},
		{"Hangul filler", "a\u3164b", `a\u3164b`},
		{"mark on a letter", "e\u0301", "e\u0301"},
		{"mark on nothing", "\u0301", `\u0301`},
		{"mark on an escape", "\x00\u0301", `\x00\u0301`},
		{"too many marks", "e" + strings.Repeat("\u0301", 8), "e" + strings.Repeat("\u0301", 6) + strings.Repeat(`\u0301`, 2)},
		{"a backslash is not doubled", `C:\new`, `C:\new`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Safe(c.in); got != c.want {
				t.Errorf("Safe(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func TestSafeBodyKeepsLinesAndTabs(t *testing.T) {
	in := []byte("a\tb\nc\r\nd\x1b\n\u0301")
	if got, want := string(SafeBody(in)), "a\tb\nc\\r\nd\\x1b\n\\u0301"; got != want {
		t.Errorf("SafeBody(%q) = %q, want %q", in, got, want)
	}
}

// The rule, stated a second time and without the tables that Safe uses.
func mustEscape(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r <= 0x9f, // C0, DEL, C1
		r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x200e, r == 0x200f, r == 0x61c, // bidi
		r >= 0x200b && r <= 0x200d, r == 0x2060, r == 0xfeff, r == 0xad, // zero width, soft hyphen
		r == 0x2028, r == 0x2029,
		r >= 0xe0000 && r <= 0xe0fff, r >= 0xfe00 && r <= 0xfe0f, // tags, selectors
		r >= 0xe000 && r <= 0xf8ff, r >= 0xf0000,
		r >= 0xd800 && r <= 0xdfff:
		return true
	}
	return unicode.In(r, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp)
}

func TestSafeOnEveryCodePoint(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		in := "a" + string(r)
		if r >= 0xd800 && r <= 0xdfff {
			in = "a" + string([]byte{0xed, 0x80 | byte(r>>6&0x3f), 0x80 | byte(r&0x3f)})
		}
		got := Safe(in)
		if mustEscape(r) && (got == in || !clean(got)) {
			t.Errorf("Safe lets U+%04X through: %q", r, got)
		}
		if got != in && !strings.HasPrefix(got, `a\`) {
			t.Errorf("Safe turns U+%04X into %q", r, got)
		}
		// Latin, Greek, Cyrillic and CJK text is never touched.
		if (r >= 0x20 && r < 0x7f || r >= 0xc0 && r < 0x250 || r >= 0x4e00 && r <= 0x9fff) && got != in {
			t.Errorf("Safe changes U+%04X to %q", r, got)
		}
		if body := string(SafeBody([]byte(in))); body != got && r != '\n' && r != '\t' {
			t.Errorf("SafeBody makes %q of U+%04X, Safe %q", body, r, got)
		}
	}
}

func TestSafeOnEveryByte(t *testing.T) {
	for b := range 256 {
		for _, in := range []string{string([]byte{byte(b)}), string([]byte{byte(b), 'm'}), string([]byte{'a', byte(b), 0xff})} {
			checkHarmless(t, in)
		}
	}
}

func FuzzSafe(f *testing.F) {
	f.Add("plain")
	f.Add("\x1b]0;title\x07\u202e\xc2\x9b\xe2\x80\xae\r\n")
	f.Add("e\u0301\u0301\u0301")
	f.Fuzz(checkHarmless)
}

// checkHarmless holds the output to what a terminal may be given.
func checkHarmless(t *testing.T, in string) {
	t.Helper()
	got := Safe(in)
	body := string(SafeBody([]byte(in)))
	for _, r := range got {
		if mustEscape(r) {
			t.Fatalf("Safe(%q) = %q holds U+%04X", in, got, r)
		}
	}
	for _, r := range body {
		if mustEscape(r) && r != '\n' && r != '\t' {
			t.Fatalf("SafeBody(%q) = %q holds U+%04X", in, body, r)
		}
	}
	if !utf8.ValidString(got) || !utf8.ValidString(body) {
		t.Fatalf("output for %q is not UTF-8", in)
	}
	if strings.Count(body, "\n") != strings.Count(in, "\n") {
		t.Fatalf("SafeBody(%q) = %q has other lines", in, body)
	}
	if again := Safe(got); again != got {
		t.Fatalf("Safe(Safe(%q)) = %q, not %q", in, again, got)
	}
	styled := string(NewStyler(true).AppendSafe(nil, Good, in))
	if stripped := stripStyle(styled); stripped != got {
		t.Fatalf("styled %q is %q without its styles, want %q", in, stripped, got)
	}
}

// stripStyle removes whk's own sequences and no others.
func stripStyle(s string) string {
	for _, m := range NewStyler(true).marks {
		if m.open != "" {
			s = strings.ReplaceAll(strings.ReplaceAll(s, m.open, ""), m.close, "")
		}
	}
	return s
}

func TestEscapesAreSetApartByColor(t *testing.T) {
	st := NewStyler(true)
	safe := func(role Role, s string) string { return string(st.AppendSafe(nil, role, s)) }
	fake, real := safe(Plain, `\x1b`), safe(Plain, "\x1b")
	if fake == real {
		t.Errorf("data and escape look the same: %q", real)
	}
	if got, want := safe(Good, "a\x00b"), "\x1b[32ma\x1b[0m\x1b[2m\\x00\x1b[0m\x1b[32mb\x1b[0m"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSafeCostsNothingForPlainText(t *testing.T) {
	s, b := "application/json", []byte("{\n\t\"a\": 1\n}")
	if n := testing.AllocsPerRun(100, func() { Safe(s); SafeBody(b) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if got := SafeBody(b); &got[0] != &b[0] || !bytes.Equal(got, b) {
		t.Error("plain body was copied")
	}
}
