package diagnosis

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/whk-cli/whk/internal/signing"
)

// candidate is a signature that a request may carry, and the mistakes by which
// it got the form that it has.
type candidate struct {
	sum    []byte
	steps  []step
	prefix string // what stood before it in its header
}

// stepsBeside are the steps beside those of p: the name of another algorithm
// before the signature is no mistake of its own.
func (c *candidate) stepsBeside(p *prepared) []step {
	if len(p.steps) == 0 || c.prefix != strings.TrimPrefix(p.algorithm, "hmac-")+"=" {
		return c.steps
	}
	return slices.DeleteFunc(slices.Clone(c.steps), func(st step) bool { return st.code == prefixCode })
}

// reading is a text in a header that may be a signature.
type reading struct {
	text    string
	steps   []step
	header  string // the header's name, and how the text stood in it
	query   string // or the query parameter's
	prefix  string
	version string // of a pair or a list's item
	grammar string
}

// prefixCode is the mistake of what stands before a signature.
const prefixCode = "header-prefix"

const (
	fixEncoding = "write the signature in the encoding that the provider documents"
	fixPrefix   = "write the header's value as the provider documents it: only the prefix that belongs there, and nothing around it"
	fixBroken   = "take the line breaks out: Ruby's Base64.encode64, Android's Base64.DEFAULT and the command base64 add them, and a file's or a command's output ends with one; " +
		"use strict_encode64, NO_WRAP, base64 -w0, or trim the text"
	fixJoined = "look for a proxy, or a client library, that adds the header a second time, and make it send the header once"
)

// candidatesOf lists the signatures that m may carry, those in the header of the
// scheme first.
func candidatesOf(m *signing.Message, spec *signing.Spec) []candidate {
	var out []candidate
	for _, r := range readings(m, spec) {
		for _, d := range decodings(r.text, spec.Encoding) {
			if slices.ContainsFunc(out, func(c candidate) bool { return bytes.Equal(c.sum, d.sum) }) {
				continue
			}
			out = append(out, candidate{sum: d.sum, steps: append(slices.Clone(r.steps), d.steps...), prefix: r.prefix})
		}
	}
	return out
}

// readings are the texts in all headers that may be signatures or secrets.
func readings(m *signing.Message, spec *signing.Spec) []reading {
	var out []reading
	own := ownHeaders(m.Header, spec)
	for _, text := range inBody(m, spec) {
		out = append(out, reading{text: text})
	}
	for _, name := range own {
		out = append(out, headerReadings(m.Header, name, spec, nil)...)
	}
	for _, name := range otherHeaders(m.Header, own) {
		st := step{code: "header-other", where: InHeader, rank: 40,
			title: "the signature is in the header " + name + ", not where the scheme has it",
			fix:   "send it where the provider does, and look for it there"}
		out = append(out, headerReadings(m.Header, name, spec, []step{st})...)
	}
	return append(out, queryReadings(m, spec)...)
}

// queryReadings are the texts in the URL's query.
func queryReadings(m *signing.Message, spec *signing.Spec) []reading {
	u, err := url.Parse(m.URL)
	if err != nil {
		return nil
	}
	var out []reading
	query := u.Query()
	names := slices.Sorted(maps.Keys(query))
	for _, name := range names[:min(len(names), maxHeaders)] {
		st := step{code: "signature-in-query", where: InURL, rank: 41,
			title: "the signature is in the query parameter " + excerpt([]byte(name)) + ", not where the scheme has it",
			fix:   "send it where the provider does, and look for it there: a URL is kept in logs"}
		if text := query.Get(name); len(text) <= signing.MaxSignatureHeader {
			for _, r := range valueReadings(strings.Trim(text, " \t"), spec) {
				r.query, r.steps = name, append([]step{st}, r.steps...)
				out = append(out, r)
			}
		}
	}
	return out
}

// ownHeaders are those in which the scheme has its signature.
func ownHeaders(h http.Header, spec *signing.Spec) []string {
	names := slices.Concat([]string{spec.Header}, spec.Accept, spec.PerKey)
	if spec.Numbered != "" {
		for name := range h {
			if hasFold([]byte(name), spec.Numbered) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names[1+len(spec.Accept)+len(spec.PerKey):])
	return slices.DeleteFunc(names, func(name string) bool { return name == "" })
}

// inBody is the signature that the scheme has in the body.
func inBody(m *signing.Message, spec *signing.Spec) []string {
	if spec.From == "" || spec.Each != "" {
		return nil
	}
	if text := readPlace(m, spec, spec.From); text != "" {
		return []string{text}
	}
	return nil
}

// maxHeaders bounds the headers of a stranger that are looked into.
const maxHeaders = 40

// otherHeaders lists, in alphabetical order, those that may carry a signature.
func otherHeaders(h http.Header, own []string) []string {
	var names []string
	for name := range h {
		if name == "Cookie" || slices.ContainsFunc(own, func(o string) bool { return http.CanonicalHeaderKey(o) == name }) {
			continue
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names[:min(len(names), maxHeaders)]
}

func headerReadings(h http.Header, name string, spec *signing.Spec, steps []step) []reading {
	values := h[http.CanonicalHeaderKey(name)]
	var out []reading
	for _, value := range values[:min(len(values), 4)] {
		if len(value) > signing.MaxSignatureHeader {
			continue
		}
		at := slices.Clone(steps)
		if len(values) > 1 {
			at = append(at, step{code: "header-twice", where: InHeader, rank: 20,
				title: fmt.Sprintf("%s stands %d times, and one of them is right", name, len(values)), fix: fixJoined})
		}
		for _, r := range valueReadings(strings.Trim(value, " \t"), spec) {
			r.header, r.steps = name, append(slices.Clone(at), r.steps...)
			out = append(out, r)
		}
	}
	return out
}

var (
	anyPrefix = pattern{text: `^[A-Za-z][A-Za-z0-9_-]{0,19}[=:]`}
	anyScheme = pattern{text: `^[A-Za-z][A-Za-z0-9_-]{2,19}[ \t]+`}
	pairSplit = pattern{text: `[,;&][ \t]*`}
)

// valueReadings takes a header's value apart, first as the scheme says, and then
// what it finds once more.
func valueReadings(value string, spec *signing.Spec) []reading {
	out := plainReadings(value, spec)
	for _, r := range out[:len(out):len(out)] {
		text, st := unwrapped(r.text)
		if text == "" {
			continue
		}
		r.text, r.steps = text, append(slices.Clone(r.steps), st)
		out = append(out, r)
	}
	return out
}

// unwrapped is what stands in quotes, behind a second Bearer or a 0x, or in several
// lines; "" where none of them is there.
func unwrapped(text string) (string, step) {
	quotes := step{code: "header-quotes", where: InHeader, rank: 22, title: "the signature has quotes around it", fix: fixPrefix}
	if inner, ok := fromPythonBytes(text); ok {
		quotes.title, quotes.fix = "the signature stands in b'…': it is Python's str of bytes", "decode the bytes to text before they go into the header: .decode()"
		return inner, quotes
	}
	if inner := strings.Trim(text, "\"'`"); inner != text {
		return inner, quotes
	}
	if hasFold([]byte(text), "bearer ") {
		return strings.TrimLeft(text[len("bearer "):], " "), step{code: prefixCode, where: InHeader, rank: 21,
			title: `the word "Bearer" stands before the signature once more`, fix: fixPrefix}
	}
	if hasFold([]byte(text), "0x") {
		return text[len("0x"):], step{code: prefixCode, where: InHeader, rank: 21, title: `the signature has "0x" before its hex digits`,
			fix: "write the digits alone: some languages and databases print bytes with 0x before them"}
	}
	if inner := strings.Trim(text, " \t"); inner != text {
		return inner, step{code: "header-blanks", where: InHeader, rank: 22, title: "the signature has a blank before or after it", fix: fixPrefix}
	}
	if inner := inOneLine.Replace(text); inner != text {
		return inner, step{code: "header-line-breaks", where: InHeader, rank: 22, title: "the signature has line breaks, or blanks in their place, in it or after it", fix: fixBroken}
	}
	return "", step{}
}

// inOneLine takes away line breaks, as they are or as somebody escaped them.
var inOneLine = strings.NewReplacer("\r", "", "\n", "", `\r`, "", `\n`, "", " ", "", "\t", "")

// plainReadings takes a header's value apart.
func plainReadings(value string, spec *signing.Spec) []reading {
	out := properReadings(value, spec)
	prefix := func(title string) []step {
		return []step{{code: prefixCode, where: InHeader, rank: 21, title: title, fix: fixPrefix}}
	}
	bare := spec.Grammar == "" || spec.Grammar == "bare"
	add := func(text string, steps []step, p, version, grammar string) {
		if text != "" {
			out = append(out, reading{text: text, steps: steps, prefix: p, version: version, grammar: grammar})
		}
	}
	lacks := "the header's value lacks the form that the scheme gives it"
	if bare && spec.Prefix != "" {
		lacks = fmt.Sprintf("the signature lacks its prefix %q", spec.Prefix)
	}
	if !bare || spec.Prefix != "" {
		add(value, prefix(lacks), "", "", "")
	}
	inner := strings.Trim(value, "\"'` \t")
	if inner != value {
		add(inner, []step{{code: "header-quotes", where: InHeader, rank: 22, title: "the signature has quotes around it", fix: fixPrefix}}, "", "", "")
	}
	if p := anyPrefix.regexp().FindString(inner); p != "" {
		add(inner[len(p):], prefix(fmt.Sprintf("the signature has the prefix %q", p)), p, "", "")
	}
	if p := anyScheme.regexp().FindString(inner); p != "" {
		add(inner[len(p):], prefix(fmt.Sprintf("the signature has the word %q before it", strings.TrimSpace(p))), p, "", "")
	}
	for _, item := range pairSplit.regexp().Split(inner, 17) {
		out = append(out, joinedReadings(item, inner, spec)...)
	}
	for item := range strings.FieldsSeq(inner) {
		if version, text, ok := strings.Cut(item, ","); ok {
			add(text, prefix(fmt.Sprintf("the signature stands in a list, as version %q", version)), "", version, "list")
		}
	}
	if strings.Contains(value, "%") {
		if text, err := url.PathUnescape(value); err == nil {
			add(strings.TrimPrefix(text, spec.Prefix), []step{{code: "header-percent", where: InHeader, rank: 50, title: "the signature is percent-encoded", fix: "send the signature as it is: nothing in a header is percent-encoded, and in a query it is once"}}, "", "", "")
		}
	}
	return out
}

// joinedReadings reads one of several texts between commas: a pair, or one of
// the values that a proxy joined.
func joinedReadings(item, value string, spec *signing.Spec) []reading {
	item = strings.Trim(item, "\"' \t")
	if item == "" || item == value {
		return nil
	}
	var out []reading
	if rest, ok := strings.CutPrefix(item, spec.Prefix); ok {
		out = append(out, reading{text: rest, steps: []step{{code: "header-joined", where: InHeader, rank: 23,
			title: "the header holds several values joined by commas, and one of them is right", fix: fixJoined}}})
	}
	if version, text, ok := strings.Cut(item, "="); ok && text != "" {
		out = append(out, reading{text: text, version: version, grammar: "pairs", steps: []step{{code: "header-version", where: InHeader, rank: 24,
			title: fmt.Sprintf("the signature is the header's field %q", version), fix: fixPrefix}}})
	}
	return out
}

// properReadings are those of the scheme's own grammar.
func properReadings(value string, spec *signing.Spec) []reading {
	var out []reading
	switch spec.Grammar {
	case "pairs":
		separator := spec.Separator
		if separator == "" {
			separator = ","
		}
		for item := range strings.SplitSeq(value, separator) {
			if k, v, ok := strings.Cut(strings.Trim(item, " \t"), "="); ok && slices.Contains(spec.Versions, k) {
				out = append(out, reading{text: v, version: k, grammar: "pairs"})
			}
		}
	case "list":
		for item := range strings.FieldsSeq(value) {
			if k, v, ok := strings.Cut(item, ","); ok && slices.Contains(spec.Versions, k) {
				out = append(out, reading{text: v, version: k, grammar: "list"})
			}
		}
	case "bearer":
		if hasFold([]byte(value), "bearer ") {
			out = append(out, reading{text: strings.TrimLeft(value[7:], " "), grammar: "bearer"})
		}
	default:
		if rest, ok := strings.CutPrefix(value, spec.Prefix); ok {
			out = append(out, reading{text: rest, prefix: spec.Prefix})
		}
	}
	return out
}

type decoding struct {
	sum      []byte
	steps    []step
	encoding string
}

// decodings reads a text as a signature in every encoding, first the scheme's.
func decodings(text, own string) []decoding {
	if strings.ContainsAny(text, "\r\n") {
		return nil // the packages for base64 pass over them
	}
	if own == "" {
		own = "hex"
	}
	var out []decoding
	add := func(name string, sum []byte, extra ...step) {
		if !signatureSize(len(sum)) {
			return
		}
		steps := extra
		if name != own && len(extra) == 0 {
			steps = []step{{code: "encoding-" + name, where: InHeader, rank: 25, title: "the signature is in " + name + ", not in " + own, fix: fixEncoding}}
		}
		out = append(out, decoding{sum, steps, name})
	}
	if sum, err := hex.DecodeString(text); err == nil {
		add("hex", sum)
	} else if sum, err := hex.DecodeString(strings.NewReplacer(":", "", "-", "", " ", "").Replace(text)); err == nil && strings.Trim(text, " ") == text {
		add("hex", sum, step{code: "encoding-separated", where: InHeader, rank: 60, title: "the signature's hex digits have separators between them", fix: fixEncoding})
	}
	for _, enc := range base64From(own) {
		sum, err := enc.encoding.DecodeString(text)
		if err != nil {
			continue
		}
		if enc.title != "" && enc.name == own {
			add(enc.name, sum, step{code: "encoding-padding", where: InHeader, rank: 26, title: enc.title, fix: fixEncoding})
		} else {
			add(enc.name, sum)
		}
		// Hex digits in base64: the digest was written twice.
		if inner, err := hex.DecodeString(string(sum)); err == nil {
			add("base64", inner, step{code: "encoding-twice", where: InHeader, rank: 27, title: "the signature is the base64 of its hex digits, not of its bytes",
				fix: "encode the digest once: ask the HMAC for bytes (digest), not for hex (hexdigest), before base64"})
		}
	}
	if strings.Contains(text, " ") {
		for _, d := range decodings(strings.ReplaceAll(text, " ", "+"), own) {
			out = append(out, decoding{d.sum, append(slices.Clone(d.steps), step{code: "encoding-blanks", where: InHeader, rank: 61,
				title: "the signature has blanks where + was: it was form-decoded", fix: "take the header as it is, without decoding it"}), d.encoding})
		}
	}
	return out
}

type base64Form struct {
	name     string
	encoding *base64.Encoding
	title    string // what is odd about it, where the alphabet is right
}

// base64From is base64Forms with those of the scheme's own alphabet first.
func base64From(own string) []base64Form {
	forms := slices.Clone(base64Forms)
	sortBy(forms, func(f base64Form) int {
		if f.name == own {
			return 0
		}
		return 1
	})
	return forms
}

var base64Forms = []base64Form{
	{"base64", base64.StdEncoding.Strict(), ""},
	{"base64url", base64.RawURLEncoding.Strict(), ""},
	{"base64", base64.RawStdEncoding.Strict(), "the signature's base64 lacks its padding"},
	{"base64url", base64.URLEncoding.Strict(), "the signature's base64url has padding"},
}

// signatureSize tells the sizes of the signatures that can be tried: those of
// MACs and of key pairs, of which ECDSA's in ASN.1 have several.
func signatureSize(n int) bool { return n == 20 || n == 32 || n == 64 || (n >= 66 && n <= 72) }
