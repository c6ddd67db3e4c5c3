package receiver

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Fault is how an answer goes wrong on purpose.
type Fault uint8

// The faults. Over HTTP/2, where a connection is shared, all but FaultHang end
// the request's stream with an error.
const (
	FaultNone      Fault = iota
	FaultTruncate        // half of the body, then the connection is closed
	FaultMalformed       // bytes that are not HTTP
	FaultReset           // no answer: the connection is reset
	FaultClose           // no answer: the connection is closed
	FaultHang            // no answer until the sender ends its side, or the server ends
)

// malformed begins as an answer does, so that it reaches a sender's parser.
const malformed = "HTTP/1.1 two hundred\r\nContent-Length: none\r\n\r\n"

// play sends an answer with its faults.
func (rc *Receiver) play(w http.ResponseWriter, r *http.Request, a *Answer) {
	if a.Delay > 0 {
		rc.wait(r, a.Delay)
		// The time for the answer begins now; if this fails, so does the write.
		http.NewResponseController(w).SetWriteDeadline(time.Now().Add(rc.limits.AnswerTime))
	}
	switch a.Fault {
	case FaultNone:
		if a.Drip > 0 {
			rc.drip(w, r, a)
			return
		}
		a.write(w, mustClose(r))
	case FaultTruncate:
		rc.truncate(w, r, a)
	case FaultHang:
		rc.hang(w, r)
	case FaultMalformed:
		if c := rc.takeOver(w, rc.limits.AnswerTime); c != nil {
			defer c.Close()
			io.WriteString(c, malformed)
			return
		}
		panic(http.ErrAbortHandler)
	case FaultReset:
		reset(rc.takeOver(w, 0))
		panic(http.ErrAbortHandler)
	case FaultClose:
		panic(http.ErrAbortHandler)
	}
}

// wait returns after d, or as soon as nobody waits for the answer any more.
func (rc *Receiver) wait(r *http.Request, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	case <-rc.ending:
	}
}

// takeOver takes a request's connection over from net/http; nil where several
// requests share it. Writes have until within is over.
func (rc *Receiver) takeOver(w http.ResponseWriter, within time.Duration) net.Conn {
	c, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil
	}
	if within > 0 {
		c.SetWriteDeadline(time.Now().Add(within))
	}
	return c
}

// reset closes a connection so that its peer's next read fails. It does not end
// TLS first.
func reset(c net.Conn) {
	if c == nil {
		return
	}
	if encrypted, ok := c.(interface{ NetConn() net.Conn }); ok {
		c = encrypted.NetConn()
	}
	if tcp, ok := c.(interface{ SetLinger(int) error }); ok {
		tcp.SetLinger(0)
	}
	c.Close()
}

// hang says nothing until the sender has gone away or ended its side, which look
// the same.
func (rc *Receiver) hang(w http.ResponseWriter, r *http.Request) {
	c := rc.takeOver(w, 0)
	if c == nil {
		select {
		case <-r.Context().Done():
		case <-rc.ending:
		}
		panic(http.ErrAbortHandler)
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		var space [512]byte
		for {
			if _, err := c.Read(space[:]); err != nil {
				return
			}
		}
	}()
	select {
	case <-gone:
	case <-rc.ending:
	}
	c.Close()
	<-gone
}

// truncate declares a length and sends half of it. Without a body the length is
// made up.
func (rc *Receiver) truncate(w http.ResponseWriter, r *http.Request, a *Answer) {
	cut := *a
	cut.Body = a.Body[:len(a.Body)/2]
	declared := max(len(a.Body), 64)
	if a.Drip > 0 {
		if c := rc.takeOver(w, a.Drip+rc.limits.AnswerTime); c != nil {
			defer c.Close()
			rc.trickle(c, r, cut.head(r, declared), cut.Body, a.Drip)
			return
		}
	}
	cut.headers(w.Header(), declared)
	w.WriteHeader(a.Status)
	w.Write(cut.Body)
	http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// drip spreads the bytes of an answer, its head included, over a time. Over
// HTTP/2 the head is sent at once; if there is no body, the stream ends when
// the time is over.
func (rc *Receiver) drip(w http.ResponseWriter, r *http.Request, a *Answer) {
	body := a.Body
	if r.Method == http.MethodHead || bodiless(a.Status) {
		body = nil
	}
	if c := rc.takeOver(w, a.Drip+rc.limits.AnswerTime); c != nil {
		defer c.Close()
		rc.trickle(c, r, a.head(r, len(body)), body, a.Drip)
		return
	}
	a.headers(w.Header(), len(body))
	w.WriteHeader(a.Status)
	http.NewResponseController(w).Flush()
	if len(body) == 0 {
		rc.wait(r, a.Drip)
		return
	}
	rc.trickle(flusher{w}, r, nil, body, a.Drip)
}

// flusher passes each write on at once.
type flusher struct{ http.ResponseWriter }

func (f flusher) Write(p []byte) (int, error) {
	n, err := f.ResponseWriter.Write(p)
	if err == nil {
		err = http.NewResponseController(f.ResponseWriter).Flush()
	}
	return n, err
}

// tick is the least time between two writes of a trickle.
const tick = 10 * time.Millisecond

// trickle writes head and body in pieces as small as the time allows, until the
// sender is gone. When the server ends, the rest is sent at once.
func (rc *Receiver) trickle(w io.Writer, r *http.Request, head, body []byte, over time.Duration) {
	rest := append(head, body...)
	pieces := min(int64(len(rest)), max(int64(over/tick), 1))
	start, total := time.Now(), int64(len(rest))
	for n := range pieces {
		if n > 0 {
			rc.wait(r, time.Until(start.Add(over/time.Duration(pieces-1)*time.Duration(n))))
		}
		end := total * (n + 1) / pieces
		piece := rest[:end-(total-int64(len(rest)))]
		if _, err := w.Write(piece); err != nil {
			return
		}
		rest = rest[len(piece):]
	}
}

// head is the beginning of an answer as it stands on the wire.
func (a *Answer) head(r *http.Request, length int) []byte {
	h := http.Header{}
	a.headers(h, length)
	if r.Method == http.MethodHead && !bodiless(a.Status) {
		h.Set("Content-Length", strconv.Itoa(len(a.Body)))
	}
	h.Set("Connection", "close")
	h.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	b := bytes.NewBufferString("HTTP/1.1 " + strconv.Itoa(a.Status) + " " + http.StatusText(a.Status) + "\r\n")
	h.Write(b)
	b.WriteString("\r\n")
	return b.Bytes()
}
