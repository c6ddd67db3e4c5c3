package signing

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
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
	partURLWithPort
	partURLWithoutPort
	partURLDecoded
	partPath
	partTarget
	partTargetEscaped
	partSecret
	partBodySHA1
	partBodySHA256
	partBodySHA512
	partBodyCRC32
	partBodyEscaped
	partForm
	partHeaders // those that a header lists
	partSource
)

var partNames = map[string]partKind{
	"body": partBody, "timestamp": partTimestamp, "id": partID, "method": partMethod,
	"url": partURL, "url:base": partURLBase, "url:with-port": partURLWithPort,
	"url:without-port": partURLWithoutPort, "url:decoded": partURLDecoded,
	"path": partPath, "target": partTarget, "target:escaped": partTargetEscaped, "secret": partSecret,
	"body:sha1": partBodySHA1, "body:sha256": partBodySHA256, "body:sha512": partBodySHA512,
	"body:crc32": partBodyCRC32, "body:escaped": partBodyEscaped, "form:sorted": partForm,
}

// part is a piece of the bytes that are signed.
type part struct {
	kind partKind
	text string // literals
	from source // partSource, partHeaders
}

// coversBody reports whether every change to the body changes p.
func (p part) coversBody() bool {
	switch p.kind {
	case partBody, partBodySHA1, partBodySHA256, partBodySHA512, partBodyEscaped, partForm:
		return true
	}
	return false
}

// ofURL reports whether p is the URL, or a part of it.
func (p part) ofURL() bool { return p.kind >= partURL && p.kind <= partTargetEscaped }

func (p part) isURL() bool { return p.kind >= partURL && p.kind <= partURLDecoded }

// parseMessage reads the parts of a message; without any it is the body alone.
func parseMessage(items []string) ([]part, error) {
	if len(items) == 0 {
		return []part{{kind: partBody}}, nil
	}
	var parts []part
	for _, item := range items {
		more, err := parseTemplate(item)
		if err != nil {
			return nil, err
		}
		parts = append(parts, more...)
	}
	return parts, nil
}

// parseTemplate reads "v0:${timestamp}:${body}"; "$${" is a literal "${".
func parseTemplate(item string) ([]part, error) {
	var parts []part
	for item != "" {
		start := strings.Index(item, "${")
		if start < 0 {
			return append(parts, part{text: item}), nil
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
			return nil, fmt.Errorf("%q has no closing }", item)
		}
		p, err := namedPart(name)
		if err != nil {
			return nil, err
		}
		parts = append(parts, p)
		item = rest
	}
	return parts, nil
}

func namedPart(name string) (part, error) {
	if kind, ok := partNames[name]; ok {
		return part{kind: kind}, nil
	}
	if list, ok := strings.CutPrefix(name, "headers:"); ok && list != "" {
		return part{kind: partHeaders, from: headerSource(list)}, nil
	}
	if strings.Contains(name, ":") {
		from, err := parseSource(name)
		if err == nil && from.kind != sourceClaim {
			return part{kind: partSource, from: from}, nil
		}
	}
	return part{}, fmt.Errorf("${%s} is not known: use %s, header:NAME, headers:NAME, field:KEY, json:PATH, form:NAME or query:NAME",
		name, strings.Join(slices.Sorted(maps.Keys(partNames)), ", "))
}

// writeSigned writes the bytes that are signed. An absent source is empty, as
// in every scheme that signs optional parts; an ambiguous one is an error.
func writeSigned(w io.Writer, parts []part, in *values) *Error {
	for i := range parts {
		p := &parts[i]
		switch p.kind {
		case partLiteral:
			in.write(w, p.text)
		case partBody:
			if err := in.m.writeBody(w); err != nil {
				return err
			}
		case partTimestamp:
			in.write(w, in.timestamp)
		case partID:
			in.write(w, in.id)
		case partMethod:
			in.write(w, in.m.Method)
		case partSecret:
			w.Write(in.secret.Bytes())
		default:
			text, err := p.read(in)
			if err != nil && err.Reason != Missing {
				return err
			}
			in.write(w, text)
		}
	}
	return nil
}

// read returns the text of the parts that writeSigned does not write itself.
func (p *part) read(in *values) (string, *Error) {
	body := in.m.Body
	switch p.kind {
	case partURL:
		return in.m.URL, nil
	case partURLBase:
		base, _, _ := strings.Cut(in.m.URL, "?")
		return base, nil
	case partURLWithPort:
		return withPort(in.m.URL), nil
	case partURLWithoutPort:
		return withoutPort(in.m.URL), nil
	case partURLDecoded:
		return decodeURL(in.m.URL), nil
	case partPath:
		return in.m.parsedURL().EscapedPath(), nil
	case partTarget:
		return in.m.parsedURL().RequestURI(), nil
	case partTargetEscaped:
		return escapeTarget(in.m.parsedURL().RequestURI()), nil
	case partBodySHA1:
		sum := sha1.Sum(body)
		return hex.EncodeToString(sum[:]), nil
	case partBodySHA256:
		sum := sha256.Sum256(body)
		return hex.EncodeToString(sum[:]), nil
	case partBodySHA512:
		sum := sha512.Sum512(body)
		return hex.EncodeToString(sum[:]), nil
	case partBodyCRC32:
		return strconv.FormatUint(uint64(crc32.ChecksumIEEE(body)), 10), nil
	case partBodyEscaped:
		return escapeBody(body), nil
	case partForm:
		return sortedForm(in)
	case partHeaders:
		return listedHeaders(in, p.from)
	}
	return p.from.read(in)
}

// escapeBody writes the body with DEL and everything outside ASCII as JSON's
// \uXXXX.
func escapeBody(body []byte) string {
	var b strings.Builder
	b.Grow(len(body))
	for _, r := range string(body) {
		switch {
		case r < 0x7f:
			b.WriteByte(byte(r))
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		}
	}
	return b.String()
}

// sortedForm is every field's name and value, in the byte order of the names; a
// repeated name has each different value once, in byte order.
// https://www.twilio.com/docs/usage/security#validating-requests
func sortedForm(in *values) (string, *Error) {
	form, err := in.form()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(form)) {
		all := slices.Clone(form[name])
		slices.Sort(all)
		for _, value := range slices.Compact(all) {
			b.WriteString(name)
			b.WriteString(value)
		}
	}
	return b.String(), nil
}

// listedHeaders is "name:value;name:value" of the headers that the header at
// list names, their names in lower case and in the list's order. The list must
// name itself, or one text could stand for different names and values.
// https://www.contentful.com/developers/docs/extensibility/app-framework/request-verification/
func listedHeaders(in *values, list source) (string, *Error) {
	text, err := oneHeader(in.m.Header, list.name)
	if err != nil {
		err.Reason = Malformed // a missing list must not count as an empty one
		return "", err
	}
	names := headerNames(text)
	if !slices.Contains(names, strings.ToLower(list.name)) {
		return "", refuse(Malformed, "%s does not list itself", list.name)
	}
	var b strings.Builder
	for i, name := range names {
		value, err := oneHeader(in.m.Header, name)
		if err != nil && len(in.m.Header.Values(name)) != 1 {
			return "", refuse(Malformed, "%s lists %s, which stands %d times", list.name, shorten(name), len(in.m.Header.Values(name)))
		}
		if i > 0 {
			b.WriteByte(';')
		}
		b.WriteString(name + ":" + value)
	}
	return b.String(), nil
}

func headerNames(list string) []string {
	names := strings.Split(strings.ToLower(list), ",")
	for i, name := range names {
		names[i] = strings.Trim(name, " \t")
	}
	slices.Sort(names)
	return slices.Compact(names)
}
