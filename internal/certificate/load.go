package certificate

import (
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// maxFile bounds what is read of a file; chains are far smaller.
const maxFile = 1 << 20

// Load reads a certificate, perhaps with its chain behind it, and its key from
// files in PEM. The error says which of them is wrong.
func Load(certFile, keyFile string) (*Pair, error) {
	cert, err := read(certFile)
	if err != nil {
		return nil, fmt.Errorf("--cert %s: %w", certFile, err)
	}
	key, err := read(keyFile)
	if err != nil {
		return nil, fmt.Errorf("--key %s: %w", keyFile, err)
	}
	switch {
	case !has(cert, "CERTIFICATE") && has(cert, "PRIVATE KEY"):
		return nil, fmt.Errorf("--cert %s: this is a key; the certificate goes here", certFile)
	case !has(cert, "CERTIFICATE"):
		return nil, fmt.Errorf("--cert %s: it holds no certificate in PEM form", certFile)
	case encrypted(key):
		return nil, fmt.Errorf("--key %s: the key is encrypted, and whk asks for no passphrase", keyFile)
	case !has(key, "PRIVATE KEY"):
		return nil, fmt.Errorf("--key %s: it holds no key in PEM form", keyFile)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("--cert %s, --key %s: %s", certFile, keyFile, strings.TrimPrefix(err.Error(), "tls: "))
	}
	return &Pair{pair, certFile}, nil
}

func read(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, cause(err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, cause(err)
	}
	if len(text) > maxFile {
		return nil, errors.New("it is too large for what it should hold")
	}
	return text, nil
}

// cause is an error without the file's name, which the message has already.
func cause(err error) error {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return e.Err
	}
	return err
}

// has reports whether text has a PEM block whose type ends so.
func has(text []byte, kind string) bool {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if strings.HasSuffix(block.Type, kind) {
			return true
		}
	}
	return false
}

func encrypted(text []byte) bool {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if strings.HasPrefix(block.Type, "ENCRYPTED ") || block.Headers["DEK-Info"] != "" {
			return true
		}
	}
	return false
}
