package cmd

import "github.com/whk-cli/whk/internal/webhook"

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
