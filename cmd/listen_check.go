package cmd

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/whk-cli/whk/internal/receiver"
	"github.com/whk-cli/whk/internal/sender"
	"github.com/whk-cli/whk/internal/webhook"
)

// settleURL checks the public URL, below which senders' paths stand.
func (o *listenOptions) settleURL() error {
	if o.URL == "" {
		return nil
	}
	u, err := url.Parse(o.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || strings.ContainsAny(o.URL, "?#") {
		return usageError(fmt.Errorf("--url %q is no URL that paths can follow", sender.Printable(o.URL)), "whk listen --url https://hooks.example.com")
	}
	o.URL = strings.TrimRight(o.URL, "/")
	return nil
}

// checkForwards refuses flags that were typed and would do nothing without a
// target.
func (o *listenOptions) checkForwards(app *App) error {
	if len(o.To)+len(o.Compare) > 0 {
		return nil
	}
	names := []string{"retry", "forward-all", "keep-host", "header"}
	if !o.TUI { // which replays to the targets of before
		names = append(names, "timeout", "insecure-tls", "cacert")
	}
	for _, name := range names {
		if app.held.typed[name] {
			return usageError(fmt.Errorf("--%s is about what is forwarded, and there is no target", name), "whk listen --to localhost:3000")
		}
	}
	return nil
}

// preferTyped leaves out what files and the environment say of the answer when the
// command line says something else of it.
func (o *listenOptions) preferTyped(typed map[string]bool) {
	f := &o.scriptFlags
	switch {
	case typed["script"] && !typed["respond"]:
		f.Respond = ""
	case typed["respond"] && !typed["script"]:
		f.Script = ""
	}
	scripted := typed["script"] || typed["respond"] || typed["on"] || typed["respond-header"] || typed["respond-body"]
	switch {
	case scripted && !typed["reply"]:
		o.Reply = "whk"
	case typed["reply"] && o.Reply == "target" && !scripted:
		*f = scriptFlags{By: f.By, Always: f.Always && typed["respond-always"]}
	}
}

// checkAnswer refuses headers of an answer that are the connection's.
func (f *scriptFlags) checkAnswer() error {
	for _, field := range f.Header {
		if len(receiver.EndToEnd(webhook.Header{field})) == 0 {
			return usageError(fmt.Errorf("--respond-header %s: whk sets what an answer's length and connection need", field.Name),
				"for an answer that ends too early: --script truncate")
		}
	}
	return nil
}
