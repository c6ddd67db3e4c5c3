// Package certificate gives a listener its TLS certificate: one from files, or
// one that whk makes itself and keeps in the state directory.
//
// The one that whk makes is self-signed and for this machine's names. It is not
// an authority: whoever trusts it trusts this one certificate, and nothing else
// that is signed with its key.
package certificate

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"slices"
	"time"
)

const (
	// lifetime is below the 398 days after which browsers and operating systems
	// refuse a certificate.
	// https://support.apple.com/en-us/102028
	lifetime = 397 * 24 * time.Hour
	// renewal is how long before its end a certificate is replaced: longer than
	// a listener runs.
	renewal = 30 * 24 * time.Hour
	// slack is how far the clocks of this machine and a sender may be apart.
	slack = time.Hour
)

// Pair is a certificate with its key.
type Pair struct {
	tls.Certificate
	Trust string // the file with the certificate and no key, for senders to trust
}

// Names lists the DNS names and addresses that the certificate is for.
func (p *Pair) Names() []string {
	names := slices.Clone(p.Leaf.DNSNames)
	for _, ip := range p.Leaf.IPAddresses {
		names = append(names, ip.String())
	}
	return names
}

// local are the names in every certificate that whk makes.
var local = []string{"localhost", "127.0.0.1", "::1"}

// generate makes a certificate for names, and returns it and its key in PEM.
func generate(names []string, now time.Time) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{Organization: []string{"whk, for tests on this machine"}, CommonName: names[0]},
		NotBefore:             now.Add(-slack),
		NotAfter:              now.Add(lifetime - slack),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("a certificate for %s: %w", names[0], err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
	return append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...), nil
}

// serves reports whether a certificate can be used for names from now on.
func serves(c *x509.Certificate, names []string, now time.Time) bool {
	if now.Before(c.NotBefore) || now.Add(renewal).After(c.NotAfter) {
		return false
	}
	return !slices.ContainsFunc(names, func(name string) bool { return c.VerifyHostname(name) != nil })
}
