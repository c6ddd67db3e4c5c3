package config

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/whk-cli/whk/internal/near"
)

// settings reads the file's top.
func (f *file) settings(root *yaml.Node) error {
	f.flags = map[string]map[string]value{}
	f.providers = map[string]ProviderConfig{}
	return f.pairs(root, func(key, n *yaml.Node) error {
		switch {
		case key.Value == "providers":
			return f.readProviders(key, n)
		case key.Value == "trust":
			return f.readTrust(key, n)
		case n.Kind == yaml.MappingNode:
			return f.readCommand(key, n)
		case f.isCommand(key.Value) && n.Tag == "!!null": // all below it is commented out
			return nil
		case f.isCommand(key.Value):
			return f.fail(key, fmt.Sprintf("%q is a command, and holds names and values of its flags", key.Value), "a flag stands on a line of its own below it, indented: retain-for: 7d")
		default:
			return f.readFlag("", key, n)
		}
	})
}

// isCommand reports whether a name is a command's and no flag's.
func (f *file) isCommand(name string) bool {
	_, ok := f.known[name]
	return ok && name != "" && !slices.Contains(f.flagsOf(""), name)
}

func (f *file) readCommand(key, n *yaml.Node) error {
	if _, ok := f.known[key.Value]; f.known != nil && !ok {
		return f.unknown(key, "command", slices.Collect(maps.Keys(f.known)))
	}
	return f.pairs(n, func(flag, n *yaml.Node) error { return f.readFlag(key.Value, flag, n) })
}

// never are flags that no file can set.
var never = map[string]string{
	"secret":      secretHint,
	"secret-file": secretHint,
	"secret-env":  secretHint,
	"config":      "give it on the command line or as WHK_CONFIG",
	"help":        "",
	"version":     "",
}

const secretHint = "name its place under providers, for example: providers: {NAME: {secret: env:VARIABLE}}"

func (f *file) readFlag(command string, key, n *yaml.Node) error {
	name := key.Value
	if hint, banned := never[name]; banned {
		return f.fail(key, fmt.Sprintf("%q cannot be set in a file", name), hint)
	}
	if allowed := f.flagsOf(command); f.known != nil && !slices.Contains(allowed, name) {
		return f.unknown(key, "setting", append(allowed, "providers", "trust"))
	}
	texts, err := f.texts(key, n)
	if err != nil {
		return err
	}
	if err := f.checkFlag(key, texts); err != nil {
		return err
	}
	if f.flags[command] == nil {
		f.flags[command] = map[string]value{}
	}
	f.flags[command][name] = value{texts, Origin{f.path, key.Line}}
	return nil
}

// flagsOf are the flags that may be set for a command, or for all ("").
func (f *file) flagsOf(command string) []string {
	if command != "" {
		return f.known[command]
	}
	var all []string
	for _, flags := range f.known {
		all = append(all, flags...)
	}
	return all
}

func (f *file) unknown(key *yaml.Node, what string, known []string) error {
	hint := ""
	if meant := near.Names(key.Value, known); len(meant) > 0 {
		hint = fmt.Sprintf("did you mean %q?", meant[0])
	}
	return f.fail(key, fmt.Sprintf("unknown %s %q", what, key.Value), hint)
}

func (f *file) readTrust(key, n *yaml.Node) error {
	if f.kind != userFile {
		return f.fail(key, `"trust" counts only in your own file`, f.ownFileHint())
	}
	dirs, err := f.texts(key, n)
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		dir = f.expand(dir)
		if !filepath.IsAbs(dir) {
			return f.fail(n, fmt.Sprintf("trusted directory %q should begin with / or ~/", dir), "")
		}
		f.trust = append(f.trust, dir)
	}
	return nil
}

func (f *file) readProviders(key, n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return f.fail(key, `"providers" should be names of providers with settings beneath`, secretHint)
	}
	return f.pairs(n, f.readProvider)
}

func (f *file) readProvider(name, n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return f.fail(name, fmt.Sprintf("provider %q should have settings beneath: secret or variant", name.Value), secretHint)
	}
	p := ProviderConfig{Origin: Origin{f.path, name.Line}}
	err := f.pairs(n, func(key, n *yaml.Node) (err error) {
		switch key.Value {
		case "secret":
			p.Secret, err = f.readSecrets(key, n)
		case "variant":
			p.Variant, err = f.texts(key, n)
		default:
			err = f.unknown(key, "setting of a provider", []string{"secret", "variant"})
		}
		return err
	})
	f.providers[name.Value] = p
	return err
}

// expand puts the home directory in place of a leading ~.
func (f *file) expand(path string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok && f.home != "" {
		return filepath.Join(f.home, rest)
	}
	return path
}
