package cmd

import (
	"net/http"

	"github.com/whk-cli/whk/internal/webhook"
)

// headerForms turns headers into net/http's form. The deliveries of one sender
// have the same names in the same order, so that only values change; those of
// several senders come in turns.
type headerForms struct {
	known [8]headerForm
	last  int // the one that fitted the last header
	next  int // the one that a new form replaces
}

// headerForm is a header whose values are overwritten each time.
type headerForm struct {
	names  []string // as they were spelled
	values []string
	header http.Header // of the values
}

// of is h in net/http's form, until the next call.
func (f *headerForms) of(h webhook.Header) http.Header {
	for i := range f.known {
		n := (f.last + i) % len(f.known)
		if form := &f.known[n]; form.fits(h) {
			f.last = n
			return form.fill(h)
		}
	}
	form, ok := newHeaderForm(h)
	if !ok {
		return h.HTTP()
	}
	f.last, f.next = f.next, (f.next+1)%len(f.known)
	f.known[f.last] = form
	return form.fill(h)
}

// newHeaderForm makes the form of h; a name that stands twice has none.
func newHeaderForm(h webhook.Header) (headerForm, bool) {
	form := headerForm{make([]string, len(h)), make([]string, len(h)), make(http.Header, len(h))}
	for i, field := range h {
		name := http.CanonicalHeaderKey(field.Name)
		if _, twice := form.header[name]; twice {
			return headerForm{}, false
		}
		form.names[i], form.header[name] = field.Name, form.values[i:i+1:i+1]
	}
	return form, true
}

func (form *headerForm) fits(h webhook.Header) bool {
	if form.header == nil || len(h) != len(form.names) {
		return false
	}
	for i := range h {
		if h[i].Name != form.names[i] {
			return false
		}
	}
	return true
}

func (form *headerForm) fill(h webhook.Header) http.Header {
	for i := range h {
		form.values[i] = h[i].Value
	}
	return form.header
}
