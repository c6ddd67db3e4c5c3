package signing

import (
	"crypto/hmac"
	"hash"
	"sync"
)

// macs pools keyed hashes: keying one for each message costs half as much as
// hashing a small body.
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
func (m *macs) sum(dst []byte, parts []part, v *values) ([]byte, *Error) {
	h := m.pool.Get().(hash.Hash)
	h.Reset()
	err := writeSigned(h, parts, v)
	dst = h.Sum(dst)
	m.pool.Put(h)
	return dst, err
}
