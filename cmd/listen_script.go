package cmd

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/answer"
	"github.com/whk-cli/whk/internal/receiver"
	"github.com/whk-cli/whk/internal/webhook"
)

// scriptFlags are what listen answers on purpose.
type scriptFlags struct {
	Respond string
	Header  webhook.Header
	Body    string
	Script  string
	On      []string
	By      string
	Always  bool
}

func (f *scriptFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.Respond, "respond", "", "answer this `status`")
	flags.Var(&headerValue{&f.Header}, "respond-header", "a header of what is answered (repeatable)")
	flags.StringVar(&f.Body, "respond-body", "", "the `body` of what is answered: @file, - for standard input, or the text itself")
	flags.StringVar(&f.Script, "script", "", "answer one delivery after the other by this `script`: 503x2,409,delay=6s,200,reset; a final * starts again")
	flags.StringArrayVar(&f.On, "on", nil, "answer the event types that fit by a script of their own: `EVENT=SCRIPT` (repeatable, the first that fits counts)")
	addOneOf(cmd, &f.By, "script-by", "all", "what a script counts, all deliveries or the attempts of each message", "all", "message")
	flags.BoolVar(&f.Always, "respond-always", false, "answer what is not authentic by the script, too")
}

// given reports whether anything is to be answered on purpose.
func (f *scriptFlags) given() bool {
	return f.Respond != "" || f.Script != "" || len(f.On) > 0 || len(f.Header) > 0 || f.Body != ""
}

// scripted answers deliveries as the flags say. It is for one goroutine at a
// time.
type scripted struct {
	app    *App
	rules  []scriptRule // the first that fits counts
	header webhook.Header
	body   []byte
	always bool
}

// scriptRule is one script and the deliveries that it answers.
type scriptRule struct {
	pattern string // "" is every event type
	script  *answer.Script
	player  *answer.Player
}

// newScripted reads the flags; nil when nothing is to be answered on purpose.
func (app *App) newScripted(opts *listenOptions) (*scripted, error) {
	f := &opts.scriptFlags
	typed := app.held.typed
	switch {
	case typed["script"] && f.Script == "": // an empty variable of a script is not the usual answer
		return nil, usageError(errors.New("--script is empty"), "whk listen --script 503x2,200")
	case typed["respond"] && f.Respond == "":
		return nil, usageError(errors.New("--respond is empty"), "whk listen --respond 503")
	case !f.given() && f.Always:
		return nil, usageError(errors.New("--respond-always needs something to answer"), "whk listen --respond 503 --respond-always")
	case !f.given() && typed["script-by"]:
		return nil, usageError(errors.New("--script-by needs a script"), "whk listen --script 503x2,200 --script-by message")
	case !f.given():
		return nil, nil
	case opts.Reply == "target":
		return nil, usageError(errors.New("--reply target lets the target answer, and a script would answer in its place"), "leave one of them out")
	case f.Respond != "" && f.Script != "":
		return nil, usageError(errors.New("--respond and --script both say what all deliveries are answered"), "whk listen --script 503x2,200")
	}
	if err := f.checkAnswer(); err != nil {
		return nil, err
	}
	if err := opts.secretFlags.claimsStdin(stdinName(f.Body)); err != nil {
		return nil, err
	}
	s := &scripted{app: app, header: f.Header, always: f.Always}
	var err error
	if s.body, err = app.dataFlag(f.Body); err != nil {
		return nil, err
	}
	for _, text := range f.On {
		pattern, script, err := parseOn(text)
		if err != nil {
			return nil, err
		}
		s.add(pattern, script, f.By)
	}
	rest, err := f.rest()
	if err != nil {
		return nil, err
	}
	if rest != nil {
		s.add("", rest, f.By)
	}
	return s, nil
}

func (s *scripted) add(pattern string, script *answer.Script, by string) {
	s.rules = append(s.rules, scriptRule{pattern, script, answer.NewPlayer(script, by == "message")})
}

// rest is the script of deliveries that no --on is for; nil when they are
// answered as usual.
func (f *scriptFlags) rest() (*answer.Script, error) {
	switch {
	case f.Script != "":
		script, err := answer.Parse(f.Script)
		if err != nil {
			return nil, scriptError("--script", f.Script, err)
		}
		return script, nil
	case f.Respond != "":
		status, ok := answer.ParseStatus(f.Respond)
		if !ok {
			return nil, usageError(fmt.Errorf("--respond %q: a status is a number from 200 to 599", f.Respond), "for more than a status: --script delay=6s,503,reset")
		}
		return answer.Single(answer.Item{Kind: answer.Status, Status: status}), nil
	case len(f.On) == 0:
		return answer.Single(answer.Item{Kind: answer.Status, Status: 200}), nil
	}
	return nil, nil
}

func parseOn(text string) (pattern string, script *answer.Script, err error) {
	pattern, rest, ok := strings.Cut(text, "=")
	if !ok || pattern == "" {
		return "", nil, usageError(fmt.Errorf("--on %q is not EVENT=SCRIPT", text), "--on 'invoice.*=503x2,200'")
	}
	if script, err = answer.Parse(rest); err != nil {
		return "", nil, scriptError("--on "+pattern, rest, err)
	}
	return pattern, script, nil
}

// scriptError says where a script is wrong, under which flag.
func scriptError(flag, script string, err error) error {
	hints := []string{"a script is answers between commas: 200 to 599, reset, close, hang, truncate, malformed, redirect=URL",
		"xN repeats one, and delay=6s, drip=6s, retry-after=5 before one modify it: 503x2,delay=6s,200"}
	var e *answer.Error
	if errors.As(err, &e) && len(e.Near) > 0 {
		hints = append([]string{"did you mean " + strings.Join(e.Near, " or ") + "?"}, hints...)
	}
	return usageError(fmt.Errorf("%s: %w", flag, err), hints...)
}

// notes say what is answered, a line for each script.
func (s *scripted) notes() []string {
	var notes []string
	for _, rule := range s.rules {
		note := "answering " + rule.script.String()
		if rule.pattern != "" {
			note += " to " + rule.pattern
		}
		notes = append(notes, note)
	}
	return notes
}

// answer is what a delivery that is kept gets; false is the usual answer.
func (s *scripted) answer(d *webhook.Delivery) (receiver.Answer, bool) {
	if d.Verification.Status == webhook.NotAuthentic && !s.always {
		return receiver.Answer{}, false
	}
	for i := range s.rules {
		rule := &s.rules[i]
		if rule.pattern == "" || s.app.matchesEvent([]string{rule.pattern}, d) {
			return s.made(rule.player.Next(messageKey(d))), true
		}
	}
	return receiver.Answer{}, false
}

// messageKey tells messages apart: by their IDs, or by the bodies of those that
// have none.
func messageKey(d *webhook.Delivery) string {
	id := d.MessageID
	if id == "" {
		sum := sha256.Sum256(d.Body)
		id = string(sum[:])
	}
	return d.Provider + "\x00" + id
}

var faults = map[answer.Kind]receiver.Fault{
	answer.Truncate: receiver.FaultTruncate, answer.Malformed: receiver.FaultMalformed, answer.Reset: receiver.FaultReset,
	answer.Close: receiver.FaultClose, answer.Hang: receiver.FaultHang,
}

// made is an item as the receiver gives it.
func (s *scripted) made(item answer.Item) receiver.Answer {
	a := receiver.Answer{Status: item.Status, Delay: item.Delay, Drip: item.Drip, Fault: faults[item.Kind], Played: item.String()}
	if !item.Answers() {
		return a
	}
	if a.Status == 0 {
		a.Status = 200
	}
	a.Header, a.Body = s.header.Clone(), s.body
	if item.Location != "" {
		a.Header.Set("Location", item.Location)
	}
	if item.RetryAfter != "" {
		a.Header.Set("Retry-After", item.RetryAfter)
	}
	return a
}
