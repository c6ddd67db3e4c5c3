package signing

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
)

// jwk is a JSON Web Key: the members that signing needs.
// https://www.rfc-editor.org/rfc/rfc7517
type jwk struct {
	Kty string `json:"kty"`
	Crv string `json:"crv,omitempty"`
	Kid string `json:"kid,omitempty"`
	X   string `json:"x,omitempty"`
	Y   string `json:"y,omitempty"`
	D   string `json:"d,omitempty"`
	K   string `json:"k,omitempty"`
}

func (k *key) readJWK(text string) error {
	var j jwk
	if err := json.Unmarshal([]byte(text), &j); err != nil || j.Kty == "" {
		return errors.New("the secret is not a JSON Web Key: an object with kty")
	}
	k.id = j.Kid
	switch {
	case j.Kty == "EC" && j.Crv == "P-256":
		return k.readP256(j)
	case j.Kty == "OKP" && j.Crv == "Ed25519":
		public, err := member("x", j.X, ed25519.PublicKeySize)
		if err != nil || j.D == "" {
			k.public = ed25519.PublicKey(public)
			return err
		}
		seed, err := member("d", j.D, ed25519.SeedSize)
		if err != nil {
			return err
		}
		return k.readEd25519(append(seed, public...))
	case j.Kty == "oct":
		raw, err := encodings["base64url"].decode(j.K)
		if err != nil || len(raw) == 0 {
			return errors.New("the member k of the JSON Web Key is not base64url of a secret")
		}
		k.raw = raw
		return nil
	}
	return fmt.Errorf("a JSON Web Key of kty %q and crv %q is not known: use EC with P-256, OKP with Ed25519, or oct", shorten(j.Kty), shorten(j.Crv))
}

func (k *key) readP256(j jwk) error {
	x, err := member("x", j.X, 32)
	if err != nil {
		return err
	}
	y, err := member("y", j.Y, 32)
	if err != nil {
		return err
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, x...), y...))
	if err != nil {
		return errors.New("x and y of the JSON Web Key are not a point of P-256")
	}
	k.public = public
	if j.D == "" {
		return nil
	}
	d, err := member("d", j.D, 32)
	if err != nil {
		return err
	}
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), d)
	if err != nil || !private.PublicKey.Equal(public) {
		return errors.New("d of the JSON Web Key does not belong to its x and y")
	}
	k.private = private
	return nil
}

// thumbprint is the ID of a public key that has none of its own: receivers look
// keys up by it. https://www.rfc-editor.org/rfc/rfc7638
func (j jwk) thumbprint() string {
	required := map[string]string{"kty": j.Kty, "crv": j.Crv, "x": j.X}
	if j.Y != "" {
		required["y"] = j.Y
	}
	text, _ := json.Marshal(required) // by name, and without white space
	sum := sha256.Sum256(text)
	return encodings["base64url"].encode(sum[:])
}

func member(name, text string, size int) ([]byte, error) {
	raw, err := encodings["base64url"].decode(text)
	if err != nil || len(raw) != size {
		return nil, fmt.Errorf("the member %s of the JSON Web Key is not base64url of %d bytes", name, size)
	}
	return raw, nil
}
