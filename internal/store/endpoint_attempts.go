package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// BeginAttempt counts an attempt and keeps what is to be sent, before anything
// is: even if whk is killed, no request is sent uncounted. It sets a.Number,
// and a.First where that is 0, which begins a delivery.
//
// The error is ErrNotRunning when the endpoint has been paused or disabled
// meanwhile, unless force; and an *UnknownEndpointError when it is gone.
func (s *Store) BeginAttempt(ctx context.Context, e *Endpoint, a *EndpointAttempt, force bool) error {
	return s.change(ctx, "keep attempt", func(c *conn) error {
		now, err := c.sameEndpoint(e)
		if err != nil {
			return err
		}
		if !force && (now.Paused() || !now.Enabled) {
			return ErrNotRunning
		}
		a.Number = now.Stats.Triggers + 1
		event := int64(0)
		if a.First == 0 {
			a.First, event = a.Number, 1
		}
		if _, err := c.exec(`UPDATE endpoints SET triggers = triggers + 1, events = events + ?2,
			last_event = CASE WHEN ?2 THEN ?3 ELSE last_event END WHERE id = ?1`, e.row, event, stamp(a.At)); err != nil {
			return err
		}
		a.Outcome, a.Next, a.Wait, a.NextAt = Unknown, "", 0, time.Time{}
		a.Answer = webhook.Attempt{}
		if err := c.writeAttempt(e, a); err != nil {
			return err
		}
		return c.dropAttempts(e, s.attempts)
	})
}

// EndAttempt keeps the result of an attempt that BeginAttempt began, and
// returns the endpoint as it is then. pause says whether a failure counts
// towards pausing, and how many of them in a row pause the endpoint.
func (s *Store) EndAttempt(ctx context.Context, e *Endpoint, a *EndpointAttempt, pause PauseRule) (*Endpoint, error) {
	var now *Endpoint
	err := s.change(context.WithoutCancel(ctx), "keep attempt", func(c *conn) (err error) {
		if now, err = c.sameEndpoint(e); err != nil {
			return err
		}
		if err := c.count(e, a, pause); err != nil {
			return err
		}
		if err := c.writeAttempt(e, a); err != nil {
			return err
		}
		if pause.After > 0 && a.Outcome == Failure && pause.Counts && now.Pause.Failing+1 >= pause.After {
			why := fmt.Sprintf("%d failures in a row", now.Pause.Failing+1)
			if _, err := c.exec("UPDATE endpoints SET paused_at = ?, paused_why = ? WHERE id = ? AND paused_at IS NULL", stamp(s.now()), why, e.row); err != nil {
				return err
			}
		}
		now, err = c.sameEndpoint(e)
		return err
	})
	return now, err
}

// PauseRule is when failures pause an endpoint.
type PauseRule struct {
	Counts bool // this failure counts
	After  int  // in a row; 0 is never
}

// AbandonAttempt says that the attempt which was to follow a will not be made.
func (s *Store) AbandonAttempt(ctx context.Context, e *Endpoint, a *EndpointAttempt) error {
	a.NextAt = time.Time{}
	return s.change(context.WithoutCancel(ctx), "keep attempt", func(c *conn) error {
		_, err := c.exec("UPDATE endpoint_attempts SET next_at = NULL WHERE endpoint = ? AND number = ?", e.row, a.Number)
		return err
	})
}

// sameEndpoint is an endpoint as it is now, under whatever name.
func (c *conn) sameEndpoint(e *Endpoint) (*Endpoint, error) {
	rows, err := c.all("SELECT "+endpointColumns+" FROM endpoints WHERE id = ?", e.row)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, &UnknownEndpointError{Name: e.Name}
	}
	return readEndpoint(rows[0])
}

// count adds the end of an attempt to the endpoint's statistics. Attempts that
// run at the same time may end in another order than they began: the marks
// point at the one that ended last.
func (c *conn) count(e *Endpoint, a *EndpointAttempt, pause PauseRule) error {
	var err error
	switch a.Outcome {
	case Success:
		_, err = c.exec(`UPDATE endpoints SET successes = successes + 1, failures_since = 0, failing = 0,
			last_success = ?2, last_success_at = ?3 WHERE id = ?1`, e.row, a.Number, stamp(a.At))
	case Failure:
		_, err = c.exec(`UPDATE endpoints SET failures = failures + 1, failures_since = failures_since + 1, failing = failing + ?4,
			last_failure = ?2, last_failure_at = ?3 WHERE id = ?1`, e.row, a.Number, stamp(a.At), flag(pause.Counts))
	}
	return err
}

func (c *conn) writeAttempt(e *Endpoint, a *EndpointAttempt) error {
	data, hash := appendAttempt(nil, a), bodyHash(a.Request.Body)
	var body, next driver.Value
	if hash != nil {
		body = hash
		if _, err := c.exec("INSERT OR IGNORE INTO endpoint_bodies (hash, body) VALUES (?, ?)", hash, a.Request.Body); err != nil {
			return err
		}
	}
	if !a.NextAt.IsZero() {
		next = stamp(a.NextAt)
	}
	_, err := c.exec(`INSERT OR REPLACE INTO endpoint_attempts (endpoint, number, delivery, at, outcome, next_at, size, body, sum, data)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, e.row, a.Number, a.First, stamp(a.At), int64(a.Outcome), next,
		int64(len(data)+len(a.Request.Body)), body, int64(attemptSum(e.row, a, hash, data)), data)
	return err
}

// Attempts returns the newest attempts of an endpoint, the newest first, at most
// limit, 0 for all that are kept, and without the bodies that were sent. Damaged
// ones are *DamagedErrors, with which the rest is returned.
func (s *Store) Attempts(ctx context.Context, e *Endpoint, limit int) ([]*EndpointAttempt, error) {
	if limit <= 0 {
		limit = -1
	}
	rows, err := s.rowsOf(ctx, attemptWidth, "SELECT "+attemptColumns+", NULL FROM endpoint_attempts a WHERE a.endpoint = ? ORDER BY a.number DESC LIMIT ?", e.row, limit)
	if err != nil {
		return nil, fmt.Errorf("attempts of endpoint %q: %w", e.Name, err)
	}
	var all []*EndpointAttempt
	var errs []error
	for _, v := range rows {
		if a, err := readAttempt(e, v); err != nil {
			errs = append(errs, err)
		} else {
			all = append(all, a)
		}
	}
	return all, errors.Join(errs...)
}

// Attempt returns an attempt of an endpoint by its number. The error is
// ErrNoAttempt or a *DamagedError.
func (s *Store) Attempt(ctx context.Context, e *Endpoint, number int64) (*EndpointAttempt, error) {
	rows, err := s.rowsOf(ctx, attemptWidth, "SELECT "+attemptColumns+`, ifnull(b.body, x'')
		FROM endpoint_attempts a LEFT JOIN endpoint_bodies b ON b.hash = a.body WHERE a.endpoint = ? AND a.number = ?`, e.row, number)
	if err != nil {
		return nil, fmt.Errorf("attempt %d of endpoint %q: %w", number, e.Name, err)
	}
	if len(rows) == 0 {
		return nil, ErrNoAttempt
	}
	return readAttempt(e, rows[0])
}

// NextTrigger is when the next attempt at anything is due at an endpoint, zero
// when none is. What was due before now was never made: its whk was killed.
func (s *Store) NextTrigger(ctx context.Context, e *Endpoint, now time.Time) (time.Time, error) {
	rows, err := s.rowsOf(ctx, 1, "SELECT min(next_at) FROM endpoint_attempts WHERE endpoint = ? AND next_at > ?", e.row, nanoseconds(now))
	if err != nil || len(rows) == 0 || rows[0][0] == nil {
		return time.Time{}, err
	}
	next, _ := rows[0][0].(int64)
	return unstamp(next), nil
}
