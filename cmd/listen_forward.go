package cmd

import (
	"strings"
	"time"

	"github.com/whk-cli/whk/internal/receiver"
	"github.com/whk-cli/whk/internal/secret"
	"github.com/whk-cli/whk/internal/sender"
	"github.com/whk-cli/whk/internal/webhook"
)

// forwardTarget is one --to of listen.
type forwardTarget struct {
	pattern string // "" is every event type
	text    string // as typed
	fixed   string // the URL for every delivery; "" is base with the delivery's path and query
	base    string
}

// parseTargets reads [PATTERN=]URL. What stands before the first = is a pattern
// only if it holds neither : nor ?, as a URL's query would.
func parseTargets(texts []string) ([]forwardTarget, error) {
	var targets []forwardTarget
	for _, text := range texts {
		pattern := ""
		if before, rest, ok := strings.Cut(text, "="); ok && !strings.ContainsAny(before, ":?") {
			pattern, text = before, rest
		}
		t, err := parseTarget(text)
		if err != nil {
			return nil, hinted(err, "with a pattern: --to 'invoice.*=localhost:3000/billing'")
		}
		t.pattern = pattern
		targets = append(targets, t)
	}
	return targets, nil
}

// parseTarget reads a target: a URL, or short for one.
func parseTarget(text string) (forwardTarget, error) {
	const probe = "/probe?probe"
	resolved, err := sender.ResolveTarget(text, "/probe", "probe")
	if err != nil {
		return forwardTarget{}, usageError(err, "a target is a URL, a host, or a port of this machine: --to localhost:3000")
	}
	if base, ok := strings.CutSuffix(resolved, probe); ok && !strings.HasSuffix(text, probe) {
		return forwardTarget{text: text, base: base}, nil
	}
	return forwardTarget{text: text, fixed: resolved}, nil
}

// url is where a delivery goes: to the target as typed, or with the delivery's
// own path and query.
func (t *forwardTarget) url(d *webhook.Delivery) string {
	if t.fixed != "" {
		return t.fixed
	}
	return t.base + webhook.Target(d.URL)
}

// shown is the target as typed, without user name and password.
func (t *forwardTarget) shown() string { return sender.Printable(t.text) }

// refuseSelf refuses a target that is the listener: every delivery would come
// back for ever.
func (t *forwardTarget) refuseSelf(own *receiver.Sockets) error {
	if !own.Reaches(t.fixed + t.base) {
		return nil
	}
	return usageError(usagef("--to %s is this listener itself", t.shown()), "forward to your app's port: --to localhost:3000")
}

// targets are the forwarder's.
func (l *listener) targets(forwards []forwardTarget) []receiver.Target {
	var targets []receiver.Target
	for _, f := range forwards {
		t := receiver.Target{URL: f.url, Header: l.opts.Header, KeepHost: l.opts.KeepHost}
		if f.pattern != "" {
			t.Match = func(d *webhook.Delivery) bool { return l.app.matchesEvent([]string{f.pattern}, d) }
		}
		targets = append(targets, t)
	}
	return targets
}

// splitReply separates the target that answers senders from the others. It
// stays among them for what whk itself refuses, which --forward-all forwards.
func splitReply(targets []receiver.Target) (reply *receiver.Target, rest []receiver.Target) {
	first := targets[0]
	refused := first
	refused.Match = func(d *webhook.Delivery) bool {
		return d.Verification.Status == webhook.NotAuthentic && (first.Match == nil || first.Match(d))
	}
	return &first, append([]receiver.Target{refused}, targets[1:]...)
}

func (v *listenView) forward(f forwarded) {
	var wait time.Duration
	if f.Again {
		wait = max(f.Due.Sub(f.at), 0)
	}
	f.Result.URL = v.redactor.URL(f.Result.URL) // it may have the delivery's query
	v.out.forward(f, wait, v.refusal(f))
}

// shownAnswer is how many bytes of a target's refusal are shown, and
// shownInLine how many within a line.
const shownAnswer, shownInLine = 2 << 10, 200

// refusal is the beginning of the body of a target's refusal, without the
// secrets that it was sent.
func (v *listenView) refusal(f forwarded) []byte {
	body := f.Attempt.Body
	if f.Attempt.Acknowledged() || len(body) == 0 {
		return nil
	}
	text := v.withoutSent(f, string(body))
	return []byte(text[:min(len(text), shownAnswer)])
}

// location is where a redirect points, as it may be shown; "" where there is none.
func (v *listenView) location(f forwarded) string {
	if f.Attempt.Location == "" {
		return ""
	}
	return v.withoutSent(f, sender.Printable(f.Attempt.Location))
}

// withoutSent is a target's text without the secrets that it was sent.
func (v *listenView) withoutSent(f forwarded, text string) string {
	sent := v.app.carried("", v.listener.opts.Header)
	if d := f.Delivery; d != nil {
		sent = append(sent, v.app.carried(d.Provider, d.Header)...)
	}
	return v.app.scrub(secret.Scrub(text, sent...))
}

func againIn(wait time.Duration) string {
	if wait < 10*time.Millisecond {
		return "again at once"
	}
	return "again in " + webhook.ShortDuration(wait.Round(10*time.Millisecond))
}
