package cmd

import (
	"bytes"
	"errors"

	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/webhook"
)

// bulkWorker is what one worker reuses from delivery to delivery.
type bulkWorker struct {
	*bulk
	judged  judged
	message signing.Message
	headers headerForms
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

// judgeEntry leaves in w.judged the verdict on a line, or why it can not be
// read.
func (w *bulkWorker) judgeEntry(job *bulkJob, entry format.Entry, err error) {
	if entry.Delivery == nil {
		w.judged = judged{line: entry.Line, err: err}
		return
	}
	w.v.judgeAs(&w.judged, entry, w.in, w.headers.of(entry.Delivery.Header), &w.message)
	if err == nil && !w.judged.provesBody() {
		err = job.batch.Intact(entry)
	}
	if err != nil {
		w.judged.doubt(err)
	}
}

// provesBody reports whether the signature is right and covers the body, so
// that the line's own digest need not be checked.
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

func isUsage(err error) bool {
	if err == nil {
		return false
	}
	var usage *exitError
	return errors.As(err, &usage) && usage.code == exitUsage
}
