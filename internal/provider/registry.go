// Package provider is the registry of webhook providers: folders of YAML and
// JSON that say how each one is recognised, signs, names its events and
// delivers. Nothing here knows any provider; what differs between them is data.
package provider

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/whk-cli/whk/fixtures"
)

// Origin is who owns a provider's folder.
type Origin string

// The origins. A user's folder stands in for a built-in one of the same name; a
// project's adds providers, and stands in for another only if it is trusted.
const (
	BuiltIn Origin = "built-in"
	User    Origin = "user"
	Project Origin = "project"
)

// Source is a directory of provider folders.
type Source struct {
	FS      fs.FS
	Origin  Origin
	Trusted bool   // a project that the user's own config lists
	Path    string // for messages; "" for the built-in ones
}

// Registry finds providers by name and by event type. A provider is parsed when
// it is asked for and kept; looking for names reads directories only. It is safe
// for concurrent use.
type Registry struct {
	folders  map[string]folder
	names    []string
	Warnings []string // folders that were passed over, and why

	mu     sync.Mutex
	loaded map[string]*Provider

	recognisers recognisers
}

// folder is one provider's directory.
type folder struct {
	fsys   fs.FS
	name   string
	origin Origin
	path   string
}

// ErrUnknown is the lack of a provider of a name; the error names near ones.
var ErrUnknown = errors.New("unknown provider")

// UnknownError is an [ErrUnknown] with the names that come near.
type UnknownError struct {
	Name string
	Near []string
}

func (e *UnknownError) Error() string { return fmt.Sprintf("unknown provider %q", e.Name) }

// Is makes it an ErrUnknown.
func (e *UnknownError) Is(target error) bool { return target == ErrUnknown }

// NewRegistry lists the built-in providers and those of the sources. A source
// that does not exist holds none; one that can not be read is a warning.
func NewRegistry(sources ...Source) *Registry {
	r := &Registry{folders: map[string]folder{}, loaded: map[string]*Provider{}}
	r.add(Source{FS: fixtures.FS, Origin: BuiltIn})
	for _, s := range sources {
		r.add(s)
	}
	for name := range r.folders {
		r.names = append(r.names, name)
	}
	slices.Sort(r.names)
	return r
}

func (r *Registry) add(s Source) {
	entries, err := fs.ReadDir(s.FS, ".")
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			r.Warnings = append(r.Warnings, fmt.Sprintf("providers in %s: %v", s.Path, err))
		}
		return
	}
	for _, entry := range entries {
		name := entry.Name()
		if strings.HasPrefix(name, ".") {
			continue
		}
		if _, err := fs.Stat(s.FS, path.Join(name, providerFile)); err != nil {
			continue
		}
		if old, taken := r.folders[name]; taken && s.Origin == Project && !s.Trusted {
			r.Warnings = append(r.Warnings, fmt.Sprintf(
				"the project's provider %s is ignored: it would stand in for the %s one; list the project under trust in your own config to allow it", name, old.origin))
			continue
		}
		sub, err := fs.Sub(s.FS, name)
		if err == nil {
			r.folders[name] = folder{fsys: sub, name: name, origin: s.Origin, path: path.Join(s.Path, name)}
		}
	}
}

// Names lists all providers in alphabetical order.
func (r *Registry) Names() []string { return slices.Clone(r.names) }

// Ordered lists all providers, those that an event name is looked for in first
// before the rest.
func (r *Registry) Ordered() []string {
	var names []string
	for _, name := range fixtures.Order() {
		if r.Has(name) {
			names = append(names, name)
		}
	}
	for _, name := range r.names {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Has reports whether there is a provider of that name, without parsing it.
func (r *Registry) Has(name string) bool {
	_, ok := r.folders[name]
	return ok
}

// Origin tells whose folder name is.
func (r *Registry) Origin(name string) Origin { return r.folders[name].origin }

// Load parses a provider with the given variants laid over it in their order.
// Errors: [UnknownError], [*VariantError], or a [*FileError] that names file and
// line. The result is shared: it must not be changed.
func (r *Registry) Load(name string, variants ...string) (*Provider, error) {
	f, ok := r.folders[name]
	if !ok {
		return nil, &UnknownError{Name: name, Near: Near(name, r.names)}
	}
	key := name + "\x00" + strings.Join(variants, "\x00")
	r.mu.Lock()
	defer r.mu.Unlock()
	if p, ok := r.loaded[key]; ok {
		return p, nil
	}
	p, err := parse(f, variants)
	if err != nil {
		return nil, err
	}
	r.loaded[key] = p
	return p, nil
}

func inOrder(name string) bool { return slices.Contains(fixtures.Order(), name) }
