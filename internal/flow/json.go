package flow

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

// jsonWriter writes a YAML value as the source of a template: JSON in which every
// value stands on the line that it has in the file, so that errors name it.
type jsonWriter struct {
	out  []byte
	line int // of the end of out
	refs []reference
}

// reference is a ${steps.…} and where it stands.
type reference struct {
	node *yaml.Node
	text string // what follows "steps."
}

// nodeError is what is wrong with one value.
type nodeError struct {
	node *yaml.Node
	msg  string
}

func (e *nodeError) Error() string { return e.msg }

const maxDepth = 100

func (w *jsonWriter) node(n *yaml.Node, depth int) error {
	for ; w.line < n.Line; w.line++ {
		w.out = append(w.out, '\n')
	}
	switch {
	case depth > maxDepth:
		return &nodeError{n, "it is nested too deep"}
	case n.Kind == yaml.ScalarNode:
		return w.scalar(n)
	case n.Kind == yaml.SequenceNode:
		return w.list(n, depth)
	case n.Kind == yaml.MappingNode:
		return w.object(n, depth)
	}
	return &nodeError{n, "an alias is not allowed here: write the value itself"}
}

func (w *jsonWriter) list(n *yaml.Node, depth int) error {
	w.out = append(w.out, '[')
	for i, item := range n.Content {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		if err := w.node(item, depth+1); err != nil {
			return err
		}
	}
	w.out = append(w.out, ']')
	return nil
}

func (w *jsonWriter) object(n *yaml.Node, depth int) error {
	w.out = append(w.out, '{')
	for i := 0; i+1 < len(n.Content); i += 2 {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode || key.Tag == "!!merge" {
			return &nodeError{key, "a key is a text"}
		}
		w.text(key)
		w.out = append(w.out, ':')
		if err := w.node(n.Content[i+1], depth+1); err != nil {
			return err
		}
	}
	w.out = append(w.out, '}')
	return nil
}

// scalar keeps the text of a number, as JSON bodies do.
func (w *jsonWriter) scalar(n *yaml.Node) error {
	switch n.Tag {
	case "!!null":
		w.out = append(w.out, "null"...)
	case "!!bool":
		w.out = append(w.out, strings.ToLower(n.Value)...)
	case "!!int", "!!float":
		if !json.Valid([]byte(n.Value)) {
			return &nodeError{n, fmt.Sprintf("%s is not a number in JSON; in quotes it is a text", n.Value)}
		}
		w.out = append(w.out, n.Value...)
	case "!!str", "!!timestamp":
		w.text(n)
	default:
		return &nodeError{n, fmt.Sprintf("a value tagged %s is not taken here", n.Tag)}
	}
	return nil
}

// stepsReference is compiled when the first flow is read: start-up pays for nothing.
var stepsReference = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(^|[^$])\$\{steps\.([^}]*)\}`)
})

func (w *jsonWriter) text(n *yaml.Node) {
	for _, match := range stepsReference().FindAllStringSubmatch(n.Value, -1) {
		w.refs = append(w.refs, reference{n, match[2]})
	}
	var quoted strings.Builder
	encoder := json.NewEncoder(&quoted)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(n.Value) == nil { // a text always encodes
		w.out = append(w.out, strings.TrimSuffix(quoted.String(), "\n")...)
	}
}
