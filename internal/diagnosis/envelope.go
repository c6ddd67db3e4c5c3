package diagnosis

import (
	"encoding/base64"
	"slices"
	"strings"
)

// Bounds on what is looked for in an envelope.
const (
	maxFields     = 12
	maxFieldDepth = 3
)

// fieldChanges take a body for an envelope, such as a queue's or a gateway's, and
// what one of its fields holds for the body that was signed.
func fieldChanges(v *jsonValue) []bodyChange {
	var changes []bodyChange
	add := func(path []string, how, text string) {
		name := strings.Join(path, ".")
		changes = append(changes, bodyChange{code: "envelope", rank: 48, layer: wrapLayer,
			title: "the body is an envelope, and " + how + " its field " + excerpt([]byte(name)) + " was signed",
			fix:   "take that field out of what the queue, the gateway or the log hands over, and check its bytes alone",
			apply: func([]byte) []byte { return []byte(text) }})
	}
	var look func(v *jsonValue, path []string)
	look = func(v *jsonValue, path []string) {
		for i := range v.members {
			m := &v.members[i]
			path := append(slices.Clone(path), m.key.text)
			if len(path) > maxFieldDepth || len(changes) >= maxFields {
				return
			}
			switch value := &m.value; {
			case value.kind == '"' && likeBody(value.text):
				add(path, "the text of", value.text)
			case value.kind == '"':
				if text, ok := bodyInBase64(value.text); ok {
					add(path, "what stands in base64 in", text)
				}
			case len(value.members)+len(value.items) > 0:
				add(path, "the value of", string(value.raw))
				look(value, path)
			}
		}
	}
	look(v, nil)
	return changes
}

// likeBody reports whether a text looks like one that is sent: JSON, XML, or a
// form.
func likeBody(text string) bool {
	if len(text) < 2 {
		return false
	}
	_, form := formFields([]byte(text))
	return strings.IndexByte("{[<", text[0]) >= 0 || (form && strings.Contains(text, "&"))
}

// bodyInBase64 decodes a text, if what it stands for looks like a body, or is
// compressed.
func bodyInBase64(text string) (string, bool) {
	const least = 16
	if len(text) < least {
		return "", false
	}
	plain, err := base64.StdEncoding.DecodeString(text)
	return string(plain), err == nil && (likeBody(string(plain)) || strings.HasPrefix(string(plain), "\x1f\x8b"))
}
