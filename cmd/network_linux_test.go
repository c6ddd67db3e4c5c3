package cmd_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/whk-cli/whk/internal/tool"
)

// Nothing but what sends and receives opens a socket: whk asks nobody for news,
// and tells nobody that it was used.
func TestNoNetworkUnasked(t *testing.T) {
	tool.Need(t, "strace")
	file := released(t)
	for _, line := range []string{
		"version",
		"sign -p saas --secret-env KEY body.json",
		"verify -p saas --secret-env KEY -H X-Webhook-Signature:00 body.json",
		"gen-secret -p cloudblue-connect",
		"gen-secret -p saas --development",
		"trigger invoice.paid --to https://example.com --dry-run --secret-env KEY",
		"events list",
		"providers show machnet",
		"list",
		"completion bash",
	} {
		t.Run(line, func(t *testing.T) {
			calls, trace := sockets(t, file, line)
			if len(calls) > 0 {
				t.Errorf("whk %s: %q", line, calls)
			}
			if !strings.Contains(trace, "+++ exited with") {
				t.Errorf("no whole trace:\n%s", trace)
			}
		})
	}
	// The trace shows what it is there for.
	if calls, trace := sockets(t, file, "trigger invoice.paid --to http://127.0.0.1:1/ --secret-env KEY"); len(calls) == 0 {
		t.Errorf("a delivery without a socket:\n%s", trace)
	}
}

// sockets runs whk under strace and returns its calls that make or use a socket
// of a network.
func sockets(t *testing.T, file, line string) (calls []string, trace string) {
	t.Helper()
	dir := t.TempDir()
	out := filepath.Join(dir, "trace.txt")
	writeFile(t, filepath.Join(dir, "body.json"), exampleText)
	run := exec.Command("strace", append([]string{"-f", "-e", "trace=socket,connect,bind,sendto", "-o", out, file}, strings.Fields(line)...)...)
	run.Dir = dir
	run.Env = []string{"HOME=" + dir, "KEY=a-secret-of-twenty-four-bytes"}
	said, err := run.CombinedOutput()
	if err != nil && strings.Contains(string(said), "ptrace") {
		tool.Lacking(t, "strace may not trace here: "+string(said))
	}
	trace = readFile(t, out)
	for call := range strings.Lines(trace) {
		if strings.Contains(call, "AF_INET") {
			calls = append(calls, call)
		}
	}
	return calls, trace
}
