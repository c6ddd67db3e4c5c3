package sender

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// A body in pieces arrives as it is, a piece at a time.
func TestPieces(t *testing.T) {
	reads := make(chan []int, 1)
	s := serve(t, func(s *target, c *net.TCPConn) {
		var sizes []int
		var all []byte
		buf := make([]byte, 64<<10)
		for !bytes.HasSuffix(all, []byte("the end")) {
			n, err := c.Read(buf)
			if err != nil {
				return
			}
			if bytes.Contains(all, []byte("\r\n\r\n")) { // of the body
				sizes = append(sizes, n)
			}
			all = append(all, buf[:n]...)
		}
		s.mu.Lock()
		s.requests = append(s.requests, string(all))
		s.mu.Unlock()
		reads <- sizes
		io.WriteString(c, ok)
	})
	body := strings.Repeat("x", 93) + "the end"
	snd := newSender(t, Options{UserAgent: "whk/1"})
	a := snd.AttemptOn(t.Context(), &webhook.Request{Method: "POST", URL: s.url() + "/", Body: []byte(body)}, Wire{Pieces: 5, Pause: 20 * time.Millisecond})
	want := "POST / HTTP/1.1\r\nHost: " + s.Addr().String() + "\r\nUser-Agent: whk/1\r\nContent-Length: 100\r\n"
	if !a.Acknowledged() || !strings.HasPrefix(s.seen()[0], want) || !strings.HasSuffix(s.seen()[0], "\r\n\r\n"+body) {
		t.Fatalf("%+v, %q", a, s.seen())
	}
	if sizes := <-reads; len(sizes) < 4 || sizes[0] > 40 {
		t.Errorf("the body was read in pieces of %v", sizes)
	}
	if a.Duration < 80*time.Millisecond {
		t.Errorf("four pauses took %s", a.Duration)
	}
}

// A cut request ends after half of its body, and the connection with it.
func TestCut(t *testing.T) {
	got := make(chan string, 1)
	s := serve(t, func(_ *target, c *net.TCPConn) {
		all, _ := io.ReadAll(c)
		got <- string(all)
	})
	snd := newSender(t, Options{})
	a := snd.AttemptOn(t.Context(), post(s.url()), Wire{Cut: true})
	if a.Error != webhook.ClassAborted || a.Status != 0 || a.Detail != "closed here after 2 of the body's 4 bytes" {
		t.Errorf("%+v", a)
	}
	if text := <-got; !strings.HasSuffix(text, "\r\n\r\nbo") || !strings.Contains(text, "Content-Length: 4\r\n") {
		t.Errorf("arrived: %q", text)
	}
}

// A target that answers at once is heard, whatever becomes of the rest.
func TestAnswerBeforeTheCut(t *testing.T) {
	s := serve(t, func(_ *target, c *net.TCPConn) {
		if _, err := http.ReadRequest(bufio.NewReader(c)); err != nil { // but for its body
			return
		}
		io.WriteString(c, "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		io.Copy(io.Discard, c)
	})
	r := post(s.url())
	r.Body = make([]byte, 1000)
	a := newSender(t, Options{}).AttemptOn(t.Context(), r, Wire{Pieces: 20, Pause: 20 * time.Millisecond})
	if a.Status != 413 {
		t.Errorf("%+v", a)
	}
}

// The limits hold for slow bodies, too, and an interruption ends a pause.
func TestSlowBodyEnds(t *testing.T) {
	s := serve(t, answers(ok))
	snd := newSender(t, Options{Whole: 200 * time.Millisecond})
	slow := Wire{Pieces: 4, Pause: time.Hour}
	start := time.Now()
	if a := snd.AttemptOn(t.Context(), post(s.url()), slow); a.Error != webhook.ClassTimeout {
		t.Errorf("%+v", a)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer time.AfterFunc(50*time.Millisecond, cancel).Stop()
	if a := snd.AttemptOn(ctx, post(s.url()), slow); a.Error != webhook.ClassCanceled {
		t.Errorf("%+v", a)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
}
