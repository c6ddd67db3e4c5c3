package provider

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// lineOf finds the line that a message is about: the message begins with the
// keys that lead there, as in "signature: timestamp.from: …" and "handshake[1]:
// when: …". It is 0 where root has none of them. An overlay counts more, since
// it was laid over the rest.
func lineOf(message string, root *yaml.Node, overlays ...*yaml.Node) int {
	line, deepest := walk(root, message)
	for _, overlay := range overlays {
		if at, depth := walk(overlay, message); at > 0 && depth >= deepest {
			line, deepest = at, depth
		}
	}
	return line
}

// walk follows the keys at the beginning of path, and returns the line of the
// last one that exists and how many did.
func walk(node *yaml.Node, path string) (line, depth int) {
	for node != nil {
		var next *yaml.Node
		used := 0
		switch node.Kind {
		case yaml.MappingNode:
			for i := 0; i+1 < len(node.Content); i += 2 {
				key := node.Content[i]
				if rest, ok := strings.CutPrefix(path, key.Value); ok && len(key.Value) > used && strings.IndexAny(rest, ".:[") == 0 {
					next, used, line = node.Content[i+1], len(key.Value), key.Line
				}
			}
		case yaml.SequenceNode:
			number, _, ok := strings.Cut(strings.TrimPrefix(path, "["), "]")
			if i, err := strconv.Atoi(number); ok && err == nil && i >= 0 && i < len(node.Content) {
				next, used = node.Content[i], len(number)+2
				line = next.Line
			}
		}
		if next == nil {
			return line, depth
		}
		node, depth = next, depth+1
		path = strings.TrimLeft(strings.TrimPrefix(path[used:], ":"), ". ")
	}
	return line, depth
}
