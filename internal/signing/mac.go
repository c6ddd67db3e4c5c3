package signing

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"slices"
	"sync"
)

// algorithm is one way to make a signature out of a key and the signed bytes.
type algorithm struct {
	name  string
	title string // for messages
	size  int    // of a signature in bytes; 0 for what is not a MAC
	hash  func() hash.Hash
	keyed bool // an HMAC; a plain hash otherwise
}

var algorithms = []algorithm{
	{"hmac-sha256", "HMAC-SHA256", sha256.Size, sha256.New, true},
	{"hmac-sha1", "HMAC-SHA1", sha1.Size, sha1.New, true},
	{"hmac-sha512", "HMAC-SHA512", sha512.Size, sha512.New, true},
	{"sha256", "SHA-256", sha256.Size, sha256.New, false},
	{"static", "shared secret", 0, nil, false},
	{"jwt-hs256", "JWT HS256", 0, nil, false},
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

// macs hands out hashes that are keyed already: keying one anew for each message
// costs half as much again as hashing a small body.
type macs struct{ pool sync.Pool }

func (a algorithm) keyedWith(key []byte) *macs {
	return &macs{sync.Pool{New: func() any {
		if a.keyed {
			return hmac.New(a.hash, key)
		}
		return a.hash()
	}}}
}

// sum appends to dst the MAC of the parts.
func (m *macs) sum(dst []byte, parts []part, v *values) []byte {
	h := m.pool.Get().(hash.Hash)
	h.Reset()
	writeSigned(h, parts, v)
	dst = h.Sum(dst)
	m.pool.Put(h)
	return dst
}
