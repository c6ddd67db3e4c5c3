package store

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"
)

// Bounds of the queue and of one transaction.
const (
	queueLength = 1024
	queueBytes  = 16 << 20
	batchLength = 512
	batchBytes  = 4 << 20
)

// writer owns the one connection that writes. Everything that waits when a
// commit ends shares the next one; there is no timer, so that a single delivery
// does not wait for others.
type writer struct {
	path    string
	bodies  bodies
	now     func() time.Time
	random  io.Reader
	records []*record // of one batch
	turn    *turnstile
	since   time.Time   // of the turn that is kept over several batches; zero when it was given back
	db      *conn       // nil after a failure, until the next batch opens it again
	file    fs.FileInfo // of the database that db has open
	tail    tail
	seen    *seen // may be nil

	quick      int64                                      // the size up to which the whole database is looked at
	recovering func(error)                                // may be nil
	recovered  func(Recovery)                             // may be nil
	moved      func()                                     // another database has taken the place of the one that was open
	committed  func(n int, took time.Duration, err error) // may be nil
	recoveries int

	budget budget // of what waits in the queue or to enter it
	queue  chan *op
	closed bool
	mu     sync.RWMutex // held for reading while sending, for writing to close
	done   chan struct{}
	err    error // of closing the connection
}

// op is one thing for the writer to do: exactly one of record, outcome, passed
// and task is set.
type op struct {
	record  *record
	routes  []int64 // on which the record is pending
	keys    []int64 // of the same, as long
	outcome *outcome
	passed  []Passed
	task    func(*conn) error // runs between batches and makes its own transactions
	err     error
	done    chan struct{} // receives once when err is settled
	space   record        // for record to point to
}

var ops = sync.Pool{New: func() any { return &op{done: make(chan struct{}, 1)} }}

func startWriter(ctx context.Context, w *writer) error {
	w.budget.total = queueBytes
	w.queue = make(chan *op, queueLength)
	w.done = make(chan struct{})
	var err error
	if w.turn, err = openTurnstile(filepath.Dir(w.path)); err != nil {
		return err
	}
	if err := w.attempt(ctx, w.check); err != nil {
		return errors.Join(err, w.turn.close())
	}
	go w.run(ctx)
	return nil
}

// open opens the database, and makes it when there is none.
func (w *writer) open(ctx context.Context) error {
	if err := finishRecovery(w.path); err != nil {
		return err
	}
	if orphaned(w.path) {
		return &CorruptError{Path: w.path, Err: errors.New("only its log is there")}
	}
	if emptied(w.path, w.bodies) {
		return &CorruptError{Path: w.path, Err: errors.New("the database is empty, and large bodies of captures are there")}
	}
	if err := checkLog(w.path + logSuffix); errors.Is(err, errLog) {
		return &CorruptError{Path: w.path, Err: err}
	} else if err != nil {
		return err
	}
	if err := createFile(w.path); err != nil {
		return err
	}
	file, err := os.Lstat(w.path)
	if err != nil {
		return err
	}
	db, err := dial(ctx, w.path)
	if err != nil {
		return named(w.path, err)
	}
	if _, err = db.version(w.path); err == nil { // before anything is changed
		err = db.configure()
	}
	if err == nil {
		err = db.migrate(w.path)
	}
	if err != nil {
		return errors.Join(named(w.path, err), db.close())
	}
	w.db, w.file = db, file
	if w.moved != nil {
		w.moved()
	}
	return nil
}

// do hands an op to the writer and waits until it is settled. ctx can end the
// wait for a place in the queue, but not an op that has one.
func (w *writer) do(ctx context.Context, o *op) error {
	if err := w.send(ctx, o); err != nil {
		return err
	}
	<-o.done
	return o.err
}

// task runs f between two batches, with the connection that writes.
func (w *writer) task(ctx context.Context, f func(*conn) error) error {
	return w.do(ctx, &op{task: f, done: make(chan struct{}, 1)})
}

func (w *writer) send(ctx context.Context, o *op) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return ErrClosed
	}
	select {
	case w.queue <- o:
		return nil
	default:
	}
	select {
	case w.queue <- o:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *writer) close() error {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.queue)
	}
	w.mu.Unlock()
	<-w.done
	return w.err
}

func (w *writer) run(ctx context.Context) {
	defer close(w.done)
	ctx = context.WithoutCancel(ctx)
	var batch []*op
	for first := range w.queue {
		yield()
		var task *op
		batch, task = w.collect(batch[:0], first)
		if len(batch) > 0 {
			began := time.Now()
			err := w.attempt(ctx, func() error { return w.commit(batch) })
			if w.committed != nil {
				w.committed(len(batch), time.Since(began), err)
			}
			w.settle(batch, err)
		}
		if task != nil {
			task.err = w.attempt(ctx, func() error { return task.task(w.db) })
			task.done <- struct{}{}
		}
	}
	w.err = w.end()
}

// end closes the database in this process's turn, since the last one to close it
// writes: what is in the log goes where it belongs.
func (w *writer) end() error {
	err := w.turn.enter()
	if w.db != nil {
		err = errors.Join(err, w.db.close())
	}
	return errors.Join(err, w.turn.leave(), w.turn.close())
}

// yields is how often the writer lets others run before it takes what waits.
const yields = 8

// yield lets requests that have arrived reach the queue, so that they share the
// next sync. When nothing else can run it takes no time.
func yield() {
	for range yields {
		runtime.Gosched()
	}
}

// collect takes what waits, up to the bounds of a transaction or the first task.
func (w *writer) collect(batch []*op, first *op) (_ []*op, task *op) {
	bytes := 0
	for o := first; ; {
		if o.task != nil {
			return batch, o
		}
		batch = append(batch, o)
		bytes += o.size()
		if len(batch) == batchLength || bytes >= batchBytes {
			return batch, nil
		}
		select {
		case next, ok := <-w.queue:
			if !ok {
				return batch, nil
			}
			o = next
		default:
			return batch, nil
		}
	}
}

func (o *op) size() int {
	switch {
	case o.record != nil:
		return len(o.record.data)
	case o.outcome != nil:
		return len(o.outcome.data)
	}
	return 128 * len(o.passed)
}

func (w *writer) settle(batch []*op, err error) {
	for _, o := range batch {
		if err != nil {
			o.err = err
		}
		o.done <- struct{}{}
	}
}

// turnKept is how long a process keeps its turn while more waits for it.
const turnKept = 5 * time.Millisecond

// attempt runs do in this process's turn, with a connection that works. After an
// error the connection is closed, since nobody knows what it still believes to
// be on the disk, and the next attempt opens it again. A database that turns out
// to be damaged is replaced, and do runs once more.
func (w *writer) attempt(ctx context.Context, do func() error) (err error) {
	if w.since.IsZero() {
		if err := w.turn.enter(); err != nil {
			return err
		}
		w.since = time.Now()
		if w.replaced() { // nobody does that out of turn
			w.drop()
		}
	}
	defer func() {
		if err == nil && len(w.queue) > 0 && time.Since(w.since) < turnKept {
			return
		}
		w.since = time.Time{}
		err = errors.Join(err, w.turn.leave())
	}()
	err = w.try(ctx, do)
	var damage *CorruptError
	if !errors.As(err, &damage) || damage.Foreign || w.recoveries == maxRecoveries {
		return err
	}
	if err := w.recover(ctx, err); err != nil {
		return err
	}
	return w.try(ctx, do)
}

func (w *writer) try(ctx context.Context, do func() error) error {
	if w.db == nil {
		if err := w.open(ctx); err != nil {
			return err
		}
		if err := w.recheck(); err != nil {
			w.drop()
			return named(w.path, err)
		}
	}
	err := do()
	if err == nil || busy(err) {
		return err
	}
	w.drop()
	w.tail.cause = err
	return named(w.path, err)
}

// replaced reports whether the database's name now belongs to another file or
// to none: what is written to the open one would not be found.
func (w *writer) replaced() bool {
	if w.db == nil {
		return false
	}
	if _, err := os.Lstat(w.path + readySuffix); err == nil {
		return true
	}
	file, err := os.Lstat(w.path)
	return err != nil || !os.SameFile(file, w.file)
}

func (w *writer) drop() {
	w.db.close() //nolint:errcheck // it is given up for another reason, which counts
	w.db = nil
}

// commit writes a batch and syncs it.
func (w *writer) commit(batch []*op) error {
	w.records = w.records[:0]
	err := w.db.transaction(func() error { return w.write(batch) })
	if err != nil {
		w.tail.fail(w.records)
		return err
	}
	w.tail.acknowledge(w.records)
	if n := len(w.records); n > 0 {
		w.db.last.id = w.records[n-1].id
		if w.seen != nil {
			w.seen.takeIn(nil, w.db.last.id, time.Now())
		}
	}
	return nil
}

func (w *writer) write(batch []*op) error {
	records, err := w.number(batch)
	if err != nil {
		return err
	}
	if err := w.db.insertRecords(records); err != nil {
		return err
	}
	if err := w.noteLead(records); err != nil {
		return err
	}
	if err := w.db.queue(batch); err != nil {
		return err
	}
	for _, o := range batch {
		if o.outcome != nil {
			if o.err, err = w.db.appendOutcome(o.outcome); err != nil {
				return err
			}
		}
		if err := w.db.pass(o.passed); err != nil {
			return err
		}
	}
	return nil
}

// number gives the records of a batch their ids, higher than all ids ever given
// by any process, whatever the clock says.
func (w *writer) number(batch []*op) ([]*record, error) {
	next := int64(0)
	for _, o := range batch {
		r := o.record
		if r == nil {
			continue
		}
		if r.file != "" && !w.bodies.has(r.file) {
			o.err = errBodyGone
			continue
		}
		if next == 0 {
			var err error
			if next, err = w.nextID(); err != nil {
				return nil, err
			}
		}
		r.id = next
		r.sum = sealed(r.open, r.id)
		w.records = append(w.records, r)
		next++
	}
	return w.records, nil
}

// errBodyGone is for a body's file that was removed as one that a crash left.
var errBodyGone = errors.New("the body's file is gone")

// noteLead remembers the lead of records, which is seldom one.
func (w *writer) noteLead(records []*record) error {
	lead := leadOf(records)
	if lead == 0 {
		return nil
	}
	_, err := w.db.exec("UPDATE last_id SET lead = max(lead, ?)", lead)
	return err
}
