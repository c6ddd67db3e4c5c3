package ui

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestMessages(t *testing.T) {
	for _, c := range []struct {
		name, want string
		print      func(*Streams)
	}{
		{"error", "whk: open x: no such file\n",
			func(s *Streams) { s.PrintError(errors.New("open x: no such file")) }},
		{"hints", "whk: no\nhint: first\nhint: second\n",
			func(s *Streams) { s.PrintError(errors.New("no"), "first", "", "second") }},
		{"hostile error", `whk: target said \x1b[2J\nwhk: all is well` + "\n" + `hint: \r` + "\n",
			func(s *Streams) { s.PrintError(errors.New("target said \x1b[2J\nwhk: all is well"), "\r") }},
		{"warning", "whk: warning: --secret shows in process lists\nhint: use --secret-file\n",
			func(s *Streams) { s.Warn("--secret shows in process lists", "use --secret-file") }},
		{"note", `3 from "a\nb"` + "\n",
			func(s *Streams) { s.Notef("%d from \"%s\"", 3, "a\nb") }},
		{"JSON", `{"type":"error","error":"a\nb <x>","exit_code":2,"hints":["h"]}` + "\n",
			func(s *Streams) { s.PrintErrorJSON(errors.New("a\nb <x>"), 2, "h") }},
		{"colour", "\x1b[1;31mwhk:\x1b[0m no\n\x1b[34mhint:\x1b[0m yes\n",
			func(s *Streams) { s.ColorErr = true; s.PrintError(errors.New("no"), "yes") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, out, errs := Buffers("")
			c.print(s)
			if out.String() != "" || errs.String() != c.want {
				t.Errorf("stdout %q, stderr %q, want %q", out, errs, c.want)
			}
		})
	}
}

func TestJSONIsTheSameTextAndHarmless(t *testing.T) {
	all := new(strings.Builder)
	for r := rune(0); r <= unicode.MaxRune; r += 1 + r/4096 {
		all.WriteRune(r)
	}
	var out Buffer
	if err := JSON(&out, map[string]string{"<&>": all.String()}); err != nil {
		t.Fatal(err)
	}
	checkJSONLine(t, out.String())
	var back map[string]string
	if err := json.Unmarshal([]byte(out.String()), &back); err != nil || back["<&>"] != all.String() {
		t.Errorf("text does not survive: %v", err)
	}
	if !strings.HasPrefix(out.String(), `{"<&>":`) {
		t.Errorf("HTML characters are escaped: %.20q", out.String())
	}
}

func TestJSONOfBytesThatAreNotText(t *testing.T) {
	var out Buffer
	if err := JSON(&out, []any{"\xff\x9b", json.RawMessage("\"\xff\"")}); err != nil {
		t.Fatal(err)
	}
	checkJSONLine(t, out.String())
}

func TestJSONThatCannotBe(t *testing.T) {
	if line, err := AppendJSON([]byte("before"), math.NaN()); err == nil || string(line) != "before" {
		t.Errorf("got %q, %v", line, err)
	}
}

func checkJSONLine(t *testing.T, line string) {
	t.Helper()
	body, ok := strings.CutSuffix(line, "\n")
	if !ok || !json.Valid([]byte(line)) || !utf8.ValidString(line) {
		t.Fatalf("not a line of JSON: %q", line)
	}
	for _, r := range body {
		if mustEscape(r) {
			t.Fatalf("JSON holds U+%04X", r)
		}
	}
}
