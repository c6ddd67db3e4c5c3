package receiver

import (
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

func itoa(n int) string { return strconv.Itoa(n) }

// drip sends one byte at a time until the connection breaks.
func drip(c net.Conn, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for range tick.C {
		if _, err := io.WriteString(c, "a"); err != nil {
			return
		}
	}
}

func TestSlowSenders(t *testing.T) {
	tests := []struct {
		name, send string
		drips      bool
		status     []int
		after      time.Duration
	}{
		{"silence", "", false, nil, time.Second},
		{"header drips", "POST / HTTP/1.1\r\nX: ", true, nil, time.Second},
		{"header stops", "POST / HTTP/1.1\r\nHost: h\r\n", false, nil, time.Second},
		{"body drips", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n", true, []int{408}, 2 * time.Second},
		{"body stops", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nabc", false, []int{408}, 2 * time.Second},
		{"chunk stops", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", false, []int{408}, 2 * time.Second},
		{"expected body never comes", "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n", false, []int{100, 408}, 2 * time.Second},
		{"idle after a request", post("", "x"), false, []int{200}, time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			limits := Limits{HeaderTime: time.Second, RequestTime: 2 * time.Second, IdleTime: time.Second}
			inTime(t, Options{Limits: limits}, func(t *testing.T, b *bench) {
				c := b.connect()
				var sending sync.WaitGroup
				sending.Go(func() {
					io.WriteString(c, tt.send)
					if tt.drips {
						drip(c, 20*time.Millisecond)
					}
				})
				defer sending.Wait()
				defer c.Close()
				start := time.Now()
				if got := readAnswers(t, c, false); !slices.Equal(statuses(got), tt.status) {
					t.Errorf("answers %v, want %v", statuses(got), tt.status)
				}
				// net/http leaves a sender half a second to read a refusal.
				if d := time.Since(start); d < tt.after || d > tt.after+time.Second {
					t.Errorf("it was let go after %v, want %v", d, tt.after)
				}
				b.deliveries()
				b.heals()
			})
		})
	}
}

// A sender that never reads its answers is cut off.
func TestUnreadAnswers(t *testing.T) {
	b := newBench(t, Options{
		Limits: Limits{RequestTime: 200 * time.Millisecond, AnswerTime: 200 * time.Millisecond},
		Reply: func(context.Context, *webhook.Delivery) (Answer, bool) {
			return Answer{Status: 200, Body: make([]byte, 32<<20)}, true
		},
	})
	c := b.dial()
	c.SetReadBuffer(4 << 10)
	io.WriteString(c, post("", "x"))
	within(t, "the connection is given up", func() bool {
		_, err := io.WriteString(c, "x")
		return err != nil && !isTimeout(err)
	})
}

func TestConnectionLimit(t *testing.T) {
	b := newBench(t, Options{Limits: Limits{Connections: 2}})
	first, second := b.dial(), b.dial()
	for _, c := range []net.Conn{first, second} {
		io.WriteString(c, post("", "x"))
		if _, err := io.ReadFull(c, make([]byte, 12)); err != nil {
			t.Fatal(err)
		}
	}
	third := b.dial()
	io.WriteString(third, post("", "late"))
	third.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	if n, err := third.Read(make([]byte, 1)); !isTimeout(err) {
		t.Fatalf("a third connection was served: %d %v", n, err)
	}
	first.Close()
	third.SetReadDeadline(time.Now().Add(deadline))
	if _, err := io.ReadFull(third, make([]byte, 12)); err != nil {
		t.Errorf("after a slot became free: %v", err)
	}
}

func TestShutdown(t *testing.T) {
	t.Run("finishes what is being kept", func(t *testing.T) {
		entered, goOn := make(chan struct{}), make(chan struct{})
		b := newBench(t, Options{Limits: Limits{Grace: time.Hour}, Keep: func(context.Context, *webhook.Delivery) error {
			close(entered)
			<-goOn
			return nil
		}})
		idle, unused, busy := b.dial(), b.dial(), b.dial()
		_, _ = idle, unused
		io.WriteString(busy, post("", "x"))
		<-entered
		stopped := make(chan struct{})
		go func() { defer close(stopped); b.stop() }()
		within(t, "the port is closed", func() bool {
			c, err := net.Dial("tcp", b.addr())
			if err == nil {
				c.Close()
			}
			return err != nil
		})
		close(goOn)
		if got := readAnswers(t, busy, false); !slices.Equal(statuses(got), []int{200}) {
			t.Errorf("answers %v", got)
		}
		<-stopped
		if kept := b.deliveries(); !slices.Equal(kept, []string{"POST /p x"}) {
			t.Errorf("kept %q", kept)
		}
	})
	t.Run("does not wait for unused and idle connections", func(t *testing.T) {
		inTime(t, Options{}, func(t *testing.T, b *bench) {
			b.connect()
			idle := b.connect()
			io.WriteString(idle, post("", "x"))
			io.ReadFull(idle, make([]byte, 12))
			go io.Copy(io.Discard, idle)
			took(t, time.Second, b.stop)
		})
	})
	t.Run("cuts what does not finish", func(t *testing.T) {
		const grace = 7 * time.Second
		inTime(t, Options{Limits: Limits{Grace: grace}}, func(t *testing.T, b *bench) {
			c := b.connect()
			io.WriteString(c, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc")
			synctest.Wait() // the request is in flight
			start := time.Now()
			b.stop()
			if d := time.Since(start); d != grace {
				t.Errorf("the end took %v", d)
			}
			if got := readAnswers(t, c, false); slices.Contains(statuses(got), 200) {
				t.Errorf("answers %v", got)
			}
			if kept := b.deliveries(); kept != nil {
				t.Errorf("kept %q", kept)
			}
		})
	})
	t.Run("ends replies that wait", func(t *testing.T) {
		const grace = 7 * time.Second
		reply := func(ctx context.Context, _ *webhook.Delivery) (Answer, bool) {
			<-ctx.Done()
			return Answer{}, false
		}
		inTime(t, Options{Limits: Limits{Grace: grace}, Reply: reply}, func(t *testing.T, b *bench) {
			io.WriteString(b.connect(), post("", "x"))
			synctest.Wait()
			start := time.Now()
			b.stop()
			if d := time.Since(start); d != grace {
				t.Errorf("the end took %v", d)
			}
		})
	})
}

func TestManyConnections(t *testing.T) {
	b := newBench(t, Options{})
	const conns, each = 20, 50
	errs := make(chan error, conns)
	for i := range conns {
		c := b.dial()
		go func() {
			errs <- func() error {
				want := "HTTP/1.1 200 OK\r\n"
				for j := range each {
					io.WriteString(c, fmt.Sprintf("POST /%d/%d HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", i, j))
					got := make([]byte, len(want))
					if _, err := io.ReadFull(c, got); err != nil || string(got) != want {
						return fmt.Errorf("%q %w", got, err)
					}
					rest := make([]byte, 0, 256)
					for !strings.HasSuffix(string(rest), "\r\n\r\n") {
						var one [1]byte
						if _, err := c.Read(one[:]); err != nil {
							return err
						}
						rest = append(rest, one[0])
					}
				}
				return nil
			}()
		}()
	}
	for range conns {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	kept := b.deliveries()
	slices.Sort(kept)
	if n := len(slices.Compact(kept)); n != conns*each {
		t.Errorf("%d different deliveries were kept, want %d", n, conns*each)
	}
}
