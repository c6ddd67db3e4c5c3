//go:build unix

package crashtest

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// roundsVariable sets how often TestKill kills.
const roundsVariable = "WHK_CRASH_ROUNDS"

// setting is a number from the environment, or usual.
func setting(t *testing.T, name string, usual int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s is %q, want a number", name, text)
	}
	return n
}

// A listener under load is killed at any moment, again and again, and started
// again in the same directory with nothing said or done. Every delivery that it
// acknowledged is listed exactly once, byte for byte; what it did not is there
// whole or not at all; nothing is listed that was not sent; and what it showed
// as kept is kept.
func TestKill(t *testing.T) {
	h := newHome(t)
	senders := newLoad(t)
	shown := map[string]int{} // the message of an id
	for range setting(t, roundsVariable, 20) {
		before := senders.count()
		l := h.listen()
		senders.start(t.Context(), l.addr)
		senders.await(before + 1 + rand.IntN(60))
		// The moment itself lies anywhere between two syncs.
		time.Sleep(time.Duration(rand.IntN(4000)) * time.Microsecond)
		l.kill()
		senders.wait()
		if text := l.errors(); strings.Contains(text, "panic") || strings.Contains(text, "DATA RACE") {
			t.Fatal(text)
		}
		noteShown(t, l.output(), shown)
		if t.Failed() {
			return
		}
	}
	// Whoever comes next finds everything: a reader first, then a listener.
	acknowledged := senders.wait()
	listed := h.list()
	compare(t, listed, int(senders.next.Load()), acknowledged)
	byID := map[string]int{}
	for _, d := range listed {
		byID[d.ID] = numberOf(d)
	}
	for id, n := range shown {
		if byID[id] != n {
			t.Errorf("message %d was shown as %s, which is message %d", n, id, byID[id])
		}
	}
	h.listen().stop(syscall.SIGTERM, 5*time.Second)
	if again := h.list(); len(again) != len(listed) {
		t.Errorf("%d deliveries are listed after another start, want %d", len(again), len(listed))
	}
	if len(acknowledged) == int(senders.next.Load()) {
		t.Error("no kill hit a delivery on its way: the test tests nothing")
	}
	t.Logf("%d sent, %d acknowledged, %d kept, %d shown", senders.next.Load(), len(acknowledged), len(listed), len(shown))
}

// noteShown reads the whole lines of a listener's output.
func noteShown(t *testing.T, output string, shown map[string]int) {
	t.Helper()
	for line := range strings.Lines(output) {
		if !strings.HasPrefix(line, `{"type":"delivery",`) || !strings.HasSuffix(line, "\n") {
			continue
		}
		var d webhook.Delivery
		if err := json.Unmarshal([]byte(line), &d); err != nil {
			t.Fatalf("a line of the listener: %v", err)
		}
		if other, ok := shown[d.ID]; ok {
			t.Errorf("the id %s was given to message %d and to %d", d.ID, other, numberOf(&d))
		}
		shown[d.ID] = numberOf(&d)
	}
}
