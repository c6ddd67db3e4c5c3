package payload

import (
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/whk-cli/whk/internal/near"
)

// place is where a placeholder stands.
type place struct {
	whole    bool   // it is all of its string
	stream   uint64 // where its random values come from
	labelled bool   // stream is that of a label
}

// kind is one name that a placeholder can begin with. compile is given what
// follows the name and its colon; isValue reports that the writer makes a
// whole JSON value, which it does only where place.whole is set.
type kind struct {
	name     string
	labelled bool // takes a #label
	compile  func(arg string, at place) (write writer, isValue bool, err error)
}

// kinds is an array, not a map, since a map would be built at every start of
// the program.
var kinds = [...]kind{
	{"uuid", true, compileUUID},
	{"now", false, compileNow},
	{"seq", false, compileSeq},
	{"event", false, compileEvent},
	{"digits", true, compileDigits},
	{"hex", true, compileHex},
	{"alnum", true, compileAlnum},
	{"int", true, compileInt},
	{"bool", true, compileBool},
	{"pick", true, compilePick},
	{"fake", true, compileFake},
	{"env", false, compileEnv},
	{"body", false, compileBody},
	{"steps", false, compileSteps},
}

func compilePlaceholder(spec string, stream uint64, whole bool) (writer, bool, error) {
	name, arg := spec, ""
	if i := strings.IndexAny(spec, ":#"); i >= 0 {
		name, arg = spec[:i], spec[i:]
	}
	if rest, ok := strings.CutPrefix(spec, "steps."); ok {
		name, arg = "steps", ":"+rest
	}
	labelled := false
	for _, k := range kinds {
		if k.name != name {
			continue
		}
		if i := strings.LastIndexByte(arg, '#'); i >= 0 && k.labelled {
			if i == len(arg)-1 {
				return nil, false, fmt.Errorf("${%s} has an empty label", spec)
			}
			stream, labelled = labelStream(arg[i+1:]), true
			arg = arg[:i]
		}
		if strings.HasPrefix(arg, "#") {
			return nil, false, fmt.Errorf("${%s}: %s takes no label", spec, name)
		}
		write, isValue, err := k.compile(strings.TrimPrefix(arg, ":"), place{whole, stream, labelled})
		if err != nil {
			err = fmt.Errorf("${%s}: %w", spec, err)
		}
		return write, isValue, err
	}
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.name
	}
	return nil, false, fmt.Errorf("unknown placeholder ${%s}%s", spec, suggest(name, names))
}

func labelStream(label string) uint64 {
	hash := fnv.New64a()
	hash.Write([]byte(label))
	return hash.Sum64()
}

// suggest ends an error about a name with the near ones, or with all of them.
func suggest(name string, names []string) string {
	if meant := near.Names(name, names); len(meant) > 0 {
		return "; near: " + strings.Join(meant, ", ")
	}
	return "; there are " + strings.Join(names, ", ")
}

var errNoArgument = errors.New("takes nothing after its name")

func compileUUID(arg string, at place) (writer, bool, error) {
	if arg != "" {
		return nil, false, errNoArgument
	}
	return func(dst []byte, p *Payload) ([]byte, error) {
		r := p.random(at)
		return appendUUID(dst, r.Uint64(), r.Uint64()), nil
	}, false, nil
}

// appendUUID makes a version 4 UUID of random bits, RFC 9562, section 5.4.
func appendUUID(dst []byte, hi, lo uint64) []byte {
	hi = hi&^0xf000 | 0x4000
	lo = lo&^(0xc0<<56) | 0x80<<56
	dst = append(appendHex(dst, hi>>32, 8), '-')
	dst = append(appendHex(dst, hi>>16, 4), '-')
	dst = append(appendHex(dst, hi, 4), '-')
	dst = append(appendHex(dst, lo>>48, 4), '-')
	return appendHex(dst, lo, 12)
}

// appendHex appends the last n hex digits of v.
func appendHex(dst []byte, v uint64, n int) []byte {
	for shift := 4 * (n - 1); shift >= 0; shift -= 4 {
		dst = append(dst, "0123456789abcdef"[v>>shift&15])
	}
	return dst
}

func compileSeq(arg string, at place) (writer, bool, error) {
	if arg != "" {
		return nil, false, errNoArgument
	}
	return func(dst []byte, p *Payload) ([]byte, error) {
		return strconv.AppendInt(dst, int64(p.Seq), 10), nil
	}, at.whole, nil
}

func compileEvent(arg string, _ place) (writer, bool, error) {
	switch arg {
	case "":
		return func(dst []byte, p *Payload) ([]byte, error) { return appendEscaped(dst, p.Event), nil }, false, nil
	case "class":
		return func(dst []byte, p *Payload) ([]byte, error) {
			class := p.Event
			if i := strings.LastIndexByte(class, '.'); i >= 0 {
				class = class[:i]
			}
			return appendEscaped(dst, class), nil
		}, false, nil
	case "action":
		return func(dst []byte, p *Payload) ([]byte, error) {
			return appendEscaped(dst, p.Event[strings.LastIndexByte(p.Event, '.')+1:]), nil
		}, false, nil
	}
	return nil, false, fmt.Errorf("%q is not a part of an event type; there are class and action", arg)
}

func compileEnv(name string, _ place) (writer, bool, error) {
	if name == "" {
		return nil, false, errors.New("needs the name of a variable")
	}
	return func(dst []byte, p *Payload) ([]byte, error) {
		if p.lookupEnv == nil {
			return dst, errors.New("the environment may not be read here")
		}
		value, err := p.lookupEnv(name)
		return appendEscaped(dst, value), err
	}, false, nil
}
