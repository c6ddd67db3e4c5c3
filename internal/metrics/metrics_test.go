package metrics

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

const want = `# HELP whk_answers_total what senders \\ were\n told
# TYPE whk_answers_total counter
whk_answers_total{status="200",why="a \"b\"\\\n�"} 3
whk_answers_total{status="401",why=""} 1
# HELP whk_open open
# TYPE whk_open gauge
whk_open 1.5
# HELP whk_info about
# TYPE whk_info gauge
whk_info{version="1.0"} 1
# HELP whk_seconds time
# TYPE whk_seconds histogram
whk_seconds_bucket{le="0.5"} 1
whk_seconds_bucket{le="4"} 3
whk_seconds_bucket{le="+Inf"} 4
whk_seconds_sum 21.5
whk_seconds_count 4
# HELP whk_empty_total nothing yet
# TYPE whk_empty_total counter
whk_empty_total 0
`

func example() *Set {
	s := &Set{}
	answers := s.Counter("whk_answers_total", "what senders \\ were\n told", "status", "why")
	s.Gauge("whk_open", "open", func() float64 { return 1.5 })
	s.Gauge("whk_info", "about", func() float64 { return 1 }, "version", "1.0")
	seconds := s.Histogram("whk_seconds", "time", 0.5, 4)
	s.Counter("whk_empty_total", "nothing yet")
	answers.Add(1, "200", "a \"b\"\\\n\xff")
	answers.Add(1, "401", "")
	answers.Add(2, "200", "a \"b\"\\\n\xff")
	for _, v := range []float64{0.5, 1, 4, 16} {
		seconds.Observe(v)
	}
	return s
}

func TestText(t *testing.T) {
	got := string(example().AppendText(nil))
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// What grows by mistake has an end, and loses nothing.
func TestMaxSeries(t *testing.T) {
	s := &Set{}
	c := s.Counter("whk_total", "many", "of")
	for i := range 3 * MaxSeries {
		c.Add(1, fmt.Sprint(i))
	}
	text := string(s.AppendText(nil))
	if n := strings.Count(text, "\nwhk_total{"); n > MaxSeries+1 || !strings.Contains(text, fmt.Sprintf("whk_total{of=\"other\"} %d\n", 2*MaxSeries)) {
		t.Errorf("%d series:\n%.200s", n, text)
	}
}

func TestConcurrent(t *testing.T) {
	s := &Set{}
	c, h := s.Counter("whk_total", "many", "of"), s.Histogram("whk_seconds", "time", 1)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 1000 {
				c.Add(1, fmt.Sprint((i+n)%3))
				h.Observe(0.5)
				if n%100 == 0 {
					s.AppendText(nil)
				}
			}
		})
	}
	all.Wait()
	text := string(s.AppendText(nil))
	for _, line := range []string{"whk_seconds_sum 4000\n", "whk_seconds_count 8000\n", `whk_seconds_bucket{le="1"} 8000`} {
		if !strings.Contains(text, line) {
			t.Errorf("no %s in\n%s", line, text)
		}
	}
}

// Without metrics nothing is counted, and nothing breaks.
func TestNil(t *testing.T) {
	var c *Counter
	var h *Histogram
	c.Add(1, "a")
	h.Observe(1)
}

// A page whose own name points here learns nothing.
func TestHandler(t *testing.T) {
	h := example().Handler(9464, "box.internal")
	for _, c := range []struct {
		method, host, target string
		status               int
	}{
		{"GET", "localhost:9464", "/metrics", 200},
		{"HEAD", "localhost:9464", "/metrics", 200},
		{"GET", "LOCALHOST.:9464", "/metrics", 200},
		{"GET", "127.0.0.1:9464", "/metrics?x=1", 200},
		{"GET", "[::1]:9464", "/metrics", 200},
		{"GET", "192.0.2.7:9464", "/metrics", 200},
		{"GET", "box.internal:9464", "/metrics", 200},
		{"GET", "evil.example:9464", "/metrics", 403},
		{"GET", "localhost.evil.example:9464", "/metrics", 403},
		{"GET", "127.0.0.1.evil.example:9464", "/metrics", 403},
		{"GET", "localhost:80", "/metrics", 403},
		{"GET", "localhost", "/metrics", 403},
		{"GET", "", "/metrics", 403},
		{"GET", "evil.example", "http://localhost:9464/metrics", 403},
		{"POST", "localhost:9464", "/metrics", 405},
		{"GET", "localhost:9464", "/", 404},
		{"GET", "localhost:9464", "/metrics/", 404},
		{"GET", "localhost:9464", "//metrics", 404},
	} {
		r := httptest.NewRequest(c.method, "/", nil)
		r.URL.Path, r.Host = c.target, c.host
		if path, query, ok := strings.Cut(c.target, "?"); ok {
			r.URL.Path, r.URL.RawQuery = path, query
		}
		r.Header.Set("X-Forwarded-Host", "localhost:9464")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.status || w.Header().Get("X-Content-Type-Options") != "nosniff" || w.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s %s of %s: %d %v, want %d", c.method, c.target, c.host, w.Code, w.Header(), c.status)
		}
		if shown := strings.Contains(w.Body.String(), "whk_open"); shown != (c.status == http.StatusOK) {
			t.Errorf("%s %s of %s: shown %v", c.method, c.target, c.host, shown)
		}
	}
}

func BenchmarkAdd(b *testing.B) {
	s := &Set{}
	c := s.Counter("whk_total", "many", "provider", "verdict", "reason")
	b.ReportAllocs()
	for b.Loop() {
		c.Add(1, "saas", "authentic", "")
	}
}
