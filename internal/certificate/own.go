package certificate

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/pem"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/whk-cli/whk/internal/statedir"
)

// Own returns whk's own certificate for this machine and perhaps more names,
// hosts and addresses without a port. It is kept in dir, made when it is missing
// or about to end, and made once when several processes start together.
func Own(dir *statedir.Dir, more []string, now time.Time) (*Pair, error) {
	names := slices.Clone(local)
	for _, name := range more {
		if name = strings.ToLower(strings.TrimSuffix(name, ".")); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	base := "tls/" + fileName(names[len(local):])
	text, err := dir.Update(base+".pem", func(old []byte) ([]byte, error) {
		if pair, err := tls.X509KeyPair(old, old); err == nil && serves(pair.Leaf, names, now) {
			return nil, nil
		}
		return generate(names, now)
	})
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(text, text)
	if err != nil {
		return nil, err
	}
	// The file for others holds no key.
	alone := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]})
	_, err = dir.Update(base+".crt", func(old []byte) ([]byte, error) {
		if bytes.Equal(old, alone) {
			return nil, nil
		}
		return alone, nil
	})
	if err != nil {
		return nil, err
	}
	return &Pair{pair, filepath.Join(dir.Path(), filepath.FromSlash(base+".crt"))}, nil
}

// fileName is a name for the file of a certificate that is for more names than
// this machine's own.
func fileName(more []string) string {
	if len(more) == 0 {
		return "localhost"
	}
	name := strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '+' {
			return c
		}
		return '_'
	}, strings.Join(more, "+"))
	if len(name) > 100 {
		sum := sha256.Sum256([]byte(name))
		name = name[:60] + "+" + hex.EncodeToString(sum[:8])
	}
	return "for-" + name
}
