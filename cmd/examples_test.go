//go:build unix

package cmd_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/cmd"
	"github.com/whk-cli/whk/internal/tool"
)

// Every command's help has examples, and each of them works as it stands there,
// but for addresses: nobody listens on them here.
func TestExamples(t *testing.T) {
	tool.Need(t, "bash")
	tool.Need(t, "curl")
	world := newExampleWorld(t)
	walk(cmd.Root(), func(c *cobra.Command) {
		lines := exampleLines(c)
		if c.Runnable() && len(lines) == 0 && !c.Hidden {
			t.Errorf("%s has no example", c.CommandPath())
		}
		for _, line := range lines {
			t.Run(line, func(t *testing.T) {
				t.Parallel()
				world.try(t, line)
			})
		}
	})
}

// walk visits all commands.
func walk(c *cobra.Command, visit func(*cobra.Command)) {
	visit(c)
	for _, sub := range c.Commands() {
		walk(sub, visit)
	}
}

// exampleLines are the command lines among a command's examples. Each example
// stands under a line that says when one would want it.
func exampleLines(c *cobra.Command) []string {
	var lines []string
	for line := range strings.Lines(c.Example) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return lines
}

// exampleWorld is what the examples speak of: files in the working directory,
// captured deliveries, and an app that takes everything.
type exampleWorld struct {
	home string // with the captures; each example gets a copy
	app  string // its address
	ids  []string
}

// The files that the examples name. The signature is that of the body.
const (
	exampleSecret    = "saas-demo-key-01"
	exampleSignature = "8982ff64ce80174c84ba9c8c7d1bcfc278f2f9bf557f239ed18fa133d32c5aac"
	exampleBody      = `{"id":"evt_7f3a90c1","event":"invoice.paid","created_at":"2025-03-04T08:15:00Z","data":{"invoice_id":"inv_20931","user_id":"user_55120","amount":4900,"currency":"USD","status":"paid"}}`
)

func newExampleWorld(t *testing.T) *exampleWorld {
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	t.Cleanup(app.Close)
	w := &exampleWorld{home: t.TempDir(), app: strings.TrimPrefix(app.URL, "http://")}
	listener := newExample(t, w.home, "exec whk listen 127.0.0.1:0 --to "+w.app)
	listener.start(t)
	url := listener.waitFor(t, `listening on (http://\S+)`)
	for _, event := range []string{"invoice.paid", "Tenant.StatusChanged", "invoice.paid"} {
		e := newExample(t, w.home, "whk trigger "+event+" --to "+url)
		e.start(t)
		e.end(t, 0)
	}
	for _, line := range []string{"whk endpoint add orders --provider saas --url " + w.app, "whk trigger invoice.paid"} {
		e := newExample(t, w.home, line)
		e.start(t)
		e.end(t, 0)
	}
	listener.interrupt(t)
	listener.end(t, 0)
	for _, match := range regexp.MustCompile(`(?m)^\S+  (\w{13})  `).FindAllStringSubmatch(listener.output(), -1) {
		w.ids = append(w.ids, match[1])
	}
	return w
}

// listens tells the lines that do not end by themselves.
var listens = regexp.MustCompile(`^whk listen\b`)

// here rewrites a line for this world.
func (w *exampleWorld) here(line string) string {
	line = strings.NewReplacer(
		"8982ff…", exampleSignature,
		"http://localhost:8080", "http://"+w.app,
		"localhost:3000", w.app,
	).Replace(line)
	if listens.MatchString(line) {
		line = strings.Replace(strings.Replace(line, ":8080 ", "", 1), "whk listen", "exec whk listen :0", 1)
	}
	return regexp.MustCompile(`--to localhost(\s|$)`).ReplaceAllString(line, "--to "+w.app+"$1")
}

func (w *exampleWorld) try(t *testing.T, line string) {
	home := t.TempDir()
	if err := os.CopyFS(home, os.DirFS(w.home)); err != nil {
		t.Fatal(err)
	}
	// What the shells' completion lines write to.
	for _, dir := range []string{".config/fish/completions", "functions"} {
		if err := mkdirPrivate(filepath.Join(home, dir)); err != nil {
			t.Fatal(err)
		}
	}
	line = w.here(line)
	for _, id := range []string{"<id>"} {
		line = strings.ReplaceAll(line, id, w.ids[0])
	}
	e := newExample(t, home, `fpath=(x "$HOME/functions"); `+line)
	writeFile(t, filepath.Join(e.cmd.Dir, "secret.txt"), exampleSecret)
	writeFile(t, filepath.Join(e.cmd.Dir, "body.json"), exampleBody)
	writeFile(t, filepath.Join(e.cmd.Dir, "request.http"),
		"POST /webhooks/saas HTTP/1.1\nX-Webhook-Signature: "+exampleSignature+"\n\n"+exampleBody)
	writeFile(t, filepath.Join(e.cmd.Dir, "deliveries.ndjson"),
		`{"headers":{"X-Webhook-Signature":"`+exampleSignature+`"},"body":`+quoteJSON(exampleBody)+"}\n")
	writeFile(t, filepath.Join(e.cmd.Dir, "recorded.har"), `{"log":{"entries":[{"request":{"method":"POST","url":"http://`+w.app+
		`/webhooks/saas","headers":[{"name":"X-Webhook-Signature","value":"`+exampleSignature+`"}],"postData":{"mimeType":"application/json","text":`+
		quoteJSON(exampleBody)+`}}}]}}`)
	e.start(t)
	code := 0
	if strings.Contains(line, "exec whk listen") && !strings.Contains(line, " -- ") {
		e.waitFor(t, `listening on|"type":"ready"`)
		e.interrupt(t)
		if strings.Contains(line, "--expect") {
			code = 130 // what it waited for had not come
		}
	}
	e.end(t, code)
}

func quoteJSON(text string) string {
	return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"`
}

// example is one command line under a shell.
type example struct {
	cmd  *exec.Cmd
	file *os.File // what it says, on both streams
	done chan error
}

func newExample(t *testing.T, home, line string) *example {
	t.Helper()
	e := &example{cmd: exec.Command("bash", "-c", "set -o pipefail; "+line), done: make(chan error, 1)}
	e.cmd.Dir = t.TempDir()
	e.cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_STATE_HOME=" + filepath.Join(home, "state"),
		"XDG_CONFIG_HOME=" + filepath.Join(home, ".config"), "SAAS_SECRET=" + exampleSecret,
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "output"))
	if err != nil {
		t.Fatal(err)
	}
	e.file, e.cmd.Stdout, e.cmd.Stderr = file, file, file
	return e
}

func (e *example) start(t *testing.T) {
	t.Helper()
	if err := e.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { e.done <- e.cmd.Wait() }()
	t.Cleanup(func() {
		e.cmd.Process.Kill()
		e.file.Close()
	})
}

func (e *example) output() string {
	text, _ := os.ReadFile(e.file.Name())
	return string(text)
}

// waitFor waits for output and returns the last group of the pattern.
func (e *example) waitFor(t *testing.T, pattern string) string {
	t.Helper()
	want := regexp.MustCompile(pattern)
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if match := want.FindStringSubmatch(e.output()); match != nil {
			return match[len(match)-1]
		}
	}
	t.Fatalf("%s: never said %s:\n%s", e.cmd, pattern, e.output())
	return ""
}

func (e *example) interrupt(t *testing.T) {
	t.Helper()
	if err := e.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
}

func (e *example) end(t *testing.T, code int) {
	t.Helper()
	select {
	case <-e.done:
	case <-time.After(patience):
		t.Fatalf("%s does not end:\n%s", e.cmd, e.output())
	}
	if got := e.cmd.ProcessState.ExitCode(); got != code || bytes.Contains([]byte(e.output()), []byte("hint:")) {
		t.Errorf("%s ended with %d:\n%s", e.cmd, got, e.output())
	}
}
