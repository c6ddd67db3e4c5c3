package crashtest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/tool"
)

// No answer leaves before the delivery, and the directory of each file that is
// new, is synced.
func TestSyncedFirst(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	trace := filepath.Join(t.TempDir(), "trace")
	h.under = []string{tool.Need(t, "strace"), "-D", "-f", "-y", "-s", "12", "-e", "trace=fsync,fdatasync,write", "-o", trace}
	l := h.listen()
	small, large := message{number: 1, body: []byte("{}")}, message{number: 2, body: make([]byte, bodyFile+1)}
	for _, m := range []message{small, large, small} {
		m.authentic, m.signature = true, signature(m.body)
		if status := l.send(m); status != 200 {
			t.Fatalf("a body of %d bytes is answered %d", len(m.body), status)
		}
	}
	l.stop(syscall.SIGTERM, 5*time.Second)
	before := syncsBefore(readTrace(t, trace), "HTTP/1.1 200")
	if len(before) != 3 {
		t.Fatalf("%d answers were seen, want 3", len(before))
	}
	state, err := filepath.EvalSymlinks(h.state)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range [][]string{
		{state, "deliveries.db", "deliveries.db-wal"},
		{state, "bodies", ".body", "deliveries.db-wal"},
		{"deliveries.db-wal"},
	} {
		for _, end := range want {
			if !slices.ContainsFunc(before[i], func(path string) bool { return strings.HasSuffix(path, end) }) {
				t.Errorf("answer %d was sent without a sync of %s, after those of %q", i+1, end, before[i])
			}
		}
	}
}

// readTrace reads what strace wrote, once it has seen its program's end.
func readTrace(t *testing.T, path string) []string {
	t.Helper()
	for limit := time.Now().Add(patience); time.Now().Before(limit); time.Sleep(time.Millisecond) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if lines := strings.Split(strings.TrimSpace(string(text)), "\n"); strings.Contains(lines[len(lines)-1], "+++ exited") {
			return lines
		}
	}
	t.Fatal("strace does not end")
	return nil
}

var (
	syncBegun = regexp.MustCompile(`^(\d+) +f(?:data)?sync\(\d+<([^>]*)>(?:\) += 0| <unfinished)`)
	syncEnded = regexp.MustCompile(`^(\d+) +<\.\.\. f(?:data)?sync resumed>\) += 0`)
	written   = regexp.MustCompile(`^\d+ +write\(\d+<[^>]*>, "([^"]*)"`)
)

// syncsBefore are the files whose syncs were done before each write that begins
// with a text, and after the one before it.
func syncsBefore(trace []string, text string) (all [][]string) {
	var done []string
	begun := map[string]string{} // by thread
	for _, line := range trace {
		if m := syncBegun.FindStringSubmatch(line); m != nil {
			if strings.Contains(line, "<unfinished") {
				begun[m[1]] = m[2]
			} else {
				done = append(done, m[2])
			}
		} else if m := syncEnded.FindStringSubmatch(line); m != nil {
			done = append(done, begun[m[1]])
		} else if m := written.FindStringSubmatch(line); m != nil && strings.HasPrefix(m[1], text) {
			all, done = append(all, done), nil
		}
	}
	return all
}
