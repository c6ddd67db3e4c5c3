package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/whk-cli/whk/internal/diagnosis"
	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/secret"
	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

// Bounds on output: explanations of one failure without --verbose, and failures
// of a file that are explained.
const (
	toldHypotheses = 3
	toldFailures   = 20
)

// why looks for what would make j authentic. It is empty for a delivery that is
// authentic or could not be judged.
func (v *verification) why(ctx context.Context, j *judged) diagnosis.Explanation {
	p, status := j.verdict.Provider, j.verdict.Verification.Status
	if j.err != nil || p == nil || status != webhook.NotAuthentic {
		return diagnosis.Explanation{}
	}
	secrets := v.foundFor(p).secrets
	if len(secrets) == 0 {
		return diagnosis.Explanation{}
	}
	ex := diagnosis.Explain(ctx, diagnosis.Case{
		Provider: p, Message: j.message, Secrets: secrets, Others: v.others(ctx, p), Spares: v.app.spares(ctx, p, secrets),
		Now: j.at, Tolerance: v.opts.Tolerance.or(-1), Failure: j.verdict.Failure, Reveal: v.opts.Reveal,
	})
	if j.changed != nil {
		ex.Observations = append([]diagnosis.Observation{changedBody(j)}, ex.Observations...)
	}
	return ex
}

// whyLarge is why for a body that stays in its file: as much of it is held in
// memory for that as of any other input.
func (v *verification) whyLarge(ctx context.Context, j *judged, large *largeFile) diagnosis.Explanation {
	if j.message == nil || large.size > format.DefaultLimit {
		return diagnosis.Explanation{}
	}
	body, err := io.ReadAll(large.section())
	if err != nil || large.err != nil {
		return diagnosis.Explanation{}
	}
	whole, message := *j, *j.message
	message.Body, message.BodyFrom = body, nil
	whole.message = &message
	return v.why(ctx, &whole)
}

// changedBody tells of a body that is not the one that was captured.
func changedBody(j *judged) diagnosis.Observation {
	what := j.changed
	var placed *format.Error
	if errors.As(what, &placed) {
		what = placed.Err
	}
	return diagnosis.Observation{Code: "body-changed", Where: diagnosis.InBody, Fix: exportAgain(j.delivery),
		Title: "the body was changed since it was captured, and the bytes that are here were judged", Evidence: what.Error()}
}

// others are the providers besides p, which may be nil, each with the secrets
// that are known for it alone. Files that are wrong are passed over; they were
// warned of before.
func (v *verification) others(ctx context.Context, p *provider.Provider) []diagnosis.Known {
	if v.known == nil {
		v.known = []diagnosis.Known{}
		for _, name := range v.app.providers().Names() {
			if other, err := v.app.loadProvider(providerFlags{Provider: name}); err == nil {
				v.known = append(v.known, diagnosis.Known{Provider: other, Secrets: v.app.ownSecrets(ctx, other).Secrets})
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(v.known), func(k diagnosis.Known) bool { return p != nil && k.Provider.Name == p.Name })
}

// ownSecrets are what the environment and the files of the configuration hold
// for a provider. No command is run for it: nobody asked for this provider's.
func (app *App) ownSecrets(ctx context.Context, p *provider.Provider) secret.Found {
	own := func(name string) (string, bool) {
		if name == "" || name != secret.EnvName(p.Name) {
			return "", false
		}
		return app.LookupEnv(name)
	}
	refs := slices.DeleteFunc(app.secretRefs(p.Name), func(r secret.Ref) bool { return r.Kind == secret.KindCommand })
	for _, r := range refs {
		if r.Kind == secret.KindEnv {
			own = app.LookupEnv
		}
	}
	found, err := (&secret.Finder{LookupEnv: own}).Find(ctx, secret.Query{Provider: p.Name, Refs: refs})
	if err != nil {
		return secret.Found{}
	}
	app.hold(found.Secrets)
	return found
}

// spares are known secrets of p other than those that were used: from another
// source, and whk's own. None is made.
func (app *App) spares(ctx context.Context, p *provider.Provider, used []signing.Secret) []diagnosis.Spare {
	var spares []diagnosis.Spare
	add := func(secrets []signing.Secret, what string) {
		for _, s := range secrets {
			if !slices.ContainsFunc(used, func(u signing.Secret) bool { return u.Equal(s) }) {
				spares = append(spares, diagnosis.Spare{Secret: s, What: what})
			}
		}
	}
	own := app.ownSecrets(ctx, p)
	add(own.Secrets, "the secret of "+own.Source)
	if value, ok := app.LookupEnv("WHK_SECRET"); ok && value != "" {
		general := []signing.Secret{signing.NewSecret([]byte(value))}
		app.hold(general)
		add(general, "the secret of WHK_SECRET")
	}
	add(app.madeSecret(p), "whk's own development secret")
	return spares
}

// madeSecret is the development secret of p, if whk has made it.
func (app *App) madeSecret(p *provider.Provider) []signing.Secret {
	path, err := app.statePath()
	if err != nil {
		return nil
	}
	name := filepath.Join("secrets", p.Name)
	if _, err := os.Stat(filepath.Join(path, name)); err != nil {
		return nil
	}
	dir, err := app.state()
	if err != nil {
		return nil
	}
	text, err := dir.ReadFile(filepath.ToSlash(name))
	if err != nil || len(text) == 0 {
		return nil
	}
	secrets := []signing.Secret{signing.NewSecret(text)}
	app.hold(secrets)
	return secrets
}

// hypothesisJSON is an explanation, or an observation, as a program reads it.
type hypothesisJSON struct {
	Code     string   `json:"code"`
	Where    string   `json:"where"` // body, secret, header, url, clock or scheme
	Title    string   `json:"title"`
	Fix      string   `json:"fix"`
	Evidence string   `json:"evidence,omitempty"`
	Steps    []string `json:"steps,omitempty"`    // the mistakes one by one, where there are several
	RawBody  string   `json:"raw_body,omitempty"` // how frameworks give the bytes that arrived, where that is the fix
}

// hypothesesJSON is never nil, so that the list is there when it is empty.
func (r *verifyReport) hypothesesJSON(ex diagnosis.Explanation) []hypothesisJSON {
	out := []hypothesisJSON{}
	for _, h := range ex.Hypotheses {
		out = append(out, hypothesisJSON{Code: h.Code, Where: string(h.Where), Title: r.app.scrub(h.Title),
			Fix: h.Fix, Evidence: r.app.scrub(h.Evidence), Steps: h.Steps, RawBody: h.RawBody})
	}
	return out
}

func (r *verifyReport) observationsJSON(ex diagnosis.Explanation) []hypothesisJSON {
	var out []hypothesisJSON
	for _, o := range ex.Observations {
		out = append(out, hypothesisJSON{Code: o.Code, Where: string(o.Where), Title: r.app.scrub(o.Title), Fix: o.Fix, Evidence: r.app.scrub(o.Evidence)})
	}
	return out
}

// triedJSON counts the trials of a failure that nothing explains, by group; its
// keys have no blanks.
func triedJSON(ex diagnosis.Explanation) map[string]int {
	if ex.Proven() {
		return nil
	}
	counts := map[string]int{}
	for _, c := range ex.Tried {
		counts[strings.ReplaceAll(c.Group, " ", "_")] = c.N
	}
	return counts
}

// fieldLines are header fields as text.
func fieldLines(fields []signing.Field) []string {
	var lines []string
	for _, f := range fields {
		lines = append(lines, f.Name+": "+f.Value)
	}
	return lines
}

// appendWhy writes the best explanations, or, where there is none, what is
// conspicuous and what was tried.
func (r *verifyReport) appendWhy(b *strings.Builder, ex diagnosis.Explanation, reason webhook.Reason) {
	st := r.app.IO.StyleErr()
	line := func(key, text string) {
		if text != "" {
			fmt.Fprintf(b, "  %s%s%s\n", st.Key(key), strings.Repeat(" ", 10-len(key)), ui.Safe(r.app.scrub(text)))
		}
	}
	shown := ex.Hypotheses
	if !r.app.global.Verbose {
		shown = shown[:min(len(shown), toldHypotheses)]
	}
	for _, h := range shown {
		line("why", h.Title)
		line("evidence", h.Evidence)
		line("fix", h.Fix)
	}
	if i := slices.IndexFunc(shown, func(h diagnosis.Hypothesis) bool { return h.RawBody != "" }); i >= 0 {
		line("raw body", shown[i].RawBody)
	}
	if more := len(ex.Hypotheses) - len(shown); more > 0 {
		line("more", fmt.Sprintf("%d less likely with -v", more))
	}
	for _, o := range ex.Observations {
		line("seen", o.Title)
		line("evidence", o.Evidence)
		line("perhaps", o.Fix)
	}
	if !ex.Proven() && len(ex.Tried)+len(ex.Untried) > 0 && reason == webhook.ReasonMismatch {
		if len(ex.Tried) > 0 {
			line("tried", triedText(ex))
		}
		if len(ex.Untried) > 0 {
			line("untried", strings.Join(ex.Untried, ", ")+": beyond the limits on work")
		}
	}
	for _, field := range fieldLines(ex.Expected) {
		fmt.Fprintf(b, "  %s%s\n", st.Key("reveal    "), ui.Safe(field))
	}
}

func triedText(ex diagnosis.Explanation) string {
	var parts []string
	for _, c := range ex.Tried {
		parts = append(parts, fmt.Sprintf("%d %s", c.N, c.Group))
	}
	return strings.Join(parts, ", ") + ": nothing that was tried makes it fit"
}

// captureHints say how to get at the part of what arrived that the scheme
// covers.
func captureHints(scheme *signing.Scheme) []string {
	const capture = "whk listen keeps every byte of a request; send one there, then whk verify last"
	switch {
	case scheme.Static():
		return []string{"if the secret is right, the header is not what was sent: " + capture}
	case scheme.Token():
		return []string{"if the secret is right, the token is not what was sent: " + capture}
	case !scheme.Covers().Body:
		return []string{"if the secret is right, the request is not what arrived: " + capture}
	}
	return []string{
		"if the secret is right, the body is not what arrived: " + capture,
		"in a framework, take the raw body before any parser. " + diagnosis.RawBodies,
	}
}
