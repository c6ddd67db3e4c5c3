package cmd

import (
	"fmt"

	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/sender"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

// announce says what goes where, and with whose secret.
func (app *App) announce(b *built, keys foundKeys) { app.announceAt("", b, keys) }

// announceAt is announce with the name of a registered endpoint.
func (app *App) announceAt(name string, b *built, keys foundKeys) {
	if app.global.JSON {
		app.warnRemoteDevelopment(b, keys)
		return
	}
	if name != "" {
		name += ": "
	}
	app.note("%s%s %s  %s %s, %s", name, b.request.Method, app.shownURL(b.request.URL), b.provider.Name, b.event, ui.Size(int64(len(b.request.Body))))
	if keys.Development {
		app.noteDevelopment(b.provider.Name)
	}
	app.warnRemoteDevelopment(b, keys)
	app.showRequest(b)
}

// showRequest prints what is sent, without secrets, under --verbose.
func (app *App) showRequest(b *built) {
	if app.global.Verbose && !app.global.JSON {
		shown := ui.NewRedactor(b.provider.Sensitive()...).Delivery(b.delivery())
		st := app.IO.StyleErr()
		var out []byte
		for _, f := range shown.Header {
			out = append(out, "  "+st.Key(ui.Safe(f.Name)+":")+" "+ui.Safe(app.scrub(f.Value))+"\n"...)
		}
		if len(shown.Body) > 0 {
			out = ui.AppendBody(append(out, '\n'), st, shown.Body, "")
		}
		app.IO.Err.Write(append(out, '\n')) // the answer follows
	}
}

// noteDevelopment says where the secret that signed is found.
func (app *App) noteDevelopment(provider string) {
	app.note("signed with the development secret: whk gen-secret -p %s --development prints it", provider)
}

func (app *App) warnRemoteDevelopment(b *built, keys foundKeys) {
	if keys.Development && !sender.IsLoopback(b.request.URL) {
		app.warn("the development secret leaves this machine; the target cannot know it",
			"give the endpoint's own secret: --secret-file FILE, or "+b.provider.SecretVariable())
	}
}

// secretHints say what a refusal of the signature usually means.
func (app *App) secretHints(b *built, keys foundKeys, a *webhook.Attempt) []string {
	if a.Status != 401 && a.Status != 403 {
		return nil
	}
	if keys.Development {
		return []string{fmt.Sprintf("the receiver must know the secret: whk gen-secret -p %s --development prints the one that signed, --secret-file uses yours", b.provider.Name)}
	}
	if keys.endpoint != "" {
		name := format.ShellWord(keys.endpoint)
		return []string{fmt.Sprintf("the receiver must know the endpoint's secret: whk endpoint show %s --reveal prints it, and whk listen --endpoint %s has it", name, name)}
	}
	return []string{fmt.Sprintf("the receiver refused it: is its secret the one from %s?", keys.source)}
}
