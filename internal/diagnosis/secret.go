package diagnosis

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/whk-cli/whk/internal/signing"
)

// key is the bytes of a key, and the mistakes that made it of a secret.
type key struct {
	bytes []byte
	steps []step
}

// rank orders keys by how common their mistakes are.
func (k key) rank() int {
	rank := len(k.steps) * pairRank
	for _, st := range k.steps {
		rank += st.rank
	}
	return rank
}

// secretChange makes, of a secret as its owner has it, what may have been the
// key. Its evidence names what was changed and never a part of the secret.
type secretChange struct {
	code, title, fix string
	rank             int
	apply            func([]byte) []byte // nil when there is nothing to change
}

const (
	fixSecretText = "take the secret exactly as the provider shows it: no line break, blank or quote around it"
	fixSecretKey  = "turn the secret into the key as the provider documents it, on both sides alike"
)

var secretChanges = []secretChange{
	{"secret-newline", "the secret given has a line break at its end that the signer's has not", fixSecretText, 10,
		func(b []byte) []byte { return bytes.TrimRight(b, "\r\n") }},
	{"secret-blanks", "the secret given has blanks around it that the signer's has not", fixSecretText, 11, func(b []byte) []byte { return bytes.TrimSpace(b) }},
	{"secret-newline-signed", "the signer's secret has a line break at its end", "the signer read the secret from a file with its line break: strip it there (printf instead of echo)", 12, addEnd("\n")},
	{"secret-newline-signed", "the signer's secret has a CRLF at its end", "the signer read the secret from a file with its line break: strip it there", 60, addEnd("\r\n")},
	{"secret-newline-signed", "the signer's secret has a carriage return at its end", "the signer read the secret from a file with Windows line breaks: strip them there", 60, addEnd("\r")},
	{"secret-blank-signed", "the signer's secret has a blank at its end", fixSecretText, 61, addEnd(" ")},
	{"secret-blank-signed", "the signer's secret has a blank at its beginning", fixSecretText, 61, addStart(" ")},
	{"secret-quotes", "the secret given has quotes around it that the signer's has not", "leave the quotes out: a .env file's or a YAML file's quotes are not part of the secret", 13, unquote},
	{"secret-quotes-signed", "the signer's secret has double quotes around it", "leave the quotes out where it signs: a .env file's quotes are not part of the secret", 14, around(`"`)},
	{"secret-quotes-signed", "the signer's secret has single quotes around it", "leave the quotes out where it signs: a .env file's quotes are not part of the secret", 15, around(`'`)},
	{"secret-variable", "the secret given begins with the name of a variable and an equals sign", "give the value alone", 16, afterEquals},
	{"secret-prefix-stripped", "the secret was used without its prefix", fixSecretKey, 20, withoutPrefix},
	{"secret-base64-decoded", "the secret was base64-decoded to make the key", fixSecretKey, 22, decodeBase64},
	{"secret-base64-decoded", "the secret was base64-decoded behind its prefix to make the key", fixSecretKey, 23, func(b []byte) []byte { return decodeBase64(withoutPrefix(b)) }},
	{"secret-hex-decoded", "the secret was hex-decoded to make the key", fixSecretKey, 24, decodeHex},
	{"secret-upper", "the secret was used in upper case", fixSecretText, 30, func(b []byte) []byte { return bytes.ToUpper(b) }},
	{"secret-lower", "the secret was used in lower case", fixSecretText, 31, func(b []byte) []byte { return bytes.ToLower(b) }},
	{"secret-base64-encoded", "the secret was base64-encoded to make the key", fixSecretKey, 40, func(b []byte) []byte { return []byte(base64.StdEncoding.EncodeToString(b)) }},
	{"secret-hex-encoded", "the secret was hex-encoded to make the key", fixSecretKey, 41, func(b []byte) []byte { return []byte(hex.EncodeToString(b)) }},
	{"secret-percent-decoded", "the secret was percent-decoded", fixSecretText, 50, unescapeSecret},
	{"secret-bom", "the secret given has a byte order mark that the signer's has not", "save the secret's file as UTF-8 without a byte order mark", 51, trimStart("\ufeff")},
	{"secret-utf-16", "the secret given is UTF-16, and the signer's is plain text", "save the secret's file as plain text: Windows PowerShell writes UTF-16 unless it is told -Encoding ascii", 51,
		func(b []byte) []byte { return bytes.TrimRight(fromUTF16(b), "\r\n") }},
	{"secret-bom-signed", "the signer's secret has a byte order mark at its beginning", "save the signer's file as UTF-8 without a byte order mark", 51, addStart("\ufeff")},
	{"secret-hashed", "the SHA-256 of the secret was used as the key", fixSecretKey, 53, hashedSecret},
	{"secret-hashed", "the SHA-256 of the secret, in hex, was used as the key", fixSecretKey, 54, digestIn(hex.EncodeToString)},
	{"secret-bearer", "the secret given begins with the word Bearer", "give the secret alone", 52, func(b []byte) []byte { return orNil(hasFold(b, "bearer "), bytes.TrimSpace(b[min(7, len(b)):])) }},
}

// hashedSecret is the SHA-256 of a secret. HMAC takes that of a key beyond its
// block by itself, so the two are one key there and tell no mistake.
func hashedSecret(b []byte) []byte {
	if len(b) > sha256.BlockSize {
		return nil
	}
	sum := sha256.Sum256(b)
	return sum[:]
}

// maxKeys bounds the keys of one case, and with them the MACs of one trial.
const maxKeys = 112

// textChange is the secret as it is, where the scheme decodes it.
var textChange = secretChange{"secret-not-decoded", "the secret was used as text, not decoded", fixSecretKey, 18, nil}

// keysOf lists the keys that a secret may have become: first the right one,
// then those of one mistake, then those of two.
func keysOf(secret signing.Secret, spec *signing.Spec) []key {
	text := secret.Bytes()
	right := rightKey(text, spec)
	keys := []key{}
	if len(right) > 0 {
		keys = append(keys, key{bytes: right})
	}
	add := func(b []byte, steps ...step) {
		if len(b) > 0 && len(keys) < maxKeys && !slices.ContainsFunc(keys, func(k key) bool { return bytes.Equal(k.bytes, b) }) {
			keys = append(keys, key{b, steps})
		}
	}
	decodes := spec.Key != "" && spec.Key != "text"
	if decodes {
		add(text, textChange.step(text, text))
	}
	// What was mistaken before the secret is decoded, if the scheme decodes it.
	for i := range secretChanges {
		c := &secretChanges[i]
		changed := c.apply(text)
		if len(changed) == 0 {
			continue
		}
		if decodes {
			add(rightKey(changed, spec), c.step(text, changed))
		} else {
			add(changed, c.step(text, changed))
		}
	}
	if decodes {
		for i := range secretChanges {
			c := &secretChanges[i]
			if changed := c.apply(text); len(changed) > 0 {
				add(changed, c.asText(text, changed))
			}
		}
	}
	for i := range secretChanges {
		first := secretChanges[i].apply(text)
		if len(first) == 0 {
			continue
		}
		for k := range secretChanges {
			if second := secretChanges[k].apply(first); len(second) > 0 && i != k {
				add(second, secretChanges[i].step(text, first), secretChanges[k].step(first, second))
			}
		}
	}
	return keys
}

// asText is the step for a change to a secret that the scheme would decode.
func (c *secretChange) asText(before, after []byte) step {
	st := c.step(before, after)
	if !strings.HasPrefix(c.code, "secret-base64") && !strings.HasPrefix(c.code, "secret-hex") {
		st.title += ", and was not decoded"
		st.rank++
	}
	return st
}

func (c *secretChange) step(before, after []byte) step {
	return step{code: c.code, where: InSecret, rank: c.rank, title: c.title, fix: c.fix,
		proof: fmt.Sprintf("the key that fits has %d bytes, the secret given %d", len(after), len(before))}
}

// rightKey is what the scheme makes of a secret; nil when it does not decode.
func rightKey(text []byte, spec *signing.Spec) []byte {
	rest := text
	for _, prefix := range spec.KeyPrefix {
		if after, ok := bytes.CutPrefix(text, []byte(prefix)); ok {
			rest = after
			break
		}
	}
	switch spec.Key {
	case "base64", "base64url":
		return decodeBase64(rest)
	case "hex":
		return decodeHex(rest)
	}
	return text
}

func unquote(b []byte) []byte {
	for _, q := range []string{`"`, "'", "`"} {
		if rest, ok := bytes.CutPrefix(b, []byte(q)); ok && bytes.HasSuffix(rest, []byte(q)) {
			return bytes.TrimSuffix(rest, []byte(q))
		}
	}
	return nil
}

func around(q string) func([]byte) []byte {
	return func(b []byte) []byte { return slices.Concat([]byte(q), b, []byte(q)) }
}

var variable = pattern{text: `^(?:export )?[A-Za-z_][A-Za-z0-9_]*=`}

func afterEquals(b []byte) []byte {
	at := variable.regexp().FindIndex(b)
	if at == nil || at[1] >= len(b)-2 {
		return nil // what follows may be base64's own padding
	}
	return b[at[1]:]
}

var secretPrefix = pattern{text: `^(?:[A-Za-z]{2,12}_)+`}

func withoutPrefix(b []byte) []byte {
	at := secretPrefix.regexp().FindIndex(b)
	if at == nil {
		return nil
	}
	return b[at[1]:]
}

// decodeBase64 takes either alphabet, padded or not, and passes over a prefix.
func decodeBase64(b []byte) []byte {
	for _, text := range [][]byte{b, withoutPrefix(b)} {
		rest := strings.TrimRight(string(bytes.TrimSpace(text)), "=")
		if len(rest) < 4 {
			continue
		}
		for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			if out, err := enc.DecodeString(rest); err == nil {
				return out
			}
		}
	}
	return nil
}

func decodeHex(b []byte) []byte {
	for _, text := range [][]byte{b, withoutPrefix(b)} {
		if out, err := hex.DecodeString(string(bytes.TrimSpace(text))); err == nil && len(out) > 0 {
			return out
		}
	}
	return nil
}

func unescapeSecret(b []byte) []byte {
	if bytes.IndexByte(b, '%') < 0 {
		return nil
	}
	text, err := url.PathUnescape(string(b))
	return orNil(err == nil, []byte(text))
}

func hasFold(b []byte, start string) bool {
	return len(b) > len(start) && strings.EqualFold(string(b[:len(start)]), start)
}
