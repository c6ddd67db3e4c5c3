package cmd_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/whk-cli/whk/cmd"
	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/secret"
	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/ui"
)

// needle is a secret whose hex, base64, URL and quoted forms all differ from it.
const needle = `n33dle+in/the?hay=stack&"100%"~'x`

// leaks runs commands that know a secret, and looks for it in all they say.
type leaks struct {
	t     *testing.T
	home  string
	env   map[string]string
	forms []string
	runs  int
}

func newLeaks(t *testing.T, known ...string) *leaks {
	home := t.TempDir()
	l := &leaks{t: t, home: home, env: map[string]string{
		"HOME": home, "XDG_STATE_HOME": filepath.Join(home, "state"), "XDG_CONFIG_HOME": filepath.Join(home, "config"),
	}}
	for _, text := range known {
		l.forms = append(l.forms, secret.Forms(signing.NewSecret([]byte(text)))...)
	}
	return l
}

// run runs one command line, whatever becomes of it, and returns its stdout.
func (l *leaks) run(stdin string, args ...string) string {
	l.t.Helper()
	return l.with(l.t.Context(), stdin, args...)
}

func (l *leaks) with(ctx context.Context, stdin string, args ...string) string {
	l.t.Helper()
	streams, out, errs := ui.Buffers(stdin)
	app := &cmd.App{
		IO: streams, Now: time.Now, Random: rand.Reader, Dir: l.home,
		LookupEnv: func(name string) (string, bool) { value, ok := l.env[name]; return value, ok },
	}
	code := cmd.Run(ctx, app, args)
	l.look(fmt.Sprintf("whk %q (exit code %d): stdout", args, code), out.String())
	l.look(fmt.Sprintf("whk %q (exit code %d): stderr", args, code), errs.String())
	l.runs++
	return out.String()
}

func (l *leaks) look(what, text string) {
	l.t.Helper()
	if form := l.found(text); form != "" {
		l.t.Errorf("%s shows the secret as %q:\n%s", what, form, text)
	}
}

// found returns the form in which a secret stands in text, if it does.
func (l *leaks) found(text string) string {
	for _, form := range l.forms {
		if strings.Contains(text, form) {
			return form
		}
	}
	return ""
}

// sample runs a command that is made to show true values, unseen.
func (l *leaks) sample(args ...string) string {
	l.t.Helper()
	streams, out, errs := ui.Buffers("")
	app := &cmd.App{
		IO: streams, Now: time.Now, Random: rand.Reader, Dir: l.home,
		LookupEnv: func(name string) (string, bool) { value, ok := l.env[name]; return value, ok },
	}
	if code := cmd.Run(l.t.Context(), app, args); code != 0 {
		l.t.Fatalf("whk %q: exit code %d: %s", args, code, errs.String())
	}
	return out.String()
}

// echo is a target that answers with all that it was sent, as tools for trying
// requests out do; a path that is a number is the status.
func echo(t *testing.T) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status := http.StatusOK
		fmt.Sscanf(r.URL.Path, "/%d", &status)
		for name, values := range r.Header {
			w.Header()["X-Echo-"+name] = values
		}
		if status/100 == 3 {
			w.Header().Set("Location", "/elsewhere?was="+r.Header.Get("X-Signing-Secret"))
		}
		w.WriteHeader(status)
		r.Header.Write(w)
		io.Copy(w, r.Body)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// providersToTry are all, or with the race detector, which looks for something
// else, some of each kind.
func providersToTry() []string {
	all := provider.NewRegistry().Names()
	if !raceDetector {
		return all
	}
	some := all[:4]
	for i := 4; i < len(all); i += 9 {
		some = append(some, all[i])
	}
	return some
}

// forms in which output is asked for.
var shapes = [][]string{nil, {"--json"}, {"-v"}, {"-q"}, {"-v", "--json"}, {"--color", "always", "-v"}}

// No command but those that are made for it shows a secret, in any form.
func TestNoSecretIsShown(t *testing.T) {
	l := newLeaks(t, needle)
	l.env["NEEDLE"] = needle
	writeFile(t, filepath.Join(l.home, "body.json"), exampleText)
	target := echo(t)
	for n, name := range providersToTry() {
		own, variable := l.needleOf(name)
		writeFile(t, filepath.Join(l.home, "needle.txt"), own+"\n")
		sources := [][]string{{"--secret", own}, {"--secret-file", "needle.txt"}, {"--secret-env", variable}}
		for i, shape := range shapes {
			if raceDetector && i != n%len(shapes) {
				continue
			}
			source := sources[i%len(sources)]
			l.deliveries(name, target, slices.Concat(source, shape))
		}
	}
	writeFile(t, filepath.Join(l.home, "needle.txt"), needle+"\n")
	l.mistakes()
	l.configured()
	if l.runs < 150 {
		t.Errorf("only %d commands were run", l.runs)
	}
}

const exampleText = `{"id":"evt_1","event":"invoice.paid","created_at":"2026-01-31T08:15:00Z","data":{}}`

// deliveries sends, judges and refuses what a provider's secret signs.
func (l *leaks) deliveries(name, target string, flags []string) {
	l.t.Helper()
	line := func(args ...string) []string { return slices.Concat(args, flags) }
	event := name + "/" + firstEvent(l.t, name)
	own, variable := l.needleOf(name)
	request := l.sample("trigger", event, "--dry-run", "--secret-env", variable)
	writeFile(l.t, filepath.Join(l.home, "request.http"), request)
	writeFile(l.t, filepath.Join(l.home, "changed.http"), strings.Replace(request, own, own[:len(own)-1]+"y", 1)+" ")
	writeFile(l.t, filepath.Join(l.home, "half.http"), request[:len(request)-3])
	delivery := l.sample("trigger", event, "--dry-run", "--json", "--secret-env", variable)
	writeFile(l.t, filepath.Join(l.home, "many.ndjson"), delivery+delivery+"{\n")
	for _, args := range [][]string{
		line("trigger", event, "--to", target+"/200"),
		line("trigger", event, "--to", target+"/302"),
		line("trigger", event, "--to", target+"/401"),
		line("trigger", event, "--to", target+"/500", "-H", "X-Also: "+own),
		line("trigger", event, "--to", target+"/401", "--tamper", "signature", "--tamper", "secret", "--count", "4", "-H", "Authorization: Bearer "+own, "-v"),
		line("trigger", event, "--to", target+"/200", "--no-signature", "--duplicate", "1", "--json"),
		line("trigger", "--flow", "rosaas/tenant-life", "--to", target+"/401", "-v"),
		line("trigger", event, "--to", "http://127.0.0.1:1/"),
		line("trigger", event, "--to", "http://me:"+"pw@127.0.0.1:1/"),
		line("trigger", event, "--to", target, "--override", "no.such.path=1"),
		line("verify", "request.http"),
		line("verify", "changed.http"),
		line("verify", "half.http"),
		line("verify", "many.ndjson"),
		line("verify", "-p", name, "request.http", "--at", "-90000h"),
		line("verify", "-p", name, "body.json"),
		line("verify", "-p", name, "-H", "X-Signing-Secret: x"+own, "body.json"),
		line("sign", "-p", name, "missing.json"),
		line("sign", "-p", name, "--print", "nothing", "body.json"),
	} {
		l.run("", args...)
	}
	l.run(request, line("verify", "-")...)
	l.run(own, "verify", "-p", name, "--secret-file", "-", "request.http")
}

// needleOf is a secret that a provider takes, and the variable that holds it:
// the needle, or one of its own form that is looked for as well.
func (l *leaks) needleOf(name string) (own, variable string) {
	l.t.Helper()
	variable = "NEEDLE_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
	if own, ok := l.env[variable]; ok {
		return own, variable
	}
	p, err := provider.NewRegistry().Load(name)
	if err != nil {
		l.t.Fatal(err)
	}
	own = needle
	if p.CheckSecret(signing.NewSecret([]byte(own))) != nil {
		if own, _, err = p.Generate(rand.Reader, 0); err != nil {
			l.t.Fatal(err)
		}
		l.forms = append(l.forms, secret.Forms(signing.NewSecret([]byte(own)))...)
	}
	l.env[variable] = own
	return own, variable
}

func firstEvent(t *testing.T, name string) string {
	t.Helper()
	p, err := provider.NewRegistry().Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return p.ExampleEvent()
}

// mistakes are command lines that know the secret and do not get far.
func (l *leaks) mistakes() {
	l.t.Helper()
	for _, args := range [][]string{
		{"sign", "--secret", needle},
		{"sign", "-p", "nobody", "--secret", needle},
		{"sign", "--secret", needle, "--nonsense"},
		{"sign", "--secret", needle, "a", "b", "c"},
		{"trigger", "--secret", needle},
		{"trigger", "nothing.of.the.kind", "--secret", needle, "--to", "localhost"},
		{"sign", "-p", "cloudblue-connect", "--secret", strings.Repeat(needle, 4), "body.json"},
		{"gen-secret", "--secret", needle},
		{"sign", "--help", "--secret", needle},
		{"__complete", "sign", "--secret", needle, "-p", ""},
	} {
		for _, shape := range shapes {
			l.run("", slices.Concat(args, shape)...)
		}
	}
}

// configured has the secret in places that a configuration names, rightly and
// wrongly.
func (l *leaks) configured() {
	l.t.Helper()
	l.env["WHK_SECRET"] = needle
	l.env["WHK_NEEDLE"] = needle
	for _, text := range []string{
		"providers:\n  saas: {secret: 'env:WHK_NEEDLE'}\n",
		"providers:\n  saas: {secret: 'file:needle.txt'}\n",
		"providers:\n  saas: {secret: " + quoteYAML(needle) + "}\n",
		"secret: " + quoteYAML(needle) + "\n",
		"providers:\n  saas: {secret: 'env:" + "NOT_SET'}\n",
	} {
		writeFile(l.t, filepath.Join(l.home, ".whk.yaml"), text)
		for _, shape := range shapes {
			l.run("", slices.Concat([]string{"verify", "-p", "saas", "-H", "X-Webhook-Signature: 00", "body.json"}, shape)...)
			l.run("", slices.Concat([]string{"events", "list"}, shape)...)
			l.run("", slices.Concat([]string{"providers", "show", "saas"}, shape)...)
			l.run("", slices.Concat([]string{"version"}, shape)...)
		}
	}
}

func quoteYAML(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// The development secrets are secrets as well, and what listen says, live and
// afterwards, shows no more of them than the rest.
func TestListenShowsNoSecret(t *testing.T) {
	l := newLeaks(t, needle)
	names := providersToTry()
	for _, name := range names {
		development := strings.TrimSpace(l.sample("gen-secret", "-p", name, "--development"))
		l.forms = append(l.forms, secret.Forms(signing.NewSecret([]byte(development)))...)
		l.needleOf(name) // listen reads the environment while others would write it
	}
	l.env["NEEDLE"] = needle
	target := echo(t)
	for _, shape := range shapes {
		l.listen(names, target, shape)
	}
	for _, shape := range shapes {
		l.captured(target, shape)
	}
}

// listen receives authentic deliveries and others of each provider.
func (l *leaks) listen(names []string, target string, shape []string) {
	l.t.Helper()
	ctx, cancel := context.WithCancel(l.t.Context())
	defer cancel()
	streams, out, errs := ui.Buffers("")
	app := &cmd.App{
		IO: streams, Now: time.Now, Random: rand.Reader, Dir: l.home,
		LookupEnv: func(name string) (string, bool) { value, ok := l.env[name]; return value, ok },
	}
	ended := make(chan int, 1)
	args := slices.Concat([]string{"listen", "127.0.0.1:0", "--to", target + "/500"}, shape)
	if slices.Contains(shape, "-q") {
		return // it says nothing, not even where it listens
	}
	go func() { ended <- cmd.Run(ctx, app, args) }()
	url := ""
	for deadline := time.Now().Add(patience); url == "" && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		text := out.String() + errs.String()
		if i := strings.Index(text, "http://127.0.0.1:"); i >= 0 {
			url = strings.FieldsFunc(text[i:], func(r rune) bool { return strings.ContainsRune(" \"\n", r) })[0]
		}
	}
	for _, name := range names {
		event := name + "/" + firstEvent(l.t, name)
		l.run("", slices.Concat([]string{"trigger", event, "--to", url}, shape)...)
		_, variable := l.needleOf(name)
		l.run("", slices.Concat([]string{"trigger", event, "--to", url, "--secret-env", variable}, shape)...)
	}
	cancel()
	if code := <-ended; code != 0 {
		l.t.Errorf("whk %q: exit code %d: %s", args, code, errs.String())
	}
	l.look(fmt.Sprintf("whk %q: stdout", args), out.String())
	l.look(fmt.Sprintf("whk %q: stderr", args), errs.String())
	if want := 2 * len(names); strings.Count(out.String(), "authentic") < want {
		l.t.Errorf("whk %q: fewer than %d verdicts:\n%s", args, want, out.String())
	}
}

// captured looks at what was kept.
func (l *leaks) captured(target string, shape []string) {
	l.t.Helper()
	line := func(args ...string) []string { return slices.Concat(args, shape) }
	for _, args := range [][]string{
		line("list", "-n", "0"),
		line("show", "last"), line("show", "last~1"), line("show", "last~4"), line("show", "last~5"), line("show", "last~6"), line("show", "last~7"),
		line("replay", "last", "--to", target+"/500"), line("replay", "last~6", "--to", target+"/302"), line("replay", "last~7", "--to", target+"/401"),
		line("replay", "last~6", "--resign", "--to", target+"/500"), line("replay", "last~5"), line("replay", "last~5", "--to", "http://127.0.0.1:1/"),
		line("verify", "last"), line("verify", "last~1"), line("verify", "last~6"), line("verify", "last~7"),
	} {
		l.run("", args...)
	}
	for _, form := range []string{"http", "curl", "json"} {
		for i := range 8 {
			l.run("", "show", fmt.Sprintf("last~%d", i), "--print", form)
		}
	}
}

// The search finds what it is there for.
func TestLeaksAreFound(t *testing.T) {
	l := newLeaks(t, needle)
	if len(l.forms) < 8 {
		t.Errorf("only %d forms: %q", len(l.forms), l.forms)
	}
	for _, form := range l.forms {
		if l.found("before "+form+" after") == "" {
			t.Errorf("%q was not found", form)
		}
	}
	if form := l.found("nothing of it"); form != "" {
		t.Errorf("found %q in nothing", form)
	}
}
