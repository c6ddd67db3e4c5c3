package cmd

import (
	"context"
	"fmt"
	"strings"

	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/webhook"
)

// explain says, once for each provider, what to type about a missing secret.
func (v *listenView) explain(d *webhook.Delivery) {
	if d.Verification.Reason != webhook.ReasonNoSecret || !v.told.first(d.Provider) {
		return
	}
	if p, err := v.app.providers().Load(d.Provider); err == nil {
		v.out.hint(v.listener.secretHint(v.listener.recorder.ctx, p))
	}
}

// secretHint says how to give the secret of p: by the name of a registered
// endpoint where there is one.
func (l *listener) secretHint(ctx context.Context, p *provider.Provider) string {
	ways := "--secret-file FILE, or " + p.SecretVariable()
	if names := l.endpointsOf(ctx, p); len(names) > 0 {
		ways = "--endpoint " + strings.Join(names, " or ") + ", " + ways
	}
	return fmt.Sprintf("to check %s deliveries, give its secret: %s", p.Name, ways)
}

// endpointsOf names the registered endpoints of p, a few at most: those whose
// URL leads here, else all. An error in reading them does not matter here.
func (l *listener) endpointsOf(ctx context.Context, p *provider.Provider) []string {
	const most = 3
	all, _ := l.store.Endpoints(ctx)
	var here, elsewhere []string
	for _, e := range all {
		switch {
		case e.Provider != p.Name:
		case l.sockets.Reaches(e.URL):
			here = append(here, format.ShellWord(e.Name))
		default:
			elsewhere = append(elsewhere, format.ShellWord(e.Name))
		}
	}
	if len(here) == 0 {
		here = elsewhere
	}
	return here[:min(len(here), most)]
}
