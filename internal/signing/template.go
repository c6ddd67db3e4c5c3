package signing

import (
	"fmt"
	"io"
	"strings"
)

type partKind int

const (
	partLiteral partKind = iota
	partBody
	partTimestamp
	partID
	partMethod
	partURL
	partURLBase
	partPath
	partTarget
	partSecret
	partSource
)

var partNames = map[string]partKind{
	"body": partBody, "timestamp": partTimestamp, "id": partID, "method": partMethod,
	"url": partURL, "url:base": partURLBase, "path": partPath, "target": partTarget, "secret": partSecret,
}

// part is a piece of the bytes that are signed.
type part struct {
	kind partKind
	text string // literals
	from source // partSource
}

// parseTemplate reads "v0:${timestamp}:${body}"; "$${" is a literal "${".
func parseTemplate(items []string) ([]part, error) {
	if len(items) == 0 {
		return []part{{kind: partBody}}, nil
	}
	var parts []part
	for _, item := range items {
		for item != "" {
			start := strings.Index(item, "${")
			if start < 0 {
				parts = append(parts, part{text: item})
				break
			}
			if start > 0 && item[start-1] == '$' {
				parts = append(parts, part{text: item[:start-1] + "${"})
				item = item[start+2:]
				continue
			}
			if start > 0 {
				parts = append(parts, part{text: item[:start]})
			}
			name, rest, ok := strings.Cut(item[start+2:], "}")
			if !ok {
				return nil, fmt.Errorf("signed: %q has no closing }", item)
			}
			p, err := namedPart(name)
			if err != nil {
				return nil, err
			}
			parts = append(parts, p)
			item = rest
		}
	}
	return parts, nil
}

func namedPart(name string) (part, error) {
	if kind, ok := partNames[name]; ok {
		return part{kind: kind}, nil
	}
	if strings.Contains(name, ":") {
		from, err := parseSource(name)
		if err == nil {
			return part{kind: partSource, from: from}, nil
		}
	}
	return part{}, fmt.Errorf("signed: ${%s} is not known: use body, timestamp, id, method, url, url:base, path, target, secret, header:NAME, field:KEY, json:PATH or query:NAME", name)
}

// values are the parts of one message that a template can name.
type values struct {
	m         *Message
	fields    map[string]string
	timestamp string // exactly the text that was sent
	id        string
	secret    Secret
}

// writeSigned writes the bytes that are signed. A source that is absent is
// empty, as every scheme that signs optional parts has it.
func writeSigned(w io.Writer, parts []part, v *values) {
	for _, p := range parts {
		switch p.kind {
		case partLiteral:
			io.WriteString(w, p.text)
		case partBody:
			w.Write(v.m.Body)
		case partTimestamp:
			io.WriteString(w, v.timestamp)
		case partID:
			io.WriteString(w, v.id)
		case partMethod:
			io.WriteString(w, v.m.Method)
		case partURL:
			io.WriteString(w, v.m.URL)
		case partURLBase:
			base, _, _ := strings.Cut(v.m.URL, "?")
			io.WriteString(w, base)
		case partPath:
			io.WriteString(w, v.m.parsedURL().EscapedPath())
		case partTarget:
			io.WriteString(w, v.m.parsedURL().RequestURI())
		case partSecret:
			w.Write(v.secret.Bytes())
		case partSource:
			if text, err := p.from.read(v.m, v.fields); err == nil {
				io.WriteString(w, text)
			}
		}
	}
}
