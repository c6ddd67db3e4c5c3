package signing

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"slices"
)

// family is a group of algorithms that work alike.
type family int

const (
	macFamily    family = iota // a digest that both sides compute
	pairFamily                 // a signature that only a private key makes
	staticFamily               // the secret itself
	tokenFamily                // a JWT
)

// algorithm is one way to make a signature from a key and the signed bytes.
type algorithm struct {
	name   string
	title  string // for messages
	family family
	size   int // of a signature in bytes; 0 is variable
	hash   func() hash.Hash
	keyed  bool    // an HMAC; a plain hash otherwise
	keys   keyKind // of pairs and tokens
	alg    string  // a token's, as in its header
}

var algorithms = []algorithm{
	{name: "hmac-sha256", title: "HMAC-SHA256", size: sha256.Size, hash: sha256.New, keyed: true},
	{name: "hmac-sha1", title: "HMAC-SHA1", size: sha1.Size, hash: sha1.New, keyed: true},
	{name: "hmac-sha512", title: "HMAC-SHA512", size: sha512.Size, hash: sha512.New, keyed: true},
	{name: "sha256", title: "SHA-256", size: sha256.Size, hash: sha256.New},
	{name: "ed25519", title: "Ed25519", family: pairFamily, size: 64, keys: ed25519Keys},
	{name: "ecdsa-p256", title: "ECDSA P-256", family: pairFamily, keys: p256Keys},
	{name: "ecdsa-p256-raw", title: "ECDSA P-256", family: pairFamily, size: 64, keys: p256Keys},
	{name: "static", title: "shared secret", family: staticFamily},
	{name: "jwt-hs256", title: "JWT HS256", family: tokenFamily, alg: "HS256"},
	{name: "jwt-hs384", title: "JWT HS384", family: tokenFamily, alg: "HS384"},
	{name: "jwt-hs512", title: "JWT HS512", family: tokenFamily, alg: "HS512"},
	{name: "jwt-es256", title: "JWT ES256", family: tokenFamily, keys: p256Keys, alg: "ES256"},
}

// Algorithms lists the names that Spec.Algorithm may have.
func Algorithms() []string {
	var names []string
	for _, a := range algorithms {
		names = append(names, a.name)
	}
	return names
}

func findAlgorithm(name string) (algorithm, bool) {
	i := slices.IndexFunc(algorithms, func(a algorithm) bool { return a.name == name })
	if i < 0 {
		return algorithm{}, false
	}
	return algorithms[i], true
}
