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
	"github.com/whk-cli/whk/internal/near"
)

// Origin is who owns a provider's folder.
type Origin string

// The origins. A user's folder replaces a built-in one of the same name; a
// project's adds providers, and replaces another only if the project is
// trusted.
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

// Registry finds providers by name and by event type. A provider is looked for
// and parsed when it is first asked for; the directories are read only when all
// names are needed. It is safe for concurrent use.
type Registry struct {
	// Warn is told of folders that are passed over, and why; nil drops it. Set it
	// before use.
	Warn func(string)

	// Check refuses unknown keys in the built-in files, too, as in all others;
	// without it that is left to a test. Set it before use.
	Check bool

	sources []Source

	mu      sync.Mutex
	folders map[string]*folder // that were looked for; nil: there is none
	names   []string           // all, once they were asked for
	loaded  map[string]*Provider

	recognisers recognisers
}

// folder is one provider's directory.
type folder struct {
	fsys   fs.FS
	name   string
	origin Origin
	path   string
}

// UnknownError is a name that no provider has.
type UnknownError struct {
	Name string
	Near []string
}

func (e *UnknownError) Error() string { return fmt.Sprintf("unknown provider %q", e.Name) }

// NewRegistry makes a registry of the built-in providers and those of the
// sources, the strongest last. A source that does not exist holds none; one that
// can not be read is warned of.
func NewRegistry(sources ...Source) *Registry {
	builtIn := Source{FS: fixtures.FS, Origin: BuiltIn}
	return &Registry{sources: append([]Source{builtIn}, sources...), folders: map[string]*folder{}, loaded: map[string]*Provider{}}
}

func (r *Registry) warn(format string, args ...any) {
	if r.Warn != nil {
		r.Warn(fmt.Sprintf(format, args...))
	}
}

// find returns the folder of a provider, nil when there is none. An untrusted
// project's does not replace another.
func (r *Registry) find(name string) *folder {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f, ok := r.folders[name]; ok {
		return f
	}
	var found *folder
	for _, s := range r.sources {
		if !fs.ValidPath(name) || strings.ContainsAny(name, "/\\") || strings.HasPrefix(name, ".") {
			break
		}
		info, err := fs.Stat(s.FS, path.Join(name, providerFile))
		if err != nil {
			if s.Origin == Project && !errors.Is(err, fs.ErrNotExist) && leadsOut(s.FS, name) {
				r.warn("the project's provider %s is passed over: it is a link that leads out of the project", name)
			}
			continue
		}
		if err := readable(info); err != nil {
			r.warn("the provider %s in %s is passed over: %s: %v", name, s.Path, providerFile, err)
			continue
		}
		if found != nil && s.Origin == Project && !s.Trusted {
			r.warn("the project's provider %s is ignored: it would replace the %s one; list the project under trust in your own config to allow it", name, found.origin)
			continue
		}
		found = &folder{fsys: subFS{s.FS, name}, name: name, origin: s.Origin, path: path.Join(s.Path, name)}
	}
	r.folders[name] = found
	return found
}

// Names lists all providers in alphabetical order.
func (r *Registry) Names() []string {
	r.mu.Lock()
	known := r.names
	r.mu.Unlock()
	if known != nil {
		return slices.Clone(known)
	}
	var names []string
	for _, s := range r.sources {
		entries, err := fs.ReadDir(s.FS, ".")
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			r.warn("providers in %s: %v", s.Path, err)
		}
		for _, entry := range entries {
			names = append(names, entry.Name())
		}
	}
	slices.Sort(names)
	names = slices.DeleteFunc(slices.Compact(names), func(name string) bool { return r.find(name) == nil })
	r.mu.Lock()
	r.names = names
	r.mu.Unlock()
	return slices.Clone(names)
}

// Ordered lists all providers, those that an event name is looked for in first
// before the rest.
func (r *Registry) Ordered() []string {
	names := r.First()
	for _, name := range r.Names() {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// First lists the providers whose event names win over those of the rest.
func (r *Registry) First() []string {
	return slices.DeleteFunc(fixtures.Order(), func(name string) bool { return !r.Has(name) })
}

// Has reports whether there is a provider of that name, without parsing it.
func (r *Registry) Has(name string) bool { return r.find(name) != nil }

// Origin says who owns the folder of a provider, "" when there is none.
func (r *Registry) Origin(name string) Origin {
	if f := r.find(name); f != nil {
		return f.origin
	}
	return ""
}

// Load parses a provider with the given variants laid over it in their order.
// Errors: [*UnknownError], [*VariantError], or a [*FileError] that names file and
// line. The result is shared: it must not be changed.
func (r *Registry) Load(name string, variants ...string) (*Provider, error) {
	f := r.find(name)
	if f == nil {
		return nil, &UnknownError{Name: name, Near: near.Names(name, r.Names())}
	}
	key := name + "\x00" + strings.Join(variants, "\x00")
	r.mu.Lock()
	defer r.mu.Unlock()
	if p, ok := r.loaded[key]; ok {
		return p, nil
	}
	p, err := parse(*f, variants, r.Check || f.origin != BuiltIn)
	if err != nil {
		return nil, err
	}
	r.loaded[key] = p
	return p, nil
}
