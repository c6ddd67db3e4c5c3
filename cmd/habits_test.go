package cmd_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/whk-cli/whk/internal/provider"
)

// Habits that a reader of one file relies on without looking at the others: the
// process ends in main, prints through its streams, starts nothing by being
// linked, and has one root context. And nothing in Go knows a provider.
func TestHabits(t *testing.T) {
	rules := habits(t)
	seen := map[string]bool{}
	for _, p := range list(t) {
		if short(p.ImportPath) == "fixtures" {
			continue
		}
		for _, file := range p.GoFiles {
			path := filepath.Join(p.Dir, file)
			if seen[path] {
				continue
			}
			seen[path] = true
			src, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, fault := range rules.check(t, short(p.ImportPath)+"/"+file, src) {
				t.Error(fault)
			}
		}
	}
	if len(seen) < 50 {
		t.Errorf("only %d files were read", len(seen))
	}
}

// The rules see what they are there for.
func TestHabitRulesFail(t *testing.T) {
	rules := habits(t)
	for _, c := range []struct{ file, code string }{
		{"internal/ui/x.go", `func f() { os.Exit(1) }`},
		{"internal/ui/x.go", `func f() { fmt.Println("a") }`},
		{"internal/ui/x.go", `func f() { fmt.Print("a") }`},
		{"internal/ui/x.go", `func init() {}`},
		{"cmd/listen.go", `var ctx = context.Background()`},
		{"cmd/listen.go", `var ctx = context.TODO()`},
		{"cmd/listen.go", `func f() { log.Fatal("a") }`},
		{"cmd/listen.go", `func f() { println("a") }`},
		{"internal/config/x.go", `var x = viper.GetString("a")`},
		{"cmd/x.go", `var x = name == "machnet"`},
		{"cmd/x.go", `func signSaas() {}`},
		{"cmd/x.go", `var x = map[string]int{"cloudblue-connect": 1}`},
		{"cmd/x.go", `var x = "X-Of-cloudblue-connect"`},
		{"internal/provider/x.go", `var x = "as rosaas does it"`},
		{"internal/provider/x.go", "// f is for RoSaaS.\nfunc f() {}"},
		{"internal/provider/x.go", "// f is as Stripe has it.\nfunc f() {}"},
		{"internal/provider/x.go", `var x = name == "slack"`},
		{"cmd/x.go", `func verifyGithub() {}`},
	} {
		if got := rules.check(t, c.file, []byte("package p\n"+c.code+"\n")); len(got) != 1 {
			t.Errorf("%s: %s: %q, want one fault", c.file, c.code, got)
		}
	}
	for _, c := range []struct{ file, code string }{
		{"cmd/cmd.go", `var ctx = context.Background()`},
		{"/main.go", `func main() { os.Exit(1) }`},
		{"cmd/x.go", `var x = "whk providers show machnet"`},
		{"cmd/x.go", "// As in https://docs.rosaas.app/x.\nfunc f() {}"},
		{"internal/ui/x.go", `func (x) init() {}`},
		{"internal/config/x.go", `var x = viper.New()`},
		{"internal/signing/x.go", "// https://docs.stripe.com/webhooks\nfunc f() {}"},
		{"internal/signing/x.go", `import "github.com/x/github"`},
		{"internal/ui/x.go", "// oneLine is a line.\nfunc oneLine() {}"},
	} {
		if got := rules.check(t, c.file, []byte("package p\n"+c.code+"\n")); len(got) != 0 {
			t.Errorf("%s: %s: %q, want no fault", c.file, c.code, got)
		}
	}
}

// habitRules know the providers' names.
type habitRules struct {
	names []string // as an identifier would hold them: lower case, without signs
	word  *regexp.Regexp
	known map[string]bool // identifiers that were looked at
}

// ordinary are providers' names that are English words, or Go ones.
var ordinary = []string{"box", "line", "linear", "meta", "monday", "mux", "notion", "paddle", "resend", "sanity", "slack", "square", "zoom",
	"clerk", "discord", "intercom", "plaid", "pusher", "sentry", "twitch"}

// address is what a comment that names a rule's source may hold, and a module.
var address = regexp.MustCompile(`(https?://|github\.com/)\S+`)

func habits(t *testing.T) habitRules {
	t.Helper()
	names := slices.DeleteFunc(provider.NewRegistry().Names(), func(name string) bool { return slices.Contains(ordinary, name) })
	if len(names) < 4 {
		t.Fatalf("providers: %q", names)
	}
	rules := habitRules{known: map[string]bool{}}
	var quoted []string
	for _, name := range names {
		rules.names = append(rules.names, strings.NewReplacer("-", "", "_", "").Replace(name))
		quoted = append(quoted, regexp.QuoteMeta(name))
	}
	rules.word = regexp.MustCompile(`(?i)\b(` + strings.Join(quoted, "|") + `)\b`)
	return rules
}

func (r habitRules) check(t *testing.T, file string, src []byte) []string {
	t.Helper()
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, file, src, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var faults []string
	report := func(at token.Pos, format string, args ...any) {
		faults = append(faults, fmt.Sprintf("%s: %s", set.Position(at), fmt.Sprintf(format, args...)))
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.FuncDecl:
			if n.Name.Name == "init" && n.Recv == nil {
				report(n.Pos(), "init runs in every command: make it a call")
			}
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok {
				if why := refused(file, x.Name, n.Sel.Name); why != "" {
					report(n.Pos(), "%s.%s: %s", x.Name, n.Sel.Name, why)
				}
			}
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.Ident); ok && (f.Name == "print" || f.Name == "println") {
				report(n.Pos(), "%s writes past the streams", f.Name)
			}
		case *ast.Ident:
			if r.named(n.Name) {
				report(n.Pos(), "%s is named for a provider: what differs is data", n.Name)
			}
		case *ast.BasicLit:
			if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING && r.knows(file, text) {
				report(n.Pos(), "%s knows a provider: what differs is data", n.Value)
			}
		}
		return true
	})
	for _, group := range tree.Comments {
		if r.word.MatchString(address.ReplaceAllString(group.Text(), "")) {
			report(group.Pos(), "a comment names a provider: say what property is meant")
		}
	}
	return faults
}

// refused says why pkg.name is not to stand in file.
func refused(file, pkg, name string) string {
	isMain := strings.HasSuffix(file, "/main.go")
	switch {
	case pkg == "os" && name == "Exit" && !isMain, pkg == "log" && strings.HasPrefix(name, "Fatal") && !isMain:
		return "only main ends the process"
	case pkg == "fmt" && strings.HasPrefix(name, "Print"):
		return "print to the streams of the run"
	case pkg == "context" && (name == "Background" || name == "TODO") && file != "cmd/cmd.go":
		return "take the caller's context"
	case pkg == "viper" && strings.ToUpper(name[:1]) == name[:1] && !slices.Contains([]string{"New", "NewWithOptions", "KeyDelimiter", "Viper"}, name):
		return "that is the package's own instance, which all share"
	}
	return ""
}

// named reports whether an identifier holds the name of a provider.
func (r habitRules) named(ident string) bool {
	if named, ok := r.known[ident]; ok {
		return named
	}
	plain := strings.ToLower(strings.ReplaceAll(ident, "_", ""))
	named := slices.ContainsFunc(r.names, func(name string) bool { return strings.Contains(plain, name) })
	r.known[ident] = named
	return named
}

// knows reports whether a text names a provider in another way than commands do
// in their examples and hints, as a word of a command line.
func (r habitRules) knows(file, text string) bool {
	// A text that is an ordinary name and nothing else is hardly the word, but for
	// "line".
	if slices.Contains(ordinary, text) && text != "line" {
		return true
	}
	if !r.word.MatchString(address.ReplaceAllString(text, "")) {
		return false
	}
	return !strings.HasPrefix(file, "cmd/") || !strings.Contains(text, "whk ")
}
