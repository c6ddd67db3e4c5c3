package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// harmless are the flags that an untrusted project may set, each with a check
// of its values; nil allows all. See the package comment for what a flag has to
// be to stand here.
var harmless = map[string]func(string) bool{
	"provider":  nil,
	"variant":   nil,
	"event":     nil,
	"expect":    nil,
	"within":    nil,
	"ordered":   nil,
	"timeout":   nil,
	"seed":      nil,
	"retry":     nil,
	"speed":     nil,
	"histogram": nil,
	"json":      nil,
	"color":     nil,
	"quiet":     nil,
	"verbose":   nil,
	"tui":       nil,
	"respond":   nil,
	"script":    staysHere,
	"script-by": nil,
	"on":        staysHere,
	"strict":    isTrue,
	"to":        isLocal,
}

// EnvAllowed reports whether the files of an untrusted project may see the
// environment variable called name.
func EnvAllowed(name string) bool { return strings.HasPrefix(name, "WHK_") }

// restricted reports whether the file may be a stranger's.
func (f *file) restricted() bool { return f.kind == projectFile && !f.free }

func (f *file) checkFlag(key *yaml.Node, texts []string) error {
	if !f.restricted() {
		return nil
	}
	check, ok := harmless[key.Value]
	if !ok {
		return f.fail(key, fmt.Sprintf("a project that is not trusted cannot set %q", key.Value), f.trustHint())
	}
	for _, text := range texts {
		if check != nil && !check(text) {
			return f.fail(key, fmt.Sprintf("a project that is not trusted cannot set %q to %q", key.Value, text), f.trustHint())
		}
	}
	return nil
}

func (f *file) trustHint() string {
	if f.userConfig == "" {
		return "give it on the command line"
	}
	return fmt.Sprintf("give it on the command line, or list %s under trust in %s", filepath.Dir(f.path), f.userConfig)
}

func (f *file) ownFileHint() string {
	if f.userConfig == "" {
		return ""
	}
	return "move it to " + f.userConfig
}

func (f *file) readSecrets(key, n *yaml.Node) ([]SecretRef, error) {
	texts, err := f.texts(key, n)
	if err != nil {
		return nil, err
	}
	refs := make([]SecretRef, len(texts))
	for i, text := range texts {
		if refs[i], err = f.readSecret(key, text); err != nil {
			return nil, err
		}
	}
	return refs, nil
}

// readSecret reads one reference. What is no reference may be a secret, so the
// errors do not show it.
func (f *file) readSecret(key *yaml.Node, text string) (SecretRef, error) {
	ref := SecretRef{Dir: filepath.Dir(f.path), Origin: Origin{f.path, key.Line}.String()}
	ref.Kind, ref.Value, _ = strings.Cut(text, ":")
	if !slices.Contains([]string{"env", "file", "command"}, ref.Kind) {
		return ref, f.fail(key, "a secret is named here by its place, env:VARIABLE or file:PATH, and never by itself", "")
	}
	if strings.TrimSpace(ref.Value) == "" {
		return ref, f.fail(key, fmt.Sprintf("nothing follows %s:", ref.Kind), "")
	}
	if ref.Kind == "command" && f.kind != userFile {
		return ref, f.fail(key, "command: counts only in your own file", f.ownFileHint())
	}
	if ref.Kind == "file" {
		ref.Value = f.expand(ref.Value)
	}
	if f.restricted() {
		return ref, f.checkSecret(key, &ref)
	}
	return ref, nil
}

// checkSecret applies the rules for strangers to a reference.
func (f *file) checkSecret(key *yaml.Node, ref *SecretRef) error {
	switch {
	case ref.Kind == "env" && !EnvAllowed(ref.Value):
		return f.fail(key, fmt.Sprintf("a project that is not trusted sees only variables that begin with WHK_, not %q", ref.Value), f.trustHint())
	case ref.Kind == "file":
		ref.Root = ref.Dir
		if !inside(ref.Root, ref.Value) {
			return f.fail(key, fmt.Sprintf("a project that is not trusted has its secrets inside itself, not in %q", ref.Value), f.trustHint())
		}
	}
	return nil
}

// inside reports whether path, relative to root or absolute, stays inside root,
// also after links are followed. A missing file stays.
func inside(root, path string) bool {
	if !filepath.IsAbs(path) {
		path = filepath.Join(root, path)
	}
	if !below(root, path) {
		return false
	}
	real, err := filepath.EvalSymlinks(path)
	return err != nil || below(root, real)
}

func below(root, path string) bool {
	rel, err := filepath.Rel(root, path)
	return err == nil && filepath.IsLocal(rel)
}

func isTrue(text string) bool {
	v, err := strconv.ParseBool(text)
	return err == nil && v
}

// staysHere reports whether a script redirects nobody: a sender that follows a
// redirect takes a signed delivery with it.
func staysHere(script string) bool { return !strings.Contains(script, "redirect") }

// isLocal reports whether a target, perhaps after "PATTERN=", is certainly on
// this machine. In doubt it is not.
func isLocal(target string) bool {
	if pattern, rest, ok := strings.Cut(target, "="); ok && !strings.ContainsAny(pattern, ":?/") {
		target = rest
	}
	if port, err := strconv.ParseUint(target, 10, 16); err == nil && port > 0 {
		return true
	}
	if !strings.Contains(target, "://") {
		target = "http://" + target
	}
	u, err := url.Parse(target)
	if err != nil || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	host := u.Hostname()
	if host == "" {
		return u.Port() != ""
	}
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}
