package receiver

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// secureBench is a bench that speaks TLS, and what its senders trust.
func secureBench(t *testing.T, opts Options) (*bench, *tls.Config) {
	t.Helper()
	own, trust := certified()
	return newBench(t, opts, own), trust
}

func certified() (tls.Certificate, *tls.Config) {
	server := httptest.NewUnstartedServer(nil)
	server.StartTLS() // for its certificate
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return server.TLS.Certificates[0], &tls.Config{RootCAs: roots, ServerName: "example.com"}
}

func clientOf(t *testing.T, trust *tls.Config, http2 bool) *http.Client {
	transport := &http.Transport{TLSClientConfig: trust.Clone(), ForceAttemptHTTP2: http2, DisableCompression: true}
	if !http2 {
		transport.Protocols = new(http.Protocols)
		transport.Protocols.SetHTTP1(true)
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: deadline}
}

func (b *bench) secureURL() string { return "https://" + b.sockets.Address.String() }

// Deliveries over TLS are those of plain HTTP, in both of its versions: bytes,
// limits and refusals.
func TestSecure(t *testing.T) {
	b, trust := secureBench(t, Options{Limits: Limits{Body: 1 << 20}})
	if want := b.secureURL(); b.sockets.URL() != want {
		t.Errorf("URL %s, want %s", b.sockets.URL(), want)
	}
	for _, http2 := range []bool{false, true} {
		client := clientOf(t, trust, http2)
		for _, c := range []struct {
			name   string
			method string
			header http.Header
			body   io.Reader
			status int
			kept   int
		}{
			{"a body", "POST", nil, strings.NewReader("text"), 200, 4},
			{"no body", "GET", nil, nil, 200, 0},
			{"without a length", "POST", nil, io.MultiReader(strings.NewReader("ab"), strings.NewReader("c")), 200, 3},
			{"the largest", "POST", nil, bytes.NewReader(make([]byte, 1<<20)), 200, 1 << 20},
			{"too large", "POST", nil, bytes.NewReader(make([]byte, 1<<20+1)), 413, -1},
			{"too large, without a length", "POST", nil, io.MultiReader(bytes.NewReader(make([]byte, 1<<20+1))), 413, -1},
			{"not authentic", "POST", http.Header{"X-Verdict": {"bad"}}, strings.NewReader("x"), 401, 1},
			{"a web page", "POST", http.Header{"Origin": {"https://evil.example"}}, strings.NewReader("x"), 403, 1},
			{"a page of its own", "POST", http.Header{"Origin": {b.secureURL()}}, strings.NewReader("x"), 200, 1},
			{"the plain origin", "POST", http.Header{"Origin": {"http://example.com"}}, strings.NewReader("x"), 403, 1},
			{"TRACE", "TRACE", nil, nil, 405, -1},
			{"a large header", "POST", http.Header{"X-Large": {strings.Repeat("a", 65<<10)}}, nil, 431, -1},
		} {
			name := fmt.Sprintf("%s, HTTP/2 %v", c.name, http2)
			r, err := http.NewRequest(c.method, b.secureURL()+"/hooks?x=1", c.body)
			if err != nil {
				t.Fatal(err)
			}
			maps.Copy(r.Header, c.header)
			resp, err := client.Do(r)
			if err != nil {
				if c.status != 413 && c.status != 431 { // the refusal may be overtaken by the end of the connection
					t.Errorf("%s: %v", name, err)
				}
				continue
			}
			resp.Body.Close()
			if (resp.ProtoMajor == 2) != http2 || resp.StatusCode != c.status {
				t.Errorf("%s: HTTP/%d, %d, want %d", name, resp.ProtoMajor, resp.StatusCode, c.status)
			}
			b.locked(func() {
				if (c.kept >= 0) != (len(b.kept) == 1) {
					t.Errorf("%s: %d kept", name, len(b.kept))
				} else if c.kept >= 0 && (len(b.kept[0].Body) != c.kept || b.kept[0].URL != b.secureURL()+"/hooks?x=1") {
					t.Errorf("%s: kept %d bytes of %s", name, len(b.kept[0].Body), b.kept[0].URL)
				}
				b.kept = nil
			})
		}
	}
}

// A stream that breaks off is no delivery, whatever of it has arrived.
func TestSecureCut(t *testing.T) {
	b, trust := secureBench(t, Options{})
	client := clientOf(t, trust, true)
	breakOff := func(name string, length int64) {
		body, writer := io.Pipe()
		r, _ := http.NewRequest("POST", b.secureURL(), body)
		r.ContentLength = length
		go func() {
			io.WriteString(writer, "half")
			writer.CloseWithError(errors.New("broken"))
		}()
		if resp, err := client.Do(r); err == nil {
			resp.Body.Close()
			t.Errorf("%s: answered %d", name, resp.StatusCode)
		}
	}
	for name, length := range map[string]int64{"without a length": -1, "with a length": 100} {
		// One that breaks off before its handler runs leaves no trace, and another
		// is sent.
		before := 0
		b.locked(func() { before = len(b.refused) })
		within(t, name+": one is refused", func() (ok bool) {
			breakOff(name, length)
			b.locked(func() { ok = len(b.refused) > before })
			return ok
		})
	}
	b.locked(func() {
		for _, ref := range b.refused {
			if ref.Class != ClassCut {
				t.Errorf("refused as %+v", ref)
			}
		}
	})
	resp, err := client.Post(b.secureURL(), "", strings.NewReader("whole"))
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("a delivery afterwards: %v, %v", resp, err)
	}
	resp.Body.Close()
	if kept := b.deliveries(); len(kept) != 1 {
		t.Errorf("kept %q", kept)
	}
}

// What follows the body is no header.
func TestSecureTrailers(t *testing.T) {
	b, trust := secureBench(t, Options{})
	r, _ := http.NewRequest("POST", b.secureURL(), io.MultiReader(strings.NewReader("x")))
	r.Trailer = http.Header{"X-Verdict": {"bad"}}
	resp, err := clientOf(t, trust, true).Do(r)
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("%v, %v", resp, err)
	}
	resp.Body.Close()
	b.locked(func() {
		if len(b.kept) != 1 || b.kept[0].Header.Get("X-Verdict") != "" {
			t.Errorf("kept %+v", b.kept)
		}
	})
}

// A connection outlives the time for a handshake and for a header: these are the
// limits of each request.
func TestSecureStays(t *testing.T) {
	own, trust := certified()
	opts := Options{
		Limits: Limits{HeaderTime: time.Second, RequestTime: time.Second},
		Keep: func(_ context.Context, d *webhook.Delivery) error {
			if string(d.Body) == "slow" {
				time.Sleep(1200 * time.Millisecond) // longer than either limit
			}
			return nil
		},
	}
	for _, http2 := range []bool{false, true} {
		inTime(t, opts, func(t *testing.T, b *bench) {
			client, conns := clientOf(t, trust, http2), 0
			client.Transport.(*http.Transport).DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
				conns++
				return b.pipes.dial(ctx, network, addr)
			}
			for _, body := range []string{"slow", "quick"} {
				resp, err := client.Post("https://"+b.addr(), "", strings.NewReader(body))
				if err != nil || resp.StatusCode != 200 {
					t.Errorf("HTTP/2 %v, %s: %v, %v", http2, body, resp, err)
					return
				}
				resp.Body.Close()
			}
			if conns != 1 {
				t.Errorf("HTTP/2 %v: %d connections", http2, conns)
			}
			client.CloseIdleConnections()
		}, own)
	}
}

// Over HTTP/2 what is refused ends its own stream: other deliveries share the
// connection, and go on.
func TestSecureRefusals(t *testing.T) {
	b, trust := secureBench(t, Options{
		Limits: Limits{Body: 1 << 20},
		Keep: func(_ context.Context, d *webhook.Delivery) error {
			switch string(d.Body) {
			case "fails":
				return errors.New("no room")
			case "panics":
				panic("as it is told")
			}
			return nil
		},
	})
	client := clientOf(t, trust, true)
	for i, c := range []struct {
		method string
		body   string
		status int
	}{
		{"POST", "good", 200},
		{"TRACE", "", 405},
		{"POST", strings.Repeat("a", 1<<20+1), 413},
		{"POST", "fails", 503},
		{"POST", "panics", 500},
		{"POST", "good", 200},
	} {
		var got httptrace.GotConnInfo
		r, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
			GotConn: func(info httptrace.GotConnInfo) { got = info },
		}), c.method, b.secureURL(), strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(r)
		if err != nil {
			t.Fatalf("%s, %d bytes: %v", c.method, len(c.body), err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.StatusCode != c.status || got.Reused != (i > 0) {
			t.Errorf("%s, %d bytes: %d, want %d; a connection that was used before: %v", c.method, len(c.body), resp.StatusCode, c.status, got.Reused)
		}
	}
}

// Who does not finish its handshake is let go, and so is who opens a connection
// and says no more.
func TestSecureSlow(t *testing.T) {
	own, trust := certified()
	opts := Options{Limits: Limits{HeaderTime: time.Second, RequestTime: 2 * time.Second, IdleTime: time.Second}}
	for name, words := range map[string]string{
		"handshake": "\x16\x03\x01",
		"h2":        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
		"http/1.1":  "GET / HT",
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, opts, func(t *testing.T, b *bench) {
				c := b.connect()
				if name != "handshake" {
					config := trust.Clone()
					config.NextProtos = []string{name}
					secure := tls.Client(c, config)
					if err := secure.Handshake(); err != nil {
						t.Fatal(err)
					}
					c = secure
				}
				go io.WriteString(c, words)
				took(t, 5*time.Second, func() { io.Copy(io.Discard, c) })
			}, own)
		})
	}
}

// Plain HTTP on a port for HTTPS is answered, and told with what is to be done.
func TestSecureMistakes(t *testing.T) {
	b, _ := secureBench(t, Options{})
	got := b.exchange("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok")
	if !slices.Equal(statuses(got), []int{400}) || !strings.Contains(got[0].body, "HTTPS") {
		t.Errorf("plain HTTP got %v", got)
	}
	ref := b.oneRefused("plain HTTP")
	if ref.Class != ClassPlainHTTP || ref.Status != 400 {
		t.Errorf("told %+v", ref)
	}
}

// Why no TLS comes about is told, whichever way the sender ends it.
func TestSecureHandshakes(t *testing.T) {
	b, trust := secureBench(t, Options{})
	client := func(set func(*tls.Config)) func(net.Conn) {
		return func(c net.Conn) {
			config := trust.Clone()
			set(config)
			if tls.Client(c, config).Handshake() == nil {
				t.Error("the handshake came about")
			}
		}
	}
	hello := helloOf(t, trust)
	untrusting := func(version uint16) func(net.Conn) {
		return client(func(c *tls.Config) { c.RootCAs, c.MaxVersion = x509.NewCertPool(), version })
	}
	for _, c := range []struct {
		name  string
		send  func(net.Conn)
		class string
		tells string
	}{
		{"an unknown certificate", untrusting(tls.VersionTLS13), ClassUntrusted, "does not trust"},
		{"an unknown certificate, TLS 1.2", untrusting(tls.VersionTLS12), ClassUntrusted, "does not trust"},
		{"an alert in the clear", func(c net.Conn) {
			c.Write(hello)
			io.ReadFull(c, make([]byte, 100))
			c.Write([]byte("\x15\x03\x03\x00\x02\x02\x30"))
			io.Copy(io.Discard, c)
		}, ClassUntrusted, "probably does not trust"},
		{"no alert", func(c net.Conn) {
			c.Write(hello)
			io.ReadFull(c, make([]byte, 100))
			c.(*net.TCPConn).CloseWrite()
			io.Copy(io.Discard, c)
		}, ClassUntrusted, "probably does not trust"},
		{"an old version", client(func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }), ClassHandshake, "TLS newer than 1.1"},
		{"another cipher", client(func(c *tls.Config) {
			c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_RSA_WITH_AES_128_GCM_SHA256}
		}), ClassHandshake, "cipher"},
		{"another protocol", client(func(c *tls.Config) { c.NextProtos = []string{"mqtt"} }), ClassHandshake, "protocol"},
		{"no TLS", func(c net.Conn) {
			io.WriteString(c, "\x00\x01 whatever else")
			io.Copy(io.Discard, c)
		}, ClassHandshake, "neither TLS nor HTTP"},
	} {
		b.dial().Close() // a look at the port is nothing to tell
		conn := b.dial()
		c.send(conn)
		conn.Close()
		ref := b.oneRefused(c.name)
		if ref.Class != c.class || ref.Status != 0 || !strings.Contains(ref.Reason, c.tells) {
			t.Errorf("%s: told %+v", c.name, ref)
		}
		if !strings.HasPrefix(ref.Remote, "127.0.0.1:") || ref.Method != "" {
			t.Errorf("%s: told %+v", c.name, ref)
		}
	}
	if kept := b.deliveries(); len(kept) != 0 {
		t.Errorf("kept %q", kept)
	}
}

// helloOf is how a client begins.
func helloOf(t *testing.T, config *tls.Config) []byte {
	t.Helper()
	here, there := net.Pipe()
	defer there.Close()
	go func() {
		tls.Client(here, config).Handshake()
		here.Close()
	}()
	hello := make([]byte, 16<<10)
	n, err := there.Read(hello)
	if err != nil {
		t.Fatal(err)
	}
	return hello[:n]
}

// oneRefused is what is told of one connection, and no more.
func (b *bench) oneRefused(name string) (ref Refusal) {
	b.t.Helper()
	within(b.t, name+" is told", func() (ok bool) { b.locked(func() { ok = len(b.refused) > 0 }); return ok })
	b.locked(func() {
		ref = b.refused[0]
		if len(b.refused) > 1 {
			b.t.Errorf("%s: told %+v", name, b.refused)
		}
		b.refused = nil
	})
	return ref
}

// At the end what is under way is finished over HTTP/2, too.
func TestSecureEnd(t *testing.T) {
	begun, slow := make(chan struct{}), make(chan struct{})
	b, trust := secureBench(t, Options{Limits: Limits{Grace: time.Hour}, Keep: func(context.Context, *webhook.Delivery) error { close(begun); <-slow; return nil }})
	answered := make(chan int, 1)
	go func() {
		resp, err := clientOf(t, trust, true).Post(b.secureURL(), "", strings.NewReader("x"))
		if err != nil {
			t.Error(err)
			answered <- 0
			return
		}
		resp.Body.Close()
		answered <- resp.StatusCode
	}()
	<-begun
	ended := make(chan struct{})
	go func() { b.stop(); close(ended) }()
	within(t, "it takes nothing new", func() bool {
		c, err := tls.Dial("tcp", b.sockets.Address.String(), trust)
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	close(slow)
	if status := <-answered; status != 200 {
		t.Errorf("answered %d", status)
	}
	<-ended
}
