package sender

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// A body in pieces arrives as it is, a piece at a time.
func TestPieces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type piece struct {
			size int
			at   time.Duration
		}
		start := time.Now()
		var pieces []piece
		s, connect := piped(t, func(s *target, c net.Conn) {
			var all []byte
			buf := make([]byte, 64<<10)
			for !bytes.HasSuffix(all, []byte("the end")) {
				n, err := c.Read(buf)
				if err != nil {
					return
				}
				if bytes.Contains(all, []byte("\r\n\r\n")) { // of the body
					pieces = append(pieces, piece{n, time.Since(start)})
				}
				all = append(all, buf[:n]...)
			}
			s.mu.Lock()
			s.requests = append(s.requests, string(all))
			s.mu.Unlock()
			io.WriteString(c, ok)
		})
		body := strings.Repeat("x", 93) + "the end"
		snd := newSender(t, Options{UserAgent: "whk/1", connect: connect})
		const pause = 20 * time.Millisecond
		a := snd.AttemptOn(t.Context(), &webhook.Request{Method: "POST", URL: s.url() + "/", Body: []byte(body)}, Wire{Pieces: 5, Pause: pause})
		want := "POST / HTTP/1.1\r\nHost: " + s.address + "\r\nUser-Agent: whk/1\r\nContent-Length: 100\r\n"
		if !a.Acknowledged() || !strings.HasPrefix(s.seen()[0], want) || !strings.HasSuffix(s.seen()[0], "\r\n\r\n"+body) {
			t.Fatalf("%+v, %q", a, s.seen())
		}
		if want := []piece{{20, 0}, {20, pause}, {20, 2 * pause}, {20, 3 * pause}, {20, 4 * pause}}; !slices.Equal(pieces, want) {
			t.Errorf("the body came as %v, want %v", pieces, want)
		}
		if a.Duration != 4*pause {
			t.Errorf("four pauses took %s", a.Duration)
		}
	})
}

// A cut request ends after half of its body, and the connection with it.
func TestCut(t *testing.T) {
	got := make(chan string, 1)
	s := serve(t, func(_ *target, c net.Conn) {
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
	s := serve(t, func(_ *target, c net.Conn) {
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
	synctest.Test(t, func(t *testing.T) {
		const limit = 200 * time.Millisecond
		s, connect := piped(t, answers(ok))
		snd := newSender(t, Options{Whole: limit, connect: connect})
		slow := Wire{Pieces: 4, Pause: time.Hour}
		if a := snd.AttemptOn(t.Context(), post(s.url()), slow); a.Error != webhook.ClassTimeout || a.Duration != limit {
			t.Errorf("%+v", a)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer time.AfterFunc(limit/4, cancel).Stop()
		if a := snd.AttemptOn(ctx, post(s.url()), slow); a.Error != webhook.ClassCanceled || a.Duration != limit/4 {
			t.Errorf("%+v", a)
		}
	})
}
