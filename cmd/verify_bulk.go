package cmd

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"sync"

	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/webhook"
)

// bulk judges deliveries that stand one to a line, on all cores, and prints the
// verdicts in the order of the lines. What it holds in memory is bounded by the
// number of its jobs, whatever the size of the input.
//
// Workers take turns at reading, so that a line is judged by the core that has
// just read it; a goroutine of its own prints. A job goes round among them.
type bulk struct {
	v      *verification
	report *verifyReport
	in     *deliveries

	free    chan *bulkJob
	ordered chan *bulkJob // as they were read

	reading sync.Mutex
	ended   bool // there is nothing more to read
}

// bulkJob is a batch of lines and what came of them.
type bulkJob struct {
	batch   format.Batch
	readErr error // instead of lines

	out   []byte  // the verdicts as they are printed
	aside []aside // those that only the printer can print
	tally tally
	stop  error // ends everything
	done  chan struct{}
}

// aside is a verdict that is printed after the first end bytes of a job's out.
type aside struct {
	end int
	judged
}

// runBulk judges the lines of in.lines.
func (v *verification) runBulk(ctx context.Context, report *verifyReport, in *deliveries) error {
	workers := runtime.GOMAXPROCS(0)
	jobs := workers + 3 // one is printed, one kept back, one has to spare, the rest is judged
	b := &bulk{v: v, report: report, in: in, free: make(chan *bulkJob, jobs), ordered: make(chan *bulkJob, jobs)}
	for range jobs {
		b.free <- &bulkJob{done: make(chan struct{}, 1)}
	}
	return b.run(ctx, workers)
}

func (b *bulk) run(parent context.Context, n int) error {
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	var workers, printer sync.WaitGroup
	for range n {
		workers.Go(func() {
			w := &bulkWorker{bulk: b}
			for job := b.take(ctx); job != nil; job = b.take(ctx) {
				w.judge(job)
				job.done <- struct{}{}
			}
		})
	}
	var alone *bulkJob
	printer.Go(func() {
		p := &bulkPrinter{bulk: b, cancel: cancel}
		for job := range b.ordered {
			<-job.done
			p.take(job)
		}
		alone = p.alone()
	})
	workers.Wait()
	close(b.ordered)
	printer.Wait()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if alone != nil {
		return b.only(alone)
	}
	return b.report.end()
}

// take reads the next lines; nil when they have ended, or ctx has.
func (b *bulk) take(ctx context.Context) *bulkJob {
	b.reading.Lock()
	defer b.reading.Unlock()
	if b.ended {
		return nil
	}
	b.ended = true
	var job *bulkJob
	select {
	case job = <-b.free:
	case <-ctx.Done():
		return nil
	}
	job.readErr = b.in.lines.Next(&job.batch)
	if errors.Is(job.readErr, io.EOF) || ctx.Err() != nil {
		return nil
	}
	b.ended = job.readErr != nil
	b.ordered <- job
	return job
}

// only reports the one delivery that there was at length.
func (b *bulk) only(job *bulkJob) error {
	if job.readErr != nil {
		if err := b.report.add(judged{err: job.readErr}); err != nil {
			return err
		}
	}
	w := &bulkWorker{bulk: b}
	for entry, err := range job.batch.Entries() {
		w.judgeEntry(job, entry, err)
		if err := b.report.add(w.judged); err != nil {
			return err
		}
	}
	return b.report.end()
}

// bulkWorker is what one worker reuses from delivery to delivery.
type bulkWorker struct {
	*bulk
	judged  judged
	message signing.Message
	names   []string
	values  []string
	header  http.Header
}

func (w *bulkWorker) judge(job *bulkJob) {
	job.out, job.aside, job.tally, job.stop = job.out[:0], job.aside[:0], tally{}, nil
	j := &w.judged
	if job.readErr != nil {
		*j = judged{err: job.readErr}
		job.tally.add(j)
		job.aside = append(job.aside, aside{0, j.clone()})
		return
	}
	job.batch.Trusting = true
	for entry, err := range job.batch.Entries() {
		w.judgeEntry(job, entry, err)
		if isUsage(j.err) {
			job.stop = j.err
			return
		}
		job.tally.add(j)
		if j.err != nil || w.report.explains(j) {
			job.aside = append(job.aside, aside{len(job.out), j.clone()})
			continue
		}
		job.out = w.report.appendResult(job.out, j)
	}
}

// judgeEntry leaves in w.judged what becomes of a line, or why it can not be read.
func (w *bulkWorker) judgeEntry(job *bulkJob, entry format.Entry, err error) {
	if err == nil {
		w.v.judgeAs(&w.judged, entry, w.in, w.httpHeader(entry.Delivery.Header), &w.message)
		if !w.judged.provesBody() {
			err = job.batch.Intact(entry)
		}
	}
	if err != nil {
		w.judged = judged{line: entry.Line, err: err}
	}
}

// provesBody reports whether the signature is right and covers the body: no digest
// beside it can say more.
func (j *judged) provesBody() bool {
	v := &j.verdict
	return j.err == nil && v.Verification.Status == webhook.Authentic && v.Provider.Scheme().Covers().Body
}

// clone is j without what the next delivery overwrites.
func (j *judged) clone() judged {
	out := *j
	if j.delivery != nil {
		d := *j.delivery
		d.Header, d.Body = d.Header.Clone(), bytes.Clone(d.Body)
		out.delivery = &d
	}
	if j.message != nil {
		m := *j.message
		m.Header, m.Body = out.delivery.Header.HTTP(), out.delivery.Body
		out.message = &m
	}
	return out
}

// httpHeader is h in net/http's form, until the next call. Deliveries of one
// sender have the same names in the same order, so that only the values change.
func (w *bulkWorker) httpHeader(h webhook.Header) http.Header {
	same := len(h) == len(w.names)
	for i := 0; same && i < len(h); i++ {
		same = h[i].Name == w.names[i]
	}
	if !same {
		w.names, w.values, w.header = w.names[:0], make([]string, len(h)), make(http.Header, len(h))
		for i, f := range h {
			name := http.CanonicalHeaderKey(f.Name)
			if _, ok := w.header[name]; ok {
				w.names = w.names[:0] // a name that stands twice needs a list of its own
				return h.HTTP()
			}
			w.names = append(w.names, f.Name)
			w.header[name] = w.values[i : i+1 : i+1]
		}
	}
	for i, f := range h {
		w.values[i] = f.Value
	}
	return w.header
}

// bulkPrinter prints jobs in their order.
type bulkPrinter struct {
	*bulk
	cancel context.CancelCauseFunc
	kept   *bulkJob // of the only delivery so far
	ended  bool
}

// take prints a job, or keeps it back as long as it may hold the only delivery,
// which is reported at length.
func (p *bulkPrinter) take(job *bulkJob) {
	if p.ended {
		p.free <- job
		return
	}
	p.report.tally.merge(&job.tally)
	if p.report.tally.count == 1 && job.tally.count == 1 && job.stop == nil && !p.report.app.global.JSON {
		p.kept = job
		return
	}
	if kept := p.kept; kept != nil && p.report.tally.count > 1 {
		p.kept = nil
		p.print(kept)
	}
	p.print(job)
}

func (p *bulkPrinter) print(job *bulkJob) {
	err := p.write(job)
	if err == nil {
		err = job.stop
	}
	if err != nil && !p.ended {
		p.ended = true
		p.cancel(err)
	}
	p.free <- job
}

func (p *bulkPrinter) write(job *bulkJob) error {
	out, start := p.report.app.IO.Out, 0
	for i := range job.aside {
		a := &job.aside[i]
		if a.end > start {
			if _, err := out.Write(job.out[start:a.end]); err != nil {
				return err
			}
			start = a.end
		}
		if err := p.report.print(&a.judged); err != nil {
			return err
		}
	}
	if start == len(job.out) {
		return nil
	}
	_, err := out.Write(job.out[start:])
	return err
}

// alone is the job with the only delivery of all, if there was only one. Its
// verdict is no longer counted.
func (p *bulkPrinter) alone() *bulkJob {
	if p.kept != nil {
		p.report.tally = tally{}
	}
	return p.kept
}

func isUsage(err error) bool {
	if err == nil {
		return false
	}
	var usage *exitError
	return errors.As(err, &usage) && usage.code == exitUsage
}

// tally counts verdicts.
type tally struct {
	code   int
	count  int
	failed int // those that could not be had

	authentic, notAuthentic, unverified int
}

func (t *tally) add(j *judged) {
	t.count++
	t.code = worse(t.code, j.code())
	switch {
	case j.err != nil:
		t.failed++
	case j.verdict.Verification.Status == webhook.Authentic:
		t.authentic++
	case j.verdict.Verification.Status == webhook.NotAuthentic:
		t.notAuthentic++
	default:
		t.unverified++
	}
}

func (t *tally) merge(other *tally) {
	t.code = worse(t.code, other.code)
	t.count += other.count
	t.failed += other.failed
	t.authentic += other.authentic
	t.notAuthentic += other.notAuthentic
	t.unverified += other.unverified
}

// appendAuthentic appends what [ui.AppendJSON] would for an authentic verdict
// that leaves nothing open; false when this is another, or has text to escape.
func appendAuthentic(dst []byte, j *judged, kind format.Kind) ([]byte, bool) {
	v := &j.verdict
	if v.Verification.Status != webhook.Authentic || len(v.Verification.Warnings) > 0 || len(v.Notes) > 0 || v.Provider == nil || kind != format.NDJSON {
		return dst, false
	}
	id := j.delivery.ID
	if id == "" {
		id = v.MessageID
	}
	if !isPlain(v.Provider.Name) || !isPlain(v.Event) || !isPlain(id) || !isPlain(v.MessageID) {
		return dst, false
	}
	dst = append(append(dst, `{"status":"authentic","provider":"`...), v.Provider.Name...)
	dst = append(append(dst, `","event":"`...), v.Event...)
	dst = append(append(dst, `","id":"`...), id...)
	if v.MessageID != "" {
		dst = append(append(dst, `","message_id":"`...), v.MessageID...)
	}
	dst = append(append(dst, `","input":"`...), kind...)
	dst = append(dst, `","line":`...)
	dst = strconv.AppendInt(dst, int64(j.line), 10)
	return append(dst, `,"hypotheses":[]}`+"\n"...), true
}

// isPlain reports whether a text stands in JSON as it is.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
