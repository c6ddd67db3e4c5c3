package provider

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/whk-cli/whk/internal/near"
	"github.com/whk-cli/whk/internal/webhook"
)

// EventType is one event type of a provider.
type EventType struct {
	Provider string
	Name     string
	Title    string
	Aliases  []string // other names that select it
	Variant  string   // the variant that alone has it; "" when the provider has it without a choice
	Assumed  bool     // the provider does not state its name or form
}

// UnknownEventError is an event type that a provider does not have.
type UnknownEventError struct {
	Provider, Name string // Provider is "" when none has it
	Near           []string
}

func (e *UnknownEventError) Error() string {
	if e.Provider == "" {
		return fmt.Sprintf("no provider has an event type %q", e.Name)
	}
	return fmt.Sprintf("%s has no event type %q", e.Provider, e.Name)
}

// EventTypes lists the provider's event types in alphabetical order: those it
// has without a choice, and those that only a variant has.
func (p *Provider) EventTypes() []EventType {
	variantOf := map[string]string{} // "" for those it has without a choice
	for _, variant := range append([]string{""}, p.VariantNames()...) {
		dir := "events"
		if variant != "" {
			dir = variantEvents(variant)
		}
		for _, name := range p.eventNames(dir) {
			if _, ok := variantOf[name]; !ok {
				variantOf[name] = variant
			}
		}
	}
	var types []EventType
	for _, name := range slices.Sorted(maps.Keys(variantOf)) {
		info := p.Events[name]
		types = append(types, EventType{Provider: p.Name, Name: name, Title: info.Title, Aliases: info.Aliases, Variant: variantOf[name], Assumed: info.Assumed})
	}
	return types
}

func variantEvents(variant string) string { return path.Join("variants", variant, "events") }

// eventNames lists the samples below dir by their event types.
func (p *Provider) eventNames(dir string) []string {
	named := map[string]string{}
	for name, info := range p.Events {
		if info.File != "" {
			named[info.File] = name
		}
	}
	var names []string
	fs.WalkDir(p.folder.fsys, dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(file) != ".json" {
			return nil // a directory that is not there holds no events
		}
		base := strings.TrimPrefix(file, dir+"/")
		name, ok := named[base]
		if !ok {
			name = strings.TrimSuffix(base, ".json")
		}
		names = append(names, name)
		return nil
	})
	return names
}

// ExampleEvent is the event type for examples, "" when there is none at all.
func (p *Provider) ExampleEvent() string {
	if p.Example != "" {
		return p.Example
	}
	if all := p.EventTypes(); len(all) > 0 {
		return all[0].Name
	}
	return ""
}

// Sample is a sample payload and where it came from.
type Sample struct {
	Event   EventType
	Source  []byte // JSON with placeholders
	File    string // for messages
	Variant string // the variant whose own sample it is; "" for the provider's
}

// Sample finds the sample of an event type, or of one of its aliases, among
// those of the chosen variants first. An event type that only one variant has
// implies it: Event.Variant says so, and the caller loads the provider with it.
// The error is an [*UnknownEventError].
func (p *Provider) Sample(event string) (*Sample, error) {
	name := p.canonical(event)
	dirs := append(slices.Clone(p.Chosen), "")
	for _, v := range p.VariantNames() {
		if !slices.Contains(p.Chosen, v) {
			dirs = append(dirs, v)
		}
	}
	info := p.Events[name]
	for _, variant := range dirs {
		dir := "events"
		if variant != "" {
			dir = variantEvents(variant)
		}
		src, file, err := p.readSample(dir, name)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
			continue
		}
		if err != nil {
			return nil, err
		}
		e := EventType{Provider: p.Name, Name: name, Title: info.Title, Aliases: info.Aliases, Variant: variant, Assumed: info.Assumed}
		return &Sample{Event: e, Source: src, File: file, Variant: variant}, nil
	}
	return nil, &UnknownEventError{Provider: p.Name, Name: event, Near: near.Names(event, p.allNames())}
}

func (p *Provider) readSample(dir, name string) ([]byte, string, error) {
	file := p.Events[name].File
	if file == "" {
		file = name + ".json"
	}
	file = path.Join(dir, file)
	if !fs.ValidPath(file) || !strings.HasPrefix(file, dir+"/") {
		return nil, "", fs.ErrInvalid
	}
	src, err := readFile(p.folder.fsys, file)
	shown := path.Join(p.folder.path, file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%s: %w", shown, err)
	}
	return src, shown, err
}

// canonical turns an alias into the name it stands for.
func (p *Provider) canonical(event string) string {
	if _, ok := p.Events[event]; ok {
		return event
	}
	for name, info := range p.Events {
		if slices.Contains(info.Aliases, event) {
			return name
		}
	}
	return event
}

func (p *Provider) allNames() []string {
	var names []string
	for _, e := range p.EventTypes() {
		names = append(append(names, e.Name), e.Aliases...)
	}
	return names
}

// Arrives is the event type that a receiver can read from a delivery of event:
// the group under which it arrives when there is one, else event itself.
func (p *Provider) Arrives(event string) string {
	for suffix, globs := range p.Event.Groups {
		for _, glob := range globs {
			if i := strings.LastIndexByte(event, '.'); i >= 0 && (webhook.Patterns{glob}).Match(event) {
				return event[:i] + suffix
			}
		}
	}
	return event
}

// FindEvent returns the providers that have an event type, or an alias, of that
// name. If any of the first ones has it, the others are not asked. Samples are
// looked for before any file is parsed.
func (r *Registry) FindEvent(event string, first []string) ([]string, error) {
	rest := func() []string {
		return slices.DeleteFunc(r.Ordered(), func(name string) bool { return slices.Contains(first, name) })
	}
	for _, names := range []func() []string{func() []string { return first }, rest} {
		group := names()
		if found := r.withSample(event, group); len(found) > 0 {
			return found, nil
		}
		found, err := r.withAlias(event, group)
		if err != nil || len(found) > 0 {
			return found, err
		}
	}
	return nil, &UnknownEventError{Name: event, Near: r.nearEvents(event)}
}

func (r *Registry) withSample(event string, names []string) []string {
	var found []string
	for _, name := range names {
		if f := r.find(name); f != nil && f.hasSample(event) {
			found = append(found, name)
		}
	}
	return found
}

func (f folder) hasSample(event string) bool {
	file := path.Join("events", event+".json")
	if !fs.ValidPath(file) || !strings.HasPrefix(file, "events/") {
		return false
	}
	if _, err := fs.Stat(f.fsys, file); err == nil {
		return true
	}
	variants, _ := fs.ReadDir(f.fsys, "variants")
	for _, v := range variants {
		if _, err := fs.Stat(f.fsys, path.Join("variants", v.Name(), file)); err == nil {
			return true
		}
	}
	return false
}

func (r *Registry) withAlias(event string, names []string) ([]string, error) {
	var found []string
	for _, name := range names {
		p, err := r.Load(name)
		if err != nil {
			return nil, err
		}
		if _, err := p.Sample(event); err == nil {
			found = append(found, name)
		}
	}
	return found, nil
}

func (r *Registry) nearEvents(event string) []string {
	var names []string
	for _, name := range r.Ordered() {
		if p, err := r.Load(name); err == nil {
			names = append(names, p.allNames()...)
		}
	}
	slices.Sort(names)
	return near.Names(event, slices.Compact(names))
}
