package cmd_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"github.com/whk-cli/whk/cmd"
	"github.com/whk-cli/whk/internal/store"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

// captures is a home with captured deliveries, in which commands are run.
type captures struct {
	t   *testing.T
	dir string // the state directory
	env map[string]string
	now time.Time
	tty bool // stdout is a terminal

	said func() // called whenever something was written to stdout; nil is nothing
}

func newCaptures(t *testing.T) *captures {
	home := t.TempDir()
	dir := filepath.Join(home, "state")
	return &captures{
		t: t, dir: dir, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		env: map[string]string{"HOME": home, "XDG_CONFIG_HOME": filepath.Join(home, "config"), "WHK_STATE": dir, "WHK_COLOR": "never"},
	}
}

// run runs one command line and returns what it said.
func (c *captures) run(args ...string) (code int, stdout, stderr string) {
	c.t.Helper()
	return c.runContext(c.t.Context(), args...)
}

func (c *captures) runContext(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	c.t.Helper()
	return c.start(ctx, "", args...)
}

func (c *captures) runInput(stdin string, args ...string) (code int, stdout, stderr string) {
	c.t.Helper()
	return c.start(c.t.Context(), stdin, args...)
}

func (c *captures) start(ctx context.Context, stdin string, args ...string) (code int, stdout, stderr string) {
	streams, out, errs := ui.Buffers(stdin)
	streams.OutTTY = c.tty
	if c.said != nil {
		streams.Out = &heard{out, c.said}
	}
	app := &cmd.App{
		IO: streams, Now: func() time.Time { return c.now }, Random: rand.Reader, Dir: c.env["HOME"],
		LookupEnv: func(name string) (string, bool) { value, ok := c.env[name]; return value, ok },
	}
	code = cmd.Run(ctx, app, args)
	return code, out.String(), errs.String()
}

// heard tells somebody of what is written.
type heard struct {
	io.Writer
	tell func()
}

func (h *heard) Write(p []byte) (int, error) {
	n, err := h.Writer.Write(p)
	h.tell()
	return n, err
}

// keep captures deliveries, each a minute after the one before unless it says
// when, and returns their IDs.
func (c *captures) keep(all ...*webhook.Delivery) []string {
	c.t.Helper()
	if err := mkdirPrivate(c.dir); err != nil {
		c.t.Fatal(err)
	}
	s, err := store.Open(c.t.Context(), c.dir, store.Options{})
	if err != nil {
		c.t.Fatal(err)
	}
	defer s.Close()
	var ids []string
	for i, d := range all {
		if d.ReceivedAt.IsZero() {
			d.ReceivedAt = c.now.Add(-time.Hour + time.Duration(i)*time.Minute)
		}
		if err := s.Keep(c.t.Context(), d); err != nil {
			c.t.Fatal(err)
		}
		ids = append(ids, d.ID)
	}
	return ids
}

// damage changes a byte of a kept delivery.
func (c *captures) damage(place int) {
	c.t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(c.dir, "deliveries.db"))
	if err != nil {
		c.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("UPDATE deliveries SET data = CAST(data || x'00' AS BLOB) WHERE id = (SELECT id FROM deliveries ORDER BY id LIMIT 1 OFFSET ?)", place); err != nil {
		c.t.Fatal(err)
	}
}

const signature = "7d3f0c6a54b1e0fb62a1c3f09d3ad4b9c2b8c5a1d6e7f8091a2b3c4d5e6f7081"

// invoice is an authentic delivery of the generic platform.
func invoice(body string) *webhook.Delivery {
	return &webhook.Delivery{
		Method: "POST", URL: "http://localhost:8080/webhooks/saas?try=1", Remote: "127.0.0.1:5000",
		Header: webhook.Header{
			{Name: "Host", Value: "localhost:8080"}, {Name: "Content-Type", Value: "application/json"},
			{Name: "X-Webhook-Signature", Value: signature},
		},
		Body: []byte(body), Provider: "saas", Event: "invoice.paid", MessageID: "evt_1",
		Verification: webhook.Verification{Status: webhook.Authentic}, Response: webhook.Response{Status: 200},
	}
}

// stranger is a delivery of nobody in particular.
func stranger() *webhook.Delivery {
	return &webhook.Delivery{
		Method: "POST", URL: "http://localhost:8080/x", Body: []byte("\x1b]0;owned\a\x00\xff"),
		Header:       webhook.Header{{Name: "X-Acme-Signature", Value: signature}, {Name: "Cookie", Value: "session=" + signature}},
		Verification: webhook.Verification{Status: webhook.Unverified}, Response: webhook.Response{Status: 200},
	}
}

func notAuthentic() *webhook.Delivery {
	d := invoice(`{"event":"invoice.paid","customer":"cus_9"}`)
	d.Verification = webhook.Verification{Status: webhook.NotAuthentic, Reason: webhook.ReasonMismatch, Detail: "no secret gives this signature"}
	d.Response.Status = 401
	return d
}

// deliveriesIn reads lines of deliveries in JSON.
func deliveriesIn(t *testing.T, out string) []*webhook.Delivery {
	t.Helper()
	var all []*webhook.Delivery
	for line := range strings.Lines(out) {
		d := new(webhook.Delivery)
		if err := json.Unmarshal([]byte(line), d); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		all = append(all, d)
	}
	return all
}

func wantCode(t *testing.T, got, want int, stderr string) {
	t.Helper()
	if got != want {
		t.Fatalf("exit code %d, want %d; stderr:\n%s", got, want, stderr)
	}
}

func wantText(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in\n%s", part, text)
		}
	}
}

func TestListIsEmptyBeforeAnythingIsCaptured(t *testing.T) {
	c := newCaptures(t)
	code, out, errs := c.run("list")
	wantCode(t, code, 0, errs)
	if out != "" {
		t.Errorf("stdout has %q", out)
	}
	wantText(t, errs, "nothing has been captured yet", "whk listen")
}

func TestListSelects(t *testing.T) {
	c := newCaptures(t)
	forwarded := invoice(`{"n":4}`)
	forwarded.Forwards = []webhook.Forward{{URL: "http://localhost:1/", Error: webhook.ClassRefused}, {URL: "http://localhost:1/", Status: 200}}
	lost := invoice(`{"n":5}`)
	lost.Forwards = []webhook.Forward{{URL: "http://localhost:1/", Status: 200}, {URL: "http://localhost:2/", Status: 500}}
	validation := invoice(`{"n":6}`)
	validation.Provider, validation.Event = "cloudblue-connect", "fulfillment_request.validation"
	ids := c.keep(invoice(`{"n":1}`), stranger(), notAuthentic(), forwarded, lost, validation)
	at := func(n int) string { return c.now.Add(-time.Hour + time.Duration(n)*time.Minute).Format(time.RFC3339) }
	for _, test := range []struct {
		args string
		want []int // places in ids, in the order of the list
	}{
		{"", []int{5, 4, 3, 2, 1, 0}},
		{"-n 2", []int{5, 4}},
		{"-n 0", []int{5, 4, 3, 2, 1, 0}},
		{"--oldest-first -n 2", []int{0, 1}},
		{"-p saas", []int{4, 3, 2, 0}},
		{"-e invoice.*", []int{4, 3, 2, 0}},
		{"-e * -e !invoice.*", []int{5, 1}},
		{"-e fulfillment_request.validator", []int{5}},
		{"-e *_inquiring_validator", nil},
		{"-e fulfillment_request.*_inquiring_validator", []int{5}},
		{"--verdict unverified", []int{1}},
		{"--verdict not_authentic", []int{2}},
		{"--failed", []int{4, 2}},
		{"--failed -n 1", []int{4}},
		{"--failed --oldest-first", []int{2, 4}},
		{"--since " + at(4), []int{5, 4}},
		{"--until " + at(1), []int{0}},
		{"--since -57m", []int{5, 4, 3}},
		{"--text cus_9", []int{2}},
		{"--text \x00", []int{1}},
		{"-p saas --text n --verdict authentic --until " + at(4), []int{3, 0}},
		{"-p nobody", nil},
	} {
		var args []string
		if test.args != "" {
			args = strings.Split(test.args, " ")
		}
		code, out, errs := c.run(append([]string{"list", "--json"}, args...)...)
		wantCode(t, code, 0, errs)
		var want, got []string
		for _, place := range test.want {
			want = append(want, ids[place])
		}
		for _, d := range deliveriesIn(t, out) {
			got = append(got, d.ID)
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("list %s: %v, want %v", test.args, got, want)
		}
	}
}

func TestListPassesOverTheConfiguredProvider(t *testing.T) {
	c := newCaptures(t)
	c.keep(invoice("{}"), stranger())
	writeFile(t, filepath.Join(c.env["XDG_CONFIG_HOME"], "whk", "config.yaml"), "provider: machnet\n")
	code, out, errs := c.run("list", "--json")
	wantCode(t, code, 0, errs)
	if n := len(deliveriesIn(t, out)); n != 2 {
		t.Errorf("%d deliveries, want 2", n)
	}
}

func TestListRefusesWhatIsNoFilter(t *testing.T) {
	c := newCaptures(t)
	for _, args := range [][]string{{"--verdict", "good"}, {"-n", "-1"}, {"--since", "yesterday"}, {"extra"}} {
		code, out, errs := c.run(append([]string{"list"}, args...)...)
		wantCode(t, code, 2, errs)
		if out != "" {
			t.Errorf("%v: stdout has %q", args, out)
		}
	}
}

func TestListSaysThatThereIsMore(t *testing.T) {
	c := newCaptures(t)
	for range 3 {
		c.keep(invoice("{}"))
	}
	_, out, errs := c.run("list", "-n", "2")
	if n := strings.Count(out, "\n"); n != 2 {
		t.Errorf("%d lines, want 2", n)
	}
	wantText(t, errs, "-n 0")
	if _, _, errs := c.run("list", "-n", "3"); errs != "" {
		t.Errorf("stderr has %q where all are shown", errs)
	}
}

func TestSecretsAreHiddenUntilRevealed(t *testing.T) {
	c := newCaptures(t)
	c.keep(invoice("{}"), stranger())
	for _, args := range [][]string{
		{"list"}, {"list", "--json"}, {"show", "last", "last~1"}, {"show", "last", "--json"},
		{"show", "last~1", "--print", "http"}, {"show", "last~1", "--print", "curl"}, {"show", "last", "--print", "json"},
	} {
		code, out, errs := c.run(args...)
		wantCode(t, code, 0, errs)
		if strings.Contains(out+errs, signature) {
			t.Errorf("%v shows a signature:\n%s%s", args, out, errs)
		}
		if args[0] == "list" && len(args) == 1 {
			continue // it shows no headers
		}
		if code, out, errs = c.run(append(args, "--reveal")...); code != 0 || !strings.Contains(out, signature) {
			t.Errorf("%v --reveal shows none (exit code %d):\n%s%s", args, code, out, errs)
		}
	}
}

func TestADamagedRecordCostsItself(t *testing.T) {
	c := newCaptures(t)
	ids := c.keep(invoice("{}"), stranger(), invoice("{}"))
	c.damage(1)
	code, out, errs := c.run("list", "--json")
	wantCode(t, code, 1, errs)
	if all := deliveriesIn(t, out); len(all) != 2 || all[0].ID != ids[2] || all[1].ID != ids[0] {
		t.Errorf("the others are not all shown:\n%s", out)
	}
	wantText(t, errs, ids[1], "damaged")
	code, out, errs = c.run("show", ids[1])
	wantCode(t, code, 1, errs)
	if out != "" {
		t.Errorf("a damaged delivery is shown:\n%s", out)
	}
	wantText(t, errs, "damaged")
	code, _, errs = c.run("verify", ids[1])
	wantCode(t, code, 1, errs)
	wantText(t, errs, "damaged", "only this one is affected")
	if strings.Contains(errs, "--as") {
		t.Errorf("no other form makes it whole:\n%s", errs)
	}
}

func TestShowWritesTheExactBody(t *testing.T) {
	c := newCaptures(t)
	body := make([]byte, 256)
	for i := range body {
		body[i] = byte(i)
	}
	c.keep(invoice(string(body)))
	code, out, errs := c.run("show", "last", "--raw")
	wantCode(t, code, 0, errs)
	if !bytes.Equal([]byte(out), body) {
		t.Errorf("%q", out)
	}
	c.tty = true
	code, out, errs = c.run("show", "last", "--raw")
	wantCode(t, code, 2, errs)
	if out != "" {
		t.Errorf("a terminal gets %q", out)
	}
	if code, out, _ = c.run("show", "last", "--raw", "--force"); code != 0 || out != string(body) {
		t.Errorf("--force: exit code %d, %q", code, out)
	}
}

func TestShowKeepsATerminalSafe(t *testing.T) {
	c := newCaptures(t)
	c.keep(stranger())
	c.tty = true
	code, out, errs := c.run("show", "last", "--print", "http")
	wantCode(t, code, 2, errs)
	for _, args := range [][]string{{"show", "last"}, {"show", "last", "--print", "curl"}, {"show", "last", "--json"}, {"list"}} {
		var more string
		code, more, errs = c.run(args...)
		wantCode(t, code, 0, errs)
		out += more
	}
	if strings.ContainsAny(out, "\x1b\a\x00") || !strings.Contains(out, "owned") {
		t.Errorf("a control character reaches a terminal:\n%q", out)
	}
	if code, out, _ = c.run("show", "last", "--print", "http", "--force"); code != 0 || !strings.Contains(out, "\x1b") {
		t.Errorf("--force: exit code %d, %q", code, out)
	}
}

func TestShowNamesWhatItCannotFind(t *testing.T) {
	c := newCaptures(t)
	code, _, errs := c.run("show", "last")
	wantCode(t, code, 1, errs)
	wantText(t, errs, "nothing has been captured yet")
	ids := c.keep(invoice("{}"), invoice("{}"))
	for _, test := range []struct {
		args []string
		code int
		text string
	}{
		{nil, 2, "whk show last"},
		{[]string{"last~9"}, 1, "last~9"},
		{[]string{"0"}, 1, ids[1]}, // the beginning of both
		{[]string{"!"}, 1, `"!"`},
		{[]string{"last", "--raw", "--json"}, 2, "--raw"},
		{[]string{"last", "last~1", "--raw"}, 2, "--raw"},
	} {
		code, out, errs := c.run(append([]string{"show"}, test.args...)...)
		wantCode(t, code, test.code, errs)
		wantText(t, errs, test.text)
		if out != "" {
			t.Errorf("show %v: stdout has %q", test.args, out)
		}
	}
	code, out, errs := c.run("show", "last~1", "zzz", ids[1])
	wantCode(t, code, 1, errs)
	wantText(t, out, ids[0], ids[1])
	wantText(t, errs, "zzz")
}

func TestPrune(t *testing.T) {
	c := newCaptures(t)
	c.now = time.Now() // the store's clock is the real one
	code, out, errs := c.run("prune", "--keep", "1")
	wantCode(t, code, 0, errs)
	wantText(t, out, "removed 0 deliveries")
	wantNoFile(t, c.dir)
	var all []*webhook.Delivery
	for range 5 {
		all = append(all, invoice(strings.Repeat("x", 1000)))
	}
	ids := c.keep(all...)
	left := func() []string {
		_, out, _ := c.run("list", "--json", "-n", "0")
		var left []string
		for _, d := range deliveriesIn(t, out) {
			left = append(left, d.ID)
		}
		return left
	}
	if code, _, errs = c.run("prune"); code != 2 || !strings.Contains(errs, "whk prune --older-than 30d") {
		t.Errorf("no limit: exit code %d, %s", code, errs)
	}
	for _, args := range [][]string{{"--keep", "-3"}, {"--older-than", "-1h"}, {"--max-size", "much"}} {
		code, _, errs = c.run(append([]string{"prune"}, args...)...)
		wantCode(t, code, 2, errs)
	}
	code, out, errs = c.run("prune", "--keep", "2", "--dry-run")
	wantCode(t, code, 0, errs)
	wantText(t, out, "would remove 3 deliveries")
	if n := len(left()); n != 5 {
		t.Fatalf("a dry run leaves %d of 5", n)
	}
	code, out, errs = c.run("prune", "--older-than", "1h")
	wantCode(t, code, 0, errs)
	if n := len(left()); n != 5 {
		t.Fatalf("what is young goes: %d of 5 are left; %s", n, out)
	}
	code, out, errs = c.run("prune", "--keep", "2", "--json")
	wantCode(t, code, 0, errs)
	wantText(t, out, `{"type":"pruned","deliveries":3,`, `"dry_run":false}`)
	if got := left(); len(got) != 2 || got[0] != ids[4] || got[1] != ids[3] {
		t.Fatalf("%v are left of %v", got, ids)
	}
	code, out, errs = c.run("prune", "--max-size", "1")
	wantCode(t, code, 0, errs)
	wantText(t, out, "removed 2 deliveries")
	c.keep(invoice("{}"))
	code, out, errs = c.run("prune", "--keep", "0")
	wantCode(t, code, 0, errs)
	wantText(t, out, "removed 1 delivery,")
	if n := len(left()); n != 0 {
		t.Errorf("--keep 0 leaves %d", n)
	}
}

func TestCapturesComplete(t *testing.T) {
	c := newCaptures(t)
	d := invoice("{}")
	d.Event = "evil\n\x1b[31m\tevent"
	ids := c.keep(stranger(), d)
	code, out, errs := c.run("__complete", "show", ids[0], "")
	wantCode(t, code, 0, errs)
	wantText(t, out, "last\t", ids[1]+"\t")
	if strings.Contains(out, ids[0]) || strings.Contains(out, "\x1b") || strings.Count(out, "\n") != 3 {
		t.Errorf("%q", out)
	}
}

// A store that can not be read is one line and what to do about it, and is left
// as it is.
func TestAStoreThatCannotBeRead(t *testing.T) {
	c := newCaptures(t)
	file := filepath.Join(c.dir, "deliveries.db")
	writeFile(t, file, strings.Repeat("this is no database. ", 500))
	for _, args := range [][]string{{"list"}, {"show", "last"}, {"replay", "last"}, {"prune", "--keep", "0", "--dry-run"}} {
		code, out, errs := c.run(args...)
		wantCode(t, code, 1, errs)
		wantText(t, errs, file, "hint: ")
		if out != "" || strings.Count(errs, "whk: ") != 1 {
			t.Errorf("%v:\n%s%s", args, out, errs)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil || !strings.HasPrefix(string(text), "this is no database. ") {
		t.Errorf("the file was changed: %.50q, %v", text, err)
	}
}

// A database that is damaged is set aside by whoever writes next, which says so;
// what was in it is there again.
func TestADamagedDatabase(t *testing.T) {
	c := newCaptures(t)
	ids := c.keep(invoice("{}"), invoice("[]"))
	file := filepath.Join(c.dir, "deliveries.db")
	image, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	clear(image[:100])
	writeFile(t, file, string(image))
	code, _, errs := c.run("list")
	wantCode(t, code, 1, errs)
	wantText(t, errs, file+" is damaged", "hint: the next whk listen, or whk prune, sets the damaged file aside")
	code, out, errs := c.run("prune", "--keep", "5", "-q")
	wantCode(t, code, 0, errs)
	wantText(t, out, "removed 0 deliveries")
	wantText(t, errs, "warning: the captures were damaged", "2 deliveries could be read, and are kept in a new file", "none is known to be lost",
		"hint: the damaged file is kept in "+filepath.Join(c.dir, "damaged"))
	code, out, errs = c.run("list", "--json")
	wantCode(t, code, 0, errs)
	wantText(t, out, ids[0], ids[1])
}

func TestJSONErrorsAreJSON(t *testing.T) {
	c := newCaptures(t)
	c.keep(invoice("{}"), invoice("{}"))
	c.damage(0)
	for _, args := range [][]string{
		{"list"}, {"show", "last~1"}, {"show", "zz", "last"}, {"show", "last~9"}, {"replay", "last"},
		{"replay", "-p", "saas"}, {"replay", "last", "--to", "localhost:1"}, {"prune"},
	} {
		code, out, errs := c.run(append(args, "--json")...)
		if code != 1 && code != 2 {
			t.Errorf("%v: exit code %d", args, code)
		}
		for line := range strings.Lines(out + errs) {
			if !json.Valid([]byte(line)) {
				t.Errorf("%v: %q is no JSON", args, line)
			}
		}
	}
}
