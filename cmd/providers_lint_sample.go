package cmd

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/webhook"
)

// samples signs and judges each sample that p has.
func (l *linter) samples(p *provider.Provider, variant string) {
	where := ""
	if variant != "" {
		where = "variant " + variant + ": "
	}
	secret, _, err := p.Generate(l.app.Random, 0)
	if err != nil {
		l.fault(p, "%ssecret: %v", where, err)
		return
	}
	other, _, err := p.Generate(l.app.Random, 0)
	if err != nil {
		l.fault(p, "%ssecret: %v", where, err)
		return
	}
	keys := []signing.Secret{signing.NewSecret([]byte(secret)), signing.NewSecret([]byte(other))}
	if err := p.CheckSecret(keys[0]); err != nil {
		l.fault(p, "%ssecret: a secret of this form does not fit the signature: %v", where, err)
		return
	}
	types := p.EventTypes()
	for _, e := range types {
		if e.Variant == "" || e.Variant == variant {
			l.result.Events++
			l.sample(p, e.Name, where, keys)
		}
	}
	if len(types) == 0 {
		// Whether the signature works does not depend on what is signed.
		l.roundTrip(&chosenSample{provider: p, name: "sample"}, buildOptions{data: []byte("{}")}, where, keys)
	}
}

func (l *linter) sample(p *provider.Provider, event, where string, keys []signing.Secret) {
	sample, err := p.Sample(event)
	if err != nil {
		l.fault(p, "%s%s: %v", where, event, err)
		return
	}
	l.roundTrip(&chosenSample{provider: p, sample: sample, name: event}, buildOptions{}, where, keys)
}

// roundTrip signs a sample, or the data that stands in for one, and judges it.
func (l *linter) roundTrip(c *chosenSample, opts buildOptions, where string, keys []signing.Secret) {
	p, event, at := c.provider, c.name, l.app.Now()
	opts.now, opts.url = at, "http://localhost:8080"+p.Request.Path
	b, err := l.app.build(c, opts)
	if err == nil {
		err = b.sign(keys[0], at)
	}
	if err != nil {
		file := p.Path() + "/provider.yaml"
		if c.sample != nil {
			file = c.sample.File
		}
		l.result.Faults = append(l.result.Faults, faultIn(file, where, err))
		return
	}
	m := &signing.Message{Method: b.request.Method, URL: b.request.URL, Header: b.request.Header.HTTP(), Body: b.request.Body}
	judge := func(key signing.Secret) provider.Verdict {
		return provider.NewJudge([]*provider.Provider{p}, true, provider.JudgeOptions{Tolerance: -1,
			Keys: func(*provider.Provider) (provider.Keys, error) {
				return provider.Keys{Secrets: []signing.Secret{key}}, nil
			}}).Judge(m, at)
	}
	v := judge(keys[0])
	switch {
	case v.Verification.Status != webhook.Authentic:
		l.fault(p, "%s%s: what is signed is not authentic: %s", where, event, v.Verification.Detail)
		return
	case judge(keys[1]).Verification.Status == webhook.Authentic:
		l.fault(p, "%s%s: it is authentic under another secret, too", where, event)
	}
	if c.sample != nil {
		for _, warning := range v.Verification.Warnings {
			l.fault(p, "%s%s: %s", where, event, warning)
		}
		l.tells(c, m, where)
	}
	if p.Scheme().Covers().Body && len(m.Body) > 0 {
		m.Body = append([]byte(nil), m.Body...)
		m.Body[len(m.Body)/2] ^= 1
		if judge(keys[0]).Verification.Status == webhook.Authentic {
			l.fault(p, "%s%s: it is authentic with a changed body, too", where, event)
		}
	}
}

// faultIn is an error from making a sample. Where the error begins with the
// file's name and a line, these go into their own fields.
func faultIn(file, where string, err error) fault {
	f := fault{File: file, Message: err.Error()}
	if rest, ok := strings.CutPrefix(f.Message, file+":"); ok {
		f.Message = strings.TrimPrefix(rest, " ")
		if line, text, ok := strings.Cut(rest, ": "); ok {
			if n, err := strconv.Atoi(line); err == nil {
				f.Line, f.Message = n, text
			}
		}
	}
	f.Message = where + f.Message
	return f
}

// tells checks that a receiver can find out a sample's provider and event type.
func (l *linter) tells(c *chosenSample, m *signing.Message, where string) {
	p, event := c.provider, c.name
	if !p.Recognises(m) {
		l.fault(p, "%s%s: recognise does not fit what is sent: nobody would know whose it is", where, event)
	}
	if len(p.Event.Type) == 0 {
		l.fault(p, "event.type is missing: where a request tells its event type")
		return
	}
	got := p.EventOf(m)
	if got == event || got == p.Arrives(event) {
		return
	}
	read := fmt.Sprintf("%q", got)
	if got == "" {
		read = "nothing"
	}
	l.result.Faults = append(l.result.Faults, fault{File: c.sample.File, Message: fmt.Sprintf("%sevent.type reads %s from it, and its event type is %q", where, read, event)})
}
