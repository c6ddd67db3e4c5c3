package sender

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// turn is one attempt of a lane.
type turn struct {
	lane     *Lane
	start    time.Time
	end      time.Time // the limit of the whole
	progress progress
	spent    bool // the connection can not be used again
}

func (t *turn) overdue() bool { return !time.Now().Before(t.end) }

// run sends r and reads the answer. With an error, the attempt holds what was
// received until then.
func (t *turn) run(ctx context.Context, r *webhook.Request) (webhook.Attempt, error) {
	l := t.lane
	l.watch(ctx)
	if err := t.connect(ctx); err != nil {
		return webhook.Attempt{}, err
	}
	l.out = l.appendRequest(l.out[:0], r)
	t.spent = wantsClose(r.Header)
	writing, err := t.write(ctx)
	if err != nil {
		return webhook.Attempt{}, err
	}
	t.progress.sent.Store(writing == nil)
	if writing != nil && !isReset(writing) {
		return webhook.Attempt{}, writing
	}
	if sent := time.Now(); sent.Sub(t.start) > 5*time.Millisecond {
		if err := t.limit(ctx, earlier(sent.Add(l.sender.opts.FirstByte), t.end)); err != nil {
			return webhook.Attempt{}, err
		}
	}
	// A target that refuses a request before it has all of it may have said why.
	a, err := t.read(ctx)
	if writing != nil {
		t.spent = true
		if err != nil && a.Status == 0 {
			err = writing
		}
	}
	return a, err
}

// write sends what is in l.out. A connection that the target has broken since its
// last answer takes not a byte of it: then it goes out over another, still once.
// What was taken is never sent again, whatever becomes of it.
func (t *turn) write(ctx context.Context) (writing, err error) {
	l := t.lane
	for {
		first := min(l.sender.opts.FirstByte, t.end.Sub(t.start))
		if err := t.limit(ctx, t.start.Add(first)); err != nil {
			return nil, err
		}
		if len(l.out) > 16<<10 { // it may take its time
			l.conn.SetWriteDeadline(t.end)
		}
		n, writing := l.conn.Write(l.out)
		if n > 0 || !l.used || !isReset(writing) {
			return writing, nil
		}
		l.habit.learned(habitCloses)
		l.drop()
		t.progress.connected.Store(false)
		if err := t.connect(ctx); err != nil {
			return nil, err
		}
	}
}

func (t *turn) connect(ctx context.Context) error {
	if t.lane.conn != nil {
		return t.lane.connect(ctx, &t.progress)
	}
	limited, cancel := context.WithDeadline(ctx, t.end)
	defer cancel()
	err := t.lane.connect(limited, &t.progress)
	if err == nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	return err
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// limit sets a deadline, and returns the error of ctx: its end has set an
// earlier deadline, which may just have been overwritten.
func (t *turn) limit(ctx context.Context, deadline time.Time) error {
	t.lane.conn.SetDeadline(deadline)
	return ctx.Err()
}

func wantsClose(h webhook.Header) bool {
	for i := range h {
		if len(h[i].Name) == len("Connection") && strings.EqualFold(h[i].Name, "Connection") {
			return true
		}
	}
	return false
}

// read reads the answer. Nearly every one comes whole and is plain; any other is
// left to net/http, with the bytes that are there.
func (t *turn) read(ctx context.Context) (webhook.Attempt, error) {
	l := t.lane
	n, err := l.conn.Read(l.in)
	if n == 0 && err != nil {
		return webhook.Attempt{}, err
	}
	t.progress.answered.Store(true)
	if answer, ok := plainAnswer(l.in[:n]); ok {
		t.spent = t.spent || answer.last
		return answer.attempt(), nil
	}
	return t.readSlowly(ctx, l.in[:n])
}

func (t *turn) readSlowly(ctx context.Context, got []byte) (webhook.Attempt, error) {
	conn := t.lane.conn
	limited := &headerLimit{r: io.MultiReader(bytes.NewReader(got), conn), left: maxHeader}
	in := bufio.NewReader(limited)
	resp, err := finalAnswer(in)
	if err != nil {
		return webhook.Attempt{}, limited.cause(err)
	}
	// The body is not closed, since that would read all the rest of it: a
	// connection with unread bytes is dropped.
	limited.left = 1 << 62
	a := begun(resp)
	if resp.StatusCode == http.StatusSwitchingProtocols {
		t.spent = true
		return a, nil // what follows is not an answer's body
	}
	if err := t.limit(ctx, t.end); err != nil {
		return a, err
	}
	err = readBody(&a, resp)
	// Bytes that were not read, or are not part of the answer, would be taken
	// for the next one.
	t.spent = t.spent || resp.Close || a.BodySize >= MaxRead || in.Buffered() > 0
	if err == nil && a.Status/100 == 2 {
		a.Header, a.Body = nil, nil
	}
	return a, err
}

// finalAnswer skips interim answers; their size counts, too.
func finalAnswer(in *bufio.Reader) (*http.Response, error) {
	for {
		resp, err := http.ReadResponse(in, &http.Request{Method: http.MethodPost})
		if err != nil || resp.StatusCode/100 != 1 || resp.StatusCode == http.StatusSwitchingProtocols {
			return resp, err
		}
	}
}

// headerLimit bounds what is read of an answer's headers.
type headerLimit struct {
	r    io.Reader
	left int64
	late error // the deadline, once it has passed
}

var errHeaders = errors.New("its headers exceeded 256 KiB")

// Read reads from r as long as anything is left.
func (h *headerLimit) Read(p []byte) (int, error) {
	if h.left <= 0 {
		return 0, errHeaders
	}
	if int64(len(p)) > h.left {
		p = p[:h.left]
	}
	n, err := h.r.Read(p)
	h.left -= int64(n)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		h.late = err
	}
	return n, err
}

// cause is why no header could be read. err may not say so: where the bytes end
// within a line, net/http takes that for the whole line.
func (h *headerLimit) cause(err error) error {
	switch {
	case h.left <= 0:
		return errHeaders
	case h.late != nil:
		return h.late
	}
	return err
}
