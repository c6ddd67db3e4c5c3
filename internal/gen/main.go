// Command gen writes the generated files: docs/commands from the command tree,
// the built-in providers in the form that starts fastest, and for a release man
// pages and completions.
//
//	go run ./internal/gen                    # all but a release's, from the module's root
//	go run ./internal/gen --release DIR      # DIR/man and DIR/completions
//
// The same tree gives the same bytes, whoever runs it, where and when.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/whk-cli/whk/cmd"
	"github.com/whk-cli/whk/fixtures"
	"github.com/whk-cli/whk/internal/provider"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 0:
		if _, err := os.Stat("go.mod"); err != nil {
			return fmt.Errorf("run it from the module's root: %w", err)
		}
		if err := compile(); err != nil {
			return err
		}
		return replace(filepath.Join("docs", "commands"), commands)
	case len(args) == 2 && args[0] == "--release":
		if err := replace(filepath.Join(args[1], "man"), manual); err != nil {
			return err
		}
		return replace(filepath.Join(args[1], "completions"), completions)
	}
	return errors.New("usage: gen [--release DIR]")
}

// compile packs the built-in providers.
func compile() error {
	packed, err := provider.Compile(fixtures.FS, provider.NewRegistry().Names())
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join("internal", "provider", "compiled.bin"), packed, 0o644)
}

// files are a directory's, by name.
type files map[string][]byte

// replace makes dir hold what makes returns and nothing else of whk's: the page
// of a command that is gone is removed, and other files stay.
func replace(dir string, makes func(*cobra.Command) (files, error)) error {
	made, err := makes(cmd.Root())
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, pattern := range []string{"whk*", "_whk"} {
		old, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return err
		}
		for _, file := range old {
			if err := os.Remove(file); err != nil {
				return err
			}
		}
	}
	for name, text := range made {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// each calls f for the commands that help shows, root first.
func each(root *cobra.Command, f func(*cobra.Command) error) error {
	root.DisableAutoGenTag = true // it would date the pages
	if err := f(root); err != nil {
		return err
	}
	for _, sub := range root.Commands() {
		if !sub.IsAvailableCommand() {
			continue
		}
		if err := each(sub, f); err != nil {
			return err
		}
	}
	return nil
}

func fileName(c *cobra.Command, ext string) string {
	return strings.ReplaceAll(c.CommandPath(), " ", "_") + ext
}

// commands are the pages of docs/commands.
func commands(root *cobra.Command) (files, error) {
	made := files{}
	err := each(root, func(c *cobra.Command) error {
		var page bytes.Buffer
		if err := doc.GenMarkdown(c, &page); err != nil {
			return err
		}
		made[fileName(c, ".md")] = tidy(page.Bytes())
		return nil
	})
	return made, err
}

// tidy ends a page with one line break and no line with blanks, and leaves no tab
// between a link and its title.
func tidy(page []byte) []byte {
	lines := bytes.Split(bytes.TrimSpace(page), []byte("\n"))
	for i, line := range lines {
		lines[i] = bytes.ReplaceAll(bytes.TrimRight(line, " \t"), []byte("\t - "), []byte(": "))
	}
	return append(bytes.Join(lines, []byte("\n")), '\n')
}

// manual are the man pages. They have no date, so that a release can be made
// again from its tag, byte for byte.
func manual(root *cobra.Command) (files, error) {
	made := files{}
	err := each(root, func(c *cobra.Command) error {
		var page bytes.Buffer
		never := time.Unix(0, 0).UTC()
		header := &doc.GenManHeader{Section: "1", Source: "whk", Manual: "whk", Date: &never}
		if err := doc.GenMan(c, header, &page); err != nil {
			return err
		}
		made[strings.ReplaceAll(c.CommandPath(), " ", "-")+".1"] = bytes.Replace(page.Bytes(), []byte(`"Jan 1970"`), []byte(`""`), 1)
		return nil
	})
	return made, err
}

// completions are the scripts of the shells, under the names that the shells
// look for.
func completions(root *cobra.Command) (files, error) {
	made := files{}
	for name, gen := range map[string]func(*bytes.Buffer) error{
		"whk.bash": func(b *bytes.Buffer) error { return root.GenBashCompletionV2(b, true) },
		"_whk":     func(b *bytes.Buffer) error { return root.GenZshCompletion(b) },
		"whk.fish": func(b *bytes.Buffer) error { return root.GenFishCompletion(b, true) },
		"whk.ps1":  func(b *bytes.Buffer) error { return root.GenPowerShellCompletionWithDesc(b) },
	} {
		var script bytes.Buffer
		if err := gen(&script); err != nil {
			return nil, err
		}
		made[name] = script.Bytes()
	}
	return made, nil
}
