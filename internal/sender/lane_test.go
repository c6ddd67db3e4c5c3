package sender

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// A lane writes fields in their own order and spelling, and frames the request
// itself.
func TestLaneOnTheWire(t *testing.T) {
	onTheWire(t, func(t *testing.T, opts Options) way { return newLane(t, opts) }, []wireCase{
		{"fields", webhook.Request{Method: "POST", Body: []byte("hi"), Header: webhook.Header{
			{Name: "webhook-id", Value: "1"}, {Name: "X-B", Value: " 2 "}, {Name: "x-b", Value: ""}, {Name: "A", Value: "\xe9\t"},
		}}, "/hooks?x=1", "POST /hooks?x=1 HTTP/1.1\r\nHost: HOST\r\nwebhook-id: 1\r\nX-B: 2\r\nx-b: \r\nA: \xe9\r\nUser-Agent: whk/1\r\nContent-Length: 2\r\n\r\nhi"},
		{"own user agent", webhook.Request{Method: "POST", Header: webhook.Header{{Name: "user-agent", Value: "Provider/2"}}}, "/",
			"POST / HTTP/1.1\r\nHost: HOST\r\nuser-agent: Provider/2\r\nContent-Length: 0\r\n\r\n"},
		{"own framing is left out", webhook.Request{Method: "POST", Body: []byte("hi"), Header: webhook.Header{
			{Name: "content-length", Value: "99"}, {Name: "Transfer-Encoding", Value: "chunked"}, {Name: "host", Value: "other.example"}, {Name: "trailer", Value: "X"},
		}}, "/", "POST / HTTP/1.1\r\nHost: other.example\r\nUser-Agent: whk/1\r\nContent-Length: 2\r\n\r\nhi"},
		{"no agent", webhook.Request{Method: "GET", Header: webhook.Header{{Name: "user-agent"}, {Name: "A", Value: "1"}}}, "/",
			"GET / HTTP/1.1\r\nHost: HOST\r\nA: 1\r\n\r\n"},
		{"GET", webhook.Request{Method: "GET"}, "/a//b/../c", "GET /a//b/../c HTTP/1.1\r\nHost: HOST\r\nUser-Agent: whk/1\r\n\r\n"},
	})
}

// A connection that the target closed while nothing was under way is not used
// again, so no request is lost in it; nor is one on which something came that
// nobody asked for.
func TestLaneLeavesClosedConnections(t *testing.T) {
	for name, end := range map[string]string{"closed": "", "spoke up": "HTTP/1.1 408 Too late\r\nContent-Length: 0\r\n\r\n"} {
		t.Run(name, func(t *testing.T) {
			taken := make(chan struct{})
			defer close(taken)
			s := serve(t, func(s *target, c net.Conn) {
				if s.request(bufio.NewReader(c)) {
					io.WriteString(c, ok)
					<-taken // so that the answer is not taken for the end
					io.WriteString(c, end)
				}
			})
			l := newLane(t, Options{})
			for i := range 3 {
				if a := attempt(l, post(s.url())); !a.Acknowledged() {
					t.Fatalf("attempt %d: %+v", i, a)
				}
				taken <- struct{}{}
				l.habit.learned(habitKeeps) // until now
				for deadline := time.Now().Add(patience); !isClosed(l.conn) && time.Now().Before(deadline); {
					time.Sleep(time.Millisecond)
				}
				l.last = time.Now().Add(-100 * time.Millisecond)
			}
			if n := len(s.seen()); n != 3 {
				t.Errorf("%d requests for 3 attempts", n)
			}
		})
	}
}

// A pause between two attempts costs no connection, nor does the first one.
func TestLaneKeepsItsConnectionOverPauses(t *testing.T) {
	var conns atomic.Int32
	s := serve(t, func(s *target, c net.Conn) {
		conns.Add(1)
		keeps(s, c)
	})
	l := newLane(t, Options{})
	for range 4 {
		if a := attempt(l, post(s.url())); !a.Acknowledged() {
			t.Errorf("%+v", a)
		}
		l.last = l.last.Add(-100 * time.Millisecond)
	}
	if n := conns.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

// Answers of every form leave the connection where the next answer begins, or
// are the last on it.
func TestLaneKeepsAnswersApart(t *testing.T) {
	forms := []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
		"HTTP/1.1 204 No Content\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: 1\r\n\r\n",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 500 Not asked for\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 204 No Content\r\nContent-Length: 38\r\n\r\nHTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + strings.Repeat("a", 5000),
		"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
		"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
	}
	var conns atomic.Int32
	s := serve(t, func(s *target, c net.Conn) {
		conns.Add(1)
		in := bufio.NewReader(c)
		for s.request(in) {
			io.WriteString(c, forms[(len(s.seen())-1)%len(forms)])
		}
	})
	l := newLane(t, Options{})
	for i := range 3 * len(forms) {
		if a := attempt(l, post(s.url())); !a.Acknowledged() {
			t.Errorf("answer %d, %q: %+v", i, forms[i%len(forms)], a)
		}
	}
	if n := len(s.seen()); n != 3*len(forms) {
		t.Errorf("%d requests for %d attempts", n, 3*len(forms))
	}
	if n := conns.Load(); n != 3*4 {
		t.Errorf("%d connections for 3 rounds of answers, of which 4 each are the last of theirs", n)
	}
}

// A lane reaches another target over another connection.
func TestLaneChangesTarget(t *testing.T) {
	one, other := serve(t, keeps), serve(t, keeps)
	l := newLane(t, Options{})
	for _, s := range []*target{one, other, one} {
		if a := attempt(l, post(s.url())); !a.Acknowledged() {
			t.Errorf("%+v", a)
		}
	}
	if len(one.seen()) != 2 || len(other.seen()) != 1 {
		t.Errorf("%d and %d requests", len(one.seen()), len(other.seen()))
	}
}

// A target that answers before it has read all says why, and is heard, even where
// it breaks the connection then.
func TestLaneHearsEarlyRefusals(t *testing.T) {
	s := serve(t, func(s *target, c net.Conn) {
		c.(*net.TCPConn).SetReadBuffer(4 << 10)
		in := bufio.NewReader(c)
		if s.request(in) {
			io.WriteString(c, ok)
			in.Peek(1)
			io.WriteString(c, "HTTP/1.1 413 Too large\r\nContent-Length: 0\r\n\r\n")
		}
	})
	l := newLane(t, Options{})
	if a := attempt(l, post(s.url())); !a.Acknowledged() {
		t.Fatalf("%+v", a)
	}
	l.conn.(*net.TCPConn).SetWriteBuffer(4 << 10)
	r := post(s.url())
	r.Body = make([]byte, maxLaneBody)
	if a := attempt(l, r); a.Status != 413 || a.Error != "" || l.conn != nil {
		t.Errorf("%+v, connection %v", a, l.conn)
	}
}

// Whatever plainAnswer takes, net/http reads as the same answer, to its last byte.
func FuzzPlainAnswer(f *testing.F) {
	for _, text := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: 1\r\nx-a: 2\r\n\r\nok", "HTTP/1.1 204 No\r\n\r\n", "HTTP/1.1 404\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
		"HTTP/1.1 301 Moved\r\nLocation: /x\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
		"HTTP/1.1 204 No\r\nContent-Length: 3\r\n\r\nabc", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 2\r\n\r\n", "HTTP/1.1 \r\n\r\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, ok := plainAnswer(b)
		if !ok {
			return // to be looked at closely
		}
		in := bufio.NewReader(bytes.NewReader(b))
		resp, err := http.ReadResponse(in, &http.Request{Method: "POST"})
		if err != nil {
			t.Fatalf("%q: %v", b, err)
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != got.status || !bytes.Equal(body, got.body) || resp.Close != got.last || in.Buffered() > 0 {
			t.Errorf("%q: net/http reads %d, %q, %v, last %v; got %d, %q, last %v", b, resp.StatusCode, body, err, resp.Close, got.status, got.body, got.last)
		}
		if got.status/100 != 2 {
			resp.Header.Del("Connection") // net/http takes it out
			a := got.attempt()
			a.Header.Del("Connection")
			if want := webhook.HeaderOf(resp.Header); len(want)+len(a.Header) > 0 && !reflect.DeepEqual(a.Header, want) {
				t.Errorf("%q: header %v, net/http has %v", b, a.Header, want)
			}
		}
	})
}

func BenchmarkAttempt(b *testing.B) {
	srv := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go srv.Serve(l)
	defer srv.Close()
	s := New(Options{})
	defer s.Close()
	lane := s.Lane()
	defer lane.Close()
	r := post("http://" + l.Addr().String() + "/hooks")
	r.Header = webhook.Header{{Name: "X-Signature", Value: strings.Repeat("a", 64)}, {Name: "Content-Type", Value: "application/json"}}
	for name, w := range map[string]way{"sender": s, "lane": lane} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if a := attempt(w, r); !a.Acknowledged() {
					b.Fatalf("%+v", a)
				}
			}
		})
	}
}
