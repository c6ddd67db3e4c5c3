package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// release is the part of .goreleaser.yaml that whk uses. It is decoded strictly:
// a key that is not here is a typing error or wants a test of its own.
type release struct {
	Version     int    `yaml:"version"`
	ProjectName string `yaml:"project_name"`
	Before      struct {
		Hooks []string `yaml:"hooks"`
	} `yaml:"before"`
	Builds []struct {
		ID, Main, Binary string
		Env              []string
		GOOS             []string `yaml:"goos"`
		GOARCH           []string `yaml:"goarch"`
		Flags, Ldflags   []string
		Gcflags          []string
		ModTimestamp     string `yaml:"mod_timestamp"`
	} `yaml:"builds"`
	Archives []struct {
		ID              string
		IDs             []string `yaml:"ids"`
		NameTemplate    string   `yaml:"name_template"`
		Formats         []string `yaml:"formats"`
		FormatOverrides []struct {
			GOOS    string   `yaml:"goos"`
			Formats []string `yaml:"formats"`
		} `yaml:"format_overrides"`
		BuildsInfo fileInfo `yaml:"builds_info"`
		Files      []struct {
			Src, Dst    string
			StripParent bool     `yaml:"strip_parent"`
			Info        fileInfo `yaml:"info"`
		} `yaml:"files"`
	} `yaml:"archives"`
	Checksum struct {
		NameTemplate string `yaml:"name_template"`
		Algorithm    string `yaml:"algorithm"`
	} `yaml:"checksum"`
	Changelog struct {
		Use, Sort string
		Abbrev    int
	} `yaml:"changelog"`
	Release struct {
		GitHub     struct{ Owner, Name string } `yaml:"github"`
		Prerelease string                       `yaml:"prerelease"`
	} `yaml:"release"`
}

type fileInfo struct {
	Mtime string
	Mode  os.FileMode
}

func readRelease(t *testing.T) release {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("..", "..", ".goreleaser.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var r release
	decoder := yaml.NewDecoder(bytes.NewReader(src))
	decoder.KnownFields(true)
	if err := decoder.Decode(&r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestReleaseBuilds(t *testing.T) {
	r := readRelease(t)
	if r.Version != 2 || r.ProjectName != "whk" || len(r.Builds) != 1 {
		t.Fatalf("version %d, project %q, %d builds", r.Version, r.ProjectName, len(r.Builds))
	}
	b := r.Builds[0]
	if at := r.Release.GitHub; "github.com/"+at.Owner+"/"+at.Name != "github.com/whk-cli/whk" {
		t.Errorf("released to %+v", at)
	}
	if !slices.Contains(b.Env, "CGO_ENABLED=0") {
		t.Error("the binary would need a C library")
	}
	if !slices.Contains(b.Flags, "-trimpath") || b.ModTimestamp != "{{ .CommitTimestamp }}" {
		t.Error("the binary would tell where and when it was built")
	}
	slices.Sort(b.GOOS)
	slices.Sort(b.GOARCH)
	if !slices.Equal(b.GOOS, []string{"darwin", "linux", "windows"}) || !slices.Equal(b.GOARCH, []string{"amd64", "arm64"}) {
		t.Errorf("targets: %v × %v", b.GOOS, b.GOARCH)
	}
	ldflags := strings.Join(b.Ldflags, " ")
	if !strings.Contains(ldflags, "-s -w") {
		t.Error("the binary would hold its debug symbols")
	}
	set := regexp.MustCompile(`-X (\S+)\.(\w+)=\{\{ \.Version \}\}`).FindStringSubmatch(ldflags)
	if set == nil || set[1] != "github.com/whk-cli/whk/cmd" {
		t.Fatalf("ldflags set no version: %s", ldflags)
	}
	// The size that is checked is that of a binary built with other flags unless these agree.
	script, err := os.ReadFile(filepath.Join("..", "..", ".ci", "run"))
	if err != nil {
		t.Fatal(err)
	}
	for _, flag := range append(b.Gcflags, "-s -w -funcalign=16") {
		if !strings.Contains(string(script), flag) || !strings.HasPrefix(ldflags, "-s -w -funcalign=16 ") {
			t.Errorf(".ci/run does not build with %s, or a release does not", flag)
		}
	}
	// The linker does not mind a variable that is not there.
	src, err := os.ReadFile(filepath.Join("..", "..", "cmd", "version.go"))
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`(?m)^var ` + set[2] + ` string$`).Match(src) {
		t.Errorf("cmd has no variable %s of type string without a value", set[2])
	}
}

func TestReleaseArchives(t *testing.T) {
	r := readRelease(t)
	if len(r.Archives) != 1 {
		t.Fatalf("%d archives", len(r.Archives))
	}
	a := r.Archives[0]
	if !slices.Equal(a.IDs, []string{r.Builds[0].ID}) || !slices.Equal(a.Formats, []string{"tar.gz"}) {
		t.Errorf("ids %v, formats %v", a.IDs, a.Formats)
	}
	if len(a.FormatOverrides) != 1 || a.FormatOverrides[0].GOOS != "windows" || !slices.Equal(a.FormatOverrides[0].Formats, []string{"zip"}) {
		t.Errorf("Windows gets %v", a.FormatOverrides)
	}
	for _, part := range []string{"{{ .Version }}", "{{ .Os }}", "{{ .Arch }}"} {
		if !strings.Contains(a.NameTemplate, part) {
			t.Errorf("archives differ in %s, and their names do not", part)
		}
	}

	// What the hook makes is what the archives take.
	if len(r.Before.Hooks) != 1 {
		t.Fatalf("hooks: %q", r.Before.Hooks)
	}
	words := strings.Fields(r.Before.Hooks[0])
	if len(words) != 5 || !slices.Equal(words[:4], []string{"go", "run", "./internal/gen", "--release"}) {
		t.Fatalf("hook: %q", words)
	}
	made := filepath.Join(t.TempDir(), words[4])
	if err := run([]string{"--release", made}); err != nil {
		t.Fatal(err)
	}
	var sources []string
	for _, f := range a.Files {
		sources = append(sources, f.Src)
		if f.Info.Mtime != "{{ .CommitDate }}" {
			t.Errorf("%s would bear the time of the build", f.Src)
		}
		under, generated := strings.CutPrefix(f.Src, words[4]+"/")
		if !generated {
			continue
		}
		found, err := filepath.Glob(filepath.Join(made, filepath.FromSlash(under)))
		if err != nil || len(found) < 4 {
			t.Errorf("%s: %d files, %v", f.Src, len(found), err)
		}
	}
	for _, want := range []string{"LICENSE", "README.md", "docs/*.md", "docs/commands/*", words[4] + "/completions/*", words[4] + "/man/*"} {
		if !slices.Contains(sources, want) {
			t.Errorf("archives lack %s", want)
		}
	}
	if r.Checksum.Algorithm != "sha256" || r.Checksum.NameTemplate == "" {
		t.Errorf("checksums: %+v", r.Checksum)
	}
}
