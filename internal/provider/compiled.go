package provider

import (
	_ "embed" // the compiled files
	"hash/crc32"
	"math"
	"reflect"
)

// compiled are the built-in provider.yaml files, decoded when whk was built:
// the first use of a YAML decoder takes longer than the rest of a short
// command. Each has its name, the checksum of its text, and the places in that
// text where the values are, as [Compile] packs them. A file with another
// checksum is read as YAML, so that a change to it counts at once.
//
//go:embed compiled.bin
var compiled string

// checksum shows whether a provider.yaml has changed.
func checksum(src []byte) uint32 { return crc32.ChecksumIEEE(src) }

// readCompiled reads the provider of a name whose provider.yaml is src into p. It
// reports whether that text is among the compiled ones; p is as it was if not.
func readCompiled(name string, src []byte, p *Provider) bool {
	for all := (unpacker{rest: compiled}); all.rest != ""; {
		found, of, size := all.take(all.number()), all.number(), all.number()
		values := all.take(size)
		if found != name {
			continue
		}
		if of != uint64(checksum(src)) {
			return false
		}
		one := unpacker{src: string(src), rest: values}
		one.value(reflect.ValueOf(p).Elem())
		return true
	}
	return false
}

// unpacker reads what a packer wrote. A test reads all of it, and the checksum
// shows that it is of this text, so nothing is checked here.
type unpacker struct {
	src  string // the text that the places are in
	rest string // what is still to be read
}

func (u *unpacker) take(n uint64) string {
	text := u.rest[:n]
	u.rest = u.rest[n:]
	return text
}

// number reads a varint; encoding/binary can not read one from a string.
func (u *unpacker) number() (n uint64) {
	for shift := 0; ; shift += 7 {
		b := u.take(1)[0]
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return n
		}
	}
}

func (u *unpacker) text() string {
	size, place := u.number(), u.number()
	if place == 0 {
		return u.take(size)
	}
	return u.src[place-1:][:size]
}

func (u *unpacker) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(u.text())
	case reflect.Bool:
		v.SetBool(u.number() == 1)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(u.number()))
	case reflect.Uint32:
		v.SetUint(u.number())
	case reflect.Float64:
		v.SetFloat(math.Float64frombits(u.number()))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		u.value(v.Elem())
	case reflect.Slice:
		n := int(u.number())
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			u.value(v.Index(i))
		}
	case reflect.Map:
		n := int(u.number())
		v.Set(reflect.MakeMapWithSize(v.Type(), n))
		for range n {
			name, item := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			u.value(name)
			u.value(item)
			v.SetMapIndex(name, item)
		}
	case reflect.Struct:
		for field := u.number(); field > 0; field = u.number() {
			u.value(v.Field(int(field - 1)))
		}
	}
}
