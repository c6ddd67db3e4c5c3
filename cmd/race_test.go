package cmd_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Commands that are started together share one development secret, whoever makes
// it.
func TestDevelopmentSecretIsMadeOnce(t *testing.T) {
	file, err := exec.LookPath("whk")
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		home := t.TempDir()
		const together = 8
		outputs := make([]string, together)
		var all sync.WaitGroup
		for i := range together {
			all.Go(func() {
				run := exec.Command(file, "gen-secret", "-p", "saas", "--development")
				run.Dir = home
				run.Env = []string{"HOME=" + home, "XDG_STATE_HOME=" + filepath.Join(home, "state")}
				output, err := run.CombinedOutput()
				if err != nil {
					t.Errorf("%v: %s", err, output)
				}
				outputs[i] = string(output)
			})
		}
		all.Wait()
		for _, output := range outputs {
			if len(strings.TrimSpace(output)) != 64 || output != outputs[0] {
				t.Fatalf("one has %q, another %q", outputs[0], output)
			}
		}
	}
}
