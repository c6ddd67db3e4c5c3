package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Recovery is what became of a damaged database, or of one whose last bytes a
// failed sync took although they had been synced: then nothing is aside.
type Recovery struct {
	Cause  error    // what was wrong with it
	Aside  string   // the directory where it lies now as it was, with what belongs to it
	Kept   int      // deliveries that could be read, and are in the new database
	Lost   []string // ids of deliveries that are known to be lost, oldest first
	Pages  int      // parts, of 16 KiB each, that cannot be read: more may be lost with them
	Bodies int      // large bodies whose deliveries are lost; they lie aside, too
	Tables []string // what holds anything else, and could not be read whole
}

// maxRecoveries is how often one process sets a database aside: if more are
// damaged, the machine is at fault.
const maxRecoveries = 3

// recover sets the database aside and has a new one take its place, with all
// that can be read. It is called in this process's turn, with the database
// closed. If it is interrupted, the next one continues or starts again.
func (w *writer) recover(ctx context.Context, cause error) error {
	w.recoveries++
	if info, err := os.Stat(w.path); err == nil && info.Size() > w.quick && w.recovering != nil {
		w.recovering(cause)
	}
	s, err := scanDamaged(w.path, w.bodies)
	if err != nil {
		return err
	}
	defer s.close() //nolint:errcheck // it was only read
	made := w.path + madeSuffix
	broken, err := w.rebuild(ctx, made, s)
	if err != nil {
		return fmt.Errorf("%w; and no new database could be made: %w", cause, errors.Join(err, removeDatabase(made)))
	}
	aside, err := newAside(filepath.Dir(w.path), w.now())
	if err != nil {
		return err
	}
	r := Recovery{Cause: cause, Aside: aside, Kept: len(s.deliveries), Lost: s.lost(), Pages: s.unread, Tables: broken}
	if err := setAside(w.path, aside); err != nil {
		return err
	}
	if r.Bodies, err = w.bodies.setAside(s, aside); err != nil {
		return err
	}
	if err := errors.Join(os.Rename(made, w.path+readySuffix), syncDir(filepath.Dir(w.path))); err != nil {
		return err
	}
	if err := finishRecovery(w.path); err != nil {
		return err
	}
	if w.recovered != nil {
		w.recovered(r)
	}
	return nil
}

// rebuild makes a database of what could be read of another. It returns the
// tables of which something may be missing, besides those of deliveries.
func (w *writer) rebuild(ctx context.Context, path string, s *scan) (broken []string, err error) {
	if err := errors.Join(removeDatabase(path), createFile(path)); err != nil {
		return nil, err
	}
	c, err := dial(ctx, path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	if err := errors.Join(c.configure(), c.migrate(path)); err != nil {
		return nil, err
	}
	if _, err := c.exec("PRAGMA synchronous = OFF"); err != nil {
		return nil, err
	}
	if err := s.copyDeliveries(c); err != nil {
		return nil, err
	}
	if broken, err = s.copyTables(c); err != nil {
		return nil, err
	}
	if err := c.transaction(c.forgetGone); err != nil {
		return nil, err
	}
	// The next checkpoint, which closing does, syncs all.
	_, err = c.exec("PRAGMA synchronous = FULL")
	return broken, err
}

func (s *scan) copyDeliveries(c *conn) error {
	lead := s.lead
	if err := inBatches(c, s.records, func(r *record) int { return len(r.data) }, func(batch []*record) error {
		lead = max(lead, leadOf(batch))
		return c.insertRecords(batch)
	}); err != nil {
		return err
	}
	if err := inBatches(c, s.results, func(o *outcome) int { return len(o.data) }, func(batch []*outcome) error {
		for _, o := range batch {
			if _, err := c.appendOutcome(o); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	_, err := c.exec("UPDATE last_id SET id = ?, lead = ?", s.last, lead)
	return err
}

// inBatches hands what each gives to put, some at a time and in a transaction.
func inBatches[T any](c *conn, each func(func(T) error) error, size func(T) int, put func([]T) error) error {
	var batch []T
	bytes := 0
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		err := c.transaction(func() error { return put(batch) })
		batch, bytes = batch[:0], 0
		return err
	}
	if err := each(func(one T) error {
		batch = append(batch, one)
		if bytes += size(one); bytes < batchBytes && len(batch) < batchLength {
			return nil
		}
		return flush()
	}); err != nil {
		return err
	}
	return flush()
}

// check looks at the whole database, where that was asked for or takes no time,
// and else at both ends of its tables.
func (w *writer) check() error {
	info, err := os.Stat(w.path)
	if err != nil {
		return err
	}
	if info.Size() > w.quick && !w.suspected() {
		return w.checkEnds()
	}
	rows, err := w.db.all("PRAGMA quick_check(1)")
	if err != nil {
		return named(w.path, err)
	}
	if len(rows) != 1 || rows[0][0] != "ok" {
		return &CorruptError{Path: w.path, Err: errors.New(cmp.Or(firstText(rows), "it cannot be read whole"))}
	}
	return ignoreMissing(os.Remove(w.path + suspectSuffix))
}

func firstText(rows [][]any) string {
	if len(rows) == 0 {
		return ""
	}
	text, _ := rows[0][0].(string)
	return text
}

func (w *writer) checkEnds() error {
	for _, text := range []string{
		"SELECT (SELECT min(id) FROM deliveries) + (SELECT max(id) FROM deliveries)",
		"SELECT (SELECT min(seq) FROM outcomes) + (SELECT max(seq) FROM outcomes)",
		"SELECT (SELECT min(delivery) FROM outcomes) + (SELECT max(delivery) FROM outcomes)",
		"SELECT count(*) FROM last_id",
	} {
		if _, err := w.db.number(text); err != nil {
			return named(w.path, err)
		}
	}
	return nil
}

// quickSize is the largest database that is checked completely whenever it is
// opened.
const quickSize = 32 << 20

// suspected reports whether damage was found in the database.
func (w *writer) suspected() bool {
	_, err := os.Lstat(w.path + suspectSuffix)
	return err == nil
}

// suspect makes the next writer that opens a database check all of it.
func suspect(path string) {
	if _, err := os.Lstat(path); err == nil {
		createFile(path + suspectSuffix) //nolint:errcheck // whoever found the damage says so, too
	}
}

// setAside moves the bodies that no delivery of s names, and returns how many.
func (b bodies) setAside(s *scan, aside string) (int, error) {
	entries, err := os.ReadDir(b.dir)
	if err != nil {
		return 0, ignoreMissing(err)
	}
	named, err := s.files()
	if err != nil {
		return 0, err
	}
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return named[e.Name()] || !bodyName(e.Name()) })
	if len(entries) == 0 {
		return 0, nil
	}
	to := filepath.Join(aside, bodiesName)
	if err := makePrivate(to); err != nil {
		return 0, err
	}
	for _, e := range entries {
		if err := ignoreMissing(os.Rename(filepath.Join(b.dir, e.Name()), filepath.Join(to, e.Name()))); err != nil {
			return 0, err
		}
	}
	return len(entries), errors.Join(syncDir(to), syncDir(b.dir))
}
