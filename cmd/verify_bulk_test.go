package cmd

import (
	"bytes"
	"context"
	crand "crypto/rand"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

// bulkApp is whk with one secret and the given streams.
func bulkApp(t testing.TB, in io.Reader, out io.Writer) (*App, *ui.Buffer) {
	t.Helper()
	s, _, errs := ui.Buffers("")
	s.In, s.Out = in, out
	lookup := func(name string) (string, bool) {
		if name == "WHK_SECRET_SAAS" {
			return bulkSecret, true
		}
		return "", false
	}
	return &App{IO: s, LookupEnv: lookup, Now: time.Now, Random: crand.Reader, Dir: t.TempDir()}, errs
}

// mixed is many lines of all sorts, and the verdicts that their places have.
func mixed(t *testing.T, n int) (lines []byte, marks []string, summary string) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	var counts [4]int
	for i := range n {
		line, mark := bulkLine(t, i), "✓ authentic"
		kind := r.IntN(6)
		switch kind {
		case 1:
			line, mark = bytes.Replace(line, []byte("invoice.paid"), []byte("invoice.void"), 1), "✗ not authentic: mismatch" // its digest tells as well
		case 2:
			line, mark = fmt.Appendf(nil, `{"headers":[["X-Webhook-Signature","%064d"]],"body":"x"}`+"\n", i), "✗ not authentic: mismatch"
		case 3:
			line, mark = []byte("{\"headers\":[],\n"), "✗ unreadable"
		}
		if kind > 3 {
			kind = 0
		}
		counts[[]int{0, 1, 1, 3}[kind]]++
		lines, marks = append(lines, line...), append(marks, mark)
	}
	return lines, marks, fmt.Sprintf("%d deliveries: %d authentic, %d not authentic, %d unverified, %d unreadable\n", n, counts[0], counts[1], counts[2], counts[3])
}

func TestBulkKeepsTheOrder(t *testing.T) {
	const n = 3000
	lines, marks, summary := mixed(t, n)
	for _, args := range [][]string{{"verify", "-p", "saas", "-"}, {"verify", "-"}} {
		var out bytes.Buffer
		app, errs := bulkApp(t, bytes.NewReader(lines), &out)
		if code := Run(t.Context(), app, args); code != exitFailed {
			t.Fatal(code, errs)
		}
		got := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		if len(got) != n {
			t.Fatalf("%d lines", len(got))
		}
		for i, line := range got {
			if !strings.Contains(line, marks[i]) || marks[i] == "✓ authentic" && !strings.HasPrefix(line, fmt.Sprintf("%013d", i)) {
				t.Fatalf("line %d is %q, want %s", i+1, line, marks[i])
			}
		}
		if want := summary + "hint: --json says why, of the first 20 failures\n"; errs.String() != want {
			t.Errorf("got %q, want %q", errs, want)
		}
	}
}

func TestBulkKeepsTheOrderInJSON(t *testing.T) {
	lines, marks, _ := mixed(t, 3000)
	var out bytes.Buffer
	app, errs := bulkApp(t, bytes.NewReader(lines), &out)
	if code := Run(t.Context(), app, []string{"verify", "--json", "-p", "saas", "-"}); code != exitFailed {
		t.Fatal(code, errs)
	}
	words := map[string]string{"✓ authentic": `"status":"authentic"`, "✗ unreadable": `"error":`, "✗ not authentic: mismatch": `"reason":"mismatch"`}
	for i, line := range strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n") {
		if !strings.Contains(line, words[marks[i]]) || !strings.Contains(line, fmt.Sprintf(`"line":%d`, i+1)) {
			t.Fatalf("line %d is %s, want %s", i+1, line, marks[i])
		}
	}
}

// What is written by hand is what the one JSON printer would write.
func TestAppendAuthentic(t *testing.T) {
	app, _ := bulkApp(t, nil, nil)
	r := newVerifyReport(app, &verifyOptions{}, &deliveries{kind: format.NDJSON})
	for _, id := range []string{"", "01jx"} {
		for _, message := range []string{"", "evt_1"} {
			for _, event := range []string{"", "invoice.paid", `<a&b>`} {
				j := &judged{line: 7, delivery: &webhook.Delivery{ID: id}, verdict: provider.Verdict{
					Provider: &provider.Provider{Name: "saas"}, Event: event, MessageID: message,
					Verification: webhook.Verification{Status: webhook.Authentic}}}
				want, err := ui.AppendJSON(nil, r.verdictJSON(j))
				if got, ok := appendAuthentic(nil, j, format.NDJSON); err != nil || !ok || string(got) != string(want) {
					t.Errorf("got  %s%v\nwant %s%v", got, ok, want, err)
				}
				j.verdict.Event = "a\"\x1b"
				if got, ok := appendAuthentic(nil, j, format.NDJSON); ok {
					t.Errorf("%s is written", got)
				}
			}
		}
	}
}

// A pipe's lines are judged as they come, not when the input ends.
func TestBulkDoesNotWait(t *testing.T) {
	in, feed := io.Pipe()
	results, out := io.Pipe()
	app, _ := bulkApp(t, in, out)
	code := make(chan int, 1)
	go func() {
		code <- Run(t.Context(), app, []string{"verify", "-p", "saas", "--as", "ndjson", "-"})
		out.Close()
	}()
	buf := make([]byte, 1000)
	for i := range 5 {
		if _, err := feed.Write(bulkLine(t, i)); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			continue // it may be the only one, which is shown at length
		}
		n, err := results.Read(buf)
		if err != nil || !bytes.Contains(buf[:n], []byte("✓ authentic")) {
			t.Fatalf("%q, %v", buf[:n], err)
		}
		if i == 1 { // the first one comes by itself
			if n, err = results.Read(buf); err != nil || !bytes.Contains(buf[:n], []byte("0000000000001")) {
				t.Fatalf("%q, %v", buf[:n], err)
			}
		}
	}
	feed.Close()
	if c := <-code; c != exitOK {
		t.Error(c)
	}
}

func TestBulkEndsWithItsContext(t *testing.T) {
	in, feed := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	app, _ := bulkApp(t, in, io.Discard)
	code := make(chan int, 1)
	go func() { code <- Run(ctx, app, []string{"verify", "-p", "saas", "--as", "ndjson", "-"}) }()
	if _, err := feed.Write(bulkLine(t, 1)); err != nil {
		t.Fatal(err)
	}
	cancel()
	feed.Close()
	if c := <-code; c != exitInterrupted {
		t.Error(c)
	}
}

// brokenPipe takes so many writes.
type brokenPipe struct{ left int }

func (b *brokenPipe) Write(p []byte) (int, error) {
	if b.left--; b.left < 0 {
		return 0, io.ErrClosedPipe
	}
	return len(p), nil
}

func TestBulkStops(t *testing.T) {
	lines := &repeatedLines{lines: bulkLine(t, 1), n: 1 << 30} // would take hours
	app, errs := bulkApp(t, lines, &brokenPipe{left: 2})
	if code := Run(t.Context(), app, []string{"verify", "-p", "saas", "--as", "ndjson", "-"}); code != exitFailed {
		t.Error("output that nobody takes:", code, errs)
	}
	app, errs = bulkApp(t, lines, io.Discard)
	app.LookupEnv = func(string) (string, bool) { return "", false }
	if code := Run(t.Context(), app, []string{"verify", "--as", "ndjson", "-"}); code != exitUsage {
		t.Error("no secret:", code, errs)
	}
	broken := io.MultiReader(bytes.NewReader(bulkLine(t, 1)), errReader{})
	app, errs = bulkApp(t, broken, io.Discard)
	if code := Run(t.Context(), app, []string{"verify", "-p", "saas", "--as", "ndjson", "-"}); code != exitFailed || !strings.Contains(errs.String(), "1 authentic, 0 not authentic, 0 unverified, 1 unreadable") {
		t.Error("input that breaks:", code, errs)
	}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errors.New("the disk is gone") }

// Memory does not grow with the number of lines.
func TestBulkInLittleMemory(t *testing.T) {
	lines := &repeatedLines{lines: bulkLine(t, 1), n: 20_000}
	watch := &heapWatch{every: 50}
	app, errs := bulkApp(t, lines, watch)
	before := inUse()
	if code := Run(t.Context(), app, []string{"verify", "-p", "saas", "-"}); code != exitOK {
		t.Fatal(code, errs)
	}
	if watch.most == 0 || watch.most > before+24<<20 {
		t.Errorf("%d bytes in use, and before %d", watch.most, before)
	}
}

// heapWatch looks at the heap at every so many writes.
type heapWatch struct {
	every, n int
	most     uint64
}

func (w *heapWatch) Write(p []byte) (int, error) {
	if w.n++; w.n%w.every == 1 {
		w.most = max(w.most, inUse())
	}
	return len(p), nil
}

func inUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// A digest beside the body says nothing about a body that its signature proves,
// and everything about one that it does not.
func TestBulkDigests(t *testing.T) {
	good := string(bulkLine(t, 1))
	digest := regexp.MustCompile(`"body_sha256":"[0-9a-f]{4}`)
	wrong := digest.ReplaceAllString(good, `"body_sha256":"0000`)
	forged := strings.Replace(wrong, `"X-Webhook-Signature","`, `"X-Webhook-Signature","00`, 1)
	forged = regexp.MustCompile(`(00[0-9a-f]{62})[0-9a-f]{2}`).ReplaceAllString(forged, "$1")
	app, errs := bulkApp(t, strings.NewReader(good+wrong+forged), io.Discard)
	out := new(bytes.Buffer)
	app.IO.Out = out
	if code := Run(t.Context(), app, []string{"verify", "-p", "saas", "-"}); code != exitNotAuthentic {
		t.Errorf("exit code %d: %s", code, errs)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	for i, want := range []string{"✓ authentic", "✓ authentic", "✗ not authentic: mismatch"} {
		if i >= len(lines) || !strings.Contains(lines[i], want) {
			t.Errorf("line %d: want %q in\n%s", i+1, want, out)
		}
	}
}

// One line alone is judged as it is among others.
func TestBulkDigestOfOneLine(t *testing.T) {
	wrong := regexp.MustCompile(`"body_sha256":"[0-9a-f]{4}`).ReplaceAllString(string(bulkLine(t, 1)), `"body_sha256":"0000`)
	forged := strings.Replace(wrong, `invoice.paid\"`, `invoice.void\"`, 1)
	for line, want := range map[string]int{wrong: exitOK, forged: exitNotAuthentic} {
		app, errs := bulkApp(t, strings.NewReader(line), io.Discard)
		if code := Run(t.Context(), app, []string{"verify", "-p", "saas", "--as", "ndjson", "-"}); code != want {
			t.Errorf("exit code %d, want %d: %s", code, want, errs)
		}
	}
}
