package sender

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

func itoa(n int) string { return strconv.Itoa(n) }

// certificate makes a self-signed one for 127.0.0.1, changed as asked.
func certificate(t *testing.T, change func(*x509.Certificate)) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	change(c)
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

// keeps answers every request of a connection.
func keeps(s *target, c net.Conn) {
	in := bufio.NewReader(c)
	for {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.requests = append(s.requests, r.Method+" "+string(body))
		s.mu.Unlock()
		io.WriteString(c, ok)
	}
}

func TestOnTheWire(t *testing.T) {
	body := make([]byte, 256)
	for i := range body {
		body[i] = byte(i)
	}
	onTheWire(t, func(t *testing.T, opts Options) way { return newSender(t, opts) }, []wireCase{
		{"fields", webhook.Request{Method: "POST", Body: []byte("hi"), Header: webhook.Header{
			{Name: "webhook-id", Value: "1"}, {Name: "X-B", Value: "2"}, {Name: "x-b", Value: ""}, {Name: "A", Value: "\xe9\t"},
		}}, "/hooks?x=1", "POST /hooks?x=1 HTTP/1.1\r\nHost: HOST\r\nUser-Agent: whk/1\r\nContent-Length: 2\r\nA: \xe9\r\nX-B: 2\r\nX-B: \r\nwebhook-id: 1\r\n\r\nhi"},
		{"every byte", webhook.Request{Method: "PUT", Body: body}, "/", "PUT / HTTP/1.1\r\nHost: HOST\r\nUser-Agent: whk/1\r\nContent-Length: 256\r\n\r\n" + string(body)},
		{"own user agent", webhook.Request{Method: "POST", Header: webhook.Header{{Name: "user-agent", Value: "Provider/2"}}}, "/",
			"POST / HTTP/1.1\r\nHost: HOST\r\nUser-Agent: Provider/2\r\nContent-Length: 0\r\n\r\n"},
		{"own framing is left out", webhook.Request{Method: "POST", Body: []byte("hi"), Header: webhook.Header{
			{Name: "content-length", Value: "99"}, {Name: "Transfer-Encoding", Value: "chunked"}, {Name: "host", Value: "other.example"},
		}}, "/", "POST / HTTP/1.1\r\nHost: other.example\r\nUser-Agent: whk/1\r\nContent-Length: 2\r\n\r\nhi"},
		{"GET", webhook.Request{Method: "GET"}, "/a//b/../c", "GET /a//b/../c HTTP/1.1\r\nHost: HOST\r\nUser-Agent: whk/1\r\nConnection: close\r\n\r\n"},
	})
}

func TestUserinfo(t *testing.T) {
	eachWay(t, "attempt", func(t *testing.T, newWay func(*testing.T, Options) way) {
		s := serve(t, answers(ok))
		r := post("http://user:p%40ss@" + s.address + "/")
		attempt(newWay(t, Options{}), r)
		r.Header.Add("authorization", "Bearer x")
		attempt(newWay(t, Options{}), r)
		seen := s.seen()
		if len(seen) != 2 || !strings.Contains(seen[0], "Authorization: Basic dXNlcjpwQHNz\r\n") ||
			strings.Count(strings.ToLower(seen[1]), "authorization:") != 1 || !strings.Contains(seen[1], "Bearer x") {
			t.Errorf("%q", seen)
		}
	})
}

// A request that could smuggle another one is not sent at all.
func TestInvalidRequests(t *testing.T) {
	eachWay(t, "attempt", func(t *testing.T, newWay func(*testing.T, Options) way) {
		s := serve(t, answers(ok))
		u := s.url()
		with := func(name, value string) webhook.Request {
			return webhook.Request{Method: "POST", URL: u, Header: webhook.Header{{Name: name, Value: value}}}
		}
		tests := map[string]webhook.Request{
			"CR LF in a value":   with("X", "1\r\nEvil: 1"),
			"LF in a value":      with("X", "1\nEvil: 1"),
			"CR in a value":      with("X", "1\r"),
			"NUL in a value":     with("X", "1\x00"),
			"escape in a value":  with("X", "\x1b[0m"),
			"LF in a name":       with("X\nEvil", "1"),
			"colon in a name":    with("X:Y", "1"),
			"blank in a name":    with("X ", "1"),
			"empty name":         with("", "1"),
			"LF in Host":         with("Host", "a\r\nEvil: 1"),
			"no method":          {URL: u},
			"LF in the method":   {Method: "GET\r\n", URL: u},
			"blank in a method":  {Method: "GET /x", URL: u},
			"LF in the URL":      {Method: "GET", URL: u + "/\r\nEvil: 1"},
			"NUL in the URL":     {Method: "GET", URL: u + "/\x00"},
			"no scheme":          {Method: "GET", URL: "localhost:1"},
			"another scheme":     {Method: "GET", URL: "ftp://localhost/"},
			"no host":            {Method: "GET", URL: "http:///x"},
			"relative":           {Method: "GET", URL: "/x"},
			"not a URL":          {Method: "GET", URL: "http://user:secret@[::1"},
			"password and slash": {Method: "GET", URL: "http://user:sec/ret@host:port/"},
		}
		for name, r := range tests {
			a := attempt(newWay(t, Options{}), &r)
			if a.Error != webhook.ClassInvalid || a.Detail == "" || strings.ContainsAny(a.Detail, "\r\n\x00\x1b") || strings.Contains(a.Detail, "sec") {
				t.Errorf("%s: %q, %q", name, a.Error, a.Detail)
			}
			if Check(&r) == nil {
				t.Errorf("%s: Check finds nothing", name)
			}
		}
		if n := len(s.seen()); n != 0 {
			t.Errorf("%d requests were sent", n)
		}
	})
}

// net/http repeats some requests on a kept connection that breaks. An attempt
// is one request on the wire, whatever its method and fields.
func TestNothingIsSentTwice(t *testing.T) {
	key := webhook.Header{{Name: "idempotency-key", Value: "1"}}
	for _, r := range []webhook.Request{
		{Method: "POST", Body: []byte("x")},
		{Method: "POST", Body: []byte("x"), Header: key},
		{Method: "POST"},
		{Method: "POST", Header: key},
		{Method: "POST", Header: webhook.Header{{Name: "X-Idempotency-Key", Value: "1"}}},
		{Method: "PUT", Header: key},
		{Method: "GET"},
		{Method: "GET", Body: []byte("x")},
		{Method: "HEAD"}, {Method: "OPTIONS"}, {Method: "DELETE", Header: key},
	} {
		eachWay(t, fmt.Sprintf("%s %s %v", r.Method, r.Body, r.Header), func(t *testing.T, newWay func(*testing.T, Options) way) {
			// The first request of a connection is answered; the second is read,
			// and the connection closed.
			s := serve(t, func(s *target, c net.Conn) {
				in := bufio.NewReader(c)
				for i := range 2 {
					req, err := http.ReadRequest(in)
					if err != nil {
						return
					}
					io.Copy(io.Discard, req.Body)
					s.mu.Lock()
					s.requests = append(s.requests, req.Method)
					s.mu.Unlock()
					if i == 0 {
						io.WriteString(c, ok)
					}
				}
			})
			snd := newWay(t, Options{})
			warm := post(s.url())
			if a := attempt(snd, warm); !a.Acknowledged() {
				t.Fatalf("%+v", a)
			}
			r.URL = s.url()
			const attempts = 4
			for range attempts {
				attempt(snd, &r)
			}
			if n := len(s.seen()); n != 1+attempts {
				t.Errorf("%d requests arrived for %d attempts: %q", n, 1+attempts, s.seen())
			}
		})
	}
}

func TestConnectionsAreKept(t *testing.T) {
	eachWay(t, "attempt", func(t *testing.T, newWay func(*testing.T, Options) way) {
		conns := make(chan struct{}, 100)
		s := serve(t, func(s *target, c net.Conn) {
			conns <- struct{}{}
			keeps(s, c)
		})
		snd := newWay(t, Options{})
		for range 10 {
			if a := attempt(snd, post(s.url())); !a.Acknowledged() {
				t.Fatalf("%+v", a)
			}
		}
		if len(conns) != 1 {
			t.Errorf("%d connections for 10 attempts", len(conns))
		}
	})
}

func TestHTTP2(t *testing.T) {
	var proto string
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		proto = r.Proto + " " + string(body)
	}))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	pool := x509.NewCertPool()
	pool.AddCert(srv.Certificate())
	if a := attempt(newSender(t, Options{RootCAs: pool}), post(srv.URL)); !a.Acknowledged() || proto != "HTTP/2.0 body" {
		t.Errorf("%+v, %s", a, proto)
	}
}

func TestProxy(t *testing.T) {
	eachWay(t, "attempt", func(t *testing.T, newWay func(*testing.T, Options) way) {
		proxy := serve(t, answers(ok))
		via := func(address string) Options {
			return Options{Proxy: func(*http.Request) (*url.URL, error) { return url.Parse("http://" + address) }}
		}
		a := attempt(newWay(t, via(proxy.address)), post("http://example.test/é?x"))
		if !a.Acknowledged() || !strings.HasPrefix(proxy.seen()[0], "POST http://example.test/%C3%A9?x HTTP/1.1\r\n") {
			t.Errorf("%+v, %q", a, proxy.seen())
		}
		a = attempt(newWay(t, via("127.0.0.1:1")), post("http://example.test/"))
		if a.Error != webhook.ClassNetwork || !strings.Contains(a.Detail, "proxy") || !strings.Contains(a.Hint, "HTTP_PROXY") {
			t.Errorf("%+v", a)
		}
	})
}

// A target that takes no more bytes cannot hold an attempt either.
func TestRequestIsNotTaken(t *testing.T) {
	eachWay(t, "attempt", func(t *testing.T, newWay func(*testing.T, Options) way) {
		synctest.Test(t, func(t *testing.T) {
			release := make(chan struct{})
			s, connect := piped(t, func(_ *target, c net.Conn) {
				c.Read(make([]byte, 10))
				<-release
			})
			defer close(release)
			r := post(s.url())
			r.Body = make([]byte, 1<<20)
			const limit = 300 * time.Millisecond
			a := attempt(newWay(t, Options{Whole: limit, connect: connect}), r)
			if a.Error != webhook.ClassTimeout || a.Detail != s.address+" did not take the whole request within 300ms" || a.Duration != limit {
				t.Errorf("%+v", a)
			}
		})
	})
}

func ExampleSender() {
	target := httptest.NewServer(http.NotFoundHandler())
	defer target.Close()
	s := New(Options{UserAgent: "whk/1.0"})
	defer s.Close()
	a := s.Attempt(context.Background(), &webhook.Request{
		Method: "POST",
		URL:    target.URL,
		Header: webhook.Header{{Name: "Content-Type", Value: "application/json"}},
		Body:   []byte(`{"event":"invoice.paid"}`),
	})
	fmt.Println(a.Status, a.Acknowledged())
	// Output: 404 false
}
