package provider

import (
	"encoding/binary"
	"fmt"
	"io/fs"
	"math"
	"path"
	"reflect"
	"slices"
	"strings"
)

// Compile packs the provider.yaml files of the named folders, which must be
// free of mistakes, for [compiled]. The result depends only on the files.
func Compile(root fs.FS, names []string) ([]byte, error) {
	var all packer
	for _, name := range names {
		file := path.Join(name, providerFile)
		src, err := fs.ReadFile(root, file)
		if err != nil {
			return nil, err
		}
		p := &Provider{}
		if _, err := decode(src, p, true); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		one := packer{src: string(src)}
		one.value(reflect.ValueOf(p).Elem())
		all.number(uint64(len(name)))
		all.out = append(all.out, name...)
		all.number(uint64(checksum(src)))
		all.number(uint64(len(one.out)))
		all.out = append(all.out, one.out...)
	}
	return all.out, nil
}

// packer writes values, by their kind: of a struct, the fields that are not
// zero, each behind its number from 1, and then a 0; of a slice, its length and
// items; of a map, its length, then names and values; of a pointer, what it
// points to; of a text, its length, and its place in src counted from 1, or a 0
// and the text itself where it is not in src. Numbers are varints.
type packer struct {
	src string
	out []byte
}

func (p *packer) number(n uint64) { p.out = binary.AppendUvarint(p.out, n) }

func (p *packer) text(text string) {
	at := strings.Index(p.src, text)
	p.number(uint64(len(text)))
	p.number(uint64(at + 1))
	if at < 0 {
		p.out = append(p.out, text...)
	}
}

// packed reports whether a field is written. Unexported fields are not from the
// file, and nothing reads the comments of a YAML node.
func packed(f reflect.StructField) bool {
	return f.IsExported() && !strings.HasSuffix(f.Name, "Comment")
}

func (p *packer) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		p.text(v.String())
	case reflect.Bool:
		p.number(map[bool]uint64{true: 1}[v.Bool()])
	case reflect.Int, reflect.Int64:
		p.number(uint64(v.Int()))
	case reflect.Uint32:
		p.number(v.Uint())
	case reflect.Float64:
		p.number(math.Float64bits(v.Float()))
	case reflect.Pointer:
		p.value(v.Elem())
	case reflect.Slice:
		p.number(uint64(v.Len()))
		for i := range v.Len() {
			p.value(v.Index(i))
		}
	case reflect.Map:
		p.number(uint64(v.Len()))
		for _, name := range slices.SortedFunc(slices.Values(v.MapKeys()), func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) }) {
			p.value(name)
			p.value(v.MapIndex(name))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if packed(v.Type().Field(i)) && !v.Field(i).IsZero() {
				p.number(uint64(i + 1))
				p.value(v.Field(i))
			}
		}
		p.number(0)
	default:
		panic("no way to pack " + v.Type().String())
	}
}
