package sender

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/whk-cli/whk/internal/webhook"
)

// Check reports why r cannot be sent: a method or a field's name that is not an
// HTTP token, a control character in a value, or a URL that is not an absolute
// http one. [Sender.Attempt] checks by itself.
func Check(r *webhook.Request) error {
	if err := checkFields(r); err != nil {
		return err
	}
	_, err := parseURL(r.URL)
	return err
}

// checkFields is Check without the URL.
func checkFields(r *webhook.Request) error {
	if r.Method == "" || !webhook.IsToken(r.Method) {
		return fmt.Errorf("method %q is not a word of letters and digits", r.Method)
	}
	for _, f := range r.Header {
		if !webhook.IsToken(f.Name) {
			return fmt.Errorf("header name %q is not a word of letters, digits and dashes", f.Name)
		}
		if c, bad := control(f.Value); bad {
			return fmt.Errorf("header %s: the value holds %s, which no header can carry", f.Name, c)
		}
	}
	return nil
}

func (s *Sender) request(ctx context.Context, r *webhook.Request) (*http.Request, error) {
	if err := Check(r); err != nil {
		return nil, err
	}
	u, err := parseURL(r.URL)
	if err != nil {
		return nil, err
	}
	user := u.User
	u.User = nil
	req := (&http.Request{
		Method: r.Method, URL: u, Host: u.Host, Header: s.header(r.Header),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: http.NoBody, ContentLength: int64(len(r.Body)),
	}).WithContext(ctx)
	if len(r.Body) > 0 {
		var body io.Reader = bytes.NewReader(r.Body)
		if s.wire != nil {
			body = s.wire.body(ctx, body)
		}
		req.Body = io.NopCloser(body) // without GetBody it cannot be sent twice
	}
	if host := r.Header.Get("Host"); host != "" {
		req.Host = host
	}
	if !s.proxied(req) { // a proxy is sent the whole URL, which net/http then cannot build
		asWritten(u, r.URL)
	}
	if user != nil && !r.Header.Has("Authorization") {
		password, _ := user.Password()
		req.SetBasicAuth(user.Username(), password)
	}
	return req, nil
}

func (s *Sender) proxied(req *http.Request) bool {
	if s.opts.Proxy == nil {
		return false
	}
	proxy, err := s.opts.Proxy(req)
	return proxy != nil || err != nil
}

// header is fields in net/http's form, spelt as given except for those that
// net/http itself looks for.
func (s *Sender) header(fields webhook.Header) http.Header {
	h := make(http.Header, len(fields)+1)
	spelling := make(map[string]string, len(fields))
	for _, f := range fields {
		name := http.CanonicalHeaderKey(f.Name)
		switch name {
		case "Host", "Content-Length", "Transfer-Encoding", "Trailer":
			continue
		case "User-Agent", "Connection", "Accept-Encoding", "Authorization":
			spelling[name] = name
		}
		if spelling[name] == "" {
			spelling[name] = f.Name
		}
		h[spelling[name]] = append(h[spelling[name]], f.Value)
	}
	if _, ok := h["User-Agent"]; !ok {
		h["User-Agent"] = []string{s.opts.UserAgent} // net/http sends its own unless there is one
	}
	return h
}

// parseURL reads an absolute http URL.
func parseURL(raw string) (*url.URL, error) {
	if c, bad := control(raw); bad {
		return nil, fmt.Errorf("the URL holds %s", c)
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("URL %q: %w", Printable(raw), reason(raw, err))
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil, fmt.Errorf("URL %q is not an http or https URL with a host", Printable(raw))
	}
	return u, nil
}

// asWritten makes net/http put the path and query of raw on the wire as they
// are written, where it would escape them otherwise.
func asWritten(u *url.URL, raw string) {
	target := requestTarget(raw)
	if target == "" || target == u.RequestURI() || strings.HasPrefix(target, "//") {
		return
	}
	u.Opaque, u.RawQuery, u.ForceQuery = strings.Cut(target, "?")
}

// requestTarget is a URL's path and query as written; "" if no request line
// can hold them.
func requestTarget(raw string) string {
	raw, _, _ = strings.Cut(raw, "#")
	_, rest, _ := strings.Cut(raw, "://")
	i := strings.IndexAny(rest, "/?")
	if i < 0 || rest[i] == '?' || strings.ContainsAny(rest[i:], " \t") {
		return ""
	}
	return rest[i:]
}

// reason is what is wrong with a URL, without the parts of it that may hold a
// password.
func reason(raw string, err error) error {
	parse, ok := errors.AsType[*url.Error](err)
	if !ok || strings.Contains(raw, "@") {
		return errors.New("not a URL")
	}
	return parse.Err
}

// control finds the first control character other than TAB, and names it.
func control(s string) (string, bool) {
	for i := range len(s) {
		switch c := s[i]; {
		case c == '\r' || c == '\n':
			return "a line break", true
		case c == 0:
			return "a NUL byte", true
		case c < 0x20 && c != '\t' || c == 0x7f:
			return fmt.Sprintf("the control character 0x%02x", c), true
		}
	}
	return "", false
}
