package cmd

import (
	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/webhook"
)

// wanted is how a good receiver answers a request.
type wanted struct {
	refused bool
	none    bool // no answer is due
	once    bool // it is a repetition, and is to have no effect
	why     string
}

func (w wanted) String() string {
	switch {
	case w.none:
		return "no answer is due"
	case w.refused:
		return "401 wanted: " + w.why
	case w.why != "":
		return "2xx wanted: " + w.why
	case w.once:
		return "2xx wanted, and nothing done twice"
	}
	return "2xx wanted"
}

// fits reports whether an attempt ended as it should.
func (w wanted) fits(a *webhook.Attempt) bool {
	switch {
	case w.none:
		return a.Status == 0 || a.Status >= 400 // one that notices says so
	case w.refused:
		return a.Error == "" && a.Status/100 == 4
	}
	return a.Acknowledged()
}

// judge is how a receiver that knows the secret answers a request.
func (f *faulty) judge(r *faultRequest) wanted {
	if f.faults.Abort {
		return wanted{none: true}
	}
	b := r.b
	verdict := provider.NewJudge([]*provider.Provider{b.provider}, true, provider.JudgeOptions{Tolerance: -1,
		Keys: func(*provider.Provider) (provider.Keys, error) {
			return provider.Keys{Secrets: f.plan.keys.Secrets}, nil // wherever they come from, a good receiver has them
		},
	}).Judge(&signing.Message{Method: b.request.Method, URL: b.signedURL(), Header: b.request.Header.HTTP(), Body: b.request.Body}, f.plan.now())
	v := verdict.Verification
	switch {
	case v.Status != webhook.Authentic:
		return wanted{refused: true, why: string(v.Reason)}
	case len(v.Warnings) > 0:
		return wanted{why: "only a strict receiver refuses it: " + v.Warnings[0]}
	case len(r.done) > 0:
		return wanted{why: "the signature does not show it"}
	}
	return wanted{}
}

// signedURL is the URL that b's receiver is to verify.
func (b *built) signedURL() string {
	if b.message.URL == "" {
		return b.request.URL
	}
	return b.message.URL
}
