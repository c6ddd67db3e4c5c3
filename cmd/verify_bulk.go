package cmd

import (
	"context"
	"errors"
	"io"
	"runtime"
	"sync"

	"github.com/whk-cli/whk/internal/format"
)

// bulk judges deliveries that stand one to a line, on all cores, and prints the
// verdicts in the order of the lines. Its memory is bounded by the number of
// its jobs, whatever the size of the input.
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
	jobs := workers + 3 // one that is printed, one kept back, one spare
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

// only reports the only delivery at length.
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
