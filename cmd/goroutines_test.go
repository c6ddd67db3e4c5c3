package cmd_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"testing"
)

// Packages that start something which runs beside look for what their tests leave
// running, on one system at least.
func TestGoroutinesAreWatched(t *testing.T) {
	const watcher = "go.uber.org/goleak"
	packages := list(t)
	watched := map[string]bool{}
	for _, p := range packages {
		if slices.Contains(p.TestImports, watcher) || slices.Contains(p.XTestImports, watcher) {
			watched[p.ImportPath] = true
		}
	}
	if len(watched) == 0 {
		t.Error("nobody uses goleak")
	}
	for _, p := range packages {
		for _, file := range p.GoFiles {
			tree, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, file), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			if starts(tree) && !watched[p.ImportPath] {
				t.Errorf("%s/%s starts a goroutine, and no test of that package uses goleak", short(p.ImportPath), file)
			}
		}
	}
}

// starts reports whether a file starts goroutines, by itself or by what it calls: a
// command that is run has some, too.
func starts(tree *ast.File) bool {
	found := false
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			found = true
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.SelectorExpr); ok && slices.Contains([]string{"Go", "AfterFunc", "Command", "CommandContext"}, f.Sel.Name) {
				found = true
			}
		}
		return !found
	})
	return found
}

// The rule sees what it is there for.
func TestStartsIsSeen(t *testing.T) {
	for code, want := range map[string]bool{
		`func f() { go f() }`: true, `func f() { all.Go(f) }`: true, `func f() { context.AfterFunc(ctx, f) }`: true,
		`func f() { exec.Command("true").Run() }`: true, `func f() { exec.LookPath("true") }`: false, `func Go() { f() }`: false,
	} {
		tree, err := parser.ParseFile(token.NewFileSet(), "x.go", "package p\n"+code, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := starts(tree); got != want {
			t.Errorf("%s: %v", code, got)
		}
	}
}
