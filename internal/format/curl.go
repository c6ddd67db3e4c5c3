package format

import (
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/whk-cli/whk/internal/webhook"
)

// maxInline is the longest body that is an argument of curl; Linux takes no
// argument over 128 KiB.
const maxInline = 64 << 10

// WriteCurl writes d as a curl command, of several lines, that sends the same
// method, headers and body bytes. It can be pasted into any POSIX shell: what a
// shell, a terminal or a person could misread is written in octal for printf,
// and a body of that kind, or a long one, comes from a pipe.
//
// Curl itself makes Content-Length, and Host when it is the URL's. It also
// sends a User-Agent and an Accept where d has none. The errors are those of
// [WriteHTTP], except that a user name in the URL is allowed.
func WriteCurl(w io.Writer, d *webhook.Delivery) error {
	if err := check(d); err != nil {
		return err
	}
	parts := []string{curlStart(d)}
	for _, f := range d.Header {
		if arg, ok := curlHeader(d, f); ok {
			parts = append(parts, "-H "+ShellWord(arg))
		}
	}
	hasBody := len(d.Body) > 0 || wantsBody(method(d))
	if hasBody && !d.Header.Has("Content-Type") {
		parts = append(parts, "-H 'Content-Type:'") // or curl makes one up
	}
	if len(d.Body) > 1<<20 && !d.Header.Has("Expect") {
		parts = append(parts, "-H 'Expect:'")
	}
	pipe := ""
	switch {
	case !hasBody:
	case inline(d.Body):
		parts = append(parts, "--data-raw "+quote(string(d.Body)))
	default:
		pipe = "printf " + octal(string(d.Body)) + " |\n"
		parts = append(parts, "--data-binary @-")
	}
	_, err := io.WriteString(w, pipe+strings.Join(parts, " \\\n  ")+"\n")
	return err
}

// curlStart is the command with its method and URL.
func curlStart(d *webhook.Delivery) string {
	start, m := "curl", method(d)
	implied := "GET"
	if len(d.Body) > 0 || wantsBody(m) {
		implied = "POST"
	}
	switch {
	case m == "HEAD" && len(d.Body) == 0:
		start += " --head" // -X HEAD would wait for a body
	case m != implied:
		start += " -X " + ShellWord(m)
	}
	if strings.ContainsAny(d.URL, "[]{}") {
		start += " --globoff"
	}
	if strings.Contains(d.URL, "/.") {
		start += " --path-as-is"
	}
	return start + " " + ShellWord(d.URL)
}

// curlHeader is the argument of -H for one field; false when curl makes the
// field itself.
func curlHeader(d *webhook.Delivery, f webhook.Field) (string, bool) {
	authority, _, _ := splitURL(d.URL)
	switch {
	case strings.EqualFold(f.Name, "Content-Length"), strings.EqualFold(f.Name, "Transfer-Encoding"),
		strings.EqualFold(f.Name, "Host") && f.Value == authority:
		return "", false
	case strings.Trim(f.Value, " \t") == "":
		return f.Name + ";", true
	}
	return f.Name + ": " + f.Value, true
}

// inline reports whether a body can stand in the command as it is.
func inline(body []byte) bool { return len(body) <= maxInline && printable(string(body), true) }

// printable reports whether every character of s is visible and can be pasted;
// a tab would ask the shell for completions.
func printable(s string, lines bool) bool {
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 || !unicode.IsPrint(r) && (r != '\n' || !lines) ||
			unicode.In(r, unicode.M, unicode.Other_Default_Ignorable_Code_Point) {
			return false
		}
		i += size
	}
	return true
}

// ShellWord returns s as one word of a POSIX shell that can be pasted: what is
// not printable is written as an escape of printf.
func ShellWord(s string) string {
	switch {
	case s != "" && s[0] != '=' && !strings.ContainsFunc(s, isSpecial): // =name is a path in zsh
		return s
	case printable(s, false):
		return quote(s)
	}
	return `"$(printf ` + octal(s) + `)"`
}

// isSpecial reports whether r may have a meaning for a shell.
func isSpecial(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:,=@%+", r))
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// octal returns s as a quoted format of printf: bytes that are not safe in it
// as \ooo. A leading - would be an option, and a ! between double quotes the
// shell's history.
func octal(s string) string {
	var b strings.Builder
	b.Grow(len(s) + 2)
	b.WriteByte('\'')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '%':
			b.WriteString("%%")
		case c < ' ' && c != '\n' || c >= 0x7f || c == '\'' || c == '\\' || c == '!' || c == '-' && i == 0:
			b.Write([]byte{'\\', '0' + c>>6, '0' + c>>3&7, '0' + c&7})
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('\'')
	return b.String()
}
