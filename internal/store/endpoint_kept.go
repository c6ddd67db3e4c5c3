package store

import "context"

// What is kept of an endpoint's attempts: the newest of them, within both bounds,
// and always the last success and the last failure.
const (
	KeptAttempts     = 1000
	KeptAttemptBytes = 64 << 20
)

// bounds are the limits of what is kept of an endpoint.
type bounds struct{ count, bytes int }

func attemptBounds(opts Options) bounds {
	b := bounds{opts.Attempts, opts.AttemptBytes}
	if b.count == 0 {
		b.count = KeptAttempts
	}
	if b.bytes == 0 {
		b.bytes = KeptAttemptBytes
	}
	return b
}

// dropAttempts removes what is over the bounds.
func (c *conn) dropAttempts(e *Endpoint, most bounds) error {
	gone, err := c.exec(`DELETE FROM endpoint_attempts WHERE endpoint = ?1
		AND number <= max(
			ifnull((SELECT number FROM endpoint_attempts WHERE endpoint = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2), 0),
			ifnull((SELECT max(number) FROM (SELECT number, sum(size) OVER (ORDER BY number DESC) AS total FROM endpoint_attempts WHERE endpoint = ?1)
				WHERE total > ?3), 0))
		AND number < (SELECT triggers FROM endpoints WHERE id = ?1)
		AND number NOT IN (SELECT last_success FROM endpoints WHERE id = ?1 UNION SELECT last_failure FROM endpoints WHERE id = ?1)`,
		e.row, int64(most.count), int64(most.bytes))
	if err != nil || gone == 0 {
		return err
	}
	return c.dropBodies()
}

// dropBodies removes the bodies that no attempt has any more.
func (c *conn) dropBodies() error {
	_, err := c.exec("DELETE FROM endpoint_bodies WHERE hash NOT IN (SELECT body FROM endpoint_attempts WHERE body IS NOT NULL)")
	return err
}

// endpointBytes is about what the attempts of all endpoints take.
func (s *Store) endpointBytes(ctx context.Context) (int64, error) {
	rows, err := s.rowsOf(ctx, 1, `SELECT (SELECT ifnull(sum(length(data)), 0) FROM endpoint_attempts)
		+ (SELECT ifnull(sum(length(body)), 0) FROM endpoint_bodies)`)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	n, _ := rows[0][0].(int64)
	return n, nil
}
