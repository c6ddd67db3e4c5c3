package format

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/whk-cli/whk/internal/webhook"
)

// readCurl is the sequence of the requests that curl commands would send. There
// may be several, one after the other, as browsers copy them. Nothing is run
// and nothing is sent.
//
// Read are the options that decide a request: -X, -H, -d and its kin, --json,
// -G, -I, -u, -A, -e, -b, --url. Options about the connection or the output are
// ignored; forms, uploads, configuration files and unknown options are refused.
// Curl's own User-Agent and Accept are left out.
func (o Options) readCurl(r io.Reader) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		data, err := readLimited(r, o.Limit)
		if err != nil {
			yield(Entry{Line: 1}, err)
			return
		}
		text := withoutPrompt(withoutMark(data))
		s := &splitter{src: string(text)}
		for found := false; ; found = true {
			command, err := s.next()
			if err == nil && command == nil {
				if !found {
					yield(Entry{Line: 1}, ErrEmpty)
				}
				return
			}
			entry := Entry{Line: 1}
			if err == nil {
				entry.Line = 1 + strings.Count(s.src[:command.words[0].at], "\n")
				entry.Delivery, err = o.request(command)
			}
			if !yield(entry, placeWord(text, err)) || err != nil {
				return
			}
		}
	}
}

// withoutPrompt removes a prompt that was copied with a command. Blanks in its
// place keep the columns right.
func withoutPrompt(text []byte) []byte {
	rest := bytes.TrimLeft(text, " \t\r\n")
	if bytes.HasPrefix(rest, []byte("$ ")) {
		text = bytes.Clone(text)
		text[len(text)-len(rest)] = ' '
	}
	return text
}

// curlRequest is a request that is being read.
type curlRequest struct {
	*Options
	stdin *string

	at      int // of the current option
	urls    []shellText
	method  string
	header  webhook.Header
	removed []string // headers that curl is told not to make
	data    []byte
	hasData bool

	json, get, head, globoff, asIs bool
	agent, referer, user, bearer   *string
	cookies                        []string
}

// request is the delivery that one command would send.
func (o *Options) request(command *shellCommand) (*webhook.Delivery, error) {
	words := command.words
	if !isCurl(words[0].text) {
		return nil, &errorAt{words[0].at, fmt.Errorf("%q is not curl", words[0].text)}
	}
	c := &curlRequest{Options: o, stdin: command.stdin}
	if err := c.arguments(words[1:]); err != nil {
		return nil, err
	}
	c.at = words[0].at
	d, err := c.delivery()
	if err == nil {
		err = check(d)
	}
	if err != nil {
		return nil, c.fail(err)
	}
	return d, nil
}

// fail adds the place of the current option to err, unless it has a place.
func (c *curlRequest) fail(err error) error {
	var at *errorAt
	if err == nil || errors.As(err, &at) {
		return err
	}
	return &errorAt{c.at, err}
}

// arguments reads the words after curl.
func (c *curlRequest) arguments(words []shellText) error {
	for i := 0; i < len(words); i++ {
		w := words[i]
		c.at = w.at
		long, isLong := strings.CutPrefix(w.text, "--")
		var err error
		switch {
		case w.text == "--":
			c.urls = append(c.urls, words[i+1:]...)
			return nil
		case isLong:
			name, value, given := strings.Cut(long, "=")
			i, err = c.option(name, value, given, words, i)
		case len(w.text) > 1 && w.text[0] == '-':
			i, err = c.cluster(w.text[1:], words, i)
		default:
			c.urls = append(c.urls, w)
		}
		if err != nil {
			return c.fail(err)
		}
	}
	return nil
}

// cluster reads short options in one word: -sSL, -XPOST.
func (c *curlRequest) cluster(letters string, words []shellText, i int) (int, error) {
	for j := range len(letters) {
		name := longName(letters[j])
		if name == "" {
			return i, fmt.Errorf("-%c is not an option that whk reads", letters[j])
		}
		if takesValue(name) {
			rest := letters[j+1:]
			return c.option(name, rest, rest != "", words, i)
		}
		if _, err := c.option(name, "", false, nil, 0); err != nil {
			return i, err
		}
	}
	return i, nil
}

// option applies one option, whose value is the next word unless given, and
// returns the index of the last word that it used.
func (c *curlRequest) option(name, value string, given bool, words []shellText, i int) (int, error) {
	if !takesValue(name) {
		if given {
			return i, fmt.Errorf("--%s takes no value", name)
		}
		return i, c.flag(name)
	}
	if !given {
		if i+1 >= len(words) {
			return i, fmt.Errorf("%w: --%s needs a value", ErrIncomplete, name)
		}
		i++
		value = words[i].text
	}
	return i, c.set(name, value)
}

// longName is the long form of a short option, "" when it is not known.
func longName(letter byte) string {
	const letters = "XHdFuAebGIgskLvifSNo#0jxmwETKcDOZ46ryq"
	names := [...]string{"request", "header", "data", "form", "user", "user-agent", "referer", "cookie", "get", "head", "globoff",
		"silent", "insecure", "location", "verbose", "include", "fail", "show-error", "no-buffer", "output", "progress-bar",
		"http1.0", "junk-session-cookies", "proxy", "max-time", "write-out", "cert", "upload-file", "config", "cookie-jar", "dump-header",
		"remote-name", "parallel", "ipv4", "ipv6", "range", "speed-time", "disable"}
	if i := strings.IndexByte(letters, letter); i >= 0 {
		return names[i]
	}
	return ""
}

// takesValue reports whether an option is followed by a value.
func takesValue(name string) bool {
	switch name {
	case "request", "header", "data", "data-ascii", "data-binary", "data-raw", "data-urlencode", "json", "url",
		"user", "user-agent", "referer", "cookie", "oauth2-bearer",
		"form", "form-string", "upload-file", "config", "range", "request-target", "url-query", "variable", "aws-sigv4", "proto-default":
		return true
	}
	return ignoredValue(name)
}

// ignoredValue reports whether an option with a value leaves the request as it
// is.
func ignoredValue(name string) bool {
	switch name {
	case "output", "write-out", "max-time", "connect-timeout", "retry", "retry-delay", "retry-max-time", "max-redirs",
		"cacert", "capath", "cert", "cert-type", "key", "key-type", "pass", "ciphers", "tls-max", "proxy", "proxy-header", "proxy-user", "noproxy",
		"interface", "resolve", "connect-to", "dns-servers", "cookie-jar", "dump-header", "stderr", "trace", "trace-ascii",
		"limit-rate", "keepalive-time", "unix-socket", "speed-time", "speed-limit", "output-dir", "expect100-timeout":
		return true
	}
	return false
}

// flag applies an option without a value.
func (c *curlRequest) flag(name string) error {
	switch name {
	case "get":
		c.get = true
	case "head":
		c.head = true
	case "globoff":
		c.globoff = true
	case "path-as-is":
		c.asIs = true
	case "silent", "insecure", "location", "location-trusted", "verbose", "include", "show-headers", "fail", "fail-with-body", "fail-early",
		"show-error", "no-buffer", "progress-bar", "no-progress-meter", "compressed", "http1.0", "http1.1", "http2", "http2-prior-knowledge", "http3",
		"ipv4", "ipv6", "tcp-nodelay", "no-keepalive", "no-alpn", "junk-session-cookies", "retry-connrefused", "retry-all-errors",
		"ssl-no-revoke", "tlsv1", "tlsv1.0", "tlsv1.1", "tlsv1.2", "tlsv1.3", "post301", "post302", "post303", "parallel",
		"disable", "remote-name", "create-dirs", "no-sessionid", "styled-output", "no-styled-output", "remove-on-error", "basic":
	case "next":
		return errors.New("--next begins another request: put each in a command of its own")
	default:
		return fmt.Errorf("--%s is not an option that whk reads", name)
	}
	return nil
}

// set applies an option with a value.
func (c *curlRequest) set(name, value string) error {
	switch name {
	case "request":
		c.method = value
	case "url":
		c.urls = append(c.urls, shellText{value, c.at})
	case "header":
		return c.addHeader(value)
	case "data", "data-ascii", "data-binary", "data-raw", "data-urlencode", "json":
		return c.addData(name, value)
	case "user":
		if !strings.Contains(value, ":") {
			return errors.New("--user without a password: curl would ask for it; write name:password")
		}
		c.user = &value
	case "user-agent":
		c.agent = &value
	case "referer":
		value, _, _ = strings.Cut(value, ";auto")
		c.referer = &value
	case "oauth2-bearer":
		c.bearer = &value
	case "cookie":
		if !strings.Contains(value, "=") {
			return fmt.Errorf("--cookie %q is a file of cookies, which is not read", value)
		}
		c.cookies = append(c.cookies, value)
	case "form", "form-string":
		return fmt.Errorf("--%s makes a multipart body with a boundary that differs each time, so its bytes are not in the command", name)
	case "upload-file", "config", "range", "request-target", "url-query", "variable", "aws-sigv4", "proto-default":
		return fmt.Errorf("--%s is not read", name)
	}
	return nil
}

func (c *curlRequest) addHeader(text string) error {
	if name, ok := strings.CutPrefix(text, "@"); ok {
		data, err := c.file(name)
		if err != nil {
			return err
		}
		for line := range strings.SplitSeq(string(data), "\n") {
			if line = strings.TrimSuffix(line, "\r"); line != "" {
				if err := c.addHeader(line); err != nil {
					return err
				}
			}
		}
		return nil
	}
	name, value, ok := strings.Cut(text, ":")
	value = strings.Trim(value, " \t")
	switch {
	case ok && value == "":
		c.removed = append(c.removed, name)
		return nil
	case !ok:
		if name, ok = strings.CutSuffix(text, ";"); !ok {
			return fmt.Errorf(`a header is "Name: value", not %q`, text)
		}
	}
	c.header.Add(name, value)
	return nil
}

// addData joins the values of several options with &, as curl does.
func (c *curlRequest) addData(name, value string) error {
	part := []byte(value)
	var err error
	switch file, isFile := strings.CutPrefix(value, "@"); {
	case name == "data-urlencode":
		part, err = c.urlencoded(value)
	case isFile && name != "data-raw":
		part, err = c.file(file)
		if name == "data" || name == "data-ascii" {
			part = slices.DeleteFunc(part, func(c byte) bool { return c == '\r' || c == '\n' || c == 0 })
		}
	}
	if err != nil {
		return err
	}
	if name == "json" {
		c.json = true
	} else if c.hasData {
		c.data = append(c.data, '&')
	}
	c.data, c.hasData = append(c.data, part...), true
	return nil
}

// urlencoded reads a value of --data-urlencode: text, =text, name=text, @file
// or name@file.
func (c *curlRequest) urlencoded(value string) ([]byte, error) {
	i := strings.IndexByte(value, '=')
	isFile := i < 0
	if isFile {
		i = strings.IndexByte(value, '@')
	}
	if i < 0 {
		return appendEncoded(nil, value), nil
	}
	name, content := value[:i], value[i+1:]
	if isFile {
		data, err := c.file(content)
		if err != nil {
			return nil, err
		}
		content = string(data)
	}
	if name != "" {
		name += "="
	}
	return appendEncoded([]byte(name), content), nil
}

// appendEncoded escapes all bytes but those that RFC 3986 calls unreserved.
func appendEncoded(dst []byte, text string) []byte {
	for i := range len(text) {
		c := text[i]
		if isLetter(c) || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			dst = append(dst, c)
		} else {
			dst = fmt.Appendf(dst, "%%%02X", c)
		}
	}
	return dst
}

// file returns what @name stands for.
func (c *curlRequest) file(name string) ([]byte, error) {
	if name == "-" {
		if c.stdin == nil {
			return nil, errors.New("@- is the command's standard input, which is not in the text")
		}
		return []byte(*c.stdin), nil
	}
	if c.ReadFile == nil {
		return nil, fmt.Errorf("@%s names a file, and files are not read here", name)
	}
	data, err := c.ReadFile(name)
	if err == nil && len(data) > c.Limit {
		err = fmt.Errorf("%w: more than %s", ErrTooLarge, limitText(c.Limit))
	}
	if err != nil {
		return nil, fmt.Errorf("@%s: %w", name, err)
	}
	return data, nil
}

// delivery puts the request together.
func (c *curlRequest) delivery() (*webhook.Delivery, error) {
	switch {
	case len(c.urls) == 0:
		return nil, fmt.Errorf("%w: the command has no URL", ErrIncomplete)
	case len(c.urls) > 1:
		c.at = c.urls[1].at
		return nil, fmt.Errorf("%q is a second URL: put each in a command of its own", c.urls[1].text)
	case c.head && c.hasData && !c.get:
		return nil, errors.New("curl refuses --head with data")
	}
	c.at = c.urls[0].at
	url, err := c.url(c.urls[0].text)
	if err != nil {
		return nil, err
	}
	d := &webhook.Delivery{URL: url, Method: c.verb(), Header: c.header}
	if !c.get {
		d.Body = c.data
	}
	if d.Header == nil {
		d.Header = webhook.Header{}
	}
	c.ownHeaders(d)
	return d, nil
}

func (c *curlRequest) verb() string {
	switch {
	case c.method != "":
		return c.method
	case c.head:
		return "HEAD"
	case c.hasData && !c.get:
		return "POST"
	}
	return "GET"
}

// ownHeaders adds the headers that options make, where -H neither gives them
// nor takes them out.
func (c *curlRequest) ownHeaders(d *webhook.Delivery) {
	add := func(name, value string) {
		value = strings.Trim(value, " \t")
		for _, removed := range c.removed {
			if strings.EqualFold(removed, name) {
				return
			}
		}
		if !d.Header.Has(name) {
			d.Header.Add(name, value)
		}
	}
	switch {
	case c.bearer != nil:
		add("Authorization", "Bearer "+*c.bearer)
	case c.user != nil:
		add("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(*c.user)))
	}
	if c.agent != nil && *c.agent != "" {
		add("User-Agent", *c.agent)
	}
	if c.referer != nil && *c.referer != "" {
		add("Referer", *c.referer)
	}
	if len(c.cookies) > 0 {
		add("Cookie", strings.Join(c.cookies, "; "))
	}
	switch {
	case c.json:
		add("Content-Type", "application/json")
		add("Accept", "application/json")
	case c.hasData && !c.get:
		add("Content-Type", "application/x-www-form-urlencoded")
	}
}

// url is the URL as curl requests it.
func (c *curlRequest) url(text string) (string, error) {
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	authority, target, ok := splitURL(text)
	if !ok {
		return "", fmt.Errorf("%q is not an http or https URL", text)
	}
	scheme := text[:strings.Index(text, "://")]
	if user, host, ok := cutLast(authority, "@"); ok {
		if strings.Contains(user, "%") {
			return "", errors.New("an escaped user name in the URL is not read: use --user")
		}
		if c.user == nil {
			c.user = &user
		}
		authority = host
	}
	if !c.globoff && (strings.ContainsAny(target, "[]{}") || strings.ContainsAny(authority, "{}")) {
		return "", fmt.Errorf("curl makes several requests of the brackets in %q, unless --globoff is given", text)
	}
	target, _, _ = strings.Cut(target, "#")
	if !strings.HasPrefix(target, "/") {
		target = "/" + target
	}
	path, query, hasQuery := strings.Cut(target, "?")
	if !c.asIs && (strings.Contains(path+"/", "/./") || strings.Contains(path+"/", "/../")) {
		return "", fmt.Errorf("curl rewrites the dots in the path of %q, unless --path-as-is is given", text)
	}
	if c.get && c.hasData {
		if hasQuery && query != "" {
			query += "&"
		}
		query, hasQuery = query+string(c.data), true
	}
	if hasQuery {
		path += "?" + query
	}
	return strings.ToLower(scheme) + "://" + authority + path, nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return "", s, false
}
