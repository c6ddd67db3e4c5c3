package payload

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// Any path of any body can be overridden and removed, and anything can be added
// to any object or list of it, without another byte being touched. The bodies
// are written as no printer would: odd numbers, blanks everywhere, keys that need
// escapes.
func TestApplyOnAnyBody(t *testing.T) {
	values := []string{`"x"`, "1.10e+2", "plain text", `{"k": [1 ]}`, "-0", "", "null", "é"}
	edits := map[Op]int{}
	for seed := range uint64(400) {
		w := &oddWriter{r: rand.New(rand.NewPCG(seed, 1))}
		w.blank()
		w.value(0)
		w.blank()
		body := []byte(w.String())
		all := paths(body)
		if len(all) == 0 {
			continue
		}
		for range 4 {
			path, value := all[w.r.IntN(len(all))], values[w.r.IntN(len(values))]
			for _, e := range []Edit{{Override, path, value}, {Remove, path, ""}, {Add, path + ".new", value}, {Add, path + "[-]", value}} {
				p, err := parsePath(e.Path)
				if err != nil {
					t.Fatal(err)
				}
				got, err := Apply(body, []Edit{e})
				if e.Op == Add && err != nil {
					continue // what the path leads to is no place to add to
				}
				if err != nil {
					t.Fatalf("seed %d: %+v on %q: %v", seed, e, body, err)
				}
				edits[e.Op]++
				checkBytes(t, e, p, body, got)
				checkMeaning(t, e, p, body, got)
			}
		}
	}
	for _, op := range []Op{Override, Add, Remove} {
		if edits[op] < 250 {
			t.Errorf("only %d times %s", edits[op], op)
		}
	}
}

// oddWriter writes JSON that is valid and nothing more.
type oddWriter struct {
	strings.Builder
	r *rand.Rand
}

func (w *oddWriter) blank() {
	for range w.r.IntN(3) {
		w.WriteByte(" \t\r\n"[w.r.IntN(4)])
	}
}

func (w *oddWriter) pick(texts ...string) { w.WriteString(texts[w.r.IntN(len(texts))]) }

func (w *oddWriter) value(depth int) {
	kind := w.r.IntN(6)
	if depth == 0 {
		kind = w.r.IntN(2)
	}
	switch {
	case kind == 0 && depth < 5:
		w.members('{', '}', depth)
	case kind == 1 && depth < 5:
		w.members('[', ']', depth)
	case kind == 2:
		w.pick("0", "-0", "1.0", "1e5", "1E-07", "12345678901234567890", "0.1000")
	case kind == 3:
		w.pick("true", "false", "null")
	default:
		w.pick(`""`, `"a"`, `"\u00e9\/"`, `"}]\"{["`, `"\\"`, `"日本"`, `"${uuid}"`)
	}
}

func (w *oddWriter) members(open, end byte, depth int) {
	w.WriteByte(open)
	w.blank()
	for i := range w.r.IntN(5) {
		if i > 0 {
			w.WriteByte(',')
			w.blank()
		}
		if open == '{' {
			w.pick(`"a`, `"a.b`, `"x[0]`, `"\u0061`, `"k=v`, `"\"q`, `"`, `"0`)
			w.WriteString(strconv.Itoa(i) + `"`)
			w.blank()
			w.WriteByte(':')
			w.blank()
		}
		w.value(depth + 1)
		w.blank()
	}
	w.WriteByte(end)
}
