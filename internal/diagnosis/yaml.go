package diagnosis

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/whk-cli/whk/internal/signing"
)

// yaml writes a provider with the scheme that was found. Every text but a plain
// word is quoted, since some come from a stranger's headers.
func (p *proposal) yaml(name string, m *signing.Message) string {
	var b yamlWriter
	spec := &p.spec
	b.text("", "name", name)
	b.text("", "title", name)
	b.line("")
	b.flow("", "recognise", p.signs(&b)...)
	b.line("\nsignature:")
	b.text("  ", "header", spec.Header)
	b.text("  ", "from", spec.From)
	b.text("  ", "each", spec.Each)
	b.text("  ", "grammar", spec.Grammar)
	b.text("  ", "prefix", spec.Prefix)
	b.text("  ", "separator", spec.Separator)
	b.flow("  ", "", b.list("versions", spec.Versions))
	b.text("  ", "algorithm", spec.Algorithm)
	b.text("  ", "key", spec.Key)
	if p.note != "" {
		b.line("  # " + p.note)
	}
	b.flow("  ", "", b.list("key_prefix", spec.KeyPrefix))
	b.text("  ", "encoding", spec.Encoding)
	b.flow("  ", "", b.list("signed", spec.Signed))
	b.text("  ", "id", spec.ID)
	if c := spec.Timestamp; c != nil {
		b.line(fmt.Sprintf("  timestamp: {%s}   # how old it may be: 5m, unless past says otherwise", b.fields("from", c.From, "unit", c.Unit)))
	}
	if c := spec.Claims; c != nil {
		expires := ""
		if c.Expires.In != "" {
			expires = "expires: {" + b.fields("in", c.Expires.In) + "}"
		}
		b.flow("  ", "claims", "alone: true", expires)
	}
	for i, g := range spec.Guards {
		if i == 0 {
			b.line("  guards:")
		}
		b.line("    - {" + b.fields("claim", g.Claim, "is", g.Is) + "}")
	}
	b.places(spec, m)
	return b.String()
}

// signs are what such requests show themselves by.
func (p *proposal) signs(b *yamlWriter) []string {
	spec := &p.spec
	kind, name, _ := strings.Cut(spec.From, ":")
	switch {
	case spec.Each != "":
		return []string{b.list("json", []string{spec.Each + ".0." + name})}
	case spec.From != "":
		return []string{b.list(kind, []string{name})}
	}
	return []string{b.list("headers", []string{spec.Header}), b.list("claims", p.claims)}
}

// places writes the sections besides the signature: the form of its secrets, and
// where a request seems to tell its event type and its ID.
func (b *yamlWriter) places(spec *signing.Spec, m *signing.Message) {
	b.line("")
	prefix := ""
	if len(spec.KeyPrefix) > 0 {
		prefix = spec.KeyPrefix[0]
	}
	switch spec.Key {
	case "base64", "base64url", "hex":
		if spec.Algorithm == "ed25519" {
			b.flow("", "secret", b.fields("public_prefix", prefix))
		} else {
			b.flow("", "secret", b.fields("encoding", spec.Key, "prefix", prefix))
		}
	case "spki", "jwk":
		b.flow("", "secret", b.fields("public_prefix", prefix))
	}
	id := spec.ID
	if id == "" {
		id = idPlace(m)
	}
	b.flow("", "event", b.fields("type", eventPlace(m), "id", id))
	if header, ok := strings.CutPrefix(spec.ID, "header:"); ok {
		b.flow("", "request", "headers: {Content-Type: application/json, "+b.fields(header, "msg_${uuid}")+"}")
	}
}

// yamlWriter writes YAML line by line, and leaves out what is empty.
type yamlWriter struct{ strings.Builder }

func (b *yamlWriter) line(text string) { b.WriteString(text + "\n") }

func (b *yamlWriter) text(indent, key, value string) {
	if value != "" {
		b.line(indent + key + ": " + quoted(value))
	}
}

// flow writes a mapping in braces; without a key its items stand by themselves.
func (b *yamlWriter) flow(indent, key string, items ...string) {
	var there []string
	for _, item := range items {
		if item != "" {
			there = append(there, item)
		}
	}
	switch {
	case len(there) == 0:
	case key == "":
		b.line(indent + strings.Join(there, "\n"+indent))
	default:
		b.line(indent + key + ": {" + strings.Join(there, ", ") + "}")
	}
}

// list is an item with several values, "" without any.
func (b *yamlWriter) list(key string, values []string) string {
	if len(values) == 0 {
		return ""
	}
	items := make([]string, len(values))
	for i, v := range values {
		items[i] = quoted(v)
	}
	return key + ": [" + strings.Join(items, ", ") + "]"
}

// fields are items of keys and values in turn.
func (b *yamlWriter) fields(pairs ...string) string {
	var items []string
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			items = append(items, quotedKey(pairs[i])+": "+quoted(pairs[i+1]))
		}
	}
	return strings.Join(items, ", ")
}

// plainWord is what YAML reads as the text that it is, unless it has a meaning.
var plainWord = pattern{text: `^[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*$`}

var yamlWords = []string{"true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf"}

func quoted(text string) string {
	if plainWord.regexp().MatchString(text) && !slices.Contains(yamlWords, strings.ToLower(text)) {
		return text
	}
	return strconv.QuoteToASCII(text)
}

// quotedKey leaves whk's own keys as they are.
func quotedKey(key string) string {
	if strings.Trim(key, "abcdefghijklmnopqrstuvwxyz_") == "" {
		return key
	}
	return quoted(key)
}
