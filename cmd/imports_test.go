package cmd_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/whk-cli/whk"

// mayImport says which of our packages each of our packages may import; it is
// the table of docs/architecture.md. A package that it lacks is refused, so that
// whoever adds one decides where it stands.
var mayImport = map[string][]string{
	"":                     {"cmd"},
	"cmd":                  {"*"},
	"fixtures":             {},
	"internal/answer":      {"internal/near", "internal/webhook"},
	"internal/chaos":       {"internal/payload", "internal/webhook"},
	"internal/config":      {"internal/mistake", "internal/near"},
	"internal/expectation": {"internal/near"},
	"internal/junit":       {},
	"internal/crashtest":   {}, // tests only
	"internal/flock":       {},
	"internal/flow":        {"internal/mistake", "internal/near", "internal/payload", "internal/webhook"},
	"internal/format":      {"internal/webhook"},
	"internal/gen":         {"cmd", "fixtures", "internal/provider"},
	"internal/load":        {"internal/webhook"},
	"internal/mistake":     {},
	"internal/near":        {},
	"internal/payload":     {"internal/near", "internal/webhook"},
	"internal/process":     {},
	"internal/provider":    {"fixtures", "internal/mistake", "internal/near", "internal/signing", "internal/webhook"},
	"internal/pty":         {},
	"internal/receiver":    {"internal/webhook"},
	"internal/certificate": {"internal/statedir"},
	"internal/metrics":     {},
	"internal/secret":      {"internal/signing", "internal/statedir"},
	"internal/sender":      {"internal/webhook"},
	"internal/signing":     {},
	"internal/statedir":    {"internal/flock"},
	"internal/store":       {"internal/flock", "internal/webhook"},
	"internal/tool":        {},
	"internal/ui":          {"internal/webhook"},
	"internal/webhook":     {},
	"internal/wire":        {},
	"internal/diagnosis":   {"internal/provider", "internal/signing", "internal/webhook"},
	"internal/screen":      {"internal/ui", "internal/webhook"},
}

// maySee says which of our packages may import a module: what stands behind one
// package can be changed there.
var maySee = map[string][]string{
	"github.com/HdrHistogram":               {"internal/load"},
	"charm.land/bubbletea":                  {"internal/screen"},
	"github.com/charmbracelet/colorprofile": {"internal/screen"},
	"github.com/charmbracelet/lipgloss":     {"internal/ui"},
	"github.com/charmbracelet/x":            {"internal/screen"},
	"github.com/golang-jwt/jwt":             {"internal/signing"},
	"github.com/muesli/termenv":             {"internal/ui"},
	"github.com/spf13/cobra":                {"cmd", "internal/gen"},
	"github.com/spf13/pflag":                {"cmd", "internal/config"},
	"github.com/spf13/viper":                {"cmd", "internal/config"},
	"go.yaml.in/yaml":                       {"internal/config", "internal/flow", "internal/mistake", "internal/provider"},
	"modernc.org/libc":                      {"internal/store"},
	"modernc.org/sqlite":                    {"internal/store"},
	"github.com/itchyny/gojq":               {"internal/expectation"},
}

// mayNotSee keeps the core pure: signing reads no clock, file or network.
var mayNotSee = map[string][]string{
	"internal/signing": {"os", "net", "os/exec", "crypto/rand", "math/rand", "math/rand/v2"},
	"internal/webhook": {"os", "net", "os/exec"},
	"internal/payload": {"os", "net", "net/http", "os/exec", "crypto/rand"},
	"internal/chaos":   {"os", "net", "net/http", "os/exec", "crypto/rand"},
	"internal/flow":    {"os", "net", "net/http", "os/exec"},
	"internal/format":  {"os", "net", "net/http", "os/exec"},
}

// testsOnly reports whether a package is there for tests alone, and so in no binary.
func testsOnly(importPath string) bool {
	return slices.Contains([]string{"internal/pty", "internal/tool", "internal/wire"}, short(importPath))
}

type listed struct {
	ImportPath, Dir, Name string
	Imports               []string
	GoFiles               []string
	TestImports           []string
	XTestImports          []string
}

// list is what the go command says of our packages, on each system that whk is
// built for: a package imports different things on each.
func list(t *testing.T) []listed {
	t.Helper()
	var all []listed
	for _, system := range []string{"linux", "darwin", "windows"} {
		cmd := exec.Command("go", "list", "-json=ImportPath,Dir,Name,Imports,GoFiles,TestImports,XTestImports", "./...")
		cmd.Dir = ".."
		cmd.Env = append(os.Environ(), "GOOS="+system, "GOARCH=amd64", "CGO_ENABLED=0")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("go list for %s: %v\n%s", system, err, stderr.String())
		}
		decoder := json.NewDecoder(bytes.NewReader(out))
		for {
			var p listed
			if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			all = append(all, p)
		}
	}
	if len(all) < 3*len(mayImport)/2 {
		t.Fatalf("go list found only %d packages", len(all))
	}
	return all
}

func TestImports(t *testing.T) {
	for _, fault := range importFaults(list(t)) {
		t.Error(fault)
	}
}

// importFaults says what is wrong with the imports of packages, tests not
// counted.
func importFaults(packages []listed) []string {
	var faults []string
	for _, p := range packages {
		name := short(p.ImportPath)
		allowed, known := mayImport[name]
		if !known {
			faults = append(faults, fmt.Sprintf("%s is not in the table of imports", p.ImportPath))
			continue
		}
		for _, imported := range p.Imports {
			if ours(imported) && !slices.Contains(allowed, "*") && !slices.Contains(allowed, short(imported)) {
				faults = append(faults, fmt.Sprintf("%s imports %s", p.ImportPath, imported))
			}
			if testsOnly(imported) {
				faults = append(faults, fmt.Sprintf("%s imports %s, which only tests may", p.ImportPath, imported))
			}
			if slices.Contains(mayNotSee[name], imported) {
				faults = append(faults, fmt.Sprintf("%s imports %s, and is to do without", p.ImportPath, imported))
			}
			for lib, users := range maySee {
				if within(imported, lib) && !slices.Contains(users, name) {
					faults = append(faults, fmt.Sprintf("%s imports %s, which only %s may", p.ImportPath, imported, strings.Join(users, " and ")))
				}
			}
		}
	}
	slices.Sort(faults)
	return slices.Compact(faults)
}

// The rules see what they are there for.
func TestImportRulesFail(t *testing.T) {
	for _, p := range []listed{
		{ImportPath: module + "/internal/new"},
		{ImportPath: module, Imports: []string{module + "/internal/ui"}},
		{ImportPath: module + "/internal/payload", Imports: []string{module + "/internal/store"}},
		{ImportPath: module + "/internal/signing", Imports: []string{module + "/internal/webhook"}},
		{ImportPath: module + "/internal/signing", Imports: []string{"os"}},
		{ImportPath: module + "/internal/config", Imports: []string{"github.com/spf13/cobra"}},
		{ImportPath: module + "/internal/provider", Imports: []string{"github.com/spf13/viper"}},
		{ImportPath: module + "/internal/store", Imports: []string{"github.com/spf13/pflag"}},
		{ImportPath: module + "/cmd", Imports: []string{"github.com/charmbracelet/lipgloss"}},
		{ImportPath: module + "/internal/ui", Imports: []string{"charm.land/bubbletea/v2"}},
		{ImportPath: module + "/cmd", Imports: []string{"github.com/golang-jwt/jwt/v5"}},
		{ImportPath: module + "/cmd", Imports: []string{"modernc.org/sqlite/lib"}},
		{ImportPath: module + "/cmd", Imports: []string{module + "/internal/tool"}},
	} {
		if got := importFaults([]listed{p}); len(got) != 1 {
			t.Errorf("%s importing %v: %q, want one fault", p.ImportPath, p.Imports, got)
		}
	}
}

func ours(importPath string) bool { return within(importPath, module) }

func within(importPath, parent string) bool {
	return importPath == parent || strings.HasPrefix(importPath, parent+"/")
}

func short(importPath string) string {
	return strings.TrimPrefix(strings.TrimPrefix(importPath, module), "/")
}
