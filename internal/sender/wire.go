package sender

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// Wire is how the body of a request is sent, for senders that are slow or break
// off on purpose. The zero value sends it at once.
type Wire struct {
	Pieces int           // the body goes out in about so many pieces; 0 is one
	Pause  time.Duration // between pieces
	Cut    bool          // the connection is closed half-way through the body
}

// wire is the state of the Wire of one attempt.
type wire struct {
	Wire
	size int
	sent atomic.Int64 // bytes of the body before the cut; 0: not cut
}

// AttemptOn is [Sender.Attempt] over a connection of its own, in HTTP/1.1, on
// which the body leaves as w says. An attempt that was cut ends with
// [webhook.ClassAborted], unless the target answered before; a request without a
// body can be neither cut nor sent in pieces.
func (s *Sender) AttemptOn(ctx context.Context, r *webhook.Request, w Wire) webhook.Attempt {
	t := transport(s.opts)
	t.DisableKeepAlives = true
	t.ForceAttemptHTTP2 = false
	t.Protocols = new(http.Protocols)
	t.Protocols.SetHTTP1(true)
	on := &Sender{opts: s.opts, pooled: t, single: t, wire: &wire{Wire: w, size: len(r.Body)}}
	defer on.Close()
	a := on.Attempt(ctx, r)
	if n := on.wire.sent.Load(); n > 0 && a.Status == 0 && a.Error != webhook.ClassCanceled {
		a = webhook.Attempt{Error: webhook.ClassAborted, Duration: a.Duration,
			Detail: fmt.Sprintf("closed here after %d of the body's %d bytes", n, len(r.Body))}
	}
	return a
}

// body reads a request's body in pieces, or the beginning of it.
func (w *wire) body(ctx context.Context, body io.Reader) io.Reader {
	return &piecewise{ctx: ctx, w: w, from: body}
}

// piecewise is a body that is slow to read, and may end before its end.
type piecewise struct {
	ctx  context.Context
	w    *wire
	from io.Reader
	read int
}

var errCut = errors.New("closed on purpose")

func (p *piecewise) Read(b []byte) (int, error) {
	piece := max(1, (p.w.size+p.w.Pieces-1)/max(1, p.w.Pieces))
	if p.w.Cut {
		half := max(1, p.w.size/2)
		if p.read >= half {
			p.w.sent.Store(int64(p.read))
			return 0, errCut
		}
		piece = min(piece, half-p.read)
	}
	if p.read > 0 && p.read < p.w.size {
		if err := Sleep(p.ctx, p.w.Pause); err != nil {
			return 0, err
		}
	}
	n, err := p.from.Read(b[:min(len(b), piece)])
	p.read += n
	return n, err
}
