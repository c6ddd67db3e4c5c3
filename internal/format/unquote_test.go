package format

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// meaning is what encoding/json reads from a string that starts behind its
// opening quote, and the number of bytes that it takes; false for what is no
// string, and for halves of pairs, which encoding/json would replace.
func meaning(src string) (text string, size int, ok bool) {
	for i := 0; i < len(src); i++ {
		switch src[i] {
		case '\\':
			i++
		case '"':
			raw := []byte(`"` + src[:i+1])
			if json.Unmarshal(raw, &text) != nil || loneSurrogate(raw) >= 0 {
				return "", 0, false
			}
			return text, i + 1, true
		}
	}
	return "", 0, false
}

func checkUnquote(t *testing.T, dst []byte, src string) []byte {
	t.Helper()
	want, wantSize, wantOK := meaning(src)
	got, size, ok := unquote(dst, []byte(src))
	if ok != wantOK || ok && (string(got) != want || size != wantSize) {
		t.Fatalf("%q\ngot  %q, %d, %v\nwant %q, %d, %v", src, got, size, ok, want, wantSize, wantOK)
	}
	return got
}

// Every escape, and every end, at every place of the 64 bytes that are looked at
// together.
func TestUnquoteAtEveryPlace(t *testing.T) {
	var dst []byte
	pieces := []string{`"`, `\"`, `\\`, `\\"`, `\/`, `\b\f\n\r\t`, `\u00e9`, `\ud83d\ude00`, `\ud83d`, `\ude00`, `\ud83dx`, `\x`, `\u12g4`, "\n", "\x1f", "\x7f", "é", "😀", "\u2028", `\`, `""`, ``}
	for _, piece := range pieces {
		for before := range 3*block + 2 {
			for _, after := range []int{0, 1, 15, 70, 150} {
				src := strings.Repeat("x", before) + piece + strings.Repeat("y", after)
				dst = checkUnquote(t, dst, src)
				dst = checkUnquote(t, dst, src+`"`+strings.Repeat(" ", after))
				dst = checkUnquote(t, dst, strings.Repeat(`\"`, before/2)+src+piece+`","next":"`+strings.Repeat("z", after))
			}
		}
	}
}

func FuzzUnquote(f *testing.F) {
	f.Add(`{\"a\":\"\\\\\",\"b\":[1,2,{\"c\":\"\u00e9\ud83d\ude00\"}],\"d\":\"` + strings.Repeat("x", 100) + `\"}","next":1}`)
	f.Add(strings.Repeat(`\\`, 100) + `"`)
	f.Fuzz(func(t *testing.T, src string) {
		if utf8.ValidString(src) {
			checkUnquote(t, nil, src)
			checkUnquote(t, nil, src+`"`+strings.Repeat(" ", 100))
		}
	})
}

func TestMarksAreExact(t *testing.T) {
	for a := range 256 {
		for b := range 256 {
			w := uint64(a) | uint64(b)<<8 | 'x'*(everyByte&^0xffff)
			special := func(c int) bool { return c < ' ' || c == '"' || c == '\\' }
			if m := marks(w); (m&0x80 != 0) != special(a) || (m&0x8000 != 0) != special(b) || m&^0x8080 != 0 {
				t.Fatalf("%02x %02x: %x", a, b, m)
			}
		}
	}
}

func BenchmarkUnquote(b *testing.B) {
	plain, dense := strings.Repeat("p", 1024), strings.Repeat(`{\"sku\":\"sku_1\",\"qty\":1,\"price\":\"12.50\"},`, 25)
	for name, src := range map[string]string{"plain": plain, "dense": dense} {
		b.Run(name, func(b *testing.B) {
			text, dst := []byte(src+`","body_size":1024`+strings.Repeat(" ", 200)), []byte(nil)
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			for b.Loop() {
				var ok bool
				if dst, _, ok = unquote(dst, text); !ok {
					b.Fatal("no string")
				}
			}
		})
	}
}
