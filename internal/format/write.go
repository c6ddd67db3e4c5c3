package format

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/whk-cli/whk/internal/webhook"
)

// WriteHTTP writes d as a raw HTTP/1.1 request with its exact body, in a form
// that reads back as the same delivery.
//
// Headers keep their order. A missing Host is taken from the URL;
// Content-Length is corrected, and added where a body has none;
// Transfer-Encoding is left out. The target is the path alone when the URL is
// http and of the Host header, and the whole URL otherwise.
//
// A delivery that cannot be a request is an error, and nothing is written: a
// URL that is not http, has blanks or a user name; a method or a header's name
// that is no token; a header's value with a line break or another control
// character.
func WriteHTTP(w io.Writer, d *webhook.Delivery) error {
	if err := check(d); err != nil {
		return err
	}
	authority, target, _ := splitURL(d.URL)
	if strings.Contains(authority, "@") {
		return errors.New("a user name in a URL has no place in an HTTP request; use an Authorization header")
	}
	host, hasHost := authority, d.Header.Has("Host")
	if hasHost {
		host = d.Header.Get("Host")
	}
	if d.URL != "http://"+host+target || target == "" || target[0] != '/' {
		target = d.URL
	}
	head := fmt.Appendf(nil, "%s %s HTTP/1.1\r\n", method(d), target)
	if !hasHost {
		head = appendField(head, "Host", host)
	}
	head = appendFields(head, d)
	if _, err := w.Write(append(head, "\r\n"...)); err != nil {
		return err
	}
	_, err := w.Write(d.Body)
	return err
}

func appendFields(head []byte, d *webhook.Delivery) []byte {
	hasLength := false
	for _, f := range d.Header {
		switch {
		case strings.EqualFold(f.Name, "Transfer-Encoding"):
			continue
		case strings.EqualFold(f.Name, "Content-Length"):
			if hasLength {
				continue
			}
			hasLength = true
			if n, err := strconv.ParseUint(f.Value, 10, 62); err != nil || n != uint64(len(d.Body)) {
				f.Value = strconv.Itoa(len(d.Body)) // a right one stays as it was written
			}
		}
		head = appendField(head, f.Name, f.Value)
	}
	if !hasLength && (len(d.Body) > 0 || wantsBody(method(d))) {
		head = appendField(head, "Content-Length", strconv.Itoa(len(d.Body)))
	}
	return head
}

func appendField(head []byte, name, value string) []byte {
	head = append(append(head, name...), ':')
	if value != "" {
		head = append(append(head, ' '), value...)
	}
	return append(head, "\r\n"...)
}

// check reports why d cannot be written as a request.
func check(d *webhook.Delivery) error {
	if !webhook.IsToken(method(d)) {
		return fmt.Errorf("the method %q is not a valid HTTP method", d.Method)
	}
	authority, _, ok := splitURL(d.URL)
	if !ok || strings.Contains(authority, `\`) || !isHost(authority[strings.LastIndexByte(authority, '@')+1:]) {
		return fmt.Errorf("the URL %q is not an absolute http or https URL", d.URL)
	}
	if strings.ContainsFunc(d.URL, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return fmt.Errorf("the URL %q has blanks or control characters", d.URL)
	}
	if len(d.Header.Values("Host")) > 1 {
		return errors.New("the Host header is there more than once")
	}
	for _, f := range d.Header {
		switch {
		case !webhook.IsToken(f.Name):
			return fmt.Errorf("%q is not the name of a header", f.Name)
		case strings.ContainsFunc(f.Value, isControl):
			return fmt.Errorf("the value of the header %s has control characters", f.Name)
		case strings.EqualFold(f.Name, "Host") && !isHost(f.Value):
			return fmt.Errorf("the Host header %q names no host", f.Value)
		}
	}
	return nil
}

func method(d *webhook.Delivery) string {
	if d.Method == "" {
		return "POST"
	}
	return d.Method
}

// wantsBody reports whether a request of this method says its body's length
// even when there is none.
func wantsBody(method string) bool { return method == "POST" || method == "PUT" || method == "PATCH" }
