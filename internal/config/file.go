package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"go.yaml.in/yaml/v3"

	"github.com/whk-cli/whk/internal/mistake"
)

// maxFile bounds what is read of one file.
const maxFile = 1 << 20

type kind int

const (
	userFile     kind = iota
	projectFile       // found by searching
	explicitFile      // named with --config
)

// file is one file of configuration.
type file struct {
	path       string
	kind       kind
	free       bool                       // a project's, and trusted
	home       string                     // what ~ stands for, "" when unknown
	userConfig string                     // the user's file, for hints
	names      func() map[string][]string // see Options.Flags
	known      map[string][]string        // what names returned

	flags     map[string]map[string]value // by command, "" for all, then by flag
	providers map[string]ProviderConfig
	trust     []string
}

// value is what a file says for one flag.
type value struct {
	texts  []string // as they stand in the file
	origin Origin
}

// deniedHint is for a file of somebody else's home, as it is found after su or in
// a container.
func (f *file) deniedHint(err error) string {
	if f.kind != userFile || !errors.Is(err, fs.ErrPermission) {
		return ""
	}
	return "set HOME, or XDG_CONFIG_HOME, to a directory of your own"
}

// load reads and checks the file, and reports whether it exists. One that was
// named must.
func (f *file) load() (bool, error) {
	data, err := f.bytes()
	if errors.Is(err, fs.ErrNotExist) && f.kind != explicitFile {
		if _, err := os.Lstat(f.path); errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
	}
	var own *Error
	if err != nil && !errors.As(err, &own) {
		return false, &Error{File: f.path, Msg: "cannot be read: " + cause(err), Hint: f.deniedHint(err)}
	}
	if err != nil {
		return false, err
	}
	root, err := f.parse(data)
	if err != nil || root == nil {
		return err == nil, err
	}
	if f.names != nil {
		f.known = f.names()
	}
	return true, f.settings(root)
}

// bytes reads the file. What was named may also be a pipe; what was found must
// be a plain file: opening anything else may block.
func (f *file) bytes() ([]byte, error) {
	info, err := os.Stat(f.path)
	if err != nil {
		return nil, err
	}
	switch {
	case info.IsDir():
		return nil, f.fail(nil, "is a directory, not a file", "")
	case f.kind != explicitFile && !info.Mode().IsRegular():
		return nil, f.fail(nil, "is not a plain file", "")
	case f.kind == userFile && !ownedByUserOrRoot(info):
		return nil, f.fail(nil, "belongs to another user, who could name commands in it", "")
	case f.kind == userFile && writableByAll(info):
		return nil, f.fail(nil, "everybody may write to it, and so name commands in it", "chmod 600 "+f.path)
	}
	r, err := os.Open(f.path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if opened, err := r.Stat(); err != nil || !os.SameFile(info, opened) {
		return nil, f.fail(nil, "was replaced while it was opened", "")
	}
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err == nil && len(data) > maxFile {
		return nil, f.fail(nil, "is larger than 1 MiB", "")
	}
	return data, err
}

// parse returns the mapping at the file's top, nil for an empty file.
func (f *file) parse(data []byte) (*yaml.Node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, more yaml.Node
	if err := dec.Decode(&doc); err == io.EOF {
		return nil, nil
	} else if err != nil {
		return nil, f.invalid(err)
	}
	if err := dec.Decode(&more); err == nil {
		return nil, f.fail(&more, "has more than one document", "remove the --- and what follows it")
	} else if err != io.EOF {
		return nil, f.invalid(err)
	}
	root := doc.Content[0]
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return nil, nil
	}
	if root.Kind != yaml.MappingNode {
		return nil, f.fail(root, "should be settings such as provider: NAME", "")
	}
	return root, nil
}

// invalid is a message of the YAML package as one line with a place.
func (f *file) invalid(err error) error {
	line, what := mistake.In(err)
	return &Error{File: f.path, Line: line, Msg: "not valid YAML: " + what}
}

// fail is an error about a node, or about the whole file if that is nil.
func (f *file) fail(n *yaml.Node, msg, hint string) error {
	e := &Error{File: f.path, Msg: msg, Hint: hint}
	if n != nil {
		e.Line = n.Line
	}
	return e
}

// pairs calls fn for each key and value of a mapping, and refuses keys that are
// no plain text or stand twice.
func (f *file) pairs(n *yaml.Node, fn func(key, value *yaml.Node) error) error {
	lines := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], resolve(n.Content[i+1])
		if key.Kind != yaml.ScalarNode || key.Tag == "!!merge" {
			return f.fail(key, "a key should be plain text", "")
		}
		if line, twice := lines[key.Value]; twice {
			return f.fail(key, fmt.Sprintf("%q stands here again after line %d", key.Value, line), "")
		}
		lines[key.Value] = key.Line
		if err := fn(key, value); err != nil {
			return err
		}
	}
	return nil
}

// texts returns a scalar, or a list of scalars, as they are written.
func (f *file) texts(key, n *yaml.Node) ([]string, error) {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
	}
	texts := make([]string, 0, len(items))
	for _, item := range items {
		item = resolve(item)
		if item.Kind != yaml.ScalarNode {
			return nil, f.fail(item, fmt.Sprintf("%q should be a value or a list of values", key.Value), "")
		}
		if item.Tag == "!!null" {
			return nil, f.fail(item, fmt.Sprintf("%q has no value", key.Value), "")
		}
		texts = append(texts, item.Value)
	}
	if len(texts) == 0 {
		return nil, f.fail(n, fmt.Sprintf("%q has no value", key.Value), "")
	}
	return texts, nil
}

func resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}
