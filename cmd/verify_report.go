package cmd

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/whk-cli/whk/internal/diagnosis"
	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/store"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

// verifyReport prints verdicts: one at length, or many with a line each.
type verifyReport struct {
	app   *App
	opts  *verifyOptions
	input *deliveries
	why   func(*judged) diagnosis.Explanation
	flags func(j *judged, without ...string) string // as they were typed

	tally tally
	first *judged // kept back until it is known whether it is alone
	told  int     // failures that were explained
}

func newVerifyReport(app *App, opts *verifyOptions, input *deliveries) *verifyReport {
	return &verifyReport{app: app, opts: opts, input: input}
}

func (r *verifyReport) add(j judged) error {
	r.tally.add(&j)
	if r.app.global.JSON {
		return r.print(&j)
	}
	if r.tally.count == 1 {
		r.first = &j
		return nil
	}
	if r.tally.count == 2 {
		if err := r.print(r.first); err != nil {
			return err
		}
	}
	return r.print(&j)
}

// print prints one of several verdicts, or one in JSON.
func (r *verifyReport) print(j *judged) error {
	_, err := r.app.IO.Out.Write(r.appendResult(nil, j))
	return err
}

// appendResult appends what print prints. It is safe for concurrent use, except
// for verdicts that are explained or could not be had.
func (r *verifyReport) appendResult(dst []byte, j *judged) []byte {
	if !r.app.global.JSON {
		return r.appendLine(dst, j)
	}
	if dst, ok := appendAuthentic(dst, j, r.input.kind); ok {
		return dst
	}
	dst, _ = ui.AppendJSON(dst, r.verdictJSON(j)) // it always encodes
	return dst
}

// explains reports whether the verdict is printed with an explanation.
func (r *verifyReport) explains(j *judged) bool {
	return r.app.global.JSON && j.verdict.Failure != nil
}

// code is what one verdict means for the exit code: 0 for authentic alone.
func (j *judged) code() int {
	switch {
	case j.err != nil:
		return exitFailed
	case j.verdict.Verification.Status == webhook.Authentic:
		return exitOK
	}
	return exitNotAuthentic
}

func (r *verifyReport) end() error {
	switch {
	case r.tally.count == 0 && r.opts.Entry.seen > 0:
		return r.opts.Entry.none(r.opts.Input)
	case r.tally.count == 0:
		return inputError(r.opts.Input, format.ErrEmpty)
	case r.app.global.JSON:
		if r.tally.count == 1 && r.tally.failed == 1 {
			return ended(r.tally.code)
		}
		if r.told > toldFailures {
			r.app.note("only the first %d failures are explained", toldFailures)
		}
	case r.tally.count == 1:
		if err := r.alone(r.first); err != nil {
			return err
		}
	default:
		r.app.note("%d deliveries: %d authentic, %d not authentic, %d unverified, %d unreadable", r.tally.count,
			r.tally.authentic, r.tally.notAuthentic, r.tally.unverified, r.tally.failed)
		if r.tally.notAuthentic > 0 {
			r.app.hint(r.whyOfMany())
		}
	}
	if r.tally.code != exitOK {
		return ended(r.tally.code)
	}
	return nil
}

// verdictJSON is a verdict as a program reads it.
type verdictJSON struct {
	webhook.Verification
	Provider  string   `json:"provider"`
	Event     string   `json:"event"`
	ID        string   `json:"id"`
	MessageID string   `json:"message_id,omitempty"`
	Expected  string   `json:"expected,omitempty"`
	Found     string   `json:"found,omitempty"`
	Next      string   `json:"next,omitempty"`
	Notes     []string `json:"notes,omitempty"`
	Input     string   `json:"input,omitempty"` // the form that the input was taken for
	Line      int      `json:"line,omitempty"`  // of the input, where there are several
	Entry     int      `json:"entry,omitempty"` // the number of the request in a HAR
	Error     string   `json:"error,omitempty"` // why there is no verdict

	Hypotheses      []hypothesisJSON `json:"hypotheses"`                 // each proven, most likely first; empty when there are none
	Observations    []hypothesisJSON `json:"observations,omitempty"`     // what is conspicuous, where nothing is proven
	Tried           map[string]int   `json:"tried,omitempty"`            // trials by group, where nothing is proven
	ExpectedHeaders []string         `json:"expected_headers,omitempty"` // with --reveal
}

func (r *verifyReport) verdictJSON(j *judged) *verdictJSON {
	out := &verdictJSON{Input: string(r.input.kind), Hypotheses: []hypothesisJSON{}}
	out.Entry = j.number
	if r.input.kind == format.NDJSON || r.input.kind == format.Curl {
		out.Line = j.line
	}
	if j.delivery != nil {
		out.ID = j.delivery.ID
	}
	if j.err != nil {
		out.Error = r.app.scrub(j.err.Error())
		return out
	}
	v := j.verdict
	out.Verification, out.Event, out.MessageID, out.Notes = v.Verification, v.Event, v.MessageID, v.Notes
	if v.Provider != nil {
		out.Provider = v.Provider.Name
	}
	if out.ID == "" {
		out.ID = v.MessageID
	}
	if f := v.Failure; f != nil {
		out.Expected, out.Found, out.Next = f.Expected, f.Found, f.Next
		if r.told++; r.told <= toldFailures {
			ex := r.why(j)
			out.Hypotheses, out.Observations = r.hypothesesJSON(ex), r.observationsJSON(ex)
			out.Tried, out.ExpectedHeaders = triedJSON(ex), fieldLines(ex.Expected)
		}
	}
	return out
}

// appendLine appends the line of one verdict of many.
func (r *verifyReport) appendLine(dst []byte, j *judged) []byte {
	st := r.app.IO.Style()
	start := len(dst)
	switch {
	case j.delivery != nil && j.delivery.ID != "":
		dst = ui.AppendSafe(dst, j.delivery.ID)
	case j.number > 0:
		dst = strconv.AppendInt(append(dst, "entry "...), int64(j.number), 10)
	default:
		dst = strconv.AppendInt(append(dst, "line "...), int64(j.line), 10)
	}
	for len(dst)-start < 13 {
		dst = append(dst, ' ')
	}
	if st.Color() {
		dst = append(dst[:start], st.Dim(string(dst[start:]))...)
	}
	dst = append(dst, "  "...)
	if j.err != nil {
		dst = append(dst, st.Bad("✗ unreadable")+"  "+ui.Safe(r.app.scrub(j.err.Error()))...)
		return append(dst, '\n')
	}
	dst = ui.AppendVerdict(dst, st, j.verdict.Verification)
	dst = r.appendWho(dst, "  ", j)
	if d := j.verdict.Verification.Detail; d != "" {
		dst = append(append(dst, "  "...), st.Dim(ui.Safe(d))...)
	}
	return append(dst, '\n')
}

// appendWho appends whose delivery it is, and what it says it is, each after
// some blanks.
func (r *verifyReport) appendWho(dst []byte, blanks string, j *judged) []byte {
	if p := j.verdict.Provider; p != nil {
		dst = append(append(dst, blanks...), ui.Safe(p.Name)...)
	}
	if e := j.verdict.Event; e != "" {
		dst = append(append(dst, blanks...), r.app.IO.Style().Event(ui.Safe(e))...)
	}
	if id := j.verdict.MessageID; id != "" {
		dst = ui.AppendSafe(append(dst, blanks...), id)
	}
	return dst
}

// alone prints the only verdict: a yes on stdout, anything else on stderr.
func (r *verifyReport) alone(j *judged) error {
	if j.err != nil {
		return r.unreadable(j.err)
	}
	if r.input.kind != "" && len(r.opts.Header) == 0 && r.input.large == nil {
		r.app.note("read as %s of %d bytes", kindTitle(r.input.kind), len(j.delivery.Body))
	}
	if j.verdict.Verification.Status != webhook.Authentic {
		r.explain(j)
		return nil
	}
	out := ui.AppendVerdict(nil, r.app.IO.Style(), j.verdict.Verification)
	out = append(r.appendWho(out, "  ", j), '\n')
	if _, err := r.app.IO.Out.Write(out); err != nil {
		return err
	}
	for _, note := range j.verdict.Notes {
		r.app.note("note: %s", note)
	}
	for _, w := range j.verdict.Verification.Warnings {
		r.app.warn(w)
	}
	return nil
}

// unreadable is the error of the only delivery that there is.
func (r *verifyReport) unreadable(err error) error {
	hints := []string{"--as body, http, json, ndjson, har or curl says which form it has, if it was taken for the wrong one"}
	switch {
	case errors.Is(err, format.ErrTooLarge) && r.input.kind == format.Body:
		hints = []string{"the bytes of a body are read in pieces, however many, from a file"}
		if r.inputName() != stdinTitle {
			hints = []string{"its scheme signs what has to be found in the body, so that all of it is held in memory"}
		}
	case errors.Is(err, format.ErrTooLarge):
		hints = []string{"a body of that size is verified from a file of its own, with its headers given by -H"}
	case errors.Is(err, format.ErrIncomplete):
		hints = []string{"the file ends too early: save the whole of it"}
	case errors.As(err, new(*store.DamagedError)):
		hints = []string{"only this one is affected"}
	}
	if e, ok := err.(*exitError); ok {
		err, hints = e.err, e.hints
	}
	return failed(fmt.Errorf("verify %s: %w", r.inputName(), err), hints...)
}

func (r *verifyReport) inputName() string { return inputTitle(r.opts.Input) }

// inputWord is the input as it is typed again.
func (r *verifyReport) inputWord() string {
	if name := r.inputName(); name != stdinTitle {
		return format.ShellWord(name)
	}
	return "-"
}

// explain says what was expected, what was found, and what to type next.
func (r *verifyReport) explain(j *judged) {
	v := j.verdict
	st := r.app.IO.StyleErr()
	if v.Provider == nil {
		r.app.IO.PrintError(fmt.Errorf("verify %s: this request has no provider's headers, so there is nothing to check", r.inputName()),
			"say whose it is: whk verify -p NAME …", "whk providers lists the headers of each",
			"the same with --detect finds out whose it may be, and, with the secret, the scheme that it is signed by")
		return
	}
	if v.Failure == nil {
		r.app.IO.PrintError(fmt.Errorf("verify %s: %s", r.inputName(), v.Verification.Detail), "what is delivered afterwards is signed: verify one of those")
		return
	}
	ex := r.why(j)
	next := v.Failure.Next
	if ex.Proven() {
		next = "" // the explanation says what to do
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: %s delivery: %s\n", st.Bad("whk:"), st.Bad("not authentic: "+string(v.Verification.Reason)), ui.Safe(v.Provider.Name), ui.Safe(v.Verification.Detail))
	for _, line := range [][2]string{
		{"expected", v.Failure.Expected}, {"found", v.Failure.Found}, {"secret", j.source},
		{"event", v.Event}, {"next", next},
	} {
		if line[1] != "" {
			fmt.Fprintf(&b, "  %s%s%s\n", st.Key(line[0]), strings.Repeat(" ", 10-len(line[0])), ui.Safe(line[1]))
		}
	}
	r.appendWhy(&b, ex, v.Verification.Reason)
	for _, hint := range r.nextCommands(j, ex) {
		fmt.Fprintf(&b, "%s %s\n", st.Key("hint:"), ui.Safe(hint))
	}
	fmt.Fprint(r.app.IO.Err, b.String())
}

// whyOfMany says how to have failures among many explained.
func (r *verifyReport) whyOfMany() string {
	if r.input.kind == format.HAR {
		return "--entry N says at length why that request is not authentic, and --json says it of all"
	}
	return fmt.Sprintf("--json says why, of the first %d failures", toldFailures)
}
