package cmd_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/tidwall/gjson"

	"github.com/whk-cli/whk/internal/tool"
)

type scriptCommand = func(ts *testscript.TestScript, neg bool, args []string)

var scriptCommands = map[string]scriptCommand{
	"exits":   cmdExits,
	"start":   cmdStart,
	"ends":    cmdEnds,
	"waitfor": cmdWaitFor,
	"target":  cmdTarget,
	"json":    cmdJSON,
	"bytes":   cmdBytes,
	"chomp":   cmdChomp,
	"golden":  cmdGolden,
	"mode":    cmdMode,
}

// patience bounds every wait for another process; none of them takes nearly as
// long unless something is broken, however busy the machine is.
const patience = time.Minute

func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := exitCode(ts, ts.Exec(args[1], args[2:]...))
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
	if args[1] == "whk" {
		holds(ts, got, args[2:])
	}
}

func exitCode(ts *testscript.TestScript, err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	ts.Fatalf("%v", err)
	return 0
}

// holds checks what is true of every run of whk, whatever it was asked.
func holds(ts *testscript.TestScript, code int, args []string) {
	stdout, stderr := ts.ReadFile("stdout"), ts.ReadFile("stderr")
	for _, trace := range []string{"goroutine ", "panic: ", "runtime error"} {
		if strings.Contains(stderr, trace) {
			ts.Fatalf("a stack trace instead of a message")
		}
	}
	forced := slices.Contains(args, "--color") || ts.Getenv("CLICOLOR_FORCE") != "" || ts.Getenv("WHK_COLOR") != ""
	if !forced && strings.ContainsAny(stderr, "\x1b\u009b") {
		ts.Fatalf("an escape character on stderr, which is no terminal")
	}
	if stderr != "" && !strings.HasSuffix(stderr, "\n") {
		ts.Fatalf("stderr does not end in a line break")
	}
	asJSON := slices.Contains(args, "--json") || ts.Getenv("WHK_JSON") != ""
	switch code {
	case 0:
	case 1, 2:
		if asJSON {
			ts.Check(validLines(stderr))
		}
		// With a result for some of what was asked, the rest is explained in it.
		if !strings.Contains(stderr, "hint") && stdout == "" {
			ts.Fatalf("exit code %d without a hint", code)
		}
	default:
		if stdout+stderr == "" {
			ts.Fatalf("exit code %d without a word", code)
		}
	}
	if asJSON && !slices.Contains(args, "--help") {
		ts.Check(validLines(stdout))
	}
}

// validLines checks that text is JSON objects, one a line.
func validLines(text string) error {
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "{") || !json.Valid([]byte(line)) || !strings.HasSuffix(line, "\n") {
			return fmt.Errorf("not a JSON object on a line: %q", line)
		}
	}
	return nil
}

func cmdJSON(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: [!] json FILE PATH VALUE")
	}
	text := ts.ReadFile(args[0])
	ts.Check(validLines(text))
	got := gjson.Get(text, args[1])
	if same := got.String() == args[2] && got.Exists(); same == neg {
		ts.Fatalf("%s is %s (%s)", args[1], got.Raw, got.String())
	}
}

func cmdWaitFor(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: waitfor FILE REGEXP [VAR]")
	}
	pattern, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	var text []byte
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		text, _ = os.ReadFile(ts.MkAbs(args[0])) // it may not be there yet
		match := pattern.FindSubmatch(text)
		if match == nil {
			continue
		}
		if len(args) == 3 {
			ts.Setenv(args[2], string(match[len(match)-1]))
		}
		return
	}
	ts.Fatalf("%s never had %s; it has:\n%s", args[0], args[1], text)
}

func cmdBytes(ts *testscript.TestScript, neg bool, args []string) {
	usage := func() { ts.Fatalf("usage: bytes FILE all | hex XX | repeat N TEXT") }
	if neg || len(args) < 2 {
		usage()
	}
	var data []byte
	switch what := args[1]; {
	case what == "all" && len(args) == 2:
		for i := range 256 {
			data = append(data, byte(i))
		}
	case what == "hex" && len(args) == 3:
		var err error
		data, err = hex.DecodeString(args[2])
		ts.Check(err)
	case what == "repeat" && len(args) == 4:
		n, err := strconv.Atoi(args[2])
		ts.Check(err)
		data = bytes.Repeat([]byte(args[3]), n)
	default:
		usage()
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o600))
}

func cmdChomp(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: chomp FILE...")
	}
	for _, file := range args {
		text := strings.TrimSuffix(ts.ReadFile(file), "\n")
		ts.Check(os.WriteFile(ts.MkAbs(file), []byte(text), 0o600))
	}
}

func cmdGolden(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: golden FILE WANT")
	}
	got := strings.ReplaceAll(ts.ReadFile(args[0]), "\x1b", `\e`)
	if want := ts.ReadFile(args[1]); got != want {
		ts.Fatalf("got:\n%s\nwant:\n%s", got, want)
	}
}

func cmdMode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mode FILE PERM")
	}
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if got := fmt.Sprintf("%o", info.Mode().Perm()); runtime.GOOS != "windows" && got != args[1] {
		ts.Fatalf("%s has mode %s, want %s", args[0], got, args[1])
	}
}

func scriptCondition(condition string) (bool, error) {
	if condition == "root" {
		return os.Geteuid() == 0, nil
	}
	name, ok := strings.CutPrefix(condition, "tool:")
	if !ok {
		return false, fmt.Errorf("unknown condition %q", condition)
	}
	path, err := tool.Find(name)
	return path != "", err
}
