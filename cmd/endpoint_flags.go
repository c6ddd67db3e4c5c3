package cmd

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/tidwall/gjson"

	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/sender"
	"github.com/whk-cli/whk/internal/store"
	"github.com/whk-cli/whk/internal/webhook"
)

// settingFlags are what add and edit set of an endpoint.
type settingFlags struct {
	providerFlags
	URL         string
	Events      []string
	Method      string
	Header      webhook.Header
	Data        string
	Description string
}

func (f *settingFlags) add(cmd *cobra.Command, app *App) {
	flags := cmd.Flags()
	flags.StringVar(&f.URL, "url", "", "where deliveries go: a `URL`, host or port, as for trigger --to")
	f.providerFlags.add(cmd, app)
	flags.StringArrayVarP(&f.Events, "event", "e", nil, "only event types that fit this `pattern`; ! in front excludes (repeatable; '*' is all)")
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("event", func(cmd *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
		return app.completeEvents(cmd, nil, word)
	}))
	addOneOf(cmd, &f.Method, "method", "", "the method of requests, in place of the provider's usual one", "GET", "POST")
	addHeaderFlag(cmd, &f.Header, "a header to send besides the provider's own (repeatable)")
	flags.StringVar(&f.Data, "custom-data", "", "a JSON object that the provider puts into each payload: @file, - for standard input, or the `JSON` itself")
	flags.StringVar(&f.Description, "description", "", "a `text` for people to read")
}

// set changes the settings that given names. The rest of e stays, and is
// checked again if the provider has changed.
func (f *settingFlags) set(app *App, e *store.Endpoint, given func(flag string) bool) error {
	if given("provider") {
		e.Provider, e.Variants = f.Provider, nil
	}
	if given("variant") {
		e.Variants = withoutEmpty(f.Variants)
	}
	p, err := app.endpointProvider(e)
	if err != nil {
		return err
	}
	if given("url") {
		if e.URL, err = endpointURL(f.URL, p); err != nil {
			return err
		}
	}
	if given("event") {
		e.Events = app.subscription(f.Events, p)
	}
	if given("method") {
		e.Method = f.Method
	}
	if given("header") {
		e.Header = f.Header
	}
	if given("custom-data") {
		if e.Data, err = app.customData(f.Data); err != nil {
			return err
		}
	}
	if given("description") {
		e.Description = f.Description
	}
	if len(e.Data) > 0 && !p.Endpoint.TakesData() && (given("custom-data") || given("provider")) {
		app.warn(fmt.Sprintf("the payloads of %s have no place for custom data: it is kept, and not sent", p.Name))
	}
	if err := sender.Check(&webhook.Request{Method: "POST", URL: e.URL, Header: e.Header}); err != nil && given("header") {
		return usageError(err, `a header to send: -H "X-Team: orders"`)
	}
	return checkOwnHeaders(p, e.Header)
}

// endpointProvider loads the provider of an endpoint with its variants.
func (app *App) endpointProvider(e *store.Endpoint) (*provider.Provider, error) {
	return app.loadProvider(providerFlags{e.Provider, e.Variants})
}

func withoutEmpty(texts []string) []string {
	var rest []string
	for _, text := range texts {
		if text != "" {
			rest = append(rest, text)
		}
	}
	return rest
}

func endpointURL(text string, p *provider.Provider) (string, error) {
	url, err := sender.ResolveTarget(text, p.Request.Path, "")
	if err == nil {
		url = asRequested(url)
		err = sender.Check(&webhook.Request{Method: "POST", URL: url})
	}
	if err != nil {
		return "", usageError(err, "a URL, a host, or a port of this machine: --url https://example.com/hooks, --url :3000")
	}
	return url, nil
}

// customData reads custom data, whose bytes stay as they are; nil for none.
func (app *App) customData(text string) ([]byte, error) {
	data, err := app.dataFlag(text)
	if err != nil || data == nil {
		return nil, err
	}
	if !gjson.ValidBytes(data) || !gjson.ParseBytes(data).IsObject() {
		return nil, usageError(errors.New("--custom-data is no JSON object"), `--custom-data '{"team":"ops"}', or --custom-data @file.json`)
	}
	return bytes.TrimSpace(data), nil
}
