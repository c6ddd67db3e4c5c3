package cmd_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// builtWhk is a whk as it is released: this test binary, which plays whk in the
// scripts, starts more slowly. TestMain removes it.
var builtWhk = sync.OnceValues(func() (string, error) {
	file := filepath.Join(builtDir, "whk")
	if runtime.GOOS == "windows" {
		file += ".exe"
	}
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", file, "..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Stderr = os.Stderr
	return file, build.Run()
})

func released(t testing.TB) string {
	t.Helper()
	file, err := builtWhk()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// initLine is what the runtime says about a package under GODEBUG=inittrace=1.
var initLine = regexp.MustCompile(`(?m)^init (\S+) @\S+ ms, (\S+) ms clock, (\d+) bytes,`)

// What is linked must not work before main: every command would pay for it. The
// machine may be busy, so the best of several runs counts; or slow, so on one on
// which the standard library takes longer than usual others may, too.
func TestInitIsQuick(t *testing.T) {
	const usual, tries = 0.34, 10 // milliseconds of the standard library; runs
	mostOfOne, mostOfAll := 0.0, 0.0
	file := released(t)
	least := map[string]float64{}
	total := func(counts func(name string) bool) (sum float64) {
		for name, ms := range least {
			if counts(name) {
				sum += ms
			}
		}
		return sum
	}
	whatever := func(string) bool { return true }
	standard := func(name string) bool {
		first, _, _ := strings.Cut(name, "/")
		return !strings.Contains(first, ".")
	}
	worst := func() (name string) {
		for n, ms := range least {
			if ms > least[name] {
				name = n
			}
		}
		return name
	}
	for try := range tries {
		for name, ms := range initTimes(t, file) {
			if before, ok := least[name]; !ok || ms < before {
				least[name] = ms
			}
		}
		slower := max(1, total(standard)/usual)
		mostOfOne, mostOfAll = 2.0*slower, 6.0*slower
		if try >= 2 && least[worst()] <= mostOfOne && total(whatever) <= mostOfAll {
			return
		}
	}
	t.Errorf("init takes %.2f ms, at most %.1f are allowed; the most is %s with %.2f ms, at most %.1f are allowed for one",
		total(whatever), mostOfAll, worst(), least[worst()], mostOfOne)
}

// Time differs from run to run, and what is allocated hardly does: so little things
// of whk's own show here before they add up.
func TestInitMakesLittle(t *testing.T) {
	const most = 12 << 10 // bytes
	sum, each := 0, ""
	for _, match := range initTrace(t, released(t)) {
		if !strings.HasPrefix(match[1], "github.com/whk-cli/") {
			continue
		}
		n, err := strconv.Atoi(match[3])
		if err != nil {
			t.Fatal(err)
		}
		sum += n
		each += "\n" + match[0]
	}
	if sum == 0 || sum > most {
		t.Errorf("whk's own packages allocate %d bytes before main, more than %d: make what few commands need when it is needed%s", sum, most, each)
	}
}

func initTimes(t *testing.T, file string) map[string]float64 {
	t.Helper()
	times := map[string]float64{}
	for _, match := range initTrace(t, file) {
		ms, err := strconv.ParseFloat(match[2], 64)
		if err != nil {
			t.Fatal(err)
		}
		times[match[1]] = ms
	}
	return times
}

// initTrace are the lines of a run that does next to nothing, as initLine takes them
// apart.
func initTrace(t *testing.T, file string) [][]string {
	t.Helper()
	run := exec.Command(file, "version")
	run.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	var trace bytes.Buffer
	run.Stderr = &trace
	if err := run.Run(); err != nil {
		t.Fatal(err)
	}
	matches := initLine.FindAllStringSubmatch(trace.String(), -1)
	if len(matches) < 20 {
		t.Fatalf("only %d packages were traced:\n%s", len(matches), trace.String())
	}
	return matches
}
