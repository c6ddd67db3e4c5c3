package cmd

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/receiver"
	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/webhook"
)

// handshakeFlags say what becomes of the requests with which providers check an
// endpoint.
type handshakeFlags struct {
	Handshakes   string
	AcceptSecret bool
	VerifyTokens []string
}

func (f *handshakeFlags) add(cmd *cobra.Command) {
	addOneOf(cmd, &f.Handshakes, "handshakes", "answer", "what becomes of a provider's handshakes: whk answers them, or forwards them like deliveries", "answer", "forward")
	cmd.Flags().BoolVar(&f.AcceptSecret, "accept-secret", false, "keep the signing secret that a provider's handshake hands over")
	cmd.Flags().StringArrayVar(&f.VerifyTokens, "verify-token", nil, "the `text` that was entered beside the URL at the provider; a handshake with another one is refused (repeatable)")
}

// tokens are the texts of --verify-token.
func (f *handshakeFlags) tokens() ([]signing.Secret, error) {
	tokens := make([]signing.Secret, len(f.VerifyTokens))
	for i, text := range f.VerifyTokens {
		if text == "" {
			return nil, usageError(errors.New("--verify-token is empty"), "give the text that is typed in beside the URL at the provider")
		}
		tokens[i] = signing.NewSecret([]byte(text))
	}
	return tokens, nil
}

// wish is the answer that the provider of a judged delivery wants: to a
// handshake, or to its event type. With firm, no script or target may answer
// instead.
func (l *listener) wish(v *provider.Verdict, m *signing.Message, d *webhook.Delivery) (own *receiver.Answer, firm bool) {
	if d.Verification.Status == webhook.NotAuthentic {
		if d.Handshake = v.Handshake != nil && v.Handshake.Token != ""; d.Handshake { // with a token that is not the user's
			return &receiver.Answer{Status: http.StatusForbidden}, true
		}
		return nil, false
	}
	d.Handshake = v.Handshake != nil
	reply, err := l.judge.Reply(v, m)
	if err != nil {
		unanswered(d, err)
		return &receiver.Answer{Status: http.StatusBadRequest}, true
	}
	if reply == nil {
		return nil, false
	}
	return &receiver.Answer{Status: reply.Status, Header: reply.Header, Body: reply.Body}, d.Handshake && l.opts.Handshakes == "answer"
}

// unanswered notes why a handshake is refused.
func unanswered(d *webhook.Delivery, err error) {
	text := "not answered: " + err.Error()
	if d.Verification.Status == webhook.Authentic {
		d.Verification.Warnings = append(d.Verification.Warnings, text)
		return
	}
	d.Verification.Detail += "; " + text
}

// learn keeps the secret that a handshake hands over, where that is wished. It
// runs before the handshake is answered.
func (l *listener) learn(d *webhook.Delivery) {
	if !d.Handshake || d.Response.Status/100 != 2 {
		return
	}
	p, offered := l.app.offered(d)
	switch {
	case offered == "":
	case !l.opts.AcceptSecret:
		if l.view.told.first("offer " + p.Name) {
			l.view.out.hint(fmt.Sprintf("%s hands over a signing secret; with --accept-secret it is kept", p.Title))
		}
	default:
		path, known, err := l.app.acceptSecret(p, offered)
		if err != nil {
			if text := fmt.Sprintf("the secret that %s hands over is not kept: %v", p.Title, err); l.view.told.first(text) {
				l.app.warn(text)
			}
			return
		}
		l.judge.Forget(p.Name)
		l.app.accepted(p.Title, path, known, l.sourceOf(p))
	}
}

// sourceOf is where the secret of a provider comes from by now.
func (l *listener) sourceOf(p *provider.Provider) string {
	found, err := l.app.secretsFor(l.recorder.ctx, p, l.opts.secretFlags, true)
	if err != nil {
		return ""
	}
	return found.source
}

// offered is the secret that a captured handshake hands over.
func (app *App) offered(d *webhook.Delivery) (*provider.Provider, string) {
	p, err := app.providers().Load(d.Provider)
	if err != nil {
		return nil, ""
	}
	m := signing.Message{Method: d.Method, URL: d.URL, Header: d.Header.HTTP(), Body: d.Body}
	p = p.As(&m)
	h := p.Match(&m)
	if h == nil {
		return p, ""
	}
	return p, p.Offered(h, &m)
}
