package cmd_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The guide to writing a provider works as it stands: its commands are run and
// its files written, in its order, in an empty project.
func TestProviderGuide(t *testing.T) {
	w := newDocWorld(t)
	guide := readDoc(t, "provider-guide.md")
	block := regexp.MustCompile("(?s)(?:`([^`\n]+)`:\n\n)?```(\\w+)\n(.*?)```")
	var ran []string
	for _, m := range block.FindAllStringSubmatch(guide, -1) {
		file, kind, text := m[1], m[2], m[3]
		switch {
		case kind == "sh":
			for line := range strings.Lines(text) {
				ran = append(ran, guideLine(t, w, strings.TrimSpace(line)))
			}
		case file != "":
			w.write(t, filepath.Join("project", file), text)
		}
	}
	if want := "new rm lint printf verify"; strings.Join(ran, " ") != want {
		t.Errorf("ran %q, want %q", ran, want)
	}
	// The page's own words: a stale one, another secret's form, and a rotation.
	body := filepath.Join(w.home, "project", "body.json")
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"gen-secret", "-p", "northwind"}, 0, "nws_"},
		{[]string{"sign", "-p", "northwind", "--secret", "whsec_abc", body}, 2, "does not begin with nws_"},
		{[]string{"sign", "-p", "northwind", "--secret", "nws_example", "--at", "1741076100", "--event", "payment.settled", body}, 0, "NW-Signature: ts=1741076100;h1="},
	} {
		code, out, stderr := w.run(t, "", c.args...)
		if code != c.code || !strings.Contains(out+stderr, c.want) {
			t.Errorf("%v: exit %d: %s%s", c.args, code, out, stderr)
		}
	}
}

var guideWord = regexp.MustCompile(`"([^"]*)"|'([^']*)'|(\S+)`)

// guideLine runs a line of the guide and returns the word that tells which it
// was.
func guideLine(t *testing.T, w *docWorld, line string) string {
	t.Helper()
	var words []string
	for _, m := range guideWord.FindAllStringSubmatch(line, -1) {
		words = append(words, m[1]+m[2]+m[3])
	}
	project := filepath.Join(w.home, "project")
	switch words[0] {
	case "rm":
		if err := os.Remove(filepath.Join(project, words[1])); err != nil {
			t.Fatal(err)
		}
		return "rm"
	case "printf":
		w.write(t, filepath.Join("project", words[3]), words[1])
		return "printf"
	case "whk":
		for i, word := range words {
			if word == "body.json" {
				words[i] = filepath.Join(project, word)
			}
		}
		if code, out, stderr := w.run(t, "", words[1:]...); code != 0 {
			t.Fatalf("%s: exit %d: %s%s", line, code, out, stderr)
		}
		if words[1] == "providers" {
			return words[2]
		}
		return words[1]
	}
	t.Fatalf("%s: not known here", line)
	return ""
}
