package receiver

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
)

func TestParseAddress(t *testing.T) {
	tests := []struct{ text, want, url string }{
		{"", "localhost:8080", "http://localhost:8080"},
		{"localhost", "localhost:8080", "http://localhost:8080"},
		{"LOCALHOST:1", "localhost:1", "http://localhost:1"},
		{":8080", "localhost:8080", "http://localhost:8080"},
		{"8080", "localhost:8080", "http://localhost:8080"},
		{"3000", "localhost:3000", "http://localhost:3000"},
		{":0", "localhost:0", "http://localhost:0"},
		{"65535", "localhost:65535", "http://localhost:65535"},
		{"0.0.0.0:8080", "0.0.0.0:8080", "http://localhost:8080"},
		{"0.0.0.0", "0.0.0.0:8080", "http://localhost:8080"},
		{"[::]:9", "[::]:9", "http://localhost:9"},
		{"::1", "[::1]:8080", "http://[::1]:8080"},
		{"[::1]", "[::1]:8080", "http://[::1]:8080"},
		{"[::1]:9", "[::1]:9", "http://[::1]:9"},
		{"127.0.0.1:9", "127.0.0.1:9", "http://127.0.0.1:9"},
		{"box.example:80", "box.example:80", "http://box.example:80"},
		{"box.example", "box.example:8080", "http://box.example:8080"},
	}
	for _, tt := range tests {
		a, err := ParseAddress(tt.text)
		if err != nil || a.String() != tt.want || a.URL() != tt.url {
			t.Errorf("ParseAddress(%q) = %v (%s), %v; want %s (%s)", tt.text, a, a.URL(), err, tt.want, tt.url)
		}
	}
	for _, text := range []string{
		"65536", ":65536", ":-1", ":x", "a:b:c", "localhost:", ":", "http://localhost:1", "localhost:1/x",
		"a b", "[::1", "::1]:x", "1.2.3.4:http", "user@host:1", "x\n:1", "999999999999999999999",
	} {
		if a, err := ParseAddress(text); err == nil {
			t.Errorf("ParseAddress(%q) = %v, want an error", text, a)
		} else if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("ParseAddress(%q): error on several lines", text)
		}
	}
}

func TestLoopback(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "127.0.0.1": true, "127.9.9.9": true, "::1": true,
		"0.0.0.0": false, "::": false, "192.168.0.1": false, "box.example": false,
	} {
		if got := (Address{Host: host}).Loopback(); got != want {
			t.Errorf("%s: %v, want %v", host, got, want)
		}
	}
}

func hasIPv6() bool {
	l, err := net.Listen("tcp6", "[::1]:0")
	if err == nil {
		l.Close()
	}
	return err == nil
}

func TestListen(t *testing.T) {
	ctx := context.Background()
	s, err := Listen(ctx, Address{Host: "localhost"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.Address.Port == 0 || s.Address.Host != "localhost" {
		t.Errorf("address %v", s.Address)
	}
	if n := len(s.listeners); n != 2 && hasIPv6() || n == 0 {
		t.Errorf("%d sockets", n)
	}
	for _, l := range s.listeners {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Errorf("%s: %v", l.Addr(), err)
			continue
		}
		c.Close()
	}

	again, err := Listen(ctx, s.Address)
	if inUse, ok := errors.AsType[*InUseError](err); !ok || inUse.Address.Port != s.Address.Port {
		t.Fatalf("the port taken twice: %v, %v", again, err)
	}
	if !strings.Contains(err.Error(), itoa(s.Address.Port)) {
		t.Errorf("%q does not name the port", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if again, err = Listen(ctx, s.Address); err != nil {
		t.Fatalf("after it was closed: %v", err)
	}
	again.Close()
}

// A port taken on one loopback address only is taken all the same, and nothing
// is left open.
func TestListenHalfTaken(t *testing.T) {
	if !hasIPv6() {
		t.Skip("no IPv6 on this machine")
	}
	for _, tt := range []struct{ taken, free string }{{"[::1]", "127.0.0.1"}, {"127.0.0.1", "[::1]"}} {
		l, err := net.Listen("tcp", tt.taken+":0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		s, err := Listen(context.Background(), Address{"localhost", port})
		if _, ok := errors.AsType[*InUseError](err); !ok {
			t.Errorf("%s taken: %v, %v", tt.taken, s, err)
		}
		other, err := net.Listen("tcp", tt.free+":"+itoa(port))
		if err != nil {
			t.Errorf("%s is left open: %v", tt.free, err)
		} else {
			other.Close()
		}
		l.Close()
	}
}

func TestListenElsewhere(t *testing.T) {
	for _, host := range []string{"0.0.0.0", "127.0.0.1"} {
		s, err := Listen(context.Background(), Address{Host: host})
		if err != nil {
			t.Fatal(err)
		}
		if len(s.listeners) != 1 || s.Address.Port == 0 {
			t.Errorf("%s: %v", host, s)
		}
		s.Close()
	}
	if _, err := Listen(context.Background(), Address{"192.0.2.1", 0}); err == nil || strings.Count(err.Error(), "192.0.2.1") != 1 {
		t.Errorf("an address of another machine: %v", err)
	}
}

func TestReaches(t *testing.T) {
	for _, tt := range []struct {
		bound Address
		url   string
		want  bool
	}{
		{Address{"localhost", 8080}, "http://localhost:8080/x", true},
		{Address{"localhost", 8080}, "http://LOCALHOST:8080", true},
		{Address{"localhost", 8080}, "http://app.localhost.:8080", true},
		{Address{"localhost", 8080}, "http://127.0.0.1:8080", true},
		{Address{"localhost", 8080}, "http://[::1]:8080", true},
		{Address{"localhost", 8080}, "http://0.0.0.0:8080", true},
		{Address{"localhost", 80}, "http://localhost/x", true},
		{Address{"localhost", 8080}, "http://localhost:8081", false},
		{Address{"localhost", 8080}, "http://localhost", false},
		{Address{"localhost", 8080}, "http://example.com:8080", false},
		{Address{"localhost", 8080}, "http://%zz", false},
		{Address{"127.0.0.1", 8080}, "http://localhost:8080", true},
		{Address{"127.0.0.1", 8080}, "http://127.0.0.1:8080", true},
		{Address{"127.0.0.1", 8080}, "http://[::1]:8080", false},
		{Address{"0.0.0.0", 8080}, "http://localhost:8080", true},
		{Address{"0.0.0.0", 8080}, "http://127.0.0.1:8080", true},
		{Address{"0.0.0.0", 8080}, "http://192.0.2.1:8080", false},
		{Address{"0.0.0.0", 8080}, "http://127.0.0.2:8080", true},
		{Address{"0.0.0.0", 8080}, "http://[::1]:8080", false},
		{Address{"::", 8080}, "http://[::1]:8080", true},
		{Address{"::", 8080}, "http://127.0.0.1:8080", true},
		{Address{"localhost", 8080}, "http://127.0.0.2:8080", false},
		{Address{"localhost", 8080}, "http://[::ffff:127.0.0.1]:8080", true},
		{Address{"box.example", 8080}, "http://box.example:8080", true},
		{Address{"box.example", 8080}, "http://localhost:8080", false},
	} {
		if got := (&Sockets{Address: tt.bound}).Reaches(tt.url); got != tt.want {
			t.Errorf("%v reaches %s: %v, want %v", tt.bound, tt.url, got, tt.want)
		}
	}
}

// A name that was looked up is seen for what it is when it comes to connecting.
func TestRefuse(t *testing.T) {
	for _, host := range []string{"localhost", "127.0.0.1", "0.0.0.0"} {
		s, err := Listen(t.Context(), Address{host, 0})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for ip, own := range map[string]bool{
			"127.0.0.1": true, "0.0.0.0": true, "::ffff:127.0.0.1": true,
			"127.0.0.2": host == "0.0.0.0", "192.0.2.77": false,
		} {
			if err := s.Refuse(Address{ip, s.Address.Port}.String()); (err != nil) != own {
				t.Errorf("on %s: %s: %v", host, ip, err)
			}
			if err := s.Refuse(Address{ip, s.Address.Port + 1}.String()); err != nil {
				t.Errorf("another port: %v", err)
			}
		}
	}
}
