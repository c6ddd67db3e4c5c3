package signing

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// ErrPublicKey means that a key that only verifies should have signed.
var ErrPublicKey = errors.New("this is a public key, which verifies and cannot sign")

// keyKind is the kind of keys that an algorithm takes.
type keyKind int

const (
	sharedKeys keyKind = iota // any bytes, known to both sides
	ed25519Keys
	p256Keys
)

// key is a secret ready for use. At most one of macs and public is set; neither
// is for secrets that are compared, or handed to a token library, as they are.
type key struct {
	raw     []byte // shared keys
	macs    *macs
	public  crypto.PublicKey // ed25519.PublicKey or *ecdsa.PublicKey
	private crypto.Signer    // nil: only the public part is known
	id      string           // a JWK's kid
}

// key turns a secret into a key. An empty one is refused, and so is one that
// does not decode or is of another size; the error never quotes the secret.
func (s *Scheme) key(secret Secret) (*key, error) {
	text := string(secret.Bytes())
	if text == "" {
		return nil, ErrEmptySecret
	}
	prefix := s.prefixOf(text)
	if prefix == "" && s.spec.KeyPrefixRequired {
		return nil, fmt.Errorf("the secret does not begin with %s", strings.Join(s.spec.KeyPrefix, " or "))
	}
	k := &key{}
	var err error
	switch s.spec.Key {
	case "", "text":
		k.raw = secret.Bytes()
	case "spki":
		err = k.readDER(strings.TrimPrefix(text, prefix))
	case "jwk":
		err = k.readJWK(text)
	default:
		encoded, own := strings.TrimPrefix(text, prefix), encodings[s.spec.Key]
		k.raw, err = own.decode(encoded)
		if err != nil {
			err = fmt.Errorf("the secret is not %s: %s", s.spec.Key, own.oddity(encoded))
		} else if len(k.raw) == 0 {
			err = ErrEmptySecret
		}
	}
	if err == nil {
		err = s.fit(k)
	}
	if err != nil {
		return nil, err
	}
	return k, nil
}

func (s *Scheme) prefixOf(text string) string {
	i := slices.IndexFunc(s.spec.KeyPrefix, func(p string) bool { return strings.HasPrefix(text, p) })
	if i < 0 {
		return ""
	}
	return s.spec.KeyPrefix[i]
}

// fit refuses a decoded key that the scheme's algorithm does not take.
func (s *Scheme) fit(k *key) error {
	if r := s.spec.KeyBytes; r != nil && k.raw != nil {
		if n := len(k.raw); n < r.Min || (r.Max > 0 && n > r.Max) {
			return fmt.Errorf("the key has %d bytes, and the scheme wants %s", n, r)
		}
	}
	switch s.algorithm.keys {
	case sharedKeys:
		if k.raw == nil {
			return errors.New("this is a key of a key pair, and the scheme wants a secret that both sides share")
		}
		if s.algorithm.family == macFamily {
			k.macs = s.algorithm.keyedWith(k.raw)
		}
		return nil
	case ed25519Keys:
		if k.public == nil {
			return k.readEd25519(k.raw)
		}
		if _, ok := k.public.(ed25519.PublicKey); ok {
			return nil
		}
		return errors.New("this is not an Ed25519 key")
	}
	if public, ok := k.public.(*ecdsa.PublicKey); ok && public.Curve == elliptic.P256() {
		return nil
	}
	return errors.New("this is not a key on the curve P-256")
}

// String is the range in words.
func (r *Range) String() string {
	switch {
	case r.Max == 0:
		return fmt.Sprintf("at least %d", r.Min)
	case r.Min == r.Max:
		return fmt.Sprint(r.Min)
	}
	return fmt.Sprintf("%d to %d", r.Min, r.Max)
}

// readEd25519 takes a public key, or a seed and its public key behind it.
func (k *key) readEd25519(raw []byte) error {
	switch len(raw) {
	case ed25519.PublicKeySize:
		k.public = ed25519.PublicKey(raw)
		return nil
	case ed25519.PrivateKeySize:
		private := ed25519.NewKeyFromSeed(raw[:ed25519.SeedSize])
		if !bytes.Equal(private, raw) {
			return errors.New("the two halves of the Ed25519 key do not belong together")
		}
		k.private, k.public = private, private.Public()
		return nil
	}
	return fmt.Errorf("an Ed25519 key has 32 bytes when public and 64 when private, this has %d", len(raw))
}

// readDER takes SubjectPublicKeyInfo or PKCS #8, in base64 with or without PEM's
// armour. https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.7
func (k *key) readDER(text string) error {
	var der []byte
	if text = strings.TrimSpace(text); strings.HasPrefix(text, "-----BEGIN ") {
		block, rest := pem.Decode([]byte(text))
		if block == nil || len(bytes.TrimSpace(rest)) > 0 {
			return errors.New("the secret is not one PEM block")
		}
		der = block.Bytes
	} else {
		var err error
		if der, err = encodings["base64"].decode(text); err != nil {
			return errors.New("the secret is not base64 of a key")
		}
	}
	if public, err := x509.ParsePKIXPublicKey(der); err == nil {
		k.public = public
		return nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	private, ok := parsed.(crypto.Signer)
	if err != nil || !ok {
		return errors.New("the secret is neither a public key (SPKI) nor a private one (PKCS #8)")
	}
	k.private, k.public = private, private.Public()
	return nil
}

// matches reports whether any of the signatures is k's over the parts. The time
// it takes does not depend on which of them is.
func (s *Scheme) matches(k *key, signatures [][]byte, parts []part, in *values) (bool, *Error) {
	found := false
	if k.macs != nil {
		want, err := k.macs.sum(in.sum[:0], parts, in)
		in.sum = want
		for _, got := range signatures {
			if hmac.Equal(got, want) {
				found = true
			}
		}
		return found && err == nil, err
	}
	var message bytes.Buffer
	if err := writeSigned(&message, parts, in); err != nil {
		return false, err
	}
	for _, got := range signatures {
		if s.checkPair(k, message.Bytes(), got) {
			found = true
		}
	}
	return found, nil
}

func (s *Scheme) checkPair(k *key, message, signature []byte) bool {
	if public, ok := k.public.(ed25519.PublicKey); ok {
		return ed25519.Verify(public, message, signature)
	}
	public, digest := k.public.(*ecdsa.PublicKey), sha256.Sum256(message)
	if s.algorithm.size == 0 {
		return ecdsa.VerifyASN1(public, digest[:], signature)
	}
	r, t := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	return ecdsa.Verify(public, digest[:], r, t)
}

// make signs the parts.
func (s *Scheme) make(k *key, parts []part, in *values) ([]byte, error) {
	if k.macs != nil {
		sum, err := k.macs.sum(nil, parts, in)
		return sum, orNil(err)
	}
	if k.private == nil {
		return nil, ErrPublicKey
	}
	var message bytes.Buffer
	if err := writeSigned(&message, parts, in); err != nil {
		return nil, err
	}
	if s.algorithm.keys == ed25519Keys {
		return k.private.Sign(nil, message.Bytes(), crypto.Hash(0))
	}
	return s.signP256(k, message.Bytes())
}

// signP256 signs without randomness, so that one message has one signature.
// https://www.rfc-editor.org/rfc/rfc6979
func (s *Scheme) signP256(k *key, message []byte) ([]byte, error) {
	digest := sha256.Sum256(message)
	der, err := k.private.Sign(nil, digest[:], crypto.SHA256)
	if err != nil || s.algorithm.name == "ecdsa-p256" {
		return der, err
	}
	var pair struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &pair); err != nil {
		return nil, err
	}
	raw := make([]byte, 64)
	pair.R.FillBytes(raw[:32])
	pair.S.FillBytes(raw[32:])
	return raw, nil
}

// orNil keeps a nil *Error from becoming an error that is not nil.
func orNil(err *Error) error {
	if err == nil {
		return nil
	}
	return err
}
