package sender

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/whk-cli/whk/internal/webhook"
)

func TestResolveTarget(t *testing.T) {
	tests := []struct{ target, want string }{
		{"localhost", "http://localhost:8080/hooks?a=1"},
		{"LocalHost", "http://LocalHost:8080/hooks?a=1"},
		{":3000", "http://localhost:3000/hooks?a=1"},
		{"3000", "http://localhost:3000/hooks?a=1"},
		{"localhost:3000", "http://localhost:3000/hooks?a=1"},
		{"app.localhost:3000", "http://app.localhost:3000/hooks?a=1"},
		{"127.0.0.1:9", "http://127.0.0.1:9/hooks?a=1"},
		{"127.0.0.1", "http://127.0.0.1:8080/hooks?a=1"},
		{"0.0.0.0:9", "http://0.0.0.0:9/hooks?a=1"},
		{"[::1]:9", "http://[::1]:9/hooks?a=1"},
		{"[::1]", "http://[::1]:8080/hooks?a=1"},
		{"::1", "http://[::1]:8080/hooks?a=1"},
		{"example.com", "https://example.com/hooks?a=1"},
		{"example.com:8443", "https://example.com:8443/hooks?a=1"},
		{"192.168.0.7:80", "https://192.168.0.7:80/hooks?a=1"},
		{"user:pw@example.com", "https://user:pw@example.com/hooks?a=1"},

		{"localhost/", "http://localhost:8080/"},
		{"localhost:3000/x", "http://localhost:3000/x"},
		{"3000/x?y=1", "http://localhost:3000/x?y=1"},
		{":3000?y=1", "http://localhost:3000?y=1"},
		{"[::1]:9/x", "http://[::1]:9/x"},
		{"example.com/x", "https://example.com/x"},

		{"http://localhost", "http://localhost"},
		{"http://localhost:3000", "http://localhost:3000"},
		{"http://example.com", "http://example.com"},
		{"https://example.com/é?q=%41", "https://example.com/é?q=%41"},
		{"HTTPS://example.com//x", "HTTPS://example.com//x"},
	}
	for _, tt := range tests {
		if got, err := ResolveTarget(tt.target, "/hooks", "a=1"); err != nil || got != tt.want {
			t.Errorf("ResolveTarget(%q) = %q, %v; want %q", tt.target, got, err, tt.want)
		}
	}
	for _, tt := range []struct{ path, query, want string }{
		{"", "", "http://localhost:1"},
		{"/x", "", "http://localhost:1/x"},
		{"x", "", "http://localhost:1/x"},
		{"//x", "y", "http://localhost:1//x?y"},
		{"", "y", "http://localhost:1?y"},
		{"/a#b", "c#d", "http://localhost:1/a%23b?c%23d"},
	} {
		if got, err := ResolveTarget("1", tt.path, tt.query); err != nil || got != tt.want {
			t.Errorf("ResolveTarget(1, %q, %q) = %q, %v; want %q", tt.path, tt.query, got, err, tt.want)
		}
	}
}

func TestResolveTargetRefuses(t *testing.T) {
	for _, target := range []string{
		"", " ", ":", "0", "-q", "--secret", ":0", "65536", "localhost:x", "localhost:", "localhost:99999", "/path", "?q", "a b",
		"ftp://example.com", "file:///etc/passwd", "http://", "http:///x", "://x", "https://:443",
		"http://example.com:x", "http://example.com:70000/", "local\nhost", "localhost/\r\nX: 1", "local\x00host",
		"http://[::1", "[::1:9", "@", "user:secret@", "user:secret@host:port", "http://user:sec/ret@host:port/",
	} {
		got, err := ResolveTarget(target, "/", "")
		if err == nil {
			t.Errorf("ResolveTarget(%q) = %q, want an error", target, got)
			continue
		}
		if strings.Contains(err.Error(), "sec") || strings.ContainsAny(err.Error(), "\r\n") {
			t.Errorf("ResolveTarget(%q): the error gives away too much: %v", target, err)
		}
	}
}

func TestIsLoopback(t *testing.T) {
	for rawURL, want := range map[string]bool{
		"http://localhost":            true,
		"http://LOCALHOST.:1/x":       true,
		"http://a.localhost":          true,
		"http://127.0.0.1:1":          true,
		"http://127.255.0.9":          true,
		"http://[::1]":                true,
		"http://[::ffff:127.0.0.1]":   true,
		"http://0.0.0.0:1":            true,
		"http://localhost@evil.test":  false,
		"http://localhost.evil.test":  false,
		"http://notlocalhost":         false,
		"http://127.0.0.1.evil.test":  false,
		"http://10.0.0.1":             false,
		"http://[2001:db8::1]":        false,
		"http://evil.test/#localhost": false,
		"http://%zz":                  false,
		"":                            false,
	} {
		if got := IsLoopback(rawURL); got != want {
			t.Errorf("IsLoopback(%q) = %v, want %v", rawURL, got, want)
		}
	}
}

func TestPrintable(t *testing.T) {
	for rawURL, want := range map[string]string{
		"https://user:secret@example.com/x?y=a@b": "https://example.com/x?y=a@b",
		"https://user@example.com":                "https://example.com",
		"user:secret@example.com":                 "example.com",
		"http://a:b@c@example.com/":               "http://example.com/",
		"http://u:sec/ret@host:port/":             "http://host:port/",
		"http://u:sec?ret@host:port/":             "http://host:port/",
		"https://example.com/@user":               "https://example.com/@user",
		"https://example.com":                     "https://example.com",
		"":                                        "",
	} {
		if got := Printable(rawURL); got != want {
			t.Errorf("Printable(%q) = %q, want %q", rawURL, got, want)
		}
	}
}

func TestSent(t *testing.T) {
	own := webhook.Header{{Name: "authorization", Value: "mine"}, {Name: "User-Agent", Value: "a"}}
	for _, c := range []struct {
		url    string
		header webhook.Header
		sentTo string
		sent   webhook.Header
	}{
		{"http://h/p?q", own, "http://h/p?q", own},
		{"http://u:p@h/p", own, "http://h/p", own},
		{"http://u:p@h/p", nil, "http://h/p", webhook.Header{{Name: "Authorization", Value: "Basic dTpw"}}},
		{"http://h", webhook.Header{{Name: "A"}, {Name: "user-agent"}}, "http://h", webhook.Header{{Name: "A"}}},
		{"http://u:p@h/%zz", nil, "http://h/%zz", nil},
	} {
		given := c.header.Clone()
		url, header := Sent(&webhook.Request{URL: c.url, Header: c.header})
		if url != c.sentTo || !slices.Equal(header, c.sent) || !slices.Equal(given, c.header) {
			t.Errorf("%s %q is sent to %s with %q", c.url, given, url, header)
		}
	}
}

// Whatever is typed is refused or becomes a URL that can be sent to, and no
// password of it is ever printed.
func FuzzResolveTarget(f *testing.F) {
	for _, target := range []string{"localhost", ":3000", "[::1]:9", "u:p@example.com/x?y#z", "http://u:p@h:1/%zz", "a://b", "::1%eth0"} {
		f.Add(target)
	}
	f.Fuzz(func(t *testing.T, target string) {
		got, err := ResolveTarget(target, "/p", "q=1")
		if err != nil {
			return // refusing is fine
		}
		if err := Check(&webhook.Request{Method: "POST", URL: got}); err != nil {
			t.Errorf("ResolveTarget(%q) = %q, which cannot be sent to: %v", target, got, err)
		}
		u, err := url.Parse(got)
		if err != nil {
			t.Fatalf("ResolveTarget(%q) = %q: %v", target, got, err)
		}
		again, err := url.Parse(Printable(got))
		if err != nil || again.User != nil || again.Host != u.Host {
			t.Errorf("Printable(%q) = %q", got, Printable(got))
		}
	})
}
