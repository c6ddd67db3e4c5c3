package cmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/whk-cli/whk/internal/diagnosis"
	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/secret"
	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

// foundName is the name of a scheme that was found, until the user gives it
// one.
const foundName = "found"

// detectionJSON is what --detect found, as a program reads it.
type detectionJSON struct {
	Matches []matchJSON `json:"matches"`            // best first; empty when there are none
	Scheme  string      `json:"scheme,omitempty"`   // a provider.yaml, where none of the providers is proven
	InQuery string      `json:"in_query,omitempty"` // in its place: how it is signed, in the URL's query
}

type matchJSON struct {
	Provider string `json:"provider"`
	Proven   bool   `json:"proven"` // its signature is right under a secret that is known
	Detail   string `json:"detail"`
}

// runDetect tells whose the input's first delivery is.
func runDetect(ctx context.Context, app *App, opts *verifyOptions) error {
	if opts.Provider != "" && opts.Provider != app.held.preferred {
		return usageError(errors.New("--detect finds out whose a delivery is, and --provider says it"), "leave one of them out")
	}
	input, err := app.openDeliveries(ctx, opts)
	if err != nil {
		return err
	}
	defer input.close()
	d, err := firstDelivery(input)
	if err != nil {
		return err
	}
	if what, ok := format.Redacted(d); ok && !(what == format.RedactedURL && opts.URL != "") {
		return failed(fmt.Errorf("%s was redacted when this was written, so it cannot be judged", what), "write it again with --reveal")
	}
	secrets, err := app.namedSecrets(ctx, opts.secretFlags)
	if err != nil {
		return err
	}
	v := &verification{app: app, opts: opts}
	m := &signing.Message{Method: d.Method, URL: d.URL, Header: d.Header.HTTP(), Body: d.Body}
	if opts.URL != "" {
		m.URL = opts.URL
	}
	found := diagnosis.Detect(ctx, diagnosis.Unknown{Message: m, Providers: v.others(ctx, nil), Secrets: secrets, Now: app.Now()}, foundName)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if p, h := app.providers().Handshake(m); h != nil && len(found.Matches) == 0 {
		found.Matches = []diagnosis.Match{{Provider: p, Why: "it is a handshake of that provider's, which carries no signature"}}
	}
	return app.printDetection(found, len(secrets) > 0)
}

// firstDelivery is the only one that --detect looks at.
func firstDelivery(input *deliveries) (*webhook.Delivery, error) {
	for entry, err := range input.deliveries {
		if errors.Is(err, webhook.ErrChanged) && entry.Delivery != nil {
			err = nil // whose it is shows all the same
		}
		return entry.Delivery, err
	}
	return nil, inputError(input.name, format.ErrEmpty)
}

// namedSecrets are those given for no provider in particular; none is allowed.
func (app *App) namedSecrets(ctx context.Context, flags secretFlags) ([]signing.Secret, error) {
	if own := app.held.endpoint; own != nil {
		return own.keys.Secrets, nil
	}
	found, err := app.finder(flags).Find(ctx, secret.Query{})
	if errors.Is(err, secret.ErrNone) {
		return nil, nil
	}
	if err != nil {
		return nil, sourceError(err, sourceHint)
	}
	app.hold(found.Secrets)
	return found.Secrets, nil
}

func (app *App) printDetection(d diagnosis.Detection, withSecret bool) error {
	proven := d.Scheme != "" || d.InQuery != "" || (len(d.Matches) > 0 && d.Matches[0].Proven)
	if err := app.showDetection(d); err != nil {
		return err
	}
	switch {
	case d.Scheme != "":
		app.note("no known provider signs like this; this scheme makes the delivery authentic")
		app.note("save it as a provider: .whk/providers/%s/provider.yaml, with a name of its own for both", foundName)
		if d.InBody {
			app.note("and the body beside it, as events/EVENT.json, with ${now:unix} where its time stands: whk trigger needs those fields")
		}
	case d.InQuery != "":
		app.note("no provider.yaml can have a signature in the query, which servers and proxies write into their logs: have it sent in a header")
	case !proven && !app.global.JSON && len(d.Matches) == 0:
		hint := "with the endpoint's secret, or the public key of a pair, an unknown scheme is searched for: --secret-file FILE"
		if withSecret {
			hint = "no scheme makes it authentic under this secret: is it this very endpoint's, and is the body as it arrived?"
		}
		app.IO.PrintError(errors.New("verify --detect: nothing about this delivery is recognised"), "whk providers lists the headers of each", hint)
	case !withSecret:
		app.note("without a secret the headers' names and form decide; --secret-file FILE makes sure")
	}
	if !proven {
		return ended(exitNotAuthentic)
	}
	return nil
}

func (app *App) showDetection(d diagnosis.Detection) error {
	if app.global.JSON {
		out := detectionJSON{Matches: []matchJSON{}}
		for _, m := range d.Matches {
			out.Matches = append(out.Matches, matchJSON{m.Provider.Name, m.Proven, m.Why})
		}
		out.Scheme, out.InQuery = app.scrub(d.Scheme), app.scrub(d.InQuery)
		return ui.JSON(app.IO.Out, out)
	}
	if d.Scheme != "" {
		_, err := app.IO.Out.Write([]byte(app.scrub(d.Scheme)))
		return err
	}
	if d.InQuery != "" {
		_, err := fmt.Fprintln(app.IO.Out, ui.Safe(app.scrub(d.InQuery)))
		return err
	}
	if len(d.Matches) == 0 {
		return nil
	}
	table := ui.NewTable("PROVIDER", "PROVEN", "WHY")
	for _, m := range d.Matches {
		proven := "no"
		if m.Proven {
			proven = "yes"
		}
		table.Row(m.Provider.Name, proven, m.Why)
	}
	return table.Print(app.IO)
}
