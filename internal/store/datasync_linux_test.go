package store

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/whk-cli/whk/internal/tool"
)

// The log is synced for each capture, and by fdatasync; the first time so is the
// folder, or the log of a new database would have no name after a crash.
func TestSyncedByFdatasync(t *testing.T) {
	strace := tool.Need(t, "strace")
	dir := t.TempDir()
	trace := filepath.Join(t.TempDir(), "trace")
	c := child(t, "sync", dir)
	under := exec.Command(strace, append([]string{"-f", "-y", "-e", "trace=fsync,fdatasync", "-o", trace}, c.Args...)...)
	under.Env = c.Env
	under.Stdin = strings.NewReader("1\n2\n3\n")
	said, err := under.Output()
	if err != nil || string(said) != "kept\nkept\nkept\n" {
		t.Fatalf("it said %q, %v", said, err)
	}
	data, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	log := databaseName + logSuffix + ">"
	var logs, fdatasyncs, folders int
	for line := range strings.Lines(string(data)) {
		switch {
		case strings.Contains(line, log):
			logs++
			if strings.Contains(line, "fdatasync(") {
				fdatasyncs++
			}
		case strings.Contains(line, "<"+dir+">") && logs == 1:
			folders++
		}
	}
	if fdatasyncs < 3 || folders == 0 {
		t.Errorf("%d syncs of the log and %d of its folder:\n%s", fdatasyncs, folders, fmt.Sprintf("%.4000s", data))
	}
}
