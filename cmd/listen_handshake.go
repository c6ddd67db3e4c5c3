package cmd

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/receiver"
	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/webhook"
)

// handshakeFlags say what becomes of requests by which providers make sure of an
// endpoint.
type handshakeFlags struct {
	Handshakes   string
	AcceptSecret bool
}

func (f *handshakeFlags) add(cmd *cobra.Command) {
	addOneOf(cmd, &f.Handshakes, "handshakes", "answer", "what becomes of a provider's challenge requests: whk answers them, or they go the way of deliveries", "answer", "forward")
	cmd.Flags().BoolVar(&f.AcceptSecret, "accept-secret", false, "keep the signing secret that a provider's handshake hands over")
}

// wish is the answer that the provider of a judged delivery wants: to a
// handshake, which nobody else answers, or to its event type.
func (l *listener) wish(v *provider.Verdict, m *signing.Message, d *webhook.Delivery) (own *receiver.Answer, firm bool) {
	if d.Verification.Status == webhook.NotAuthentic {
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
// runs before the handshake is answered, and only the first secret of a provider
// is kept: whoever reaches the listener could offer another.
func (l *listener) learn(d *webhook.Delivery) {
	if !d.Handshake || d.Response.Status/100 != 2 {
		return
	}
	p, offered := l.app.offered(d)
	switch {
	case offered == "":
	case !l.opts.AcceptSecret:
		if l.view.hint("offer " + p.Name) {
			l.view.hintLine(fmt.Sprintf("%s hands over a signing secret; with --accept-secret it is kept", p.Title))
		}
	default:
		path, err := l.app.acceptSecret(p, offered)
		if err != nil {
			if text := fmt.Sprintf("the secret that %s hands over is not kept: %v", p.Title, err); l.view.hint(text) {
				l.app.warn(text)
			}
			return
		}
		l.judge.Forget(p.Name)
		l.app.accepted(p.Title, path, l.sourceOf(p))
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

// accepted says where a secret is kept, and whether it is used.
func (app *App) accepted(title, path, source string) {
	if source != acceptedSource {
		app.note("the signing secret of %s is kept in %s; %s goes before it", title, path, source)
		return
	}
	app.note("the signing secret of %s is kept in %s, and used from now on", title, path)
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

const (
	acceptedSource = "the accepted secret"
	acceptedDir    = "accepted"
	mostAccepted   = 1 << 10
)

// acceptSecret keeps a provider's secret in the state directory, unless there is
// another one.
func (app *App) acceptSecret(p *provider.Provider, text string) (path string, err error) {
	s := signing.NewSecret([]byte(text))
	if len(text) > mostAccepted || !isPrintable(text) {
		return "", errors.New("it is no text of up to 1024 characters")
	}
	if err := p.CheckSecret(s); err != nil {
		return "", err
	}
	dir, err := app.state()
	if err != nil {
		return "", err
	}
	path = filepath.Join(dir.Path(), acceptedDir, p.Name)
	kept, err := dir.CreateOnce(acceptedDir+"/"+p.Name, func() ([]byte, error) { return []byte(text), nil })
	if err != nil {
		return "", err
	}
	if string(kept) != text {
		return "", fmt.Errorf("there is another one in %s; remove that file to accept a new one", path)
	}
	app.hold([]signing.Secret{s})
	return path, nil
}

func isPrintable(text string) bool {
	for i := range len(text) {
		if text[i] <= ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// acceptedSecret is the secret that was kept of a provider's handshake, nil when
// there is none. It makes no state directory.
func (app *App) acceptedSecret(name string) ([]byte, error) {
	path, err := app.statePath()
	if err != nil {
		return nil, nil // without a state directory there is none
	}
	if _, err := os.Lstat(filepath.Join(path, acceptedDir, name)); err != nil {
		return nil, nil
	}
	dir, err := app.state()
	if err != nil {
		return nil, err
	}
	return dir.ReadFile(acceptedDir + "/" + name)
}
