package cmd

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

// waitFor is a listener that expects something, on the clock of a bubble.
type waitFor struct {
	t     *testing.T
	e     *expecting
	out   fmt.Stringer
	began time.Time
	ended []time.Duration // when the listener was told to end, since it began
	count int
}

func expect(t *testing.T, opts *listenOptions, json bool) *waitFor {
	t.Helper()
	streams, out, _ := ui.Buffers("")
	app := &App{IO: streams, LookupEnv: func(string) (string, bool) { return "", false }, Now: time.Now, Dir: t.TempDir()}
	app.global.JSON = json
	e, err := app.newExpecting(opts)
	if err != nil {
		t.Fatal(err)
	}
	w := &waitFor{t: t, e: e, out: out, began: time.Now()}
	e.start(t.Context(), &listener{app: app, opts: opts, end: func() { w.ended = append(w.ended, time.Since(w.began)) }})
	return w
}

// sleep goes on to a time since the beginning, and lets all that is due then happen.
func (w *waitFor) sleep(until time.Duration) {
	time.Sleep(until - time.Since(w.began))
	synctest.Wait()
}

// comes has a delivery of a new message come, and counted.
func (w *waitFor) comes(event string, change func(*webhook.Delivery)) {
	w.count++
	d := &webhook.Delivery{ID: fmt.Sprint("d", w.count), Event: event, MessageID: fmt.Sprint("m", w.count), Body: []byte("{}")}
	d.Verification.Status = webhook.Authentic
	if change != nil {
		change(d)
	}
	w.e.saw(d)
}

// verdict ends the wait as a listener does, and gives the exit code.
func (w *waitFor) verdict() int {
	w.t.Helper()
	var code *exitError
	switch err := w.e.finish(false); {
	case err == nil:
		return exitOK
	case errors.As(err, &code):
		return code.code
	default:
		w.t.Fatal(err)
		return -1
	}
}

// What has to come exactly N times or not at all takes the whole of --within, and
// the rest ends as soon as it is certain; what comes in the last nanosecond is not
// too late.
func TestExpectWithin(t *testing.T) {
	const span, hair = 30 * time.Second, time.Nanosecond
	for _, tt := range []struct {
		name, expect string
		came         []time.Duration
		ended        time.Duration
		code         int
	}{
		{"at once", "a", []time.Duration{time.Second}, time.Second, exitOK},
		{"the second", "a=2", []time.Duration{time.Second, 7 * time.Second}, 7 * time.Second, exitOK},
		{"nothing", "a", nil, span, exitUnwanted},
		{"too few", "a=2", []time.Duration{time.Second}, span, exitUnwanted},
		{"by a hair", "a", []time.Duration{span - hair}, span - hair, exitOK},
		{"exactly", "a=1!", []time.Duration{time.Second}, span, exitOK},
		{"exactly, by a hair", "a=2!", []time.Duration{0, span - hair}, span, exitOK},
		{"one too many", "a=1!", []time.Duration{time.Second, 2 * time.Second}, 2 * time.Second, exitUnwanted},
		{"one too many, by a hair", "a=1!", []time.Duration{time.Second, span - hair}, span - hair, exitUnwanted},
		{"none", "!a", nil, span, exitOK},
		{"not none", "!a", []time.Duration{3 * time.Second}, 3 * time.Second, exitUnwanted},
		{"not none, by a hair", "!a", []time.Duration{span - hair}, span - hair, exitUnwanted},
	} {
		for _, given := range []time.Duration{0, time.Minute} { // 0 is the usual one
			t.Run(fmt.Sprint(tt.name, " within ", given), func(t *testing.T) {
				longer := max(given, span) - span
				late := func(at time.Duration) time.Duration {
					if at >= span-hair {
						at += longer
					}
					return at
				}
				synctest.Test(t, func(t *testing.T) {
					w := expect(t, &listenOptions{expectFlags: expectFlags{Expect: []string{tt.expect}, Within: durationFlag{given, given > 0}}}, true)
					for _, at := range tt.came {
						w.sleep(late(at))
						w.comes("a", nil)
						synctest.Wait()
					}
					w.sleep(span + longer + time.Second)
					if len(w.ended) == 0 || w.ended[0] != late(tt.ended) {
						t.Errorf("told to end after %v, want %v", w.ended, late(tt.ended))
					}
					if code := w.verdict(); code != tt.code {
						t.Errorf("exit code %d, want %d", code, tt.code)
					}
					if want := fmt.Sprintf(`"elapsed_ms":%g}`, milliseconds(late(tt.ended))); !strings.Contains(w.out.String(), want) {
						t.Errorf("no %s in %s", want, w.out)
					}
				})
			})
		}
	}
}

// What was on its way when the time was over counts, as its sender is answered.
func TestExpectCountsWhatIsUnderWay(t *testing.T) {
	for range 20 { // what is counted first, and the end seen first, is chance
		synctest.Test(t, func(t *testing.T) {
			w := expect(t, &listenOptions{expectFlags: expectFlags{Expect: []string{"a=2"}}}, false)
			w.sleep(usualWithin)
			w.comes("a", nil)
			w.comes("a", nil)
			if code := w.verdict(); code != exitOK || !strings.Contains(w.out.String(), "2 came") {
				t.Errorf("exit code %d: %s", code, w.out)
			}
		})
	}
}

// What does not count is named with the reason.
func TestExpectCounts(t *testing.T) {
	forged := func(d *webhook.Delivery) {
		d.Verification = webhook.Verification{Status: webhook.NotAuthentic, Reason: webhook.ReasonMismatch}
	}
	unknown := func(d *webhook.Delivery) { d.Verification.Status = webhook.Unverified }
	message := func(id string) func(*webhook.Delivery) { return func(d *webhook.Delivery) { d.MessageID = id } }
	body := func(text string) func(*webhook.Delivery) {
		return func(d *webhook.Delivery) { d.MessageID, d.Body = "", []byte(text) }
	}
	type changes = []func(*webhook.Delivery)
	for _, tt := range []struct {
		name string
		opts listenOptions
		came changes
		want []string // lines of the report
	}{
		{"messages", listenOptions{}, changes{message("1"), message("2"), message("1")}, []string{"2 came, 1 missing", "d3 a does not count: the same message as d1"}},
		{"bodies, without an ID", listenOptions{}, changes{body("1"), body("2"), body("1")}, []string{"2 came, 1 missing", "d3 a does not count: the same message as d1"}},
		{"authentic", listenOptions{}, changes{forged, unknown, nil}, []string{"1 came, 2 missing", "d1 a does not count: not authentic: mismatch", "d2 a does not count: unverified: no provider was recognised"}},
		{"not checked", listenOptions{NoVerify: true}, changes{unknown, unknown, unknown}, []string{"3 came"}},
		{"a message that was forged first", listenOptions{}, changes{func(d *webhook.Delivery) { forged(d); d.MessageID = "1" }, message("1")}, []string{"1 came, 2 missing", "d1 a does not count: not authentic: mismatch"}},
		{"a filter", listenOptions{expectFlags: expectFlags{JQ: ".n > 1"}}, changes{body(`{"n":1}`), body(`{"n":2}`), body("no")}, []string{
			"1 came, 2 missing", "d1 a does not count: --jq: it gives nothing true", "d3 a does not count: --jq: its body is not JSON",
		}},
		{"a filter of forged ones", listenOptions{expectFlags: expectFlags{JQ: "false"}}, changes{forged}, []string{"0 came, 3 missing", "d1 a does not count: not authentic: mismatch"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tt.opts.Expect = []string{"a=3"}
				w := expect(t, &tt.opts, false)
				for _, change := range tt.came {
					w.comes("a", change)
				}
				w.verdict()
				var lines []string
				for line := range strings.Lines(w.out.String()) {
					line = strings.TrimSpace(strings.TrimLeft(line, "✓✗ "))
					if line = strings.TrimPrefix(line, "a=3  "); !strings.HasPrefix(line, "not as expected") && !strings.HasPrefix(line, "as expected") {
						lines = append(lines, line)
					}
				}
				if !slices.Equal(lines, tt.want) {
					t.Errorf("got  %q\nwant %q", lines, tt.want)
				}
			})
		})
	}
}

// A file has the result of each expectation as a CI system shows it.
func TestExpectJUnit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opts := &listenOptions{expectFlags: expectFlags{Expect: []string{"a", "b=2", "!c"}, Ordered: true, JUnit: "result.xml"}}
		w := expect(t, opts, false)
		w.sleep(1500 * time.Millisecond)
		w.comes("b", nil)
		synctest.Wait()
		if code := w.verdict(); code != exitUnwanted {
			t.Errorf("exit code %d", code)
		}
		got := readText(t, w.e.listener.app.path("result.xml"))
		const counts = `name="whk listen" tests="4" failures="3" errors="0" time="1.500"`
		want := `<?xml version="1.0" encoding="UTF-8"?>
<testsuites ` + counts + `>
  <testsuite ` + counts + ` timestamp="2000-01-01T00:00:00">
    <testcase name="a" classname="whk.listen" time="1.500">
      <failure message="missing"></failure>
    </testcase>
    <testcase name="b=2" classname="whk.listen" time="1.500">
      <failure message="0 came, 2 missing">d1 b does not count: it came before a</failure>
    </testcase>
    <testcase name="!c" classname="whk.listen" time="1.500"/>
    <testcase name="in this order" classname="whk.listen" time="1.500">
      <failure message="b (d1) came before a"></failure>
    </testcase>
  </testsuite>
</testsuites>
`
		if got != want {
			t.Errorf("got:\n%s\nwant:\n%s", got, want)
		}
	})
}

func readText(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
