package cmd

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/metrics"
	"github.com/whk-cli/whk/internal/receiver"
	"github.com/whk-cli/whk/internal/webhook"
)

type metricsFlags struct {
	Metrics string
}

func (f *metricsFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.Metrics, "metrics", "", "show counts in Prometheus' text format at this `address`, such as :9464 for this machine only")
}

// listenMetrics count what a listener does. A nil one counts nothing.
type listenMetrics struct {
	set     metrics.Set
	sockets *receiver.Sockets

	deliveries *metrics.Counter
	bodies     *metrics.Counter
	handshakes *metrics.Counter
	answers    *metrics.Counter
	refusals   *metrics.Counter
	forwards   *metrics.Counter
	panics     *metrics.Counter
	failures   *metrics.Counter
	commits    *metrics.Histogram
	batches    *metrics.Histogram
}

// newMetrics opens the socket; nil without --metrics.
func (app *App) newMetrics(ctx context.Context, text string) (*listenMetrics, error) {
	if text == "" {
		return nil, nil
	}
	address, err := receiver.ParseAddress(text)
	if err == nil && !strings.HasSuffix(text, strconv.Itoa(address.Port)) {
		err = errors.New("it needs a port")
	}
	if err != nil {
		return nil, usageError(fmt.Errorf("--metrics %q: %w", text, err), "--metrics :9464", "--metrics 0.0.0.0:9464   for other machines too")
	}
	m := &listenMetrics{}
	if m.sockets, err = receiver.Listen(ctx, address); err != nil {
		return nil, failed(fmt.Errorf("--metrics: %w", err), "--metrics :0   for any free port")
	}
	version := currentVersion()
	s := &m.set
	s.Gauge("whk_build_info", "the whk that listens", func() float64 { return 1 }, "version", version.Version, "go", version.Go)
	start := float64(app.Now().UnixMilli()) / 1000
	s.Gauge("whk_start_time_seconds", "when it began, in Unix seconds", func() float64 { return start })
	m.deliveries = s.Counter("whk_deliveries_total", "deliveries that were kept", "provider", "verdict", "reason")
	m.bodies = s.Counter("whk_delivery_body_bytes_total", "the bodies of deliveries that were kept")
	m.handshakes = s.Counter("whk_handshakes_total", "deliveries that were a provider's handshake", "provider")
	m.answers = s.Counter("whk_answers_total", "answers to deliveries by their status, none where there was none on purpose", "status")
	m.refusals = s.Counter("whk_refusals_total", "requests that were not kept", "class")
	m.forwards = s.Counter("whk_forwards_total", "attempts at passing deliveries on, by the class of the answer or error", "target", "outcome")
	m.panics = s.Counter("whk_panics_total", "requests that met a defect in whk")
	m.failures = s.Counter("whk_store_failures_total", "batches that could not be written")
	m.commits = s.Histogram("whk_store_commit_seconds", "until a batch was written and synced to disk", .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5)
	m.batches = s.Histogram("whk_store_batch_size", "deliveries and outcomes that were written at once", 1, 2, 4, 8, 16, 32, 64, 128, 256)
	return m, nil
}

// watch adds the gauges, which are read when somebody asks.
func (m *listenMetrics) watch(l *listener, rc *receiver.Receiver) {
	if m == nil {
		return
	}
	s := &m.set
	s.Gauge("whk_connections", "connections that are open", func() float64 { return float64(rc.Connections()) })
	s.Gauge("whk_body_memory_bytes", "memory that is held for bodies under way", func() float64 { return float64(rc.Memory()) })
	s.Gauge("whk_store_queue_length", "deliveries and outcomes that wait to be written", func() float64 { return float64(l.store.Waiting()) })
	s.Gauge("whk_store_failing", "1 while deliveries cannot be kept", func() float64 {
		if rc.Failing() {
			return 1
		}
		return 0
	})
	s.Gauge("whk_forward_queue_length", "forwards that wait to be made", func() float64 { return float64(l.forwarder.Waiting()) })
}

// serve shows the metrics until stop is called.
func (m *listenMetrics) serve() (stop func()) {
	if m == nil {
		return func() {}
	}
	server := &http.Server{
		Handler:     m.set.Handler(m.sockets.Address.Port, m.hosts()...),
		ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
	}
	server.SetKeepAlivesEnabled(false)
	var all sync.WaitGroup
	for _, l := range m.sockets.Listeners() {
		all.Go(func() { server.Serve(l) })
	}
	return func() {
		server.Close()
		all.Wait()
	}
}

// hosts are the names besides addresses and localhost by which the metrics may
// be asked for; none where only this machine can ask.
func (m *listenMetrics) hosts() []string {
	if m.sockets.Address.Loopback() {
		return nil
	}
	return append(otherNames(), m.sockets.Address.Host)
}

// otherNames are the names by which other machines and this one's containers
// may know it.
func otherNames() []string {
	names := []string{"host.docker.internal", "host.containers.internal"}
	if name, err := os.Hostname(); err == nil && isPrintable(name) {
		names = append(names, strings.ToLower(name))
	}
	return names
}

// url is where the metrics are, "" without any.
func (m *listenMetrics) url() string {
	if m == nil {
		return ""
	}
	return m.sockets.URL() + metrics.Path
}

// warn tells that others can read the metrics.
func (m *listenMetrics) warn(app *App) {
	if m != nil && !m.sockets.Address.Loopback() {
		app.warn("other machines can read the metrics, with the names of providers and targets")
	}
}

// close closes the socket where it was not served.
func (m *listenMetrics) close() {
	if m != nil {
		m.sockets.Close()
	}
}

// kept counts a delivery and its answer.
func (m *listenMetrics) kept(d *webhook.Delivery) {
	if m == nil {
		return
	}
	provider := d.Provider
	if provider == "" {
		provider = "none"
	}
	m.deliveries.Add(1, provider, string(d.Verification.Status), string(d.Verification.Reason))
	m.bodies.Add(uint64(len(d.Body)))
	if d.Handshake {
		m.handshakes.Add(1, provider)
	}
	m.answered(d.Response.Status)
}

func (m *listenMetrics) answered(status int) {
	text := "none"
	if status > 0 {
		text = strconv.Itoa(status)
	}
	m.answers.Add(1, text)
}

// refused counts a request that was not kept.
func (m *listenMetrics) refused(r receiver.Refusal) {
	if m == nil {
		return
	}
	m.refusals.Add(1, r.Class)
	m.answered(r.Status)
}

// forwarded counts an attempt to pass a delivery on.
func (m *listenMetrics) forwarded(f webhook.Forward) {
	if m == nil {
		return
	}
	outcome := f.Error
	if outcome == "" {
		outcome = strconv.Itoa(f.Status/100) + "xx"
	}
	m.forwards.Add(1, hostOf(f.URL), outcome)
}

// committed counts a batch of the store.
func (m *listenMetrics) committed() func(n int, took time.Duration, err error) {
	if m == nil {
		return nil
	}
	return func(n int, took time.Duration, err error) {
		if err != nil {
			m.failures.Add(1)
			return
		}
		m.commits.Observe(took.Seconds())
		m.batches.Observe(float64(n))
	}
}

// panicked counts a defect.
func (m *listenMetrics) panicked() {
	if m != nil {
		m.panics.Add(1)
	}
}
