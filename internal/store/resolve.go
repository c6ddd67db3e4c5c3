package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// maxMatches is how many ids an AmbiguousError lists.
const maxMatches = 5

// Resolve returns the id that ref means: an id, the beginning of one, "last"
// for the newest, or "last~N" for the Nth before it. The error is ErrNotFound
// when there is none, and an *AmbiguousError when several begin so.
func (s *Store) Resolve(ctx context.Context, ref string) (string, error) {
	if place, ok := strings.CutPrefix(ref, "last"); ok {
		if n, ok := parsePlace(place); ok {
			return s.nth(ctx, ref, n)
		}
	}
	low, high, ok := idRange(ref)
	if !ok {
		return "", fmt.Errorf("%q: %w", ref, ErrNotFound)
	}
	matches, err := s.between(ctx, low, high, maxMatches+1)
	switch {
	case err != nil:
		return "", err
	case len(matches) == 0:
		return "", fmt.Errorf("%q: %w", ref, ErrNotFound)
	case len(matches) == 1:
		return matches[0], nil
	}
	return "", &AmbiguousError{
		Ref:     ref,
		Matches: matches[:min(len(matches), maxMatches)],
		More:    len(matches) > maxMatches,
	}
}

// parsePlace reads what follows "last": nothing, or ~N.
func parsePlace(text string) (int64, bool) {
	if text == "" {
		return 0, true
	}
	digits, ok := strings.CutPrefix(text, "~")
	if !ok || digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		n = idMax // more than there can be
	}
	return n, true
}

func (s *Store) nth(ctx context.Context, ref string, n int64) (string, error) {
	var id int64
	err := s.read.queryRow(ctx, "SELECT id FROM deliveries ORDER BY id DESC LIMIT 1 OFFSET ?", n).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("%q: %w", ref, ErrNotFound)
	}
	if err != nil {
		return "", fmt.Errorf("%q: %w", ref, s.named(err))
	}
	return formatID(id), nil
}

// between returns the ids of a range, newest first.
func (s *Store) between(ctx context.Context, low, high int64, limit int) (ids []string, err error) {
	rows, err := s.read.query(ctx, "SELECT id FROM deliveries WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT ?", low, high, limit)
	if err != nil {
		return nil, s.named(err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, formatID(id))
	}
	return ids, s.named(rows.Err())
}
