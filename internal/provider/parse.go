package provider

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/whk-cli/whk/internal/mistake"
	"github.com/whk-cli/whk/internal/near"
	"github.com/whk-cli/whk/internal/signing"
)

const providerFile = "provider.yaml"

// FileError is something wrong with a provider's file.
type FileError struct {
	File string
	Line int // 0 when it is the file as a whole
	Msg  string
}

func (e *FileError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Msg)
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Msg)
}

// VariantError is a variant that a provider does not have.
type VariantError struct {
	Provider, Variant string
	Known             []string
}

func (e *VariantError) Error() string {
	if len(e.Known) == 0 {
		return fmt.Sprintf("%s has no variants", e.Provider)
	}
	return fmt.Sprintf("%s has no variant %q: it has %s", e.Provider, e.Variant, strings.Join(e.Known, ", "))
}

// parse reads a provider's folder. With check, unknown keys are an error.
func parse(f folder, variants []string, check bool) (*Provider, error) {
	file := path.Join(f.path, providerFile)
	src, err := fs.ReadFile(f.fsys, providerFile)
	if err != nil {
		return nil, &FileError{File: file, Msg: err.Error()}
	}
	p := &Provider{folder: f}
	var root *yaml.Node // nil for a compiled one, which has no mistakes to find lines for
	if check || !readCompiled(f.name, src, p) {
		if root, err = decode(src, p, check); err != nil {
			var fe *FileError
			if errors.As(err, &fe) {
				fe.File = file
				return nil, fe
			}
			return nil, yamlError(file, err)
		}
	}
	var overlays []*yaml.Node
	wrong := func(err error) error {
		return &FileError{File: file, Line: lineOf(err.Error(), root, overlays...), Msg: err.Error()}
	}
	if p.Name == "" {
		return nil, wrong(fmt.Errorf("name: it is missing; it must be the folder's: %s", f.name))
	}
	if p.Name != f.name {
		return nil, wrong(fmt.Errorf("name: it is %q, and the folder is %q", p.Name, f.name))
	}
	for _, name := range variants {
		v, ok := p.Variants[name]
		if !ok {
			return nil, &VariantError{Provider: p.Name, Variant: name, Known: p.VariantNames()}
		}
		if err := v.Overlay.Decode(p); err != nil {
			return nil, yamlError(file, err)
		}
		overlays = append(overlays, v.Overlay)
	}
	p.Chosen = variants
	if p.scheme, err = p.Signature.compile(); err != nil {
		return nil, wrong(fmt.Errorf("signature: %w", err))
	}
	if err := p.checkFields(); err != nil {
		return nil, wrong(err)
	}
	return p, nil
}

// compile compiles the scheme, with each alternative laid over the rest.
func (s *Signature) compile() (*signing.Scheme, error) {
	var alternatives []signing.Spec
	for i := range s.Or {
		spec := s.Clone()
		if err := s.Or[i].Decode(&spec); err != nil {
			return nil, fmt.Errorf("or[%d]: %w", i, err)
		}
		alternatives = append(alternatives, spec)
	}
	return signing.Compile(s.Spec, alternatives...)
}

// decode reads src into p, and returns the mapping that it is.
func decode(src []byte, p *Provider, check bool) (*yaml.Node, error) {
	var doc yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(src))
	if err := decoder.Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	var second yaml.Node
	if check && decoder.Decode(&second) == nil {
		return nil, &FileError{Line: second.Line, Msg: "a second document begins here, and the file must have only one"}
	}
	if len(doc.Content) == 0 {
		return nil, &FileError{Msg: "the file is empty"}
	}
	root := doc.Content[0]
	if check {
		if err := checkKeys(root, reflect.TypeFor[Provider]()); err != nil {
			return nil, err
		}
	}
	if err := root.Decode(p); err != nil || !check {
		return root, err
	}
	for _, v := range p.Variants {
		if err := checkKeys(v.Overlay, reflect.TypeFor[Provider]()); err != nil {
			return nil, err
		}
	}
	return root, nil
}

// checkKeys refuses keys that t does not have, with the near ones: a typing
// error must not silently switch a check off.
func checkKeys(node *yaml.Node, t reflect.Type) error {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case node.Kind == yaml.SequenceNode && t == reflect.TypeFor[[]yaml.Node]():
		return checkKeys(node, reflect.TypeFor[[]signing.Spec]())
	case node.Kind == yaml.SequenceNode && t == reflect.TypeFor[Conditions]():
		return checkKeys(node, reflect.TypeFor[[]Condition]())
	case node.Kind == yaml.MappingNode && t == reflect.TypeFor[Conditions]():
		return checkKeys(node, reflect.TypeFor[Condition]())
	case node.Kind == yaml.MappingNode && t == reflect.TypeFor[yaml.Node]():
		return nil
	case node.Kind == yaml.SequenceNode && t.Kind() == reflect.Slice:
		for _, item := range node.Content {
			if err := checkKeys(item, t.Elem()); err != nil {
				return err
			}
		}
	case node.Kind == yaml.MappingNode && t.Kind() == reflect.Map:
		for i := 1; i < len(node.Content); i += 2 {
			if t.Elem() == reflect.TypeFor[Variant]() {
				continue // checked as an overlay, when that is decoded
			}
			if err := checkKeys(node.Content[i], t.Elem()); err != nil {
				return err
			}
		}
	case node.Kind == yaml.MappingNode && t == reflect.TypeFor[Rules]():
		return checkKeys(node, reflect.TypeFor[Rule]())
	case node.Kind == yaml.MappingNode && t.Kind() == reflect.Struct:
		return checkFieldKeys(node, t)
	}
	return nil
}

func checkFieldKeys(node *yaml.Node, t reflect.Type) error {
	fields := map[string]reflect.Type{}
	addFields(fields, t)
	for i := 0; i+1 < len(node.Content); i += 2 {
		key := node.Content[i]
		field, ok := fields[key.Value]
		if !ok {
			names := slices.Sorted(maps.Keys(fields))
			return &FileError{Line: key.Line, Msg: fmt.Sprintf("unknown key %q: %s", key.Value, allowed(key.Value, names))}
		}
		if err := checkKeys(node.Content[i+1], field); err != nil {
			return err
		}
	}
	return nil
}

// addFields adds the keys of a struct, with those of the structs that it
// embeds.
func addFields(fields map[string]reflect.Type, t reflect.Type) {
	for i := range t.NumField() {
		f := t.Field(i)
		switch name := f.Tag.Get("yaml"); name {
		case "", "-":
		case ",inline":
			addFields(fields, f.Type)
		default:
			fields[name] = f.Type
		}
	}
}

func allowed(name string, names []string) string {
	all := "the keys here are " + strings.Join(names, ", ")
	if meant := near.Names(name, names); len(meant) > 0 {
		return "did you mean " + strings.Join(meant, " or ") + "? " + all
	}
	return all
}

// checkFields checks what the YAML types do not: values from a fixed list,
// places, ranges.
func (p *Provider) checkFields() error {
	for field, rules := range map[string]Rules{"event.type": p.Event.Type, "event.id": p.Event.ID, "event.created": p.Event.Created} {
		for _, rule := range rules {
			for _, text := range []string{rule.Of, rule.If, rule.Plus} {
				if err := checkPlace(text); err != nil {
					return fmt.Errorf("%s: %w", field, err)
				}
			}
		}
	}
	for _, check := range p.Checks {
		for _, text := range check.Same {
			if err := checkPlace(text); err != nil {
				return fmt.Errorf("checks: %w", err)
			}
		}
	}
	if err := p.Recognise.check(p.Variants); err != nil {
		return fmt.Errorf("recognise: %w", err)
	}
	if !slices.Contains([]string{"", "hex", "base64", "base64url"}, p.Secret.Encoding) {
		return fmt.Errorf("secret.encoding: %q is not one of hex, base64, base64url", p.Secret.Encoding)
	}
	if n := p.Secret.Bytes; n != 0 && (n < leastOwnBytes || n > MostSecretBytes) {
		return fmt.Errorf("secret.bytes: %d is not %d to %d", n, leastOwnBytes, MostSecretBytes)
	}
	if err := p.Delivery.check(); err != nil {
		return fmt.Errorf("delivery.%w", err)
	}
	if !slices.Contains([]string{"", "json", "form"}, p.Request.Encoding) {
		return fmt.Errorf("request.encoding: %q is not one of json, form", p.Request.Encoding)
	}
	for name, e := range p.Events {
		if !slices.Contains([]string{"", "json", "form"}, e.Encoding) {
			return fmt.Errorf("events.%s.encoding: %q is not one of json, form", name, e.Encoding)
		}
	}
	if err := p.Endpoint.check(); err != nil {
		return err
	}
	for i := range p.Handshake {
		if err := p.Handshake[i].check(); err != nil {
			return fmt.Errorf("handshake[%d]: %w", i, err)
		}
	}
	for i := range p.Answers {
		if err := p.Answers[i].check(); err != nil {
			return fmt.Errorf("answers[%d]: %w", i, err)
		}
	}
	return nil
}

// yamlError is err as one line with its place.
func yamlError(file string, err error) error {
	line, what := mistake.In(err)
	return &FileError{File: file, Line: line, Msg: what}
}
