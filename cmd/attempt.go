package cmd

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/whk-cli/whk/internal/sender"
	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

// attemptJSON is one attempt as a program reads it.
type attemptJSON struct {
	Type       string  `json:"type"`                    // attempt
	Delivery   string  `json:"delivery"`                // the message ID, the capture's ID, or one that whk made for the delivery
	Endpoint   string  `json:"endpoint"`                // the URL
	Name       string  `json:"endpoint_name,omitempty"` // of a registered endpoint
	Number     int64   `json:"number,omitempty"`        // among its attempts
	Provider   string  `json:"provider,omitempty"`
	Event      string  `json:"event,omitempty"`
	Attempt    int     `json:"attempt"`
	Status     int     `json:"status"` // 0 when there was no answer
	Error      string  `json:"error"`  // the class; "" after an answer
	Detail     string  `json:"detail,omitempty"`
	DurationMS float64 `json:"duration_ms"`
	Location   string  `json:"location,omitempty"` // of a redirect, which is not followed
	Next       string  `json:"next"`               // done, retry, give_up, stop or pause
	Why        string  `json:"why,omitempty"`
	WaitMS     float64 `json:"wait_ms"`           // until the next attempt, as the provider waits
	HereMS     float64 `json:"here_ms,omitempty"` // the same here
	Assumed    bool    `json:"assumed,omitempty"` // the provider does not state the rule that next follows from

	LeftOut []string `json:"left_out,omitempty"` // headers of a capture that another host does not get
}

type summaryJSON struct {
	Type            string `json:"type"` // summary
	Deliveries      int    `json:"deliveries"`
	Attempts        int    `json:"attempts"`
	Acknowledged    int    `json:"acknowledged"`
	NotAcknowledged int    `json:"not_acknowledged"`  // answered, but not 2xx
	Unanswered      int    `json:"unanswered"`        // without an answer in any attempt
	Outcome         string `json:"outcome,omitempty"` // of one delivery by a policy: acknowledged, exhausted, given_up, stopped, paused, interrupted
}

// outcomes counts what became of deliveries, and gives the exit code.
type outcomes struct{ summaryJSON }

// add counts a delivery of one attempt.
func (o *outcomes) add(a *webhook.Attempt) { o.addDelivery(1, a.Acknowledged(), a.Error == "") }

// addDelivery counts a delivery. answered is one that had an answer in some
// attempt.
func (o *outcomes) addDelivery(attempts int, acknowledged, answered bool) {
	o.Type = "summary"
	o.Deliveries++
	o.Attempts += attempts
	switch {
	case acknowledged:
		o.Acknowledged++
	case answered:
		o.NotAcknowledged++
	default:
		o.Unanswered++
	}
}

func (o *outcomes) code() int {
	code := exitOK
	if o.NotAcknowledged > 0 {
		code = worse(code, exitUnwanted)
	}
	if o.Unanswered > 0 {
		code = worse(code, exitFailed)
	}
	return code
}

// milliseconds is a duration for JSON, to the microsecond.
func milliseconds(d time.Duration) float64 {
	return math.Round(float64(d)/float64(time.Microsecond)) / 1000
}

func (app *App) newAttemptJSON(id, provider, event string, r *webhook.Request, a *webhook.Attempt) attemptJSON {
	next := "done"
	if !a.Acknowledged() {
		next = "give_up"
	}
	return attemptJSON{
		Type: "attempt", Delivery: id, Endpoint: app.shownURL(r.URL), Provider: provider, Event: event, Attempt: 1,
		Status: a.Status, Error: a.Error, Detail: a.Detail, DurationMS: milliseconds(a.Duration), Location: a.Location, Next: next,
	}
}

// reportAttempt prints one attempt: the answer on stdout, the reason for a
// refusal on stderr. id is the delivery's.
func (app *App) reportAttempt(id, provider, event string, r *webhook.Request, a *webhook.Attempt, hints ...string) error {
	return app.reportAttemptAt("", id, provider, event, r, a, hints...)
}

// reportAttemptAt is reportAttempt with the name of a registered endpoint.
func (app *App) reportAttemptAt(name, id, provider, event string, r *webhook.Request, a *webhook.Attempt, hints ...string) error {
	app.hideSent(provider, r)
	if app.global.JSON {
		line := app.newAttemptJSON(id, provider, event, r, a)
		line.Name = name
		line.Detail, line.Location = app.scrub(line.Detail), app.scrub(line.Location)
		return ui.JSON(app.IO.Out, line)
	}
	if a.Error != "" {
		text := app.scrub(a.Detail)
		if a.Status != 0 && !strings.Contains(text, "status "+strconv.Itoa(a.Status)) {
			text = fmt.Sprintf("%s (after status %d)", text, a.Status)
		}
		hint := a.Hint
		if hint == "" {
			hint = "the target's own log may say why"
		}
		app.IO.PrintError(fmt.Errorf("%s: %s: %s", strings.TrimSpace(name+" "+app.shownURL(r.URL)), a.Error, text), append([]string{hint}, hints...)...)
		return nil
	}
	st := app.IO.Style()
	mark := st.Good("✓ " + statusText(a.Status))
	if !a.Acknowledged() {
		mark = st.Bad("✗ " + statusText(a.Status))
	}
	line := mark + "  " + ui.Took(a.Duration) + "  "
	if name != "" {
		line += st.Bold(ui.Safe(name)) + "  "
	}
	if event != "" {
		line += st.Event(ui.Safe(event)) + "  "
	}
	if _, err := fmt.Fprintf(app.IO.Out, "%s%s\n", line, ui.Safe(app.shownURL(r.URL))); err != nil {
		return err
	}
	if a.Acknowledged() && !app.global.Verbose {
		return nil
	}
	app.showAnswer(a)
	if !a.Acknowledged() {
		for _, hint := range append(answerHints(a, r), hints...) {
			app.note("hint: %s", app.scrub(hint))
		}
	}
	return nil
}

// hideSent has the secrets in a request's headers hidden from now on: a target
// may answer with all that it was sent, and errors may quote it.
func (app *App) hideSent(name string, r *webhook.Request) { app.hold(app.carried(name, r.Header)) }

// carried are the secrets, signatures and tokens in the headers of a delivery.
func (app *App) carried(name string, header webhook.Header) []signing.Secret {
	var sensitive []string
	if p, err := app.providers().Load(name); err == nil {
		sensitive = p.Sensitive()
	}
	return secretsIn(header, sensitive)
}

// secretsIn are the last words of the header fields that carry secrets: those
// that always do, and those that sensitive names.
func secretsIn(header webhook.Header, sensitive []string) []signing.Secret {
	redactor := ui.NewRedactor(sensitive...)
	var all []signing.Secret
	for _, f := range header {
		if words := strings.Fields(f.Value); len(words) > 0 && redactor.Hides(f.Name) {
			all = append(all, signing.NewSecret([]byte(words[len(words)-1])))
		}
	}
	return all
}

// showAnswer prints a target's answer on stderr, without the secrets that it
// may repeat.
func (app *App) showAnswer(a *webhook.Attempt) {
	st := app.IO.StyleErr()
	var out []byte
	if app.global.Verbose {
		for _, f := range ui.NewRedactor().Header(a.Header) {
			out = append(out, "  "+st.Key(ui.Safe(f.Name)+":")+" "+ui.Safe(app.scrub(f.Value))+"\n"...)
		}
	}
	if len(a.Body) > 0 {
		if len(out) > 0 {
			out = append(out, '\n')
		}
		out = ui.AppendBody(out, st, []byte(app.scrub(string(a.Body))), "")
	}
	if more := a.BodySize - int64(len(a.Body)); more > 0 {
		text := ui.Size(more) + " more"
		if a.BodySize >= sender.MaxRead {
			text = "at least " + text // the rest was not read
		}
		out = append(out, "  "+st.Dim("… "+text)+"\n"...)
	}
	app.IO.Err.Write(out)
}

func statusText(status int) string {
	if text := http.StatusText(status); text != "" {
		return strconv.Itoa(status) + " " + text
	}
	return strconv.Itoa(status)
}

// answerHints say what an answer other than 2xx usually means, and what helps
// against an error.
func answerHints(a *webhook.Attempt, r *webhook.Request) []string {
	switch {
	case a.Error != "": // its own hint says more than the status that it began with
	case a.Status >= 200 && a.Status < 300 && !a.Acknowledged():
		return []string{"only " + strings.Join(a.Success, " and ") + " is an acknowledgement for this provider"}
	case a.Status >= 300 && a.Status < 400 && a.Location != "":
		return []string{"senders do not follow redirects: register " + sender.Printable(a.Location) + " itself"}
	case a.Status == http.StatusNotFound:
		return []string{"nothing answers at that path; name another with --to http://HOST/PATH"}
	case a.Status == http.StatusMethodNotAllowed:
		return []string{r.Method + " is not accepted there; use another with --method"}
	case a.Status == http.StatusUnsupportedMediaType:
		return []string{`the receiver wants another type; set it with -H "Content-Type: …"`}
	}
	if a.Hint == "" {
		return nil
	}
	return []string{a.Hint}
}

// shownURL is where a request goes, as it may be shown: without a password, and
// without secrets in its query.
func (app *App) shownURL(rawURL string) string {
	shown := sender.Printable(rawURL)
	if !strings.Contains(shown, "?") {
		return shown
	}
	return app.redactor().URL(shown)
}
