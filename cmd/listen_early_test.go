package cmd

import (
	"fmt"
	"strings"
	"testing"

	"github.com/whk-cli/whk/internal/receiver"
	"github.com/whk-cli/whk/internal/ui"
)

// early tells a listener's view of what net/http refuses, and gives what it said.
func early(t *testing.T, change func(*App), all ...receiver.Refusal) (stdout, stderr string) {
	t.Helper()
	streams, out, errs := ui.Buffers("")
	app := &App{IO: streams, LookupEnv: func(string) (string, bool) { return "", false }}
	change(app)
	v := &listenView{app: app, listener: &listener{sockets: new(receiver.Sockets)}, json: app.global.JSON, quiet: app.global.Quiet, redactor: ui.NewRedactor(), lines: ui.NewAsyncLines(out, ui.AsyncOptions{Wait: true})}
	v.out = lineOutput{v}
	if app.global.JSON {
		v.out = jsonOutput{v}
	}
	for _, ref := range all {
		v.refused(ref)
	}
	v.end(t.Context(), 0)
	return out.String(), errs.String()
}

func noHost(address string, port int) receiver.Refusal {
	return receiver.Refusal{
		Status: 400, Class: receiver.ClassMalformed, Reason: "there is no Host header",
		Line: "POST http://me:pw@x/\x1b[2J HTTP/1.1", Remote: fmt.Sprintf("%s:%d", address, port),
	}
}

// A flood of what is no request is told a few times: the first of a kind and of an
// address, and what it has grown to.
func TestEarlyRefusalsAreCounted(t *testing.T) {
	var flood []receiver.Refusal
	for n := range 120 {
		flood = append(flood, noHost("192.0.2.1", n))
	}
	flood = append(flood, noHost("2001:db8::1", 1), receiver.Refusal{Class: receiver.ClassTooSlow, Reason: "it was too slow", Remote: "192.0.2.1:1"})
	flood[120].Remote = "[2001:db8::1]:1"

	const line = `: there is no Host header, answered 400: "POST http://redacted@x/\x1b[2J HTTP/1.1"`
	want := strings.Join([]string{
		"no request from 192.0.2.1:0" + line,
		"no request from 192.0.2.1:9" + line + " (10 like this from there by now)",
		"no request from 192.0.2.1:99" + line + " (100 like this from there by now)",
		"no request from [2001:db8::1]:1" + line,
		"no request from 192.0.2.1:1: it was too slow",
		"117 more connections brought no request either; -v tells of each",
		"none shown", "",
	}, "\n")
	if out, errs := early(t, func(*App) {}, flood...); out != "" || errs != want {
		t.Errorf("stdout %q, stderr\n%s\nwant\n%s", out, errs, want)
	}
	if out, errs := early(t, func(app *App) { app.global.Quiet = true }, flood...); out+errs != "" {
		t.Errorf("quietly it says %q", out+errs)
	}
	if _, errs := early(t, func(app *App) { app.global.Verbose = true }, flood...); strings.Count(errs, "no request from") != len(flood) {
		t.Errorf("with -v it says\n%s", errs)
	}
	out, errs := early(t, func(app *App) { app.global.JSON = true }, flood...)
	if errs != "" || strings.Count(out, "\n") != 5 || strings.Count(out, `"line":"POST http://redacted@x/\u001b[2J HTTP/1.1"`) != 4 || !strings.Contains(out, `"count":100}`) {
		t.Errorf("stderr %q, stdout\n%s", errs, out)
	}
}

// Whoever comes from many addresses does not fill the memory.
func TestEarlyRefusalsAreBounded(t *testing.T) {
	var counted recurring
	said := 0
	for n := range 100 * mostCounted {
		if _, say := counted.add(fmt.Sprint(n)); say {
			said++
		}
	}
	if len(counted.counts) != mostCounted+1 || said > mostCounted+6 || counted.rest() != 100*mostCounted-said {
		t.Errorf("%d are told apart, %d said, %d not", len(counted.counts), said, counted.rest())
	}
}
