package sender

import (
	"context"
	"net/url"

	"github.com/whk-cli/whk/internal/webhook"
)

// Lanes are a [Lane] for each of a few targets. They are for one goroutine at a
// time, which closes them.
type Lanes struct {
	sender *Sender
	lanes  map[string]*Lane // by scheme and host
	url    string           // of the last request, and where it went
	last   *Lane
}

// mostLanes is how many connections are kept at the same time.
const mostLanes = 16

// Lanes makes lanes. Closing the sender does not close them.
func (s *Sender) Lanes() *Lanes { return &Lanes{sender: s, lanes: map[string]*Lane{}} }

// Close closes the connections.
func (l *Lanes) Close() {
	for _, lane := range l.lanes {
		lane.Close()
	}
	clear(l.lanes)
	l.last = nil
}

// Attempt sends r once and reads the answer, as [Lane.Attempt] does, over the
// connection to its target.
func (l *Lanes) Attempt(ctx context.Context, r *webhook.Request) webhook.Attempt {
	if l.last == nil || l.url != r.URL {
		l.url, l.last = r.URL, l.to(r.URL)
	}
	return l.last.Attempt(ctx, r)
}

func (l *Lanes) to(rawURL string) *Lane {
	home := ""
	if u, err := url.Parse(rawURL); err == nil {
		home = u.Scheme + "://" + u.Host
	}
	lane := l.lanes[home]
	if lane == nil {
		if len(l.lanes) == mostLanes {
			l.Close()
		}
		lane = l.sender.Lane()
		l.lanes[home] = lane
	}
	return lane
}
