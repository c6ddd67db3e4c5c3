package diagnosis

import (
	"slices"
	"strconv"
	"strings"

	"github.com/whk-cli/whk/internal/signing"
)

// leaf is a text in a body that is JSON or a form.
type leaf struct {
	place string // json:PATH or form:NAME
	group string // the path of the object that it stands in; "" is the outermost
	key   string
	text  string
}

// Bounds on what is looked at in a stranger's body.
const (
	maxLeaves    = 64
	maxLeafDepth = 5
	maxLeafBytes = signing.MaxSignatureHeader
)

var leafName = pattern{text: `^[A-Za-z0-9_-]{1,64}$`}

// leaves are the texts, numbers and booleans in m's body, in their order.
func leaves(m *signing.Message) []leaf {
	if len(m.Body) > largeBody {
		return nil
	}
	var out []leaf
	if fields, ok := formFields(m.Body); ok {
		for _, f := range fields[:min(len(fields), maxLeaves)] {
			if leafName.regexp().MatchString(f[0]) && len(f[1]) <= maxLeafBytes {
				out = append(out, leaf{place: "form:" + f[0], key: f[0], text: f[1]})
			}
		}
		return out
	}
	v, ok := parseJSON(m.Body)
	if !ok {
		return nil
	}
	var look func(v *jsonValue, path []string)
	look = func(v *jsonValue, path []string) {
		if len(path) > maxLeafDepth {
			return
		}
		for i := range v.items[:min(len(v.items), 1)] {
			look(&v.items[i], append(path[:len(path):len(path)], strconv.Itoa(i)))
		}
		for i := range v.members {
			m := &v.members[i]
			if len(out) == maxLeaves || !leafName.regexp().MatchString(m.key.text) {
				continue
			}
			at := append(path[:len(path):len(path)], m.key.text)
			switch text := string(m.value.raw); m.value.kind {
			case '{', '[':
				look(&m.value, at)
				continue
			case '"':
				text = m.value.text
				fallthrough
			default:
				if len(text) <= maxLeafBytes && m.value.kind != 'n' {
					out = append(out, leaf{"json:" + strings.Join(at, "."), strings.Join(path, "."), m.key.text, text})
				}
			}
		}
	}
	look(&v, nil)
	return out
}

// groupOf are the leaves of one object but one: what is signed beside a signature.
func groupOf(all []leaf, group, but string) []leaf {
	var out []leaf
	for _, l := range all {
		if l.group == group && l.place != but {
			out = append(out, l)
		}
	}
	return out
}

// joiners are what stands between texts that are signed together, the usual ones
// first.
var joiners = []string{"", ".", ":", "|", "&", ",", "-", "_", ";", "\n", " "}

// Of groups of up to maxOrdered pairs and triples are tried in any order, with the
// usual joiners.
const (
	maxOrdered   = 6
	usualJoiners = 6
)

// messagesOf are what may have been signed of a group: one of it, two or three in
// any order, or all of it in the order in which it stands or in that of its names,
// by itself or with its names.
func messagesOf(group []leaf, each func([]leaf, string, bool)) {
	joined := func(set []leaf, joiners []string) {
		for _, by := range joiners {
			each(set, by, false)
		}
	}
	for i := range group {
		each(group[i:i+1], "", false)
	}
	if len(group) <= maxOrdered {
		tuples(group, nil, func(set []leaf) { joined(set, joiners[:usualJoiners]) })
	}
	sorted := slices.Clone(group)
	sortBy(sorted, func(l leaf) string { return l.key })
	for _, set := range [][]leaf{group, sorted} {
		if len(set) > 1 {
			joined(set, joiners)
			each(set, "&", true)
			each(set, "", true)
		}
	}
}

// tuples goes through the pairs and triples of a group.
func tuples(group, begun []leaf, each func([]leaf)) {
	const most = 3
	for _, l := range group {
		if slices.ContainsFunc(begun, func(b leaf) bool { return b.place == l.place }) {
			continue
		}
		set := append(begun[:len(begun):len(begun)], l)
		if len(set) > 1 {
			each(set)
		}
		if len(set) < most {
			tuples(group, set, each)
		}
	}
}
