package cmd_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// proof is a name in the table of promises: a story, or a package and its test or fuzz test.
var proof = regexp.MustCompile("`(?:(\\w+\\.txtar)|(\\w+): ((?:Test|Fuzz)\\w+))`")

// Every promise about failure has tests, and they are there.
func TestPromisesHaveTests(t *testing.T) {
	tests := map[string]map[string]bool{}
	promises := 0
	for line := range strings.Lines(withoutFences(readDoc(t, "reliability.md"))) {
		cells := strings.Split(line, "|")
		if len(cells) != 4 || strings.HasPrefix(cells[1], " ---") || cells[1] == " promise " {
			continue
		}
		promises++
		found := proof.FindAllStringSubmatch(cells[2], -1)
		if len(found) == 0 || len(found) != strings.Count(cells[2], "`")/2 {
			t.Errorf("%s: these are no tests: %s", cells[1], cells[2])
		}
		for _, m := range found {
			if err := proves(tests, m[1], m[2], m[3]); err != nil {
				t.Errorf("%s: %v", cells[1], err)
			}
		}
	}
	if promises < 50 {
		t.Errorf("only %d promises were read", promises)
	}
	if proves(tests, "", "cmd", "TestNone") == nil || proves(tests, "none.txtar", "", "") == nil || proves(tests, "", "cmd", "TestPromisesHaveTests") != nil {
		t.Error("proves does not tell")
	}
}

// proves reports whether a story, or a test of a package, exists. What is read of
// packages is remembered in tests.
func proves(tests map[string]map[string]bool, story, pkg, name string) error {
	if story != "" {
		_, err := os.Stat(filepath.Join("testdata", "script", story))
		return err
	}
	if tests[pkg] == nil {
		dir := filepath.Join("..", "internal", pkg)
		if pkg == "cmd" {
			dir = "."
		}
		found, err := testsIn(dir)
		if err != nil {
			return err
		}
		tests[pkg] = found
	}
	if !tests[pkg][name] {
		return fmt.Errorf("%s has no %s", pkg, name)
	}
	return nil
}

// testsIn are the tests of a directory, on whatever system they run.
func testsIn(dir string) (map[string]bool, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		return nil, err
	}
	found := map[string]bool{}
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil {
				found[f.Name.Name] = true
			}
		}
	}
	return found, nil
}
