package diagnosis_test

import (
	"bytes"
	"crypto/sha256"
	"net/http"
	"testing"

	"github.com/whk-cli/whk/internal/diagnosis"
	"github.com/whk-cli/whk/internal/signing"
)

// The key of another pair that is known is told as well.
func TestSpareKeyPair(t *testing.T) {
	p := one(t, "signature: {header: X-Pair, algorithm: ed25519, key: hex}")
	key := func(n byte) (private, public string) {
		private, public, err := p.Scheme().NewKeyPair(bytes.NewReader(bytes.Repeat([]byte{n}, 64)))
		if err != nil {
			t.Fatal(err)
		}
		return private, public
	}
	private, public := key(7)
	_, other := key(8)
	m := &signing.Message{Method: "POST", Header: http.Header{}, Body: []byte(small)}
	fields, err := p.Scheme().Sign(m, signing.NewSecret([]byte(private)), now)
	if err != nil {
		t.Fatal(err)
	}
	signing.Apply(m.Header, fields)
	spare := diagnosis.Spare{Secret: signing.NewSecret([]byte(public)), What: "the other one"}
	if ex := explain(t, p, m, nil, other, spare); !ex.Proven() || ex.Hypotheses[0].Code != "secret-spare" {
		t.Errorf("got %+v", ex.Hypotheses)
	}
}

// A token that is keyed with the text of the public key is the oldest forgery
// there is, and is told as one; the private key is nobody's business.
func TestKeyConfusion(t *testing.T) {
	p := one(t, "signature: {header: X-Token, algorithm: jwt-es256, key: spki, claims: {alone: true}}")
	_, public, err := p.Scheme().NewKeyPair(bytes.NewReader(bytes.Repeat([]byte{7}, 64)))
	if err != nil {
		t.Fatal(err)
	}
	text := raw64([]byte(`{"alg":"HS256"}`)) + "." + raw64([]byte(`{"sub":"me"}`))
	m := &signing.Message{Method: "POST", Header: http.Header{"X-Token": {text + "." + raw64(sum(sha256.New, public, text))}}}
	if ex := explain(t, p, m, nil, public); !ex.Proven() || ex.Hypotheses[0].Code != "jwt-key-confusion" {
		t.Errorf("got %+v %+v", ex.Hypotheses, ex.Observations)
	}
	m.Header.Set("X-Token", text+"."+raw64(sum(sha256.New, "another key", text)))
	if ex := explain(t, p, m, nil, public); ex.Proven() || len(ex.Observations) != 1 || ex.Observations[0].Code != "jwt-alg" {
		t.Errorf("got %+v %+v", ex.Hypotheses, ex.Observations)
	}
}
