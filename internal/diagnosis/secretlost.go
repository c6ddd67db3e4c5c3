package diagnosis

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/whk-cli/whk/internal/signing"
)

// prefixedKeys are the keys of a secret that was given without the prefix under
// which its signer has it.
func (s *search) prefixedKeys(secret signing.Secret, spec *signing.Spec) []key {
	text := secret.Bytes()
	var keys []key
	for _, prefix := range slices.Concat(spec.KeyPrefix, []string{s.c.Provider.Secret.Prefix, "whsec_"}) {
		if prefix == "" || bytes.HasPrefix(text, []byte(prefix)) {
			continue
		}
		keys = append(keys, key{slices.Concat([]byte(prefix), text), []step{{code: "secret-prefix-lost", where: InSecret, rank: 19,
			title: fmt.Sprintf("the signer's key begins with %q, and the secret given does not", prefix), fix: fixSecretText,
			proof: fmt.Sprintf("the key that fits has %d bytes, the secret given %d", len(prefix)+len(text), len(text))}}})
	}
	return keys
}

// unsetKeys are those of a signer whose secret is not set: nothing, or the text
// that its language has for that.
func unsetKeys() []key {
	const fix = "the signer's secret is not set: a variable of its environment is missing or has another name"
	// HMAC fills a key up with zeros, so one zero stands for the empty key.
	keys := []key{{[]byte{0}, []step{{code: "secret-empty", where: InSecret, rank: 17, title: "the signature was made with an empty secret", fix: fix}}}}
	for _, text := range []string{"undefined", "null", "None"} {
		keys = append(keys, key{[]byte(text), []step{{code: "secret-undefined", where: InSecret, rank: 55,
			title: fmt.Sprintf("the signature was made with the text %q in the secret's place", text), fix: fix}}})
	}
	return keys
}

// swapped tries the secret as the message and the message as the key.
func (ms *macSearch) swapped() {
	if ms.opaque || len(ms.c.Message.Body) == 0 || !strings.HasPrefix(ms.spec.Algorithm, "hmac-") {
		return
	}
	message, ok := ms.plainMessage()
	if !ok {
		return
	}
	st := step{code: "key-message-swapped", where: InScheme, rank: 33, title: "the secret was signed with the message as the key",
		fix: "swap the arguments where it is signed: PHP's hash_hmac takes the message first, then the key, and other languages do otherwise"}
	for _, k := range ms.keys[:ms.right] {
		f := &frame{signed: template([]piece{{literal: string(k.bytes)}})}
		ms.try("forms of the secret", ms.prepare(f, ms.spec.Algorithm, []key{{message, []step{st}}}), &body{})
	}
}

// plainMessage is the message that the scheme signs, where that is nothing but
// the body, the time and the ID.
func (ms *macSearch) plainMessage() ([]byte, bool) {
	v := ms.sent()
	var out []byte
	for _, p := range ms.fill(pieces(ms.spec.Signed), v) {
		switch p.name {
		case "":
			out = append(out, p.literal...)
		case "body":
			out = append(out, ms.c.Message.Body...)
		default:
			return nil, false
		}
	}
	return out, len(out) > 0
}
