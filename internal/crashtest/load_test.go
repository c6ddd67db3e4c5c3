//go:build unix

package crashtest

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// load sends messages from several connections at a time, each once, and notes
// which of them were acknowledged.
type load struct {
	t    *testing.T
	next atomic.Int64 // the number of the newest message
	most int64        // how many are enough, within the number of senders; 0 is no limit
	all  sync.WaitGroup

	mu           sync.Mutex
	acknowledged map[int]bool
	grown        chan struct{} // closed and made anew with each of them
	unwanted     []string      // answers that acknowledge nothing
}

func newLoad(t *testing.T) *load {
	return &load{t: t, acknowledged: map[int]bool{}, grown: make(chan struct{})}
}

// start sends to an address until ctx ends, there are enough, or the address does
// not answer any more: on connections that are kept, with chunked bodies, and one by one.
func (l *load) start(ctx context.Context, addr string) {
	for _, send := range []func(context.Context, string) error{
		l.keepAlive, l.keepAlive, l.keepAlive, l.keepAlive, l.chunked, l.chunked, l.oneByOne, l.oneByOne,
	} {
		l.all.Go(func() {
			for l.goesOn(ctx) {
				if err := send(ctx, addr); err != nil {
					return
				}
			}
		})
	}
}

func (l *load) goesOn(ctx context.Context) bool {
	return ctx.Err() == nil && (l.most == 0 || l.next.Load() < l.most)
}

// wait waits until all senders have given up, and returns what was acknowledged.
func (l *load) wait() map[int]bool {
	l.t.Helper()
	l.all.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, text := range l.unwanted {
		l.t.Error(text)
	}
	l.unwanted = nil
	return maps.Clone(l.acknowledged)
}

// await waits until so many messages are acknowledged.
func (l *load) await(count int) {
	l.t.Helper()
	limit := time.After(patience)
	for {
		l.mu.Lock()
		now, grown := len(l.acknowledged), l.grown
		l.mu.Unlock()
		if now >= count {
			return
		}
		select {
		case <-grown:
		case <-limit:
			l.t.Fatalf("%d messages were acknowledged in %v, want %d", now, patience, count)
		}
	}
}

func (l *load) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.acknowledged)
}

func (l *load) message() message { return newMessage(int(l.next.Add(1))) }

func (l *load) note(m message, status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if status != m.wanted() {
		l.unwanted = append(l.unwanted, fmt.Sprintf("message %d was answered %d, want %d", m.number, status, m.wanted()))
		return
	}
	l.acknowledged[m.number] = true
	close(l.grown)
	l.grown = make(chan struct{})
}

// keepAlive sends messages on one connection. It returns an error when there is
// none to be had, and nil when the connection ends.
func (l *load) keepAlive(ctx context.Context, addr string) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	r := bufio.NewReader(conn)
	for l.goesOn(ctx) {
		m := l.message()
		if _, err := conn.Write(m.wire(addr)); err != nil {
			return nil
		}
		if last, err := l.answer(r, m); err != nil || last {
			return nil
		}
	}
	return nil
}

// wire is the message as HTTP.
func (m message) wire(host string) []byte {
	head := fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\n%s: %s\r\nContent-Length: %d\r\n\r\n",
		m.path(), host, signatureHeader, m.signature, len(m.body))
	return append(head, m.body...)
}

// chunked sends one message in chunks, as whoever does not know its length.
func (l *load) chunked(_ context.Context, addr string) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	m := l.message()
	if _, err := fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\n%s: %s\r\nTransfer-Encoding: chunked\r\n\r\n",
		m.path(), addr, signatureHeader, m.signature); err != nil {
		return nil
	}
	for rest := m.body; ; {
		piece := rest[:min(len(rest), 50_000)]
		if _, err := fmt.Fprintf(conn, "%x\r\n%s\r\n", len(piece), piece); err != nil {
			return nil
		}
		if len(piece) == 0 {
			break
		}
		rest = rest[len(piece):]
	}
	l.answer(bufio.NewReader(conn), m) //nolint:errcheck // it ends the connection anyhow
	return nil
}

// answer reads an answer. The first line alone acknowledges. last tells that
// the connection ends with it.
func (l *load) answer(r *bufio.Reader, m message) (last bool, err error) {
	line, err := r.Peek(len("HTTP/1.1 200"))
	if err != nil {
		return true, err
	}
	var status int
	if _, err := fmt.Sscanf(string(line), "HTTP/1.1 %d", &status); err != nil {
		return true, err
	}
	l.note(m, status)
	response, err := http.ReadResponse(r, nil)
	if err != nil {
		return true, err
	}
	_, err = io.Copy(io.Discard, response.Body)
	return response.Close, err
}

// oneByOne sends one message with Go's own client.
func (l *load) oneByOne(ctx context.Context, addr string) error {
	m := l.message()
	request, err := http.NewRequestWithContext(context.WithoutCancel(ctx), "POST", "http://"+addr+m.path(), bytes.NewReader(m.body))
	if err != nil {
		return err
	}
	request.Header.Set(signatureHeader, m.signature)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	l.note(m, response.StatusCode)
	return nil
}
