package signing

import "time"

// Signer signs with one secret, whose keys it has prepared. It is immutable and
// safe for concurrent use.
type Signer struct {
	secret Secret
	fits   []fit
}

// Signer prepares a secret for signing. The error is that of
// [Scheme.CheckSecret].
func (s *Scheme) Signer(secret Secret) (*Signer, error) {
	fits, err := s.fitting(secret)
	if err != nil {
		return nil, err
	}
	return &Signer{secret, fits}, nil
}

// Sign is [Scheme.Sign] with the signer's secret.
func (g *Signer) Sign(m *Message, now time.Time) ([]Field, error) {
	var first error
	for _, f := range g.fits {
		try := *m
		try.Query = nil
		fields, err := f.scheme.sign(&try, f.key, g.secret, now)
		if err == nil {
			*m = try
			return fields, nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}
