package diagnosis

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"html"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// layer is what kind of change a bodyChange is; pairs are made across layers.
type layer int

const (
	textLayer layer = iota // line breaks, blanks, marks
	jsonLayer              // printed anew
	wrapLayer              // encoded in, or decoded from, something else
)

// bodyChange makes, of the bytes that arrived, those that may have been signed.
type bodyChange struct {
	code, title string
	fix         string // "" is the layer's
	rank        int
	layer       layer
	apply       func([]byte) []byte // nil when there is nothing to change
}

const (
	fixRaw = "check the bytes that arrived, before any parser, middleware or editor touches them: " +
		"read the raw body first, verify it, then parse it; where you sign, send the very text that was signed"
	fixBreak  = "compare byte for byte: an editor, echo or a here-document adds a line break, and a text mode changes it; use printf %s, or curl --data-binary"
	fixWrap   = "verify the body as it came over the wire, before a gateway or framework decodes or wraps it"
	fixCoding = "read the body as bytes, and do not decode it to a string and encode it again: another character set changes it"
)

// byteChanges are all but the JSON styles, most common first.
var byteChanges = []bodyChange{
	{code: "newline-added", rank: 10, title: "the body has gained a line break at its end", fix: fixBreak, apply: trimEnd("\n")},
	{code: "crlf-added", rank: 11, title: "the body has gained a CRLF at its end", fix: fixBreak, apply: trimEnd("\r\n")},
	{code: "newline-lost", rank: 12, title: "the body has lost the line break at its end", fix: fixBreak, apply: addEnd("\n")},
	{code: "empty-body", rank: 13, title: "an empty body was signed", layer: wrapLayer,
		fix:   "the body had been read before it was signed or checked: read it once and keep the bytes",
		apply: func(b []byte) []byte { return orNil(len(b) > 0, []byte{}) }},
	{code: "crlf-for-lf", rank: 14, title: "the body's line breaks have become CRLF", fix: fixBreak, apply: replace("\r\n", "\n")},
	{code: "lf-for-crlf", rank: 15, title: "the body's line breaks have become LF", fix: fixBreak, apply: lfToCRLF},
	{code: "bom-added", rank: 16, title: "the body has gained a byte order mark", fix: fixCoding, apply: trimStart("\ufeff")},
	{code: "newlines-added", rank: 17, title: "the body has gained line breaks at its end", fix: fixBreak, apply: func(b []byte) []byte { return bytes.TrimRight(b, "\r\n") }},
	{code: "blanks-added", rank: 18, title: "the body has gained white space around it", apply: func(b []byte) []byte { return bytes.TrimSpace(b) }},
	{code: "blanks-added", rank: 19, title: "the body has gained white space at its end", apply: func(b []byte) []byte { return bytes.TrimRight(b, " \t\r\n") }},
	{code: "blanks-added", rank: 19, title: "the body has gained white space at its beginning", apply: func(b []byte) []byte { return bytes.TrimLeft(b, " \t\r\n") }},
	{code: "bom-lost", rank: 60, title: "the body has lost its byte order mark", fix: fixCoding, apply: addStart("\ufeff")},
	{code: "crlf-lost", rank: 55, title: "the body has lost the CRLF at its end", fix: fixBreak, apply: addEnd("\r\n")},
	{code: "blank-lost", rank: 61, title: "the body has lost a blank at its end", apply: addEnd(" ")},
	{code: "blank-lost", rank: 61, title: "the body has lost a blank at its beginning", apply: addStart(" ")},
	{code: "newline-lost", rank: 62, title: "the body has lost a line break at its beginning", apply: addStart("\n")},
	{code: "line-breaks-lost", rank: 63, title: "the signed body had no line breaks", apply: func(b []byte) []byte { return remove(b, "\r\n") }},
	{code: "blanks-removed", rank: 64, title: "the signed body had no white space at all", apply: func(b []byte) []byte { return remove(b, " \t\r\n") }},
	{code: "nul-added", rank: 70, title: "the body has gained NUL bytes at its end", apply: func(b []byte) []byte { return bytes.TrimRight(b, "\x00") }},

	{code: "latin-1", rank: 50, title: "the signed body was Latin-1: it has been decoded as that and encoded as UTF-8 since", fix: fixCoding, layer: wrapLayer, apply: toLatin1},
	{code: "latin-1-read", rank: 51, title: "the signed body had been read as Latin-1 and written as UTF-8", fix: fixCoding, layer: wrapLayer, apply: fromLatin1},
	{code: "windows-1252", rank: 52, title: "the signed body was Windows-1252: it has been decoded as that and encoded as UTF-8 since", fix: fixCoding, layer: wrapLayer, apply: toWindows},
	{code: "windows-1252-read", rank: 53, title: "the signed body had been read as Windows-1252 and written as UTF-8", fix: fixCoding, layer: wrapLayer, apply: fromWindows},
	{code: "utf-16", rank: 54, title: "the body is UTF-16 here, and was signed in UTF-8", fix: fixCoding, layer: wrapLayer, apply: fromUTF16},
	{code: "replacement-characters", rank: 54, title: "the signed body had been read as UTF-8, with U+FFFD for every byte that is not", fix: fixCoding, layer: wrapLayer, apply: withReplacements},
	{code: "ascii-only", rank: 65, title: "the signed body had a question mark for every character that is not ASCII", fix: fixCoding, layer: wrapLayer, apply: questionMarks},
	{code: "ascii-only", rank: 65, title: "the signed body had a question mark for every character that is not ASCII, and two for each emoji, as .NET's Encoding.ASCII makes them", fix: "sign the body's bytes in UTF-8: Encoding.UTF8, not Encoding.ASCII", layer: wrapLayer, apply: toASCII},
	{code: "seven-bits", rank: 66, title: "the signed body had been read with Node.js's encoding ascii, which drops the highest bit of each byte", fix: "sign the Buffer itself, or a string that was read with utf8", layer: wrapLayer, apply: toSevenBits},
	{code: "low-bytes", rank: 66, title: "the signed body had the low byte of each character alone, as Node.js's encodings latin1 and binary write them", fix: "sign the string with utf8: update(body, 'utf8')", layer: wrapLayer, apply: toLowBytes},

	{code: "json-string", rank: 44, title: "the body was signed before it was encoded once more, as a JSON string", fix: "send the JSON itself, not a string of it: it was encoded twice", layer: wrapLayer, apply: fromJSONString},
	{code: "json-string-signed", rank: 45, title: "the body was signed as a JSON string: it was encoded twice before signing", fix: "sign the JSON itself, not a string of it: JSON.stringify was applied to a string", layer: wrapLayer, apply: toJSONString(plainStrings)},
	{code: "json-string-signed", rank: 46, title: `the body was signed as a JSON string with \u escapes: it was encoded twice before signing`, fix: "sign the JSON itself, not a string of it: json.dumps was applied to a string", layer: wrapLayer, apply: toJSONString(asciiStrings)},
	{code: "json-string-signed", rank: 47, title: `the body was signed as a JSON string with \/: it was encoded twice before signing`, fix: "sign the JSON itself, not a string of it: json_encode was applied to a string", layer: wrapLayer, apply: toJSONString(phpStrings)},

	{code: "form-payload", rank: 48, title: "the value of the form's only field was signed", fix: "the provider sends a form and signs JSON, or the other way round: set the content type in the provider's settings", layer: wrapLayer, apply: formValue},
	{code: "form-key", rank: 49, title: "the body is a form with nothing but a name, and that name was signed", fix: "send the JSON as application/json: a client took it for the name of a form's field", layer: wrapLayer, apply: formKey},
	{code: "form-lost", rank: 49, title: "the body was signed as a form with the field payload", fix: fixWrap, layer: wrapLayer, apply: toForm("payload=")},
	{code: "form-decoded", rank: 56, title: "the body was signed with its form encoding undone", fix: fixWrap, layer: wrapLayer, apply: formDecoded},
	{code: "percent-decoded", rank: 57, title: "the body was signed with its percent escapes undone", fix: fixWrap, layer: wrapLayer, apply: percentDecoded},
	{code: "form-rewritten", rank: 58, title: "the form was written anew, with its fields sorted", layer: wrapLayer, apply: formSorted},
	{code: "form-rewritten", rank: 58, title: "the form was written anew, with + for blanks", layer: wrapLayer, apply: formAgain(url.QueryEscape)},
	{code: "form-rewritten", rank: 58, title: "the form was written anew, with %20 for blanks", layer: wrapLayer, apply: formAgain(percent20)},
	{code: "form-decoded-since", rank: 58, title: "the form's encoding has been undone since it was signed", fix: fixWrap, layer: wrapLayer, apply: formEncoded(url.QueryEscape, "&")},
	{code: "form-decoded-since", rank: 58, title: "the form's encoding, with %20 for blanks, has been undone since it was signed", fix: fixWrap, layer: wrapLayer, apply: formEncoded(percent20, "&")},
	{code: "form-decoded-since", rank: 58, title: "the encoding of the form's only field has been undone since it was signed", fix: fixWrap, layer: wrapLayer, apply: formEncoded(url.QueryEscape, "\x00")},
	{code: "percent-encoded", rank: 66, title: "the body was signed with percent escapes", fix: fixWrap, layer: wrapLayer, apply: func(b []byte) []byte { return []byte(percent20(string(b))) }},
	{code: "percent-encoded", rank: 66, title: "the body was signed with percent escapes but for slashes", fix: fixWrap, layer: wrapLayer, apply: percentBut("/")},
	{code: "percent-encoded", rank: 66, title: "the body was signed with percent escapes, as JavaScript's encodeURIComponent makes them", fix: fixWrap, layer: wrapLayer, apply: percentBut("!'()*")},
	{code: "percent-encoded", rank: 66, title: "the body was signed with percent escapes, as JavaScript's encodeURI makes them", fix: fixWrap, layer: wrapLayer, apply: percentBut("!'()*;/?:@&=+$,#")},
	{code: "form-encoded", rank: 66, title: "the body was signed with the escapes of a form", fix: fixWrap, layer: wrapLayer, apply: func(b []byte) []byte { return []byte(url.QueryEscape(string(b))) }},

	{code: "gzip", rank: 67, title: "the body was signed before it was compressed", fix: "verify the body after decompressing it: the provider signs the plain body", layer: wrapLayer, apply: decompress},
	{code: "gzip-signed", rank: 68, title: "the body was signed after it was compressed", fix: "verify the compressed body: a proxy or the server decompressed it", layer: wrapLayer, apply: compress},
	{code: "base64-body", rank: 59, title: "the body is base64 here, and was signed as what that decodes to", fix: "decode the body first: some gateways hand it over in base64 and say so in a flag such as isBase64Encoded", layer: wrapLayer, apply: fromBase64},
	{code: "base64-signed", rank: 69, title: "the body was signed in base64", fix: fixWrap, layer: wrapLayer, apply: func(b []byte) []byte { return []byte(base64.StdEncoding.EncodeToString(b)) }},
	{code: "chunked", rank: 71, title: "the body still has the chunk sizes of its transfer encoding", fix: "capture the body after the transfer encoding is undone", layer: wrapLayer, apply: dechunk},
	{code: "html-escaped", rank: 72, title: "the body has gained HTML escapes", fix: fixWrap, layer: wrapLayer, apply: func(b []byte) []byte {
		return orNil(bytes.IndexByte(b, '&') >= 0, []byte(html.UnescapeString(string(b))))
	}},
	{code: "html-escaped-signed", rank: 73, title: "the body was signed with HTML escapes", fix: fixWrap, layer: wrapLayer, apply: func(b []byte) []byte { return []byte(html.EscapeString(string(b))) }},
	{code: "html-escaped-signed", rank: 73, title: "the body was signed with HTML escapes, as PHP's htmlspecialchars makes them", fix: fixWrap, layer: wrapLayer, apply: htmlEscape("&quot;", "&#039;")},
	{code: "html-escaped-signed", rank: 73, title: "the body was signed with HTML escapes, as Python's html.escape makes them", fix: fixWrap, layer: wrapLayer, apply: htmlEscape("&quot;", "&#x27;")},
	{code: "html-escaped-signed", rank: 73, title: "the body was signed with HTML escapes, apostrophes too", fix: fixWrap, layer: wrapLayer, apply: htmlEscape("&quot;", "&#39;")},
	{code: "backslashes-added", rank: 74, title: "the body has gained backslashes before its quotes", layer: wrapLayer, apply: stripSlashes},
	{code: "script-escaped", rank: 74, title: "the body has gained the escapes of a JavaScript string, as $util.escapeJavaScript of a gateway's mapping template adds them", fix: "hand the body on untouched: a proxy integration, or $util.base64Encode($input.body), decoded in the function", layer: wrapLayer, apply: fromScript},
	{code: "object-string", rank: 75, title: "the text [object Object] was signed", fix: "sign the body's bytes: an object was turned into a string without JSON.stringify", layer: wrapLayer, apply: constant("[object Object]")},
	{code: "null-signed", rank: 76, title: "the text null was signed", fix: "sign the body's bytes: there was no body where it was signed", layer: wrapLayer, apply: constant("null")},
	{code: "undefined-signed", rank: 76, title: "the text undefined was signed", fix: "sign the body's bytes: there was no body where it was signed", layer: wrapLayer, apply: constant("undefined")},
	{code: "empty-object", rank: 77, title: "the text {} was signed", fix: "sign the bytes that are sent: the body was parsed to nothing where it was signed", layer: wrapLayer, apply: constant("{}")},
	{code: "python-text", rank: 79, title: "the text was signed that Python's str makes of a dict", fix: "sign the bytes that are sent: json.dumps(payload), and send that very text", layer: wrapLayer, apply: pythonText},
	{code: "python-bytes", rank: 79, title: "the text was signed that Python's str makes of bytes: b'…'", fix: "sign the bytes themselves: without str(), or after decode()", layer: wrapLayer, apply: pythonBytes},
	{code: "utf-16-signed", rank: 80, title: "the body was signed in UTF-16", fix: "sign the body's bytes in UTF-8: Encoding.UTF8, not Encoding.Unicode", layer: wrapLayer, apply: toUTF16(binary.LittleEndian, false)},
	{code: "utf-16-signed", rank: 80, title: "the body was signed in UTF-16, with a byte order mark", fix: "sign the body's bytes in UTF-8", layer: wrapLayer, apply: toUTF16(binary.LittleEndian, true)},
	{code: "utf-16-signed", rank: 80, title: "the body was signed in UTF-16 of the other byte order", fix: "sign the body's bytes in UTF-8: StandardCharsets.UTF_8, not UTF_16", layer: wrapLayer, apply: toUTF16(binary.BigEndian, false)},
	{code: "utf-16-signed", rank: 80, title: "the body was signed in UTF-16 of the other byte order, with a byte order mark", fix: "sign the body's bytes in UTF-8: StandardCharsets.UTF_8, not UTF_16", layer: wrapLayer, apply: toUTF16(binary.BigEndian, true)},
	{code: "digest-signed", rank: 78, title: "the SHA-256 of the body was signed, in hex", fix: "sign the body itself, not its hash", layer: wrapLayer, apply: digestIn(hex.EncodeToString)},
	{code: "digest-signed", rank: 78, title: "the SHA-256 of the body was signed, as bytes", fix: "sign the body itself, not its hash", layer: wrapLayer, apply: digestIn(func(sum []byte) string { return string(sum) })},
	{code: "digest-signed", rank: 78, title: "the SHA-256 of the body was signed, in base64", fix: "sign the body itself, not its hash", layer: wrapLayer, apply: digestIn(base64.StdEncoding.EncodeToString)},
}

func (c *bodyChange) step(signed, arrived []byte) step {
	st := step{code: c.code, where: InBody, rank: c.rank, title: c.title, fix: c.fix, proof: difference(signed, arrived)}
	if st.fix == "" {
		st.fix = fixRaw
	}
	if c.fix == "" {
		st.rawBody = rawBodies(arrived)
	}
	return st
}

// jsonChanges are the styles applied to one body, which is parsed once.
func jsonChanges(body []byte) []bodyChange {
	v, ok := parseJSON(body)
	if !ok || (v.kind != '{' && v.kind != '[') {
		return nil
	}
	traits := traitsOf(&v)
	printed := map[alike]bool{}
	var changes []bodyChange
	for i := range jsonStyles {
		st := &jsonStyles[i]
		if a := traits.alike(st); printed[a] {
			continue
		} else {
			printed[a] = true
		}
		changes = append(changes, bodyChange{code: st.code, rank: st.rank, fix: st.fix, layer: jsonLayer,
			title: "the signature fits the body as " + st.title,
			apply: func(b []byte) []byte { return st.print(&v, len(b)) }})
	}
	return append(changes, fieldChanges(&v)...)
}

func orNil(ok bool, b []byte) []byte {
	if !ok {
		return nil
	}
	return b
}

func constant(text string) func([]byte) []byte { return func([]byte) []byte { return []byte(text) } }

func trimEnd(text string) func([]byte) []byte {
	return func(b []byte) []byte {
		return orNil(bytes.HasSuffix(b, []byte(text)), bytes.TrimSuffix(b, []byte(text)))
	}
}

func trimStart(text string) func([]byte) []byte {
	return func(b []byte) []byte {
		return orNil(bytes.HasPrefix(b, []byte(text)), bytes.TrimPrefix(b, []byte(text)))
	}
}

func addEnd(text string) func([]byte) []byte {
	return func(b []byte) []byte { return append(slices.Clone(b), text...) }
}

func addStart(text string) func([]byte) []byte {
	return func(b []byte) []byte { return append([]byte(text), b...) }
}

func replace(from, to string) func([]byte) []byte {
	return func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(from), []byte(to)) }
}

func lfToCRLF(b []byte) []byte {
	return replace("\n", "\r\n")(replace("\r\n", "\n")(b))
}

func remove(b []byte, chars string) []byte {
	return slices.DeleteFunc(slices.Clone(b), func(c byte) bool { return strings.IndexByte(chars, c) >= 0 })
}

func isASCII(b []byte) bool {
	return !slices.ContainsFunc(b, func(c byte) bool { return c >= utf8.RuneSelf })
}

// toLatin1 takes UTF-8 back to the one byte that each character was.
func toLatin1(b []byte) []byte {
	return narrow(b, func(r rune) (byte, bool) { return byte(r), r < 0x100 })
}

func toWindows(b []byte) []byte {
	return narrow(b, func(r rune) (byte, bool) {
		if i := slices.Index(windows1252, r); i >= 0 {
			return byte(0x80 + i), true
		}
		return byte(r), r < 0x100
	})
}

func narrow(b []byte, of func(rune) (byte, bool)) []byte {
	if isASCII(b) || !utf8.Valid(b) {
		return nil
	}
	out := make([]byte, 0, len(b))
	for _, r := range string(b) {
		c, ok := of(r)
		if !ok {
			return nil
		}
		out = append(out, c)
	}
	return out
}

func fromLatin1(b []byte) []byte {
	return widen(b, func(c byte) rune { return rune(c) })
}

func fromWindows(b []byte) []byte {
	return widen(b, func(c byte) rune {
		if c >= 0x80 && c < 0xa0 {
			return windows1252[c-0x80]
		}
		return rune(c)
	})
}

func widen(b []byte, of func(byte) rune) []byte {
	if isASCII(b) {
		return nil
	}
	out := make([]byte, 0, len(b)+len(b)/8)
	for _, c := range b {
		out = utf8.AppendRune(out, of(c))
	}
	return out
}

// windows1252 is what bytes 0x80 to 0x9f mean; the five that mean nothing are
// control characters, as browsers have it. https://encoding.spec.whatwg.org/index-windows-1252.txt
var windows1252 = []rune("€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ")

func withReplacements(b []byte) []byte {
	if utf8.Valid(b) {
		return nil
	}
	out := make([]byte, 0, len(b)+16)
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		out = utf8.AppendRune(out, r)
		b = b[n:]
	}
	return out
}

func questionMarks(b []byte) []byte {
	if isASCII(b) {
		return nil
	}
	out := make([]byte, 0, len(b))
	for _, r := range string(b) {
		if r >= utf8.RuneSelf {
			r = '?'
		}
		out = append(out, byte(r))
	}
	return out
}

func fromJSONString(b []byte) []byte {
	v, ok := parseJSON(b)
	return orNil(ok && v.kind == '"', []byte(v.text))
}

func toJSONString(st *stringStyle) func([]byte) []byte {
	return func(b []byte) []byte { return st.append(make([]byte, 0, len(b)+len(b)/8), string(b)) }
}

// formFields splits a form without losing order; false for what looks like none.
func formFields(b []byte) ([][2]string, bool) {
	if len(b) == 0 || b[0] == '{' || b[0] == '[' || b[0] == '"' || bytes.IndexByte(b, '=') <= 0 || bytes.ContainsAny(b, " \n\r\t") {
		return nil, false
	}
	var fields [][2]string
	for pair := range strings.SplitSeq(string(b), "&") {
		k, v, _ := strings.Cut(pair, "=")
		key, err1 := url.QueryUnescape(k)
		value, err2 := url.QueryUnescape(v)
		if err1 != nil || err2 != nil {
			return nil, false
		}
		fields = append(fields, [2]string{key, value})
	}
	return fields, true
}

func formValue(b []byte) []byte {
	fields, ok := formFields(b)
	if !ok || len(fields) != 1 {
		return nil
	}
	return []byte(fields[0][1])
}

func formKey(b []byte) []byte {
	fields, ok := formFields(b)
	if !ok || len(fields) != 1 || fields[0][1] != "" {
		return nil
	}
	return []byte(fields[0][0])
}

func toForm(start string) func([]byte) []byte {
	return func(b []byte) []byte { return []byte(start + url.QueryEscape(string(b))) }
}

func formDecoded(b []byte) []byte {
	if _, ok := formFields(b); !ok && (bytes.IndexByte(b, '%') < 0 || bytes.IndexByte(b, '+') < 0 || bytes.ContainsAny(b, "{}\"<> \r\n\t")) {
		return nil
	}
	text, err := url.QueryUnescape(string(b))
	return orNil(err == nil, []byte(text))
}

func percentDecoded(b []byte) []byte {
	if bytes.IndexByte(b, '%') < 0 {
		return nil
	}
	text, err := url.PathUnescape(string(b))
	return orNil(err == nil, []byte(text))
}

func formSorted(b []byte) []byte {
	fields, ok := formFields(b)
	if !ok {
		return nil
	}
	sortBy(fields, func(field [2]string) string { return field[0] })
	return joinForm(fields, url.QueryEscape)
}

func formAgain(escape func(string) string) func([]byte) []byte {
	return func(b []byte) []byte {
		fields, ok := formFields(b)
		if !ok {
			return nil
		}
		return joinForm(fields, escape)
	}
}

func joinForm(fields [][2]string, escape func(string) string) []byte {
	var out []byte
	for i, f := range fields {
		if i > 0 {
			out = append(out, '&')
		}
		out = append(out, escape(f[0])+"="+escape(f[1])...)
	}
	return out
}

// formEncoded escapes the names and values of what was a form once, with what
// stands between its fields.
func formEncoded(escape func(string) string, between string) func([]byte) []byte {
	return func(b []byte) []byte {
		if len(b) == 0 || b[0] == '{' || b[0] == '[' || b[0] == '"' || bytes.IndexByte(b, '=') <= 0 {
			return nil
		}
		fields := strings.Split(string(b), between)
		for i, field := range fields {
			name, value, ok := strings.Cut(field, "=")
			if fields[i] = escape(name); ok {
				fields[i] += "=" + escape(value)
			}
		}
		return []byte(strings.Join(fields, between))
	}
}

// percentBut escapes all but letters, digits, - . _ ~ and what is kept.
func percentBut(kept string) func([]byte) []byte {
	return func(b []byte) []byte {
		out := make([]byte, 0, len(b)+len(b)/2)
		for _, c := range b {
			letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9'
			if letter || strings.IndexByte("-._~", c) >= 0 || strings.IndexByte(kept, c) >= 0 {
				out = append(out, c)
			} else {
				out = append(out, '%', upperHex[c>>4], upperHex[c&15])
			}
		}
		return out
	}
}

func percent20(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// maxDecompressed bounds what a small body can become.
const maxDecompressed = 8 << 20

func decompress(b []byte) []byte {
	for _, open := range []func(io.Reader) (io.Reader, error){
		func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) },
		func(r io.Reader) (io.Reader, error) { return flate.NewReader(r), nil },
	} {
		r, err := open(bytes.NewReader(b))
		if err != nil {
			continue
		}
		plain, err := io.ReadAll(io.LimitReader(r, maxDecompressed+1))
		if err == nil && len(plain) > 0 && len(plain) <= maxDecompressed {
			return plain
		}
	}
	return nil
}

// compress is what a sender in Go makes of it; other libraries' bytes differ.
func compress(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		return nil
	}
	if err := w.Close(); err != nil {
		return nil
	}
	return out.Bytes()
}

func fromBase64(b []byte) []byte {
	text := strings.TrimRight(string(bytes.TrimSpace(b)), "=")
	if len(text) < 4 {
		return nil
	}
	for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		if out, err := enc.DecodeString(text); err == nil {
			return out
		}
	}
	return nil
}

// dechunk undoes the chunked transfer coding.
// https://www.rfc-editor.org/rfc/rfc9112#section-7.1
func dechunk(b []byte) []byte {
	var out []byte
	for {
		line, rest, ok := bytes.Cut(b, []byte("\r\n"))
		size, _, _ := strings.Cut(string(line), ";")
		n, err := strconv.ParseUint(strings.TrimSpace(size), 16, 31)
		if !ok || err != nil {
			return nil
		}
		if n == 0 {
			return orNil(len(out) > 0, out)
		}
		if uint64(len(rest)) < n+2 {
			return nil
		}
		out, b = append(out, rest[:n]...), rest[n:]
		if !bytes.HasPrefix(b, []byte("\r\n")) {
			return nil
		}
		b = b[2:]
	}
}

func stripSlashes(b []byte) []byte {
	if !bytes.Contains(b, []byte(`\"`)) {
		return nil
	}
	return replace(`\"`, `"`)(b)
}

func digestIn(encode func([]byte) string) func([]byte) []byte {
	return func(b []byte) []byte {
		sum := sha256.Sum256(b)
		return []byte(encode(sum[:]))
	}
}

// htmlEscape escapes < > & and the quotes, for which programs differ.
func htmlEscape(quote, apostrophe string) func([]byte) []byte {
	r := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, quote, "'", apostrophe)
	return func(b []byte) []byte { return []byte(r.Replace(string(b))) }
}

// fromScript undoes the escapes of a JavaScript string that stands without its
// quotes.
func fromScript(b []byte) []byte {
	if bytes.IndexByte(b, '\\') < 0 {
		return nil
	}
	return []byte(unescapeJSON(string(b)))
}
