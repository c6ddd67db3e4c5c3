package store

import (
	"context"
	"errors"
	"fmt"
)

// AddEndpoint registers an endpoint, with its signing secret unless that is nil,
// and returns after the sync. e.CreatedAt and e.ChangedAt become now. The error
// is an *EndpointExistsError for a name that is taken.
func (s *Store) AddEndpoint(ctx context.Context, e *Endpoint, secret []byte) error {
	e.CreatedAt = s.now().UTC()
	e.ChangedAt = e.CreatedAt
	return s.change(ctx, "add endpoint", func(c *conn) error {
		if err := c.nameFree(e.Name, 0); err != nil {
			return err
		}
		// The checksum covers the id, which the row gives.
		id, err := c.insert("INSERT INTO endpoints (name, sum, data, enabled) VALUES (?, 0, x'', ?)", folded(e.Name), flag(e.Enabled))
		if err != nil {
			return err
		}
		e.row = id
		if err := c.writeSettings(e); err != nil {
			return err
		}
		if secret == nil {
			return nil
		}
		return c.addSecret(id, secret, e.CreatedAt)
	})
}

// EditEndpoint changes what edit changes of an endpoint's settings and whether
// it is enabled. Nobody else changes the endpoint meanwhile; edit must not use
// the store. An error of edit is returned as it is, and nothing is changed.
func (s *Store) EditEndpoint(ctx context.Context, name string, edit func(*Endpoint) error) (*Endpoint, error) {
	var e *Endpoint
	err := s.change(ctx, "edit endpoint", func(c *conn) (err error) {
		if e, err = c.endpoint(name); err != nil {
			return err
		}
		if err := edit(e); err != nil {
			return err
		}
		if err := c.nameFree(e.Name, e.row); err != nil {
			return err
		}
		e.ChangedAt = s.now().UTC()
		if _, err := c.exec("UPDATE endpoints SET name = ?, enabled = ? WHERE id = ?", folded(e.Name), flag(e.Enabled), e.row); err != nil {
			return err
		}
		return c.writeSettings(e)
	})
	return e, err
}

// ResumeEndpoint ends a pause, and forgets the failures in a row that led to it.
// It returns the endpoint as it was.
func (s *Store) ResumeEndpoint(ctx context.Context, name string) (*Endpoint, error) {
	var e *Endpoint
	err := s.change(ctx, "resume endpoint", func(c *conn) (err error) {
		if e, err = c.endpoint(name); err != nil {
			return err
		}
		_, err = c.exec("UPDATE endpoints SET paused_at = NULL, paused_why = '', failing = 0 WHERE id = ?", e.row)
		return err
	})
	return e, err
}

// RemoveEndpoint forgets an endpoint, damaged or not: its secrets, its statistics
// and its attempts. It returns the endpoint as it was.
func (s *Store) RemoveEndpoint(ctx context.Context, name string) (*Endpoint, error) {
	var e *Endpoint
	err := s.change(ctx, "remove endpoint", func(c *conn) (err error) {
		if e, err = c.endpoint(name); err != nil && !errors.As(err, new(*DamagedError)) {
			return err
		}
		return c.erasing(func() error { return c.removeEndpoint(e.row) })
	})
	return e, err
}

// Endpoints returns all endpoints in alphabetical order. Each damaged one is a
// *DamagedError, with which the rest is returned.
func (s *Store) Endpoints(ctx context.Context) ([]*Endpoint, error) {
	rows, err := s.rowsOf(ctx, endpointWidth, "SELECT "+endpointColumns+" FROM endpoints ORDER BY name")
	if err != nil {
		return nil, fmt.Errorf("list endpoints: %w", err)
	}
	var all []*Endpoint
	var errs []error
	for _, v := range rows {
		if e, err := readEndpoint(v); err != nil {
			errs = append(errs, err)
		} else {
			all = append(all, e)
		}
	}
	return all, errors.Join(errs...)
}

// Endpoint returns the endpoint of a name, in any case. The error is an
// *UnknownEndpointError, or a *DamagedError.
func (s *Store) Endpoint(ctx context.Context, name string) (*Endpoint, error) {
	rows, err := s.rowsOf(ctx, endpointWidth, "SELECT "+endpointColumns+" FROM endpoints WHERE name = ?", folded(name))
	if err != nil {
		return nil, fmt.Errorf("endpoint %q: %w", name, err)
	}
	if len(rows) > 0 {
		return readEndpoint(rows[0])
	}
	names, err := s.rowsOf(ctx, 1, "SELECT name FROM endpoints ORDER BY name")
	if err != nil {
		return nil, fmt.Errorf("endpoint %q: %w", name, err)
	}
	return nil, unknownEndpoint(name, names)
}
