package cmd

import (
	"fmt"
	"net"
	"strings"
	"sync"

	"github.com/whk-cli/whk/internal/receiver"
)

// recurring counts what happens again and again, so that it is not said each time. The
// zero value has counted nothing. It is safe for concurrent use.
type recurring struct {
	mu     sync.Mutex
	counts map[string]int
	unsaid int
}

// mostCounted bounds how many things are told apart; all others are one.
const mostCounted = 1000

// add counts one more of a thing, and reports how many there were and whether that
// is to be said: of the 1st, the 10th, the 100th and so on.
func (t *recurring) add(thing string) (n int, say bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = map[string]int{}
	}
	if _, known := t.counts[thing]; !known && len(t.counts) >= mostCounted {
		thing = ""
	}
	t.counts[thing]++
	n = t.counts[thing]
	step := 1
	for step*10 <= n {
		step *= 10
	}
	if say = n == step; !say {
		t.unsaid++
	}
	return n, say
}

// rest is how often nothing was said.
func (t *recurring) rest() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.unsaid
}

// tellEarly reports whether a request that did not come about is to be told, and the
// how many-eth of its kind and its sender it is.
func (v *listenView) tellEarly(r receiver.Refusal) (n int, tell bool) {
	host, _, err := net.SplitHostPort(r.Remote)
	if err != nil {
		host = r.Remote
	}
	n, tell = v.early.add(strings.Join([]string{host, r.Class, r.Reason}, " "))
	return n, tell || v.app.global.Verbose
}

func (v *listenView) earlyText(r receiver.Refusal, n int) string {
	text := fmt.Sprintf("no request from %s: %s", r.Remote, r.Reason)
	if r.Status != 0 {
		text += fmt.Sprintf(", answered %d", r.Status)
	}
	if r.Line != "" {
		text += fmt.Sprintf(": %q", r.Line)
	}
	if n > 1 {
		text += fmt.Sprintf(" (%d like this from there by now)", n)
	}
	return text
}

// refusedEarly tells of a connection on which no request came about, and once what
// to do about its kind.
func (v *listenView) refusedEarly(r receiver.Refusal) {
	n, tell := v.tellEarly(r)
	if !tell {
		return
	}
	v.app.note("%s", v.earlyText(r, n))
	if !v.told.first("early " + r.Class) {
		return
	}
	own := v.listener.sockets.URL()
	switch r.Class {
	case receiver.ClassPlainHTTP:
		v.out.hint("the URL is " + own + ", with the s")
	case receiver.ClassHTTPS:
		v.out.hint("the URL is " + own + ", without an s; whk listen --tls speaks HTTPS")
	case receiver.ClassUntrusted:
		v.out.hint("whk and curl trust it with" + v.listener.opts.tlsFlags.words(own))
	}
}
