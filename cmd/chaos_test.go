package cmd_test

import (
	"crypto/rand"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/whk-cli/whk/cmd"
	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/ui"
)

// offline runs commands in a home of their own.
type offline struct {
	home string
	now  time.Time
}

func (o offline) run(t *testing.T, stdin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	streams, out, errs := ui.Buffers(stdin)
	env := map[string]string{"HOME": o.home, "XDG_STATE_HOME": filepath.Join(o.home, "state")}
	app := &cmd.App{
		IO: streams, Now: func() time.Time { return o.now }, Random: rand.Reader, Dir: o.home,
		LookupEnv: func(name string) (string, bool) { value, ok := env[name]; return value, ok },
	}
	code = cmd.Run(t.Context(), app, args)
	return out.String(), errs.String(), code
}

// What is tampered with is not authentic for verify either, of every provider; and
// where a signature does not cover what was changed, that was said.
func TestTamperedIsNotAuthentic(t *testing.T) {
	o := offline{t.TempDir(), time.Now()}
	wanted := regexp.MustCompile(`(?m)^### .*\((2xx|401) wanted`)
	refused := map[string]int{}
	for i, name := range provider.NewRegistry().Names() {
		if raceDetector && i%10 != 0 {
			continue // nothing here runs beside anything else
		}
		p, err := provider.NewRegistry().Load(name)
		if err != nil {
			t.Fatal(err)
		}
		for j, target := range []string{"body", "signature", "timestamp", "secret", "event"} {
			if (i+j)%5 > 1 {
				continue // two of them each, others of the next
			}
			args := []string{"trigger", p.ExampleEvent(), "-p", name, "--tamper", target, "--seed", "3", "--dry-run"}
			text, stderr, code := o.run(t, "", args...)
			if code == 2 && strings.Contains(stderr, "has nothing to change there") && target != "signature" && target != "secret" {
				continue
			}
			match := wanted.FindStringSubmatch(text)
			if code != 0 || match == nil {
				t.Errorf("%s, %s: exit code %d: %s%s", name, target, code, text, stderr)
				continue
			}
			want := map[string]int{"2xx": 0, "401": 3}[match[1]]
			if (target == "signature" || target == "secret" || target == "timestamp") && want != 3 {
				t.Errorf("%s: with its %s changed it is said to be authentic", name, target)
			}
			if want == 3 {
				refused[target]++
			}
			if (i+j)%5 != 0 || i%3 != 0 { // to explain why each is not authentic takes its time
				continue
			}
			request, _, _ := o.run(t, "", append(args, "--print", "json")...)
			verdict, stderr, code := o.run(t, request, "verify", "-p", name, "--dev-secret", "-")
			if code != want {
				t.Errorf("%s, %s: verify ends with %d, and %s was wanted: %s%s", name, target, code, match[1], verdict, stderr)
			}
			if code == 3 && !strings.Contains(verdict+stderr, "mismatch") && target != "event" && target != "timestamp" {
				t.Errorf("%s, %s: refused for another reason: %s%s", name, target, verdict, stderr)
			}
		}
	}
	if raceDetector {
		return
	}
	for target, least := range map[string]int{"body": 15, "signature": 20, "timestamp": 5, "secret": 20, "event": 10} {
		if refused[target] < least {
			t.Errorf("%s: only %d are refused: %v", target, refused[target], refused)
		}
	}
}

// Every sample flow can be made, and each of its steps is authentic.
func TestSampleFlows(t *testing.T) {
	o := offline{t.TempDir(), time.Now()}
	registry := provider.NewRegistry()
	count := 0
	for _, name := range registry.Names() {
		for _, flow := range registry.FlowNames(name) {
			count++
			requests, stderr, code := o.run(t, "", "trigger", "--flow", name+"/"+flow, "--print", "json")
			steps := strings.Count(requests, "\n")
			if code != 0 || steps < 3 {
				t.Errorf("%s/%s: exit code %d, %d steps: %s", name, flow, code, steps, stderr)
				continue
			}
			if verdicts, stderr, code := o.run(t, requests, "verify", "-p", name, "--dev-secret", "--as", "ndjson", "-"); code != 0 {
				t.Errorf("%s/%s: exit code %d: %s%s", name, flow, code, verdicts, stderr)
			}
		}
	}
	if count < 4 {
		t.Error(fmt.Sprint("sample flows: ", count))
	}
}
