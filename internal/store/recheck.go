package store

import (
	"errors"
)

// tail is what the writer knows of the end of what it has written.
type tail struct {
	kept   []mark // the last batch that was acknowledged
	failed []mark // of batches that were not, and may be there all the same
	cause  error  // why the last one failed; nil when none has since the last check
}

// mark is enough to tell one record from all others.
type mark struct {
	id  int64
	sum uint32
}

// acknowledge notes that a batch is on the disk.
func (t *tail) acknowledge(records []*record) {
	if len(records) > 0 {
		t.kept = t.kept[:0]
	}
	for _, r := range records {
		t.kept = append(t.kept, mark{r.id, r.sum})
	}
}

// maxFailed bounds what is noted of failed batches: while the disk fails, each
// attempt begins with looking for the ones before.
const maxFailed = 4 * batchLength

// fail notes that it is unknown how much of a batch is on the disk.
func (t *tail) fail(records []*record) {
	for _, r := range records {
		if len(t.failed) < maxFailed {
			t.failed = append(t.failed, mark{r.id, r.sum})
		}
	}
}

// errHeld is a log that cannot be restarted, since somebody reads from it.
var errHeld = errors.New("a reader holds the log, of which a part could not be synced")

// recheck runs on a new connection after a failure, before anything else is
// written. A sync that fails says nothing about what is on the disk, and the
// next one that works says nothing about what failed: so all that is in the log
// is written once more, into the database, and synced with it. What was not
// acknowledged is removed, since its sender will send it again, and what was
// acknowledged must be there. https://www.sqlite.org/wal.html#ckpt,
// https://lwn.net/Articles/752063/
func (w *writer) recheck() error {
	if w.tail.cause == nil {
		return nil
	}
	held, err := w.db.number("PRAGMA wal_checkpoint(TRUNCATE)")
	if err == nil && held != 0 {
		err = errHeld
	}
	if err != nil {
		return err
	}
	err = w.db.transaction(func() error {
		for _, m := range w.tail.failed {
			// Another process may have given the id since, and rightly.
			if _, err := w.db.exec("DELETE FROM deliveries WHERE id = ? AND sum = ?", m.id, int64(m.sum)); err != nil {
				return err
			}
		}
		return w.db.forgetGone()
	})
	if err != nil {
		return err
	}
	lost, err := w.lostTail()
	if err != nil {
		return err
	}
	if len(lost) > 0 && w.recovered != nil {
		w.recovered(Recovery{Cause: w.tail.cause, Lost: lost})
	}
	w.tail.failed, w.tail.cause = w.tail.failed[:0], nil
	return nil
}

// lostTail returns the ids of the last batch that are not there as they were
// kept, and were not pruned.
func (w *writer) lostTail() (lost []string, err error) {
	oldest, err := w.db.number("SELECT ifnull(min(id), 0) FROM deliveries")
	if err != nil || oldest == 0 {
		return nil, err
	}
	for _, m := range w.tail.kept {
		if m.id < oldest {
			continue
		}
		rows, err := w.db.all("SELECT "+columns+" FROM deliveries WHERE id = ?", m.id)
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 || !w.same(rowOf(m.id, rows[0]), m) {
			lost = append(lost, formatID(m.id))
		}
	}
	return lost, nil
}

// same reports whether a row is the one that was kept. A body in a file of its
// own was synced before the row was written.
func (w *writer) same(one row, m mark) bool {
	if one.err != nil || one.record.sum != m.sum {
		return false
	}
	return one.record.file != "" || sealed(one.record.checksum(nil, nil), m.id) == m.sum
}
