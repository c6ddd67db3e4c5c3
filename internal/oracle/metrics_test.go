package oracle

import (
	"bytes"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/whk-cli/whk/internal/metrics"
)

// What the metrics look like is read by Prometheus' own parser, and holds what was
// counted.
func TestMetrics(t *testing.T) {
	s := &metrics.Set{}
	answers := s.Counter("whk_answers_total", "what senders \\ were\n told", "status", "why")
	s.Gauge("whk_info", "about", func() float64 { return 1.5 }, "version", "1.0 \"x\"")
	seconds := s.Histogram("whk_seconds", "time", 0.5, 4)
	s.Counter("whk_empty_total", "nothing yet", "of")
	awkward := "a \"b\"\\\n\xff{},="
	answers.Add(2, "200", awkward)
	answers.Add(1, "401", "")
	for _, v := range []float64{0.5, 1, 16} {
		seconds.Observe(v)
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(s.AppendText(nil)))
	if err != nil {
		t.Fatal(err)
	}
	counts := families["whk_answers_total"]
	if counts.GetHelp() != "what senders \\ were\n told" || len(counts.GetMetric()) != 2 {
		t.Fatalf("counter %v", counts)
	}
	m := counts.GetMetric()[0]
	if m.GetCounter().GetValue() != 2 || m.GetLabel()[1].GetValue() != "a \"b\"\\\n\ufffd{},=" {
		t.Errorf("series %v", m)
	}
	if g := families["whk_info"].GetMetric()[0]; g.GetGauge().GetValue() != 1.5 || g.GetLabel()[0].GetValue() != "1.0 \"x\"" {
		t.Errorf("gauge %v", g)
	}
	h := families["whk_seconds"].GetMetric()[0].GetHistogram()
	if h.GetSampleCount() != 3 || h.GetSampleSum() != 17.5 || len(h.GetBucket()) != 3 || h.GetBucket()[0].GetCumulativeCount() != 1 || h.GetBucket()[1].GetCumulativeCount() != 2 {
		t.Errorf("histogram %v", h)
	}
}
