package signing

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// KeyPair reports whether s signs with one key and verifies with another.
func (s *Scheme) KeyPair() bool { return s.algorithm.keys != sharedKeys }

// NewKeyPair makes a pair of keys for s out of 32 bytes of random, or a few more
// in rare cases, each part in the form in which s takes secrets. Only private
// signs; either verifies.
func (s *Scheme) NewKeyPair(random io.Reader) (private, public string, err error) {
	seed := make([]byte, 32)
	for {
		if _, err := io.ReadFull(random, seed); err != nil {
			return "", "", fmt.Errorf("reading random bytes: %w", err)
		}
		if s.algorithm.keys == ed25519Keys {
			return s.pairText(ed25519.NewKeyFromSeed(seed), nil)
		}
		// One number in 2^32 is beyond the curve's order, or zero.
		if key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed); err == nil {
			return s.pairText(key, nil)
		}
	}
}

// pairText is pair in the form of s; read is what it was read from, nil if it is new.
func (s *Scheme) pairText(pair crypto.Signer, read *key) (private, public string, err error) {
	switch s.spec.Key {
	case "spki":
		return derText(pair)
	case "jwk":
		return jwkText(pair, read)
	}
	ed, ok := pair.(ed25519.PrivateKey)
	if !ok {
		return "", "", fmt.Errorf("a key on P-256 is not written in %s", s.spec.Key)
	}
	encode := encodings[s.spec.Key].encode
	return encode(ed), encode(ed.Public().(ed25519.PublicKey)), nil
}

func derText(key crypto.Signer) (private, public string, err error) {
	encode := encodings["base64"].encode
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", "", err
	}
	private = encode(der)
	if der, err = x509.MarshalPKIXPublicKey(key.Public()); err != nil {
		return "", "", err
	}
	return private, encode(der), nil
}

func jwkText(pair crypto.Signer, read *key) (private, public string, err error) {
	encode := encodings["base64url"].encode
	var j jwk
	var secret []byte
	switch pair := pair.(type) {
	case ed25519.PrivateKey:
		j = jwk{Kty: "OKP", Crv: "Ed25519", X: encode(pair.Public().(ed25519.PublicKey))}
		secret = pair.Seed()
	case *ecdsa.PrivateKey:
		point, err := pair.PublicKey.Bytes()
		if err != nil {
			return "", "", err
		}
		j = jwk{Kty: "EC", Crv: "P-256", X: encode(point[1:33]), Y: encode(point[33:])}
		if secret, err = pair.Bytes(); err != nil {
			return "", "", err
		}
	}
	if j.Kid = j.thumbprint(); read != nil {
		j.Kid = read.id
	}
	text, err := json.Marshal(j)
	if err != nil {
		return "", "", err
	}
	public, j.D = string(text), encode(secret)
	if text, err = json.Marshal(j); err != nil {
		return "", "", err
	}
	return string(text), public, nil
}

// PublicPart is the text of the public key that belongs to secret, without any
// prefix, for verifiers. A secret that is not a key of a pair is an error.
func (s *Scheme) PublicPart(secret Secret) (string, error) {
	for _, one := range s.all() {
		k, err := one.key(secret)
		switch {
		case err != nil || k.public == nil:
		case k.private == nil:
			return string(secret.Bytes())[len(one.prefixOf(string(secret.Bytes()))):], nil
		default:
			_, public, err := one.pairText(k.private, k)
			return public, err
		}
	}
	return "", errors.New("the secret is not a key of a key pair")
}
