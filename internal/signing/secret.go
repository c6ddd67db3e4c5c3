package signing

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
)

// MinSecretBytes is the length under which a secret counts as short. Shorter
// ones work, since providers let people type their own, but deserve a warning.
const MinSecretBytes = 24

// Secret is a signing secret as its owner sees it, before any decoding: the
// bytes of "whsec_…", of a hex string, of whatever was typed.
//
// It does not print: every fmt verb and slog give a short fingerprint instead.
// That holds for a Secret in an exported field only, since fmt can not call
// methods through unexported ones. The zero value is an empty secret, which
// signing and verifying refuse.
type Secret struct{ b []byte }

// NewSecret makes a secret of a copy of b.
func NewSecret(b []byte) Secret { return Secret{append([]byte(nil), b...)} }

// Bytes returns the secret itself; the caller must not change it.
func (s Secret) Bytes() []byte { return s.b }

// Empty reports whether there is nothing in the secret.
func (s Secret) Empty() bool { return len(s.b) == 0 }

// Equal compares two secrets in constant time.
func (s Secret) Equal(other Secret) bool {
	a, b := sha256.Sum256(s.b), sha256.Sum256(other.b)
	return hmac.Equal(a[:], b[:])
}

// Fingerprint is a short hash by which two secrets can be told apart in
// messages without showing either.
func (s Secret) Fingerprint() string {
	sum := sha256.Sum256(s.b)
	return hex.EncodeToString(sum[:2])
}

// Format writes the fingerprint, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "[secret %s]", s.Fingerprint()) }

// LogValue gives slog the fingerprint.
func (s Secret) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(s)) }

// MarshalText keeps a secret out of JSON, YAML and the like.
func (s Secret) MarshalText() ([]byte, error) { return fmt.Append(nil, s), nil }
