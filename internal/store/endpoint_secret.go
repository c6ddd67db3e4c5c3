package store

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"time"
)

// EndpointSecret is a signing secret of an endpoint. Nothing keeps it from
// being printed: that is up to callers.
type EndpointSecret struct {
	Value []byte
	Until time.Time // of an earlier one: valid until then; zero: the current one
}

// EndpointSecrets returns the signing secrets that an endpoint has at a time: the
// current one first, then the earlier ones that are still valid. There are none
// for an endpoint without a secret of its own.
func (s *Store) EndpointSecrets(ctx context.Context, e *Endpoint, at time.Time) ([]EndpointSecret, error) {
	rows, err := s.rowsOf(ctx, 3, `SELECT valid_until, sum, value FROM endpoint_secrets
		WHERE endpoint = ? AND (valid_until IS NULL OR valid_until > ?) ORDER BY valid_until IS NOT NULL, valid_until DESC`, e.row, nanoseconds(at))
	if err != nil {
		return nil, fmt.Errorf("secrets of endpoint %q: %w", e.Name, err)
	}
	var all []EndpointSecret
	for _, v := range rows {
		c := cells{ok: true}
		one := EndpointSecret{Value: []byte(c.text(v[2])), Until: c.time(v[0])}
		if sum := uint32(c.number(v[1])); !c.ok || sum != secretSum(e.row, one.Value) {
			return nil, &DamagedError{Thing: "the secret of endpoint", ID: e.Name, Detail: "its checksum does not match"}
		}
		all = append(all, one)
	}
	return all, nil
}

// RotateSecret gives an endpoint a new signing secret. The one that it replaces
// stays valid until a time; those past their time are forgotten. It returns the
// endpoint.
func (s *Store) RotateSecret(ctx context.Context, name string, secret []byte, until time.Time) (*Endpoint, error) {
	var e *Endpoint
	err := s.change(ctx, "rotate secret", func(c *conn) (err error) {
		if e, err = c.endpoint(name); err != nil {
			return err
		}
		now := s.now().UTC()
		if _, err := c.exec("UPDATE endpoint_secrets SET valid_until = ? WHERE endpoint = ? AND valid_until IS NULL", nanoseconds(until), e.row); err != nil {
			return err
		}
		err = c.erasing(func() error {
			_, err := c.exec("DELETE FROM endpoint_secrets WHERE endpoint = ? AND valid_until <= ?", e.row, nanoseconds(now))
			return err
		})
		if err != nil {
			return err
		}
		return c.addSecret(e.row, secret, now)
	})
	return e, err
}

func (c *conn) addSecret(endpoint int64, value []byte, at time.Time) error {
	_, err := c.exec("INSERT INTO endpoint_secrets (endpoint, added_at, sum, value) VALUES (?, ?, ?, ?)",
		endpoint, nanoseconds(at), int64(secretSum(endpoint, value)), value)
	return err
}

// erasing runs do and overwrites the bytes of what it deletes, which SQLite
// otherwise leaves in the file.
// https://www.sqlite.org/pragma.html#pragma_secure_delete
func (c *conn) erasing(do func() error) error {
	if _, err := c.exec("PRAGMA secure_delete = ON"); err != nil {
		return err
	}
	err := do()
	_, back := c.exec("PRAGMA secure_delete = OFF")
	return errors.Join(err, back)
}

func secretSum(endpoint int64, value []byte) uint32 {
	return sealed(crc32.Checksum(value, castagnoli()), endpoint)
}
