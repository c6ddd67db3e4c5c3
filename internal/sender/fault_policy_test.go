package sender

import (
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// Under a policy each fault costs one request an attempt, and no more than its
// time.
func TestFaultsUnderAPolicy(t *testing.T) {
	bomb := gzipped(50 << 20)
	long := strings.Repeat("a", 10<<20)
	loop := func(s *target, c net.Conn) {
		answersAndCloses("HTTP/1.1 307 Again\r\nConnection: close\r\nLocation: "+s.url()+"\r\nContent-Length: 0\r\n\r\n")(s, c)
	}
	tests := []struct {
		name   string
		script func(*target, net.Conn)
		class  string
		status int
		end    Kind
	}{
		{"resets in mid-answer", resets("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), webhook.ClassReset, 200, GiveUp},
		{"never answers", answers(""), webhook.ClassTimeout, 0, GiveUp},
		{"drips", repeats("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", "a", 10*time.Millisecond), webhook.ClassTimeout, 200, GiveUp},
		{"10 MB of a failure", answers("HTTP/1.1 500 No\r\nContent-Length: " + itoa(len(long)) + "\r\n\r\n" + long), "", 500, GiveUp},
		{"10 MB of a success", answers("HTTP/1.1 200 OK\r\nContent-Length: " + itoa(len(long)) + "\r\n\r\n" + long), "", 200, Done},
		{"not HTTP", answersAndCloses("SSH-2.0-OpenSSH_9.9\r\n"), webhook.ClassBadAnswer, 0, GiveUp},
		{"redirects to itself", loop, "", 307, GiveUp},
		{"flood of 1xx", repeats("", "HTTP/1.1 102 Wait\r\nX: "+strings.Repeat("1", 4000)+"\r\n\r\n", 0), webhook.ClassBadAnswer, 0, GiveUp},
		{"gzip bomb", answersAndCloses("HTTP/1.1 503 No\r\nConnection: close\r\nContent-Encoding: gzip\r\nContent-Length: " + itoa(len(bomb)) + "\r\n\r\n" + bomb), "", 503, GiveUp},
	}
	policy := &Policy{Retry: webhook.Answers{"any"}, Attempts: 3}
	for _, tt := range tests {
		deliver := func(t *testing.T, s *target, opts Options) {
			reported := 0
			last, err := Deliver(t.Context(), &Delivery{
				Policy: policy, Send: newSender(t, opts).Attempt,
				Request: func(int) (*webhook.Request, error) {
					return &webhook.Request{
						Method: "POST", URL: s.url(), Body: []byte("body"), Header: webhook.Header{{Name: "Idempotency-Key", Value: "1"}},
					}, nil
				},
				Report: func(turn Turn) error {
					if reported++; turn.Attempt.Error != tt.class || turn.Attempt.Status != tt.status {
						t.Errorf("attempt %d: %q, status %d; want %q, status %d", turn.Number, turn.Attempt.Error, turn.Attempt.Status, tt.class, tt.status)
					}
					return nil
				},
			})
			if err != nil || last.Step.Kind != tt.end {
				t.Errorf("%s, %v; want %s", last.Step.Kind, err, tt.end)
			}
			if n := len(s.seen()); n != reported || n != last.Number {
				t.Errorf("%d requests were sent, %d reported, %d counted", n, reported, last.Number)
			}
		}
		t.Run(tt.name, func(t *testing.T) {
			if tt.class != webhook.ClassTimeout {
				t.Parallel()
				deliver(t, serve(t, tt.script), Options{})
				return
			}
			synctest.Test(t, func(t *testing.T) {
				s, connect := piped(t, tt.script)
				start, limit := time.Now(), 500*time.Millisecond
				deliver(t, s, Options{Whole: limit, connect: connect})
				if took := time.Since(start); took != 3*limit {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
	t.Run("refuses", func(t *testing.T) {
		last, err := Deliver(t.Context(), &Delivery{
			Policy: policy, Send: newSender(t, Options{}).Attempt,
			Request: func(int) (*webhook.Request, error) { return post("http://127.0.0.1:1"), nil },
		})
		if err != nil || last.Attempt.Error != webhook.ClassRefused || last.Number != 3 {
			t.Errorf("%q after %d attempts, %v", last.Attempt.Error, last.Number, err)
		}
	})
}

// A server that closes its connections between two attempts, with the request on
// its way, gets no attempt twice.
func TestAttemptsOverAClosedConnection(t *testing.T) {
	s := serve(t, answersAndCloses("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"))
	snd := newSender(t, Options{})
	last, err := Deliver(t.Context(), &Delivery{
		Policy: &Policy{Retry: webhook.Answers{"any"}, Attempts: 20}, Send: snd.Attempt,
		Request: func(int) (*webhook.Request, error) { return post(s.url()), nil },
	})
	if err != nil || last.Number != 20 {
		t.Errorf("%d attempts, %v", last.Number, err)
	}
	// A request that fails because the connection was closed before it was read
	// is an attempt that the server never saw.
	if n := len(s.seen()); n > 20 {
		t.Errorf("%d requests for 20 attempts", n)
	}
}
