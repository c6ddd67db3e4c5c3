package payload

import "unicode/utf8"

// appendEscaped appends text as the inside of a JSON string. Only what JSON
// forbids is escaped: <, > and & stay as they are, as they do in the webhooks
// of all known senders. Bytes that are not UTF-8 become U+FFFD.
func appendEscaped(dst []byte, text string) []byte {
	for i := 0; i < len(text); {
		b := text[i]
		if b < utf8.RuneSelf {
			dst = appendEscapedByte(dst, b)
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		dst = utf8.AppendRune(dst, r)
		i += size
	}
	return dst
}

func appendEscapedByte(dst []byte, b byte) []byte {
	switch {
	case b == '"' || b == '\\':
		return append(dst, '\\', b)
	case b == '\n':
		return append(dst, `\n`...)
	case b == '\r':
		return append(dst, `\r`...)
	case b == '\t':
		return append(dst, `\t`...)
	case b < 0x20:
		return appendHex(append(dst, `\u`...), uint64(b), 4)
	}
	return append(dst, b)
}

// appendQuoted appends text as a JSON string.
func appendQuoted(dst []byte, text string) []byte {
	return append(appendEscaped(append(dst, '"'), text), '"')
}
