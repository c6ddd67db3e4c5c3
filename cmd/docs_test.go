package cmd_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"

	"github.com/whk-cli/whk/cmd"
	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/ui"
)

func readDoc(t *testing.T, name string) string {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("..", "docs", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

// section is the text under a heading, down to the next one of its kind.
func section(t *testing.T, doc, heading string) string {
	t.Helper()
	_, rest, ok := strings.Cut(doc, "\n"+heading+"\n")
	if !ok {
		t.Fatalf("no heading %q", heading)
	}
	mark, _, _ := strings.Cut(heading, " ")
	rest, _, _ = strings.Cut(rest, "\n"+mark+" ")
	return rest
}

var (
	quoted   = regexp.MustCompile("`([^`\n]+)`")
	firstRow = regexp.MustCompile("(?m)^\\| `([^`]+)`")
)

// names are the words in backticks.
func names(text string) []string {
	var all []string
	for _, m := range quoted.FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	return all
}

// rows are the names that rows of tables begin with.
func rows(text string) []string {
	var all []string
	for _, m := range firstRow.FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	return all
}

// The picture of who may import whom is the table that the test goes by.
func TestArchitectureTable(t *testing.T) {
	shown := map[string][]string{}
	for line := range strings.Lines(section(t, readDoc(t, "architecture.md"), "## Who may import whom")) {
		cells := strings.Split(line, "|")
		if len(cells) != 4 || !strings.Contains(cells[1], "`") {
			continue
		}
		allowed := append([]string{}, names(cells[2])...)
		if strings.Contains(cells[2], "everything") {
			allowed = []string{"*"}
		}
		for _, name := range names(cells[1]) {
			if name == "main" {
				name = ""
			}
			shown[name] = allowed
		}
	}
	if !maps.EqualFunc(shown, mayImport, slices.Equal) {
		t.Errorf("docs/architecture.md says %v,\nthe test %v", shown, mayImport)
	}
}

// What the documents name is there: files, and functions in them.
func TestDocsNameWhatIs(t *testing.T) {
	pages, err := filepath.Glob("../docs/*.md")
	if err != nil || len(pages) < 7 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	place := regexp.MustCompile(`^((?:cmd|internal|fixtures|docs)/[\w./-]+?)(?::\s+(\w+))?$`)
	link := regexp.MustCompile(`\]\(([^)#]+)`)
	found := 0
	for _, page := range pages {
		doc := readDoc(t, filepath.Base(page))
		spans := regexp.MustCompile("`[^`]+`").FindAllString(withoutFences(doc), -1)
		for _, span := range spans {
			text := strings.Join(strings.Fields(strings.Trim(span, "`")), " ")
			m := place.FindStringSubmatch(text)
			if m == nil || !strings.Contains(m[1], ".") {
				continue // packages are the table's
			}
			found++
			if err := declares(filepath.Join("..", m[1]), m[2]); err != nil {
				t.Errorf("%s: %s: %v", filepath.Base(page), text, err)
			}
		}
		for _, m := range link.FindAllStringSubmatch(doc, -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join("..", "docs", m[1])); err != nil {
				t.Errorf("%s links to %s: %v", filepath.Base(page), m[1], err)
			}
		}
	}
	if found < 25 {
		t.Errorf("only %d places were checked", found)
	}
	if declares("cmd.go", "Nothing") == nil || declares("cmd.go", "Main") != nil || declares("none.go", "") == nil {
		t.Error("declares does not tell")
	}
}

func withoutFences(doc string) string {
	return regexp.MustCompile("(?s)```.*?```").ReplaceAllString(doc, "")
}

// declares reports whether a file declares a function or method; "" is any file
// or directory.
func declares(path, name string) error {
	if name == "" {
		_, err := os.Stat(path)
		return err
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		return err
	}
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == name {
			return nil
		}
	}
	return fmt.Errorf("it declares no %s", name)
}

// Every module that whk imports itself has its reason, and no other; and who sees
// it is who imports it.
func TestDependenciesHaveReasons(t *testing.T) {
	doc := readDoc(t, "dependencies.md")
	linked, tested := map[string]bool{}, map[string]bool{}
	seen := map[string]bool{} // a module and who imports it
	for _, p := range list(t) {
		for _, path := range p.Imports {
			linked[moduleOf(path)] = true
			if m := moduleOf(path); m != "" && !testsOnly(p.ImportPath) {
				seen[m+" by "+short(p.ImportPath)] = true
			}
		}
		for _, path := range append(p.TestImports, p.XTestImports...) {
			tested[moduleOf(path)] = true
		}
	}
	delete(linked, "")
	delete(tested, "")
	maps.DeleteFunc(tested, func(m string, _ bool) bool { return linked[m] })
	for heading, want := range map[string]map[string]bool{"## In the program": linked, "## In tests only": tested} {
		got := rows(section(t, doc, heading))
		slices.Sort(got)
		if want := slices.Sorted(maps.Keys(want)); !slices.Equal(got, want) {
			t.Errorf("%s lists %q,\nimported are %q", heading, got, want)
		}
	}
	for row := range strings.Lines(section(t, doc, "## In the program")) {
		cells := strings.Split(row, "|")
		if m := rows(row); len(m) == 1 {
			for _, user := range names(cells[len(cells)-2]) {
				if key := m[0] + " by " + user; !seen[key] {
					t.Errorf("dependencies.md has %s, which is not so", key)
				} else {
					delete(seen, key)
				}
			}
		}
	}
	for key := range seen {
		t.Errorf("dependencies.md lacks %s", key)
	}
	mod, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(mod)) {
		fields := strings.Fields(line)
		if len(fields) == 2 && strings.Contains(fields[0], ".") && strings.HasPrefix(fields[1], "v") && !slices.Contains(rows(doc), fields[0]) {
			t.Errorf("go.mod requires %s, which docs/dependencies.md does not list", fields[0])
		}
	}
}

// Whoever's implementation whk is held against is named, and nobody else.
func TestOraclesAreListed(t *testing.T) {
	var want []string
	mod, err := os.ReadFile("../internal/oracle/go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(mod)) {
		fields := strings.Fields(line)
		if len(fields) == 2 && strings.HasPrefix(fields[1], "v") && !ours(fields[0]) {
			want = append(want, fields[0])
		}
	}
	src, err := os.ReadFile("../internal/oracle/node/package.json")
	if err != nil {
		t.Fatal(err)
	}
	var node struct{ Dependencies map[string]string }
	if err := json.Unmarshal(src, &node); err != nil {
		t.Fatal(err)
	}
	want = append(want, slices.Sorted(maps.Keys(node.Dependencies))...)
	got := rows(section(t, readDoc(t, "dependencies.md"), "## Other people's implementations"))
	if !slices.Equal(got, want) {
		t.Errorf("dependencies.md lists %q,\nthere are %q", got, want)
	}
	for name, version := range node.Dependencies {
		if strings.Trim(version, "0123456789.") != "" {
			t.Errorf("%s is wanted at %q, which is no one version", name, version)
		}
	}
	lock, err := os.ReadFile("../internal/oracle/node/package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(lock, []byte(`"resolved"`)) {
		t.Error("package-lock.json says where packages were downloaded from, which is for each machine to say")
	}
}

// moduleOf is the module of an import path of ours, "" for the standard library
// and for whk itself.
func moduleOf(importPath string) string {
	parts := strings.Split(importPath, "/")
	if !strings.Contains(parts[0], ".") || ours(importPath) {
		return ""
	}
	length := 2
	if slices.Contains([]string{"github.com", "golang.org"}, parts[0]) || parts[0] == "go.yaml.in" {
		length = 3
	}
	if strings.HasPrefix(importPath, "github.com/charmbracelet/x/") {
		length = 4 // a repository of modules
	}
	length = min(length, len(parts))
	if len(parts) > length && regexp.MustCompile(`^v\d+$`).MatchString(parts[length]) {
		length++
	}
	return strings.Join(parts[:length], "/")
}

// Every field that a program can meet is explained.
func TestJSONIsDocumented(t *testing.T) {
	doc := names(readDoc(t, "json.md"))
	var files []string
	for _, pattern := range []string{"*.go", "../internal/ui/*.go", "../internal/webhook/*.go"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	tag := regexp.MustCompile("`json:\"(\\w+)[,\"]")
	fields := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range tag.FindAllStringSubmatch(string(src), -1) {
			fields++
			if !slices.Contains(doc, m[1]) {
				t.Errorf("%s has the JSON field %q, which docs/json.md does not explain", file, m[1])
			}
		}
	}
	if fields < 60 {
		t.Errorf("only %d fields were found", fields)
	}
}

// Every exit code is explained, and no other.
func TestExitCodesAreDocumented(t *testing.T) {
	src, err := os.ReadFile("exit.go")
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, m := range regexp.MustCompile(`(?m)^\texit\w+\s+= (\d+)`).FindAllStringSubmatch(string(src), -1) {
		want = append(want, m[1])
	}
	for _, m := range regexp.MustCompile(`(?m)^\| (\d+) \|`).FindAllStringSubmatch(readDoc(t, "exit-codes.md"), -1) {
		got = append(got, m[1])
	}
	if len(want) != 6 || !slices.Equal(got, want) {
		t.Errorf("docs/exit-codes.md has %q, exit.go %q", got, want)
	}
}

// The list of what a stranger's project may set is the one that counts.
func TestHarmlessFlagsAreDocumented(t *testing.T) {
	src, err := os.ReadFile("../internal/config/trust.go")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(src), "var harmless =")
	table, _, _ = strings.Cut(table, "\n}")
	var want []string
	for _, m := range regexp.MustCompile(`(?m)^\t"([\w-]+)":`).FindAllStringSubmatch(table, -1) {
		want = append(want, m[1])
	}
	slices.Sort(want)
	_, text, _ := strings.Cut(section(t, readDoc(t, "configuration.md"), "## Trust"), "sets only these flags:")
	text, _, _ = strings.Cut(text, ";")
	if got := names(text); len(want) < 10 || !slices.Equal(got, want) {
		t.Errorf("docs/configuration.md has %q, the code %q", got, want)
	}
}

// The configuration that is shown is one that whk takes.
func TestConfigurationExample(t *testing.T) {
	_, rest, _ := strings.Cut(readDoc(t, "configuration.md"), "```yaml\n")
	example, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("no example")
	}
	w := newDocWorld(t)
	w.write(t, ".config/whk/config.yaml", example)
	w.write(t, ".config/whk/keys/saas", "a-secret-of-32-characters-or-so-1\n")
	w.env["SAAS_SECRET_OLD"] = "a-secret-of-32-characters-or-so-2"
	code, out, stderr := w.run(t, `{"id":1}`, "sign", "--print", "value")
	if code != 0 || len(strings.TrimSpace(out)) != 64 {
		t.Errorf("exit %d: %s%s", code, out, stderr)
	}
	w.write(t, ".config/whk/config.yaml", strings.Replace(example, "tolerance:", "tolerence:", 1))
	if code, _, stderr := w.run(t, `{"id":1}`, "sign"); code != 2 || !strings.Contains(stderr, "tolerence") {
		t.Errorf("a typing error: exit %d: %s", code, stderr)
	}
}

// Every key of provider.yaml is explained, and only those.
func TestProviderKeysAreDocumented(t *testing.T) {
	reference := section(t, readDoc(t, "providers.md"), "## provider.yaml")
	want := map[string]bool{"title": true, "default": true}
	collectKeys(reflect.TypeFor[provider.Provider](), want, map[reflect.Type]bool{})
	got := map[string]bool{}
	for _, name := range rows(reference) {
		got[name] = true
	}
	if !maps.Equal(got, want) {
		for name := range want {
			if !got[name] {
				t.Errorf("%s is not explained", name)
			}
		}
		for name := range got {
			if !want[name] {
				t.Errorf("%s is explained, and is no key", name)
			}
		}
	}
	for _, name := range signing.Algorithms() {
		if !slices.Contains(names(reference), name) {
			t.Errorf("algorithm %s is not explained", name)
		}
	}
}

func collectKeys(typ reflect.Type, keys map[string]bool, seen map[reflect.Type]bool) {
	switch typ.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		collectKeys(typ.Elem(), keys, seen)
	case reflect.Struct:
		if seen[typ] {
			return
		}
		seen[typ] = true
		for field := range typ.Fields() {
			name, inline, _ := strings.Cut(field.Tag.Get("yaml"), ",")
			if inline == "inline" {
				collectKeys(field.Type, keys, seen)
			}
			if name == "" || name == "-" {
				continue
			}
			keys[name] = true
			collectKeys(field.Type, keys, seen)
		}
	}
}

// The provider that is shown works as it stands: it is found, its sample is
// signed, the signature is authentic, and a changed one is not.
func TestProviderExample(t *testing.T) {
	w := newDocWorld(t)
	doc := section(t, readDoc(t, "providers.md"), "## An example")
	file := regexp.MustCompile("(?s)`([^`\n]+)`:\n\n```\\w+\n(.*?)```")
	blocks := file.FindAllStringSubmatch(doc, -1)
	if len(blocks) != 2 {
		t.Fatalf("%d files", len(blocks))
	}
	for _, m := range blocks {
		w.write(t, filepath.Join("project", m[1]), m[2])
	}
	var parsed struct{ Name string }
	if err := yaml.Unmarshal([]byte(blocks[0][2]), &parsed); err != nil || parsed.Name != "acme" {
		t.Fatalf("%q, %v", parsed.Name, err)
	}
	if code, out, stderr := w.run(t, "", "providers", "show", "acme"); code != 0 || !strings.Contains(out, "Acme Payments") {
		t.Errorf("exit %d: %s%s", code, out, stderr)
	}
	w.env["WHK_SECRET_ACME"] = "acme_0123456789abcdef0123456789abcdef"
	for _, flags := range [][]string{{"-p", "acme"}, {"-p", "acme", "--variant", "legacy"}} {
		code, delivery, stderr := w.run(t, "", append([]string{"trigger", "payment.done", "--dry-run", "--json"}, flags...)...)
		if code != 0 || !json.Valid([]byte(delivery)) {
			t.Fatalf("exit %d: %s%s", code, delivery, stderr)
		}
		verify := append([]string{"verify", "--as", "json", "-"}, flags...)
		if code, out, stderr := w.run(t, delivery, verify...); code != 0 || !strings.Contains(out, "payment.settled") {
			t.Errorf("%v: exit %d: %s%s", flags, code, out, stderr)
		}
		w.env["WHK_SECRET_ACME"] += "x"
		if code, out, stderr := w.run(t, delivery, verify...); code != 3 {
			t.Errorf("%v under another secret: exit %d: %s%s", flags, code, out, stderr)
		}
		w.env["WHK_SECRET_ACME"] = strings.TrimSuffix(w.env["WHK_SECRET_ACME"], "x")
	}
}

// The limits that are promised are the defaults of the flags.
func TestLimitsAreDocumented(t *testing.T) {
	doc := readDoc(t, "security.md")
	page := readDoc(t, "commands/whk_listen.md")
	checked := 0
	for _, m := range regexp.MustCompile("(?m)^\\|[^|]*\\(`--([\\w-]+)`\\) \\| ([^|]+) \\|").FindAllStringSubmatch(doc, -1) {
		line := regexp.MustCompile(`(?m)^\s+--` + m[1] + ` .*\(default ([^)]+)\)`).FindStringSubmatch(page)
		if line == nil {
			t.Errorf("listen has no --%s with a default", m[1])
			continue
		}
		checked++
		if plainSize(line[1]) != plainSize(m[2]) {
			t.Errorf("--%s: docs/security.md says %s, the default is %s", m[1], m[2], line[1])
		}
	}
	if checked != 7 {
		t.Errorf("%d limits were checked", checked)
	}
}

// plainSize writes 1m0s as 60s, and leaves out blanks and commas.
func plainSize(text string) string {
	text = strings.NewReplacer(" ", "", ",", "").Replace(strings.TrimSpace(text))
	if d, err := time.ParseDuration(text); err == nil {
		return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + "s"
	}
	return text
}

// docWorld is a home with a project in it, and an environment.
type docWorld struct {
	home string
	env  map[string]string
}

func newDocWorld(t *testing.T) *docWorld {
	t.Helper()
	home, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w := &docWorld{home: home, env: map[string]string{"HOME": home, "USERPROFILE": home, "XDG_CONFIG_HOME": filepath.Join(home, ".config")}}
	w.write(t, "project/.git/HEAD", "")
	return w
}

func (w *docWorld) write(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(w.home, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (w *docWorld) run(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	streams, out, err := ui.Buffers(stdin)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	code = cmd.Run(ctx, &cmd.App{
		IO: streams, Now: time.Now, Random: rand.Reader, Dir: filepath.Join(w.home, "project"),
		LookupEnv: func(name string) (string, bool) { v, ok := w.env[name]; return v, ok },
	}, args)
	return code, out.String(), err.String()
}

// Help names the value of a flag by what it is, and not by a type of Go's.
func TestFlagValuesAreNamed(t *testing.T) {
	var visit func(*cobra.Command)
	visit = func(c *cobra.Command) {
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			name, _ := pflag.UnquoteUsage(f)
			if slices.Contains([]string{"string", "strings", "stringArray", "int", "uint", "float"}, name) {
				t.Errorf("%s --%s: help calls its value %q", c.CommandPath(), f.Name, name)
			}
		})
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	visit(cmd.Root())
}
