package cmd_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/pty"
	"github.com/whk-cli/whk/internal/tool"
)

// pane is a terminal of tmux with a shell, in which whk listens.
type pane struct {
	t       *testing.T
	tmux    string
	socket  string
	home    string
	address string
}

// newPane starts a listener with --tui and more flags on a terminal.
func newPane(t *testing.T, columns, lines int, flags string) *pane {
	t.Helper()
	dir := t.TempDir()
	p := &pane{t: t, tmux: tool.Need(t, "tmux"), socket: filepath.Join(dir, "s"), home: filepath.Join(dir, "home")}
	if err := os.Mkdir(p.home, 0o700); err != nil {
		t.Fatal(err)
	}
	whk := fmt.Sprintf("%s listen 127.0.0.1:0 --ready-file %s --tui %s; echo ended with $?", released(t), readyFile, flags)
	p.run("-f", "/dev/null", "new-session", "-d", "-x", fmt.Sprint(columns), "-y", fmt.Sprint(lines), "-c", p.home,
		"-e", "HOME="+p.home, "-e", "XDG_STATE_HOME=", "-e", "XDG_CONFIG_HOME=", "-e", "TZ=UTC", "sh", "-c", whk+"; stty -a; exec sleep 1000")
	t.Cleanup(func() { p.command("kill-server").Run() })
	p.run("set-option", "-s", "set-clipboard", "on")
	p.address = ready(t, p.home)
	return p
}

// readyFile is there, in a listener's directory, while it listens.
const readyFile = "ready.txt"

// ready waits until a listener takes deliveries, and returns its address.
func ready(t *testing.T, dir string) string {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if url, err := os.ReadFile(filepath.Join(dir, readyFile)); err == nil {
			return strings.TrimPrefix(strings.TrimSpace(string(url)), "http://")
		}
	}
	t.Fatal("the listener is not ready")
	return ""
}

func (p *pane) command(args ...string) *exec.Cmd {
	run := exec.Command(p.tmux, append([]string{"-S", p.socket}, args...)...)
	run.Env = append(os.Environ(), "TMUX=")
	return run
}

func (p *pane) run(args ...string) string {
	p.t.Helper()
	out, err := p.command(args...).CombinedOutput()
	if err != nil {
		p.t.Fatalf("tmux %q: %v\n%s", args, err, out)
	}
	return string(out)
}

func (p *pane) keys(names ...string) { p.run(append([]string{"send-keys", "--"}, names...)...) }

// shows waits until each text is on the screen, or is not, for those that begin
// with !.
func (p *pane) shows(texts ...string) {
	p.t.Helper()
	var screen string
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		screen = p.run("capture-pane", "-p")
		missing := false
		for _, text := range texts {
			want := strings.TrimPrefix(text, "!")
			missing = missing || strings.Contains(screen, want) == (len(want) < len(text))
		}
		if !missing {
			return
		}
	}
	p.t.Fatalf("the screen does not come to %q:\n%s", texts, screen)
}

// whk runs another whk beside the screen, and wants an exit code.
func (p *pane) whk(code int, args ...string) string {
	p.t.Helper()
	run := exec.Command(released(p.t), args...)
	run.Dir, run.Env = p.home, []string{"HOME=" + p.home}
	out, _ := run.CombinedOutput() // the error is the exit code
	if got := run.ProcessState.ExitCode(); got != code {
		p.t.Fatalf("whk %q: exit code %d, want %d\n%s", args, got, code, out)
	}
	return string(out)
}

func TestTheScreen(t *testing.T) {
	var sent atomic.Int64
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if sent.Add(1) > 1 {
			w.WriteHeader(http.StatusTeapot)
			_, _ = io.WriteString(w, `{"short":"and stout"}`)
		}
	}))
	defer target.Close()
	p := newPane(t, 80, 24, "--to 'Tenant.*="+target.URL+"'")
	p.shows("http://"+p.address, "nothing yet", "try: whk trigger")

	for _, event := range []string{"saas/invoice.paid", "rosaas/Tenant.StatusChanged"} {
		p.whk(0, "trigger", event, "--to", p.address)
	}
	p.whk(0, "trigger", "rosaas/Tenant.StatusChanged", "--to", p.address, "--seed", "7")
	answer, err := http.Post("http://"+p.address+"/webhooks/%1B%5B2J", "text/\u202eplain", strings.NewReader("an evil \x1b[2J\x1b]0;owned\x07 body that is text for the most part"))
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	p.shows("4 received  ✓ 3  ✗ 0  ? 1", "✓ authentic      200", "saas/invoice.paid", "→ 200", "→ 418", "> ")

	p.keys("Enter")
	p.shows("/webhooks/%1B%5B2J", `text/\u202eplain`, "? unverified")
	p.keys("Enter", "G")
	p.shows(`an evil \x1b[2J\x1b]0;owned\x07 body`)
	p.keys("Escape")
	p.shows("saas/invoice.paid", "────")
	p.keys("Escape")
	p.shows("!────")

	p.keys("/", "tenant")
	p.shows("rosaas/Tenant", "!saas/invoice.paid  ", "!? unverified")
	p.keys("Enter", "Enter")
	p.shows("X-Signing-Secret  [redacted]", `2 fit "tenant"`)
	p.keys("Enter", "End")
	p.shows("answer of http", `"short": "and stout"`, `"Event": "Tenant.StatusChanged"`)
	p.keys("r")
	p.shows("replayed to http://127.0.0.1", "418 in")
	if n := sent.Load(); n != 3 {
		t.Errorf("the target got %d requests, want 3", n)
	}
	p.keys("s")
	p.shows("wrote ", ".json")
	saved, err := filepath.Glob(filepath.Join(p.home, "*.json"))
	if err != nil || len(saved) != 1 {
		t.Fatalf("saved %q, %v", saved, err)
	}
	body, err := os.ReadFile(saved[0])
	if err != nil {
		t.Fatal(err)
	}
	id := strings.TrimSuffix(filepath.Base(saved[0]), ".json")
	if raw := p.whk(0, "show", id, "--raw"); !bytes.Equal(body, []byte(raw)) {
		t.Errorf("saved %q, captured was %q", body, raw)
	}
	p.keys("c")
	p.shows("copied as curl")
	if got := p.run("show-buffer"); !strings.HasPrefix(got, "curl ") || !strings.Contains(got, "[redacted]") {
		t.Errorf("copied %q", got)
	}

	p.run("resize-window", "-x", "40", "-y", "10")
	p.keys("Escape")
	p.shows("✓ 200  rosaas/Tenant.…  → 418", "!✓ authentic")
	p.run("resize-window", "-x", "100", "-y", "40")
	p.shows("✓ authentic")
	p.keys("q")
	p.shows("ended with 0", "listening on", "4 shown", " icanon", " echo ")
	if p.run("display-message", "-p", "#{alternate_on}") != "0\n" {
		t.Error("the terminal's other screen stayed")
	}
}

// The explanation of a refusal is read beside the screen.
func TestTheScreenExplains(t *testing.T) {
	p := newPane(t, 100, 40, "-p saas --secret a-secret-of-twenty-four-bytes")
	p.shows("nothing yet")
	p.whk(4, "trigger", "saas/invoice.paid", "--to", p.address, "--secret", "a-secret-of-twenty-four-bytes\n", "-q")
	p.shows("✗ not authentic  401", "mismatch")
	p.keys("Enter")
	p.shows("why it is not authentic", "line break")
	p.keys("C-c")
	p.shows("ended with 0", "stopping")
}

// Nobody reads the terminal, and 5,000 deliveries arrive: each is answered and
// kept, and a signal ends the listener in time.
func TestAStuckScreenCostsNothing(t *testing.T) {
	_, terminal := pty.Open(t, 80)
	home := t.TempDir()
	listen := exec.Command(released(t), "listen", "127.0.0.1:0", "--ready-file", readyFile, "--tui")
	listen.Dir, listen.Env = home, []string{"HOME=" + home, "TERM=xterm"}
	listen.Stdin, listen.Stdout, listen.Stderr = terminal, terminal, terminal
	listen.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := listen.Start(); err != nil {
		t.Fatal(err)
	}
	defer listen.Process.Kill()
	address := ready(t, home)
	const count, at = 5000, 20
	var work sync.WaitGroup
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: at}, Timeout: patience}
	defer client.CloseIdleConnections()
	first, err := client.Post("http://"+address+"/", "text/plain", strings.NewReader("first")) // answered, so the screen is there
	if err != nil {
		t.Fatal(err)
	}
	first.Body.Close()
	fill(t, terminal.Name())
	for worker := range at {
		work.Go(func() {
			for n := range count / at {
				answer, err := client.Post("http://"+address+"/", "text/plain", strings.NewReader(fmt.Sprintf("delivery %d of %d", n, worker)))
				if err != nil || answer.StatusCode != 200 {
					t.Errorf("delivery %d of %d: %v %v", n, worker, answer, err)
					return
				}
				answer.Body.Close()
			}
		})
	}
	work.Wait()
	if err := listen.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := listen.Wait(); err != nil {
		t.Errorf("listen ended with %v", err)
	}
	if took := time.Since(start); took > patience {
		t.Errorf("it took %s to end", took)
	}
	list := exec.Command(released(t), "list", "--limit", fmt.Sprint(2*count), "--json")
	list.Dir, list.Env = home, listen.Env
	out, err := list.Output()
	if n := len(regexp.MustCompile(`(?m)^\{`).FindAll(out, -1)); err != nil || n != count+1 {
		t.Errorf("%d are kept, want %d (%v)", n, count+1, err)
	}
}

// fill writes to a terminal until it takes no more.
func fill(t *testing.T, name string) {
	t.Helper()
	fd, err := syscall.Open(name, syscall.O_WRONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	for err == nil {
		_, err = syscall.Write(fd, []byte("x"))
	}
	if err != syscall.EAGAIN {
		t.Fatal(err)
	}
}
