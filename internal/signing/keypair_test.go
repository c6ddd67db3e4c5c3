package signing

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"
)

// A new key in JSON has the ID by which receivers look keys up, and its public part
// keeps it. https://www.rfc-editor.org/rfc/rfc8037#appendix-A.3
func TestNewKeyHasID(t *testing.T) {
	s, err := Compile(Spec{Header: "X-Sig", Algorithm: "ed25519", Key: "jwk", Encoding: "hex", Signed: []string{"${body}"}})
	if err != nil {
		t.Fatal(err)
	}
	seed, err := base64.RawURLEncoding.DecodeString("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")
	if err != nil {
		t.Fatal(err)
	}
	private, public, err := s.NewKeyPair(bytes.NewReader(seed))
	if err != nil {
		t.Fatal(err)
	}
	const id = `"kid":"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"`
	if !strings.Contains(private, id) || !strings.Contains(public, id) {
		t.Errorf("no %s in %s and %s", id, private, public)
	}
	own := strings.Replace(private, id, `"kid":"mine"`, 1)
	if part, err := s.PublicPart(NewSecret([]byte(own))); err != nil || part != strings.Replace(public, id, `"kid":"mine"`, 1) {
		t.Errorf("the public part of %s is %s, %v", own, part, err)
	}
}
