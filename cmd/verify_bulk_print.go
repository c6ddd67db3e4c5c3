package cmd

import (
	"context"
	"strconv"

	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/webhook"
)

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
