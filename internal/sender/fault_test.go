package sender

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

func gzipped(n int) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(make([]byte, n))
	w.Close()
	return b.String()
}

// Every way for an answer to go wrong ends with its class and a sentence that names
// what was seen.
func TestFaultyAnswers(t *testing.T) {
	bomb := gzipped(50 << 20)
	const head = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"
	tests := []struct {
		name   string
		script func(*target, net.Conn)
		class  string
		status int
		detail string // is part of the sentence
	}{
		{"closed without an answer", answersAndCloses(""), webhook.ClassReset, 0, "closed the connection without an answer"},
		{"reset without an answer", resets(""), webhook.ClassReset, 0, "reset the connection without an answer"},
		{"closed before the request", func(*target, net.Conn) {}, webhook.ClassReset, 0, "without an answer"},
		{"headers cut", answersAndCloses("HTTP/1.1 200 OK\r\nX: 1\r\n"), webhook.ClassBadAnswer, 0, "ended within its headers"},
		{"headers reset", resets("HTTP/1.1 200 OK\r\nX: 1"), webhook.ClassBadAnswer, 0, "ended within its headers"},
		{"endless headers", repeats("HTTP/1.1 200 OK\r\n", "X: "+strings.Repeat("a", 1000)+"\r\n", 0), webhook.ClassBadAnswer, 0, "exceeded"},
		{"endless header value", repeats("HTTP/1.1 200 OK\r\nX: ", strings.Repeat("a", 1000), 0), webhook.ClassBadAnswer, 0, "exceeded"},
		{"flood of 1xx", repeats("", "HTTP/1.1 103 Early Hints\r\nX: 1\r\n\r\n", 0), webhook.ClassBadAnswer, 0, "exceeded"},
		{"body cut", answersAndCloses(head + "abc"), webhook.ClassBadAnswer, 200, "cut short after 3 bytes"},
		{"body reset", resets(head + "abc"), webhook.ClassReset, 200, "after status 200 and 3 bytes"},
		{"chunk cut", answersAndCloses("HTTP/1.1 500 Oh\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"), webhook.ClassBadAnswer, 500, "cut short after 2 bytes"},
		{"chunks malformed", answers("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), webhook.ClassBadAnswer, 200, "not valid HTTP"},
		{"not HTTP", answersAndCloses("SSH-2.0-OpenSSH_9.9\r\n"), webhook.ClassBadAnswer, 0, "not valid HTTP"},
		{"rubbish", answersAndCloses("\x00\x01\x02\x03\r\n\r\n"), webhook.ClassBadAnswer, 0, "not valid HTTP"},
		{"bad status", answersAndCloses("HTTP/1.1 abc OK\r\n\r\n"), webhook.ClassBadAnswer, 0, "not valid HTTP"},
		{"bad header", answersAndCloses("HTTP/1.1 200 OK\r\nno colon\r\n\r\n"), webhook.ClassBadAnswer, 0, "not valid HTTP"},
		{"two lengths", answersAndCloses("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"), webhook.ClassBadAnswer, 0, "not valid HTTP"},
		{"TLS alert", answersAndCloses("\x15\x03\x01\x00\x02\x02\x46"), webhook.ClassBadAnswer, 0, "answered with TLS"},
		{"endless body", repeats("HTTP/1.1 200 OK\r\n\r\n", strings.Repeat("a", 4096), 0), "", 200, ""},
		{"gzip bomb", answers("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " + itoa(len(bomb)) + "\r\n\r\n" + bomb), "", 200, ""},
		{"until the connection ends", answersAndCloses("HTTP/1.0 200 OK\r\n\r\nabc"), "", 200, ""},
		{"interim answer first", answers("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No\r\n\r\n"), "", 204, ""},
		{"switching protocols", answers("HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"), "", 101, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			check := func(name string, newWay func() way) {
				s := serve(t, tt.script)
				a := attempt(newWay(), post(s.url()))
				if a.Error != tt.class || a.Status != tt.status || !strings.Contains(a.Detail, tt.detail) {
					t.Errorf("%s: got %q, status %d, %q; want %q, status %d, %q", name, a.Error, a.Status, a.Detail, tt.class, tt.status, tt.detail)
				}
				if a.Acknowledged() != (tt.class == "" && tt.status/100 == 2) {
					t.Errorf("%s: acknowledged: %v", name, a.Acknowledged())
				}
				if a.Duration <= 0 || a.Duration >= patience {
					t.Errorf("%s: took %v", name, a.Duration)
				}
				if strings.ContainsAny(a.Detail+a.Hint, "\n\r\x00") {
					t.Errorf("%s: control characters in %q %q", name, a.Detail, a.Hint)
				}
				if n := len(s.seen()); n > 1 {
					t.Errorf("%s: sent %d times", name, n)
				}
			}
			check("sender", func() way { return newSender(t, Options{}) })
			check("lane", func() way { return newLane(t, Options{}) })
		})
	}
}

// An answer that does not come, or not in time, ends when the limit is reached that
// it meets first.
func TestSlowAnswers(t *testing.T) {
	const s, ms = time.Second, time.Millisecond
	limits := Options{Connect: 2 * s, FirstByte: s, Whole: 2500 * ms}
	for _, tt := range []struct {
		name   string
		script func(*target, net.Conn)
		status int
		took   time.Duration
		detail string
	}{
		{"no answer", answers(""), 0, s, "no answer after 1s"},
		{"status line stops", answers("HTTP/1.1 2"), 0, s, "the answer's headers were not complete after 1s"},
		{"headers stop", answers("HTTP/1.1 200 OK\r\nX: 1\r\n"), 0, s, "the answer's headers were not complete after 1s"},
		{"headers drip", repeats("HTTP/1.1 200 OK\r\nX: ", "a", 20*ms), 0, s, "the answer's headers were not complete after 1s"},
		{"drip of 1xx", repeats("", "HTTP/1.1 100 Continue\r\n\r\n", 100*ms), 0, s, "the answer's headers were not complete after 1s"},
		{"body stops", answers("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), 200, 2500 * ms, "the answer began with status 200 and was not complete after 2.5s"},
		{"body drips", repeats("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", "a", 20*ms), 200, 2500 * ms, "the answer began with status 200 and was not complete after 2.5s"},
	} {
		inTime(t, tt.name, tt.script, func(t *testing.T, s *target, newWay func(Options) way) {
			a := attempt(newWay(limits), post(s.url()))
			if a.Error != webhook.ClassTimeout || a.Status != tt.status || a.Detail != tt.detail || a.Duration != tt.took || a.Acknowledged() {
				t.Errorf("got %q, status %d, %q after %v; want status %d, %q after %v", a.Error, a.Status, a.Detail, a.Duration, tt.status, tt.detail, tt.took)
			}
			if n := len(s.seen()); n != 1 {
				t.Errorf("sent %d times", n)
			}
		})
	}
}

// What is known of an answer is reported, and no more is read than is said.
func TestAnswerIsBounded(t *testing.T) {
	eachWay(t, "attempt", func(t *testing.T, newWay func(*testing.T, Options) way) {
		tests := []struct{ sent, kept, counted int }{
			{0, 0, 0},
			{10, 10, 10},
			{MaxKept - 1, MaxKept - 1, MaxKept - 1},
			{MaxKept, MaxKept, MaxKept},
			{MaxKept + 1, MaxKept, MaxKept + 1},
			{MaxRead, MaxKept, MaxRead},
			{MaxRead + 1, MaxKept, MaxRead},
			{10 * MaxRead, MaxKept, MaxRead},
		}
		for _, tt := range tests {
			body := strings.Repeat("a", tt.sent)
			s := serve(t, answers("HTTP/1.1 500 No\r\nContent-Length: "+itoa(tt.sent)+"\r\nX-A: 1\r\n\r\n"+body))
			a := attempt(newWay(t, Options{}), post(s.url()))
			if a.Error != "" || a.Status != 500 || len(a.Body) != tt.kept || a.BodySize != int64(tt.counted) || a.Header.Get("X-A") != "1" {
				t.Errorf("%d bytes: kept %d, counted %d, %q, status %d", tt.sent, len(a.Body), a.BodySize, a.Detail, a.Status)
			}
		}
	})
}

// Of an answer without an end nobody waits for more than is counted.
func TestEndlessAnswerIsLeft(t *testing.T) {
	eachWay(t, "attempt", func(t *testing.T, newWay func(*testing.T, Options) way) {
		s := serve(t, func(s *target, c net.Conn) {
			s.request(bufio.NewReader(c))
			chunk := []byte("1000\r\n" + strings.Repeat("a", 4096) + "\r\n")
			_, err := c.Write([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"))
			for err == nil {
				_, err = c.Write(chunk)
			}
		})
		a := attempt(newWay(t, Options{}), post(s.url()))
		if a.Error != "" || a.BodySize != MaxRead || a.Duration >= patience {
			t.Errorf("%d bytes in %s, %s", a.BodySize, a.Duration, a.Detail)
		}
	})
}

func TestAnswerIsNotDecoded(t *testing.T) {
	eachWay(t, "attempt", func(t *testing.T, newWay func(*testing.T, Options) way) {
		body := gzipped(1000)
		s := serve(t, answers("HTTP/1.1 500 No\r\nContent-Encoding: gzip\r\nContent-Length: "+itoa(len(body))+"\r\n\r\n"+body))
		a := attempt(newWay(t, Options{}), post(s.url()))
		if string(a.Body) != body || strings.Contains(strings.ToLower(s.seen()[0]), "accept-encoding") {
			t.Errorf("%d bytes for %d; sent %q", len(a.Body), len(body), s.seen()[0])
		}
	})
}

func TestRedirectIsTheAnswer(t *testing.T) {
	eachWay(t, "attempt", func(t *testing.T, newWay func(*testing.T, Options) way) {
		followed := serve(t, answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
		for _, status := range []string{"301", "302", "303", "307", "308"} {
			s := serve(t, answers("HTTP/1.1 "+status+" Moved\r\nLocation: "+followed.url()+"/x\r\nContent-Length: 0\r\n\r\n"))
			a := attempt(newWay(t, Options{}), post(s.url()))
			if itoa(a.Status) != status || a.Location != followed.url()+"/x" || a.Error != "" || a.Acknowledged() || a.Hint == "" {
				t.Errorf("%s: %+v", status, a)
			}
		}
		if n := len(followed.seen()); n != 0 {
			t.Errorf("%d redirects were followed", n)
		}
	})
}

func TestRefused(t *testing.T) {
	eachWay(t, "attempt", func(t *testing.T, newWay func(*testing.T, Options) way) {
		const port = "1" // which nobody is given, unlike one that was free a moment ago
		for host, hint := range map[string]string{
			"127.0.0.1": "whk listen 127.0.0.1:" + port,
			"localhost": "host.docker.internal",
			"[::1]":     "localhost:" + port,
		} {
			a := attempt(newWay(t, Options{}), post("http://user:secret@"+host+":"+port+"/x"))
			if host == "[::1]" && a.Error == webhook.ClassNetwork {
				continue // a machine without IPv6
			}
			if a.Error != webhook.ClassRefused || !strings.Contains(a.Detail, strings.Trim(host, "[]")) || !strings.Contains(a.Detail, port) || !strings.Contains(a.Hint, hint) {
				t.Errorf("%s: %q, %q, hint %q", host, a.Error, a.Detail, a.Hint)
			}
			if strings.Contains(a.Detail+a.Hint, "secret") {
				t.Errorf("%s: userinfo in %q", host, a.Detail)
			}
		}
	})
}

// Names of this machine are reached on either loopback, without a look-up.
func TestLocalNames(t *testing.T) {
	eachWay(t, "attempt", func(t *testing.T, newWay func(*testing.T, Options) way) {
		for _, listen := range []string{"127.0.0.1:0", "[::1]:0"} {
			l, err := net.Listen("tcp", listen)
			if err != nil {
				continue // a machine without IPv6
			}
			srv := &httptest.Server{Listener: l, Config: &http.Server{Handler: http.NotFoundHandler()}}
			srv.Start()
			_, port, _ := net.SplitHostPort(l.Addr().String())
			for _, host := range []string{"localhost", "any.name.localhost"} {
				if a := attempt(newWay(t, Options{}), post("http://"+host+":"+port)); a.Status != 404 {
					t.Errorf("%s on %s: %+v", host, listen, a)
				}
			}
			srv.Close()
		}
	})
}

func TestUnknownName(t *testing.T) {
	eachWay(t, "attempt", func(t *testing.T, newWay func(*testing.T, Options) way) {
		for _, name := range []string{"nowhere.invalid", "Nowhere.INVALID.", "invalid"} {
			a := attempt(newWay(t, Options{connect: func(context.Context, string, string) (net.Conn, error) {
				t.Errorf("%s was looked up", name)
				return nil, io.EOF
			}}), post("http://"+name+"/"))
			if a.Error != webhook.ClassDNS || !strings.Contains(a.Detail, name) || a.Hint == "" {
				t.Errorf("%+v", a)
			}
		}
	})
}

// What a name server says of a name, or that none answers, is told.
func TestLookUpFails(t *testing.T) {
	for detail, err := range map[string]*net.DNSError{
		"the name a.example has no address":                      {Err: "no such host", Name: "a.example", IsNotFound: true},
		"no name server answered for a.example":                  {Err: "i/o timeout", Name: "a.example", IsTimeout: true},
		"the name a.example could not be looked up: misbehaving": {Err: "misbehaving", Name: "a.example"},
	} {
		eachWay(t, detail, func(t *testing.T, newWay func(*testing.T, Options) way) {
			a := attempt(newWay(t, Options{connect: func(context.Context, string, string) (net.Conn, error) {
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: err}
			}}), post("http://a.example/"))
			if a.Error != webhook.ClassDNS || a.Detail != detail || a.Hint == "" {
				t.Errorf("%+v", a)
			}
		})
	}
}

func TestConnectTimeout(t *testing.T) {
	eachWay(t, "attempt", func(t *testing.T, newWay func(*testing.T, Options) way) {
		// A socket that accepts nothing: its queue is filled until the system
		// leaves further connections without an answer.
		address := fullBacklog(t)
		a := attempt(newWay(t, Options{Connect: 200 * time.Millisecond}), post("http://"+address))
		if a.Error != webhook.ClassTimeout || !strings.Contains(a.Detail, "no connection to "+address+" after 200ms") {
			t.Errorf("%+v", a)
		}
	})
}

// A name is seen for the address that it is before anything is connected.
func TestRefuse(t *testing.T) {
	eachWay(t, "attempt", func(t *testing.T, newWay func(*testing.T, Options) way) {
		srv := httptest.NewUnstartedServer(nil)
		var connected atomic.Bool
		srv.Config.ConnState = func(net.Conn, http.ConnState) { connected.Store(true) }
		srv.Start()
		defer srv.Close()
		address := srv.Listener.Addr().String()
		refuse := func(to string) error {
			if to == address {
				return errors.New("this is me")
			}
			return nil
		}
		a := attempt(newWay(t, Options{Refuse: refuse}), post(strings.Replace(srv.URL, "127.0.0.1", "localhost", 1)))
		if a.Error != webhook.ClassInvalid || a.Detail != "this is me" || a.Hint == "" {
			t.Errorf("%+v", a)
		}
		if connected.Load() {
			t.Error("it was connected to")
		}
	})
}

func TestTLS(t *testing.T) {
	quiet := log.New(io.Discard, "", 0)
	start := func(change func(*httptest.Server)) *httptest.Server {
		srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {}))
		srv.Config.ErrorLog = quiet
		if change != nil {
			change(srv)
		}
		srv.StartTLS()
		t.Cleanup(srv.Close)
		return srv
	}
	ordinary := start(nil)
	pool := x509.NewCertPool()
	pool.AddCert(ordinary.Certificate())
	expired, expiredPool := certificate(t, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) })
	old := start(func(s *httptest.Server) { s.TLS = &tls.Config{Certificates: []tls.Certificate{expired}} })
	other, otherPool := certificate(t, func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = []string{"other.example"}, nil })
	misnamed := start(func(s *httptest.Server) { s.TLS = &tls.Config{Certificates: []tls.Certificate{other}} })
	mutual := start(func(s *httptest.Server) { s.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert} })
	gibberish := serve(t, func(_ *target, c net.Conn) {
		bufio.NewReader(c).Peek(1)
		io.WriteString(c, "gibberish, not a record\r\n")
	})
	plainHTTP := serve(t, func(_ *target, c net.Conn) {
		bufio.NewReader(c).Peek(1)
		io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n")
	})
	shut := serve(t, func(_ *target, c net.Conn) { bufio.NewReader(c).Peek(1) })
	https := func(s *target) string { return "https://" + s.address }

	tests := []struct {
		name         string
		opts         Options
		url          string
		class        string
		detail, hint string
	}{
		{"unknown authority", Options{}, ordinary.URL, webhook.ClassTLS, "not trusted here", "--cacert"},
		{"authority given", Options{RootCAs: pool}, ordinary.URL, "", "", ""},
		{"check skipped", Options{InsecureTLS: true}, ordinary.URL, "", "", ""},
		{"expired", Options{RootCAs: expiredPool}, old.URL, webhook.ClassTLS, "expired", "clock"},
		{"expired, check skipped", Options{InsecureTLS: true}, old.URL, "", "", ""},
		{"wrong name", Options{RootCAs: otherPool}, misnamed.URL, webhook.ClassTLS, "not for 127.0.0.1", "--insecure-tls"},
		{"client certificate wanted", Options{InsecureTLS: true}, mutual.URL, webhook.ClassTLS, "refused", "client certificate"},
		{"plain HTTP on the port", Options{}, https(plainHTTP), webhook.ClassTLS, "plain HTTP", "http://"},
		{"neither", Options{}, https(gibberish), webhook.ClassTLS, "does not speak TLS", "http://"},
		{"broken off", Options{}, https(shut), webhook.ClassTLS, "broke the connection off", "http://"},
		{"HTTP to an HTTPS port", Options{}, strings.Replace(ordinary.URL, "https", "http", 1), "", "", "https://"},
	}
	for _, tt := range tests {
		eachWay(t, tt.name, func(t *testing.T, newWay func(*testing.T, Options) way) {
			a := attempt(newWay(t, tt.opts), post(tt.url))
			if a.Error != tt.class || !strings.Contains(a.Detail, tt.detail) || !strings.Contains(a.Hint, tt.hint) {
				t.Errorf("%q, %q, hint %q; want %q, %q, %q", a.Error, a.Detail, a.Hint, tt.class, tt.detail, tt.hint)
			}
		})
	}
}

// A target that takes connections and does not encrypt them is given up like one
// that takes none.
func TestTLSSilence(t *testing.T) {
	inTime(t, "attempt", func(_ *target, c net.Conn) { io.Copy(io.Discard, c) }, func(t *testing.T, s *target, newWay func(Options) way) {
		a := attempt(newWay(Options{Connect: 200 * time.Millisecond}), post("https://"+s.address))
		if a.Error != webhook.ClassTimeout || a.Detail != "no encrypted connection to "+s.address+" after 200ms" || !strings.Contains(a.Hint, "http://") || a.Duration != 200*time.Millisecond {
			t.Errorf("%q, %q, hint %q after %v", a.Error, a.Detail, a.Hint, a.Duration)
		}
	})
}

func TestInterrupted(t *testing.T) {
	for name, script := range map[string]func(*target, net.Conn){
		"before the answer": answers(""),
		"in the answer":     answers("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na"),
	} {
		inTime(t, name, script, func(t *testing.T, s *target, newWay func(Options) way) {
			const after = 300 * time.Millisecond
			ctx, cancel := context.WithCancel(t.Context())
			defer time.AfterFunc(after, cancel).Stop()
			if a := newWay(Options{}).Attempt(ctx, post(s.url())); a.Error != webhook.ClassCanceled || a.Duration != after {
				t.Errorf("%+v", a)
			}
			if n := len(s.seen()); n != 1 {
				t.Errorf("sent %d times", n)
			}
		})
	}
	// Over a socket, in which a wait is broken off in another way.
	eachWay(t, "on the wire", func(t *testing.T, newWay func(*testing.T, Options) way) {
		s := serve(t, answers(""))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan webhook.Attempt, 1)
		snd := newWay(t, Options{})
		go func() { done <- snd.Attempt(ctx, post(s.url())) }()
		for len(s.seen()) == 0 {
			time.Sleep(time.Millisecond)
		}
		cancel()
		if a := <-done; a.Error != webhook.ClassCanceled || a.Duration >= patience {
			t.Errorf("%+v", a)
		}
	})
}

// A caller's own deadline is a limit like the others.
func TestCallersDeadline(t *testing.T) {
	inTime(t, "attempt", answers(""), func(t *testing.T, s *target, newWay func(Options) way) {
		const limit = 200 * time.Millisecond
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		a := newWay(Options{}).Attempt(ctx, post(s.url()))
		if a.Error != webhook.ClassTimeout || a.Detail != "no answer after 200ms" || a.Duration != limit {
			t.Errorf("%+v", a)
		}
	})
}

// Nobody waits for ever who has not said how long.
func TestDefaultLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, connect := piped(t, answers(""))
		snd := New(Options{connect: connect})
		defer snd.Close()
		if a := attempt(snd, post(s.url())); a.Error != webhook.ClassTimeout || a.Duration != 15*time.Second {
			t.Errorf("%+v", a)
		}
	})
}
