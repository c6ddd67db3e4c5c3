package format

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/whk-cli/whk/internal/tool"
	"github.com/whk-cli/whk/internal/webhook"
)

func TestHTTP(t *testing.T) {
	crlf := strings.NewReplacer("\n", "\r\n")
	for _, c := range []struct {
		name, input string
		want        webhook.Delivery
		warnings    []string
	}{
		{"line feeds", "POST /hooks?x=1 HTTP/1.1\nHost: example.com:8080\nX-Sig:  a b \t\nx-sig:\n\nbody\n",
			webhook.Delivery{Method: "POST", URL: "http://example.com:8080/hooks?x=1", Body: []byte("body\n"),
				Header: webhook.Header{{Name: "Host", Value: "example.com:8080"}, {Name: "X-Sig", Value: "a b"}, {Name: "x-sig", Value: ""}}}, nil},
		{"CRLF", crlf.Replace("GET //a/../b#c HTTP/1.0\nHost: h\n\n"),
			webhook.Delivery{Method: "GET", URL: "http://h//a/../b#c", Body: []byte{}, Header: webhook.Header{{Name: "Host", Value: "h"}}}, nil},
		{"absolute target", "POST https://a.example/x HTTP/1.1\nHost: b.example\n\n",
			webhook.Delivery{Method: "POST", URL: "https://a.example/x", Body: []byte{}, Header: webhook.Header{{Name: "Host", Value: "b.example"}}}, nil},
		{"no host", "POST / HTTP/1.1\n\n\r\n\x00\xff",
			webhook.Delivery{Method: "POST", URL: "http://localhost/", Body: []byte("\r\n\x00\xff"), Header: webhook.Header{}},
			[]string{"no Host header: http://localhost is taken for the URL"}},
		{"length", "\ufeffPOST / HTTP/1.1\nHost: h\nContent-Length: 4\n\nbody",
			webhook.Delivery{Method: "POST", URL: "http://h/", Body: []byte("body"), Header: webhook.Header{{Name: "Host", Value: "h"}, {Name: "Content-Length", Value: "4"}}}, nil},
		{"a line break too much", "POST / HTTP/1.1\nHost: h\nContent-Length: 4\n\nbody\r\n",
			webhook.Delivery{Method: "POST", URL: "http://h/", Body: []byte("body"), Header: webhook.Header{{Name: "Host", Value: "h"}, {Name: "Content-Length", Value: "4"}}},
			[]string{"the line break at the end of the file is not part of the body, which ends by Content-Length 4"}},
		{"chunks", "POST / HTTP/1.1\nHost: h\ntransfer-encoding: Chunked\nA: b\n\n5;x=y\r\nbo\r\nd\r\n00A \n0123456789\r\n0\r\nT: 1\r\n\r\n",
			webhook.Delivery{Method: "POST", URL: "http://h/", Body: []byte("bo\r\nd0123456789"),
				Header: webhook.Header{{Name: "Host", Value: "h"}, {Name: "Content-Length", Value: "15"}, {Name: "A", Value: "b"}}},
			[]string{"the trailer after the last chunk is left out"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, entries, errs := read(t, c.input, "", Options{})
			if len(errs) != 1 || errs[0] != nil {
				t.Fatal(errs)
			}
			if !reflect.DeepEqual(entries[0].Delivery, &c.want) {
				t.Errorf("got  %+v\nwant %+v", entries[0].Delivery, &c.want)
			}
			if !reflect.DeepEqual(entries[0].Warnings, c.warnings) {
				t.Errorf("warnings %q, want %q", entries[0].Warnings, c.warnings)
			}
		})
	}
}

func TestHTTPErrors(t *testing.T) {
	const head = "POST / HTTP/1.1\nHost: h\n"
	for _, c := range []struct{ name, input, want string }{
		{"half a body", head + "Content-Length: 10\n\nbody", "line 5, column 5: half a delivery: the body has 4 of the 10 bytes that Content-Length says"},
		{"half a head", head + "X-Sig: a", "line 3, column 9: half a delivery: the head has no blank line after it"},
		{"no blank line", head, "line 3, column 1: half a delivery: the head has no blank line after it"},
		{"half a chunk", head + "Transfer-Encoding: chunked\n\n5\nbo", "line 6, column 3: half a delivery: the chunk has 2 of its 5 bytes"},
		{"no last chunk", head + "Transfer-Encoding: chunked\n\n2\nbo\n", "line 7, column 1: half a delivery: the input ends before the last chunk"},
		{"no end of the trailer", head + "Transfer-Encoding: chunked\n\n0\n", "line 6, column 1: half a delivery: the input ends before the last chunk"},
		{"overlong chunk", head + "Transfer-Encoding: chunked\n\n2\nbody\n0\n\n", "line 6, column 3: no line break after a chunk"},
		{"bad chunk size", head + "Transfer-Encoding: chunked\n\n-2\nbo\n0\n\n", `line 5, column 1: "-2" is not the size of a chunk`},
		{"huge chunk size", head + "Transfer-Encoding: chunked\n\nffffffffffffffff\n", `line 5, column 1: "ffffffffffffffff" is not the size of a chunk`},
		{"more after the chunks", head + "Transfer-Encoding: chunked\n\n0\n\nGET", "line 7, column 1: 3 bytes follow where the body ends by its last chunk"},
		{"more than the length", head + "Content-Length: 4\n\nbody and more", "line 5, column 5: 9 bytes follow where the body ends by Content-Length 4"},
		{"two lengths", head + "Content-Length: 4\nContent-Length: 4\n\nbody", "line 6, column 1: the Content-Length header is there more than once"},
		{"length and coding", head + "Content-Length: 4\nTransfer-Encoding: chunked\n\nbody", "line 6, column 1: both Content-Length and Transfer-Encoding: how long the body is depends on who reads it"},
		{"bad length", head + "Content-Length: +4\n\nbody", `line 5, column 1: Content-Length "+4" is not a length`},
		{"other coding", head + "Transfer-Encoding: gzip, chunked\n\nbody", `line 5, column 1: transfer encoding "gzip, chunked" is not supported`},
		{"answer", "HTTP/1.1 200 OK\n\n", "line 1, column 1: this is an answer, not a request"},
		{"no request", "hello\n\n", `line 1, column 1: a request begins with a line like "POST /path HTTP/1.1"`},
		{"blank in the target", "POST /a b HTTP/1.1\n\n", `line 1, column 1: a request begins with a line like "POST /path HTTP/1.1"`},
		{"version", "POST / HTTP/x\n\n", `line 1, column 8: "HTTP/x" is not a version of HTTP`},
		{"target", "POST hooks HTTP/1.1\nHost: h\n\n", `line 1, column 6: the target "hooks" is neither a path nor an http URL`},
		{"user in the target", "POST http://u@h/ HTTP/1.1\n\n", `line 1, column 6: "http://u@h/" names no host`},
		{"two hosts", head + "host: h\n\n", "line 1, column 6: the Host header is there more than once"},
		{"bad host", "POST / HTTP/1.1\nHost: a/b\n\n", `line 1, column 6: the Host header "a/b" names no host`},
		{"no colon", head + "X-Sig\n\n", `line 3, column 1: a header is "Name: value"`},
		{"blank before the colon", head + "X-Sig : a\n\n", `line 3, column 1: "X-Sig " is not the name of a header`},
		{"folded", head + "X-Sig: a\n b\n\n", "line 4, column 1: a header may not go on in the next line"},
		{"lone CR", head + "X-Sig: a\rb\n\n", `line 3, column 9: control character '\r' in the head`},
		{"NUL", head + "X-Sig: \x00\n\n", `line 3, column 8: control character '\x00' in the head`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, entries, errs := read(t, c.input, HTTP, Options{})
			if len(errs) != 1 || errs[0] == nil || errs[0].Error() != c.want {
				t.Errorf("got %v, want %s", errs, c.want)
			}
			if entries[0].Delivery != nil {
				t.Error("a delivery comes with the error")
			}
			if half := strings.Contains(c.want, "half a delivery"); errors.Is(errs[0], ErrIncomplete) != half {
				t.Errorf("ErrIncomplete is %v", !half)
			}
		})
	}
}

// nasty are deliveries that quoting, framing and encodings get wrong.
func nasty() map[string]*webhook.Delivery {
	var all []byte
	for b := range 256 {
		all = append(all, byte(b))
	}
	body := func(s string) *webhook.Delivery {
		return &webhook.Delivery{Method: "POST", URL: "http://localhost:1/hooks", Body: []byte(s),
			Header: webhook.Header{{Name: "Host", Value: "localhost:1"}, {Name: "Content-Type", Value: "application/json"}}}
	}
	deliveries := map[string]*webhook.Delivery{
		"JSON":               body(`{"a":"it's \"quoted\" \\ $HOME ` + "`id`" + ` !! %d"}` + "\n"),
		"no body":            body(""),
		"all bytes":          body(string(all)),
		"all bytes twice":    body(string(all) + string(all)),
		"text with NUL":      body("-n 100% 'a'\x00!\\n\\c"),
		"at sign":            body("@/etc/passwd"),
		"dashes":             body("--help"),
		"dash and a control": body("-\x01"),
		"line breaks":        body("\n\r\n\ta\n\n"),
		"only a line feed":   body("\n"),
		"other scripts":      body("Straße 東京 \u202e\u200b😀"),
		"over an argument":   body(strings.Repeat("0123456789abcdef", 20_000)),
		"over a mebibyte":    body(strings.Repeat("\xff", 1<<20+1)),
	}
	d := body("x")
	d.URL = "http://localhost:1/a/../b/./c//d?x=[1-3]&y={a,b}&z='$(id)'&q=%20%2F"
	d.Header = append(d.Header, webhook.Header{{Name: "X-Empty", Value: ""}, {Name: "X-Quote", Value: `it's "so" $HOME !x; \`},
		{Name: "X-Twice", Value: "2"}, {Name: "X-Twice", Value: "1"}, {Name: "x-lower", Value: "a\tb"},
		{Name: "X-Latin", Value: "caf\xe9!"}, {Name: "X-Utf8", Value: "é\u202e"}, {Name: "X-At", Value: "@file"}}...)
	deliveries["nasty head"] = d
	for _, m := range []string{"GET", "PUT", "DELETE", "HEAD", "PURGE"} {
		d := body("")
		d.Method = m
		deliveries[m] = d
	}
	for _, m := range []string{"GET", "PUT", "DELETE"} {
		d := body("{}")
		d.Method = m
		deliveries[m+" with a body"] = d
	}
	return deliveries
}

func TestWriteHTTPReadsBack(t *testing.T) {
	deliveries := nasty()
	https := *deliveries["JSON"]
	https.URL = "https://localhost:1/x"
	deliveries["https"] = &https
	other := *deliveries["JSON"]
	other.URL = "http://public.example"
	deliveries["another host in the URL"] = &other
	for name, d := range deliveries {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := WriteHTTP(&out, d); err != nil {
				t.Fatal(err)
			}
			_, entries, errs := read(t, out.String(), "", Options{})
			if errs[0] != nil || entries[0].Warnings != nil {
				t.Fatal(errs, entries[0].Warnings)
			}
			checkSame(t, d, entries[0].Delivery)
		})
	}
}

// checkSame compares two deliveries, except that got may say the body's length.
func checkSame(t *testing.T, want, got *webhook.Delivery) {
	t.Helper()
	header := got.Header.Clone()
	if !want.Header.Has("Content-Length") {
		header.Del("Content-Length")
	}
	if got.Method != want.Method || got.URL != want.URL || !bytes.Equal(got.Body, want.Body) || !reflect.DeepEqual(header, want.Header) {
		t.Errorf("got  %.500q\nwant %.500q", []any{got.Method, got.URL, header, got.Body}, []any{want.Method, want.URL, want.Header, want.Body})
	}
	if text := got.Header.Get("Content-Length"); text != "" {
		if n, err := strconv.Atoi(text); err != nil || n != len(want.Body) {
			t.Errorf("Content-Length %s of %d bytes", text, len(want.Body))
		}
	}
}

func TestWriteHTTPCompletesTheHead(t *testing.T) {
	d := &webhook.Delivery{URL: "https://h?x", Header: webhook.Header{{Name: "Transfer-Encoding", Value: "chunked"},
		{Name: "A", Value: ""}, {Name: "content-length", Value: "9"}, {Name: "Content-Length", Value: "9"}}, Body: []byte("abc")}
	var out bytes.Buffer
	if err := WriteHTTP(&out, d); err != nil {
		t.Fatal(err)
	}
	want := "POST https://h?x HTTP/1.1\r\nHost: h\r\nA:\r\ncontent-length: 3\r\n\r\nabc"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

func TestWritersRefuse(t *testing.T) {
	field := func(name, value string) webhook.Header { return webhook.Header{{Name: name, Value: value}} }
	for name, d := range map[string]*webhook.Delivery{
		"line feed in a value":   {URL: "http://h/", Header: field("A", "b\nc: d")},
		"CR in a value":          {URL: "http://h/", Header: field("A", "b\r")},
		"NUL in a value":         {URL: "http://h/", Header: field("A", "\x00")},
		"line feed in a name":    {URL: "http://h/", Header: field("A\n", "b")},
		"colon in a name":        {URL: "http://h/", Header: field("A:", "b")},
		"no name":                {URL: "http://h/", Header: field("", "b")},
		"host with a path":       {URL: "http://h/", Header: field("Host", "a/b")},
		"two hosts":              {URL: "http://h/", Header: append(field("Host", "h"), field("host", "h")...)},
		"line feed in the URL":   {URL: "http://h/\nx"},
		"blank in the URL":       {URL: "http://h/a b"},
		"no URL":                 {},
		"a path":                 {URL: "/hooks"},
		"another scheme":         {URL: "file:///etc/passwd"},
		"no host":                {URL: "http:///x"},
		"line feed in a method":  {URL: "http://h/", Method: "GET\n"},
		"blank in a method":      {URL: "http://h/", Method: "GET /"},
		"user without a host":    {URL: "http://u:p@/"},
		"backslash in the host":  {URL: `http://h\@x/`},
		"several hosts in a URL": {URL: "http://a,b/"},
	} {
		var out bytes.Buffer
		if err := WriteHTTP(&out, d); err == nil || out.Len() > 0 {
			t.Errorf("%s: WriteHTTP wrote %q, %v", name, out.String(), err)
		}
		if err := WriteCurl(&out, d); err == nil || out.Len() > 0 {
			t.Errorf("%s: WriteCurl wrote %q, %v", name, out.String(), err)
		}
	}
	if err := WriteHTTP(new(bytes.Buffer), &webhook.Delivery{URL: "http://u:p@h/"}); err == nil {
		t.Error("a user name was written")
	}
}

func TestWriteCurl(t *testing.T) {
	d := nasty()["JSON"]
	d.Header.Add("X-Empty", "")
	d.Header.Add("X-Latin", "caf\xe9!")
	d.Body = []byte("it's")
	want := `curl http://localhost:1/hooks \
  -H 'Content-Type: application/json' \
  -H 'X-Empty;' \
  -H "$(printf 'X-Latin: caf\351\041')" \
  --data-raw 'it'\''s'
`
	var out bytes.Buffer
	if err := WriteCurl(&out, d); err != nil || out.String() != want {
		t.Errorf("got %v\n%s\nwant\n%s", err, out.String(), want)
	}
	out.Reset()
	d = &webhook.Delivery{Method: "PUT", URL: "https://h/", Body: []byte("-a\x00%")}
	want = `printf '\055a\000%%' |
curl -X PUT https://h/ \
  -H 'Content-Type:' \
  --data-binary @-
`
	if err := WriteCurl(&out, d); err != nil || out.String() != want {
		t.Errorf("got %v\n%s\nwant\n%s", err, out.String(), want)
	}
}

// The command is run by every shell there is, and what arrives is compared.
func TestCurlSendsTheSameRequest(t *testing.T) {
	tool.Need(t, "curl")
	arrived := make(chan *webhook.Delivery, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body bytes.Buffer
		_, err := body.ReadFrom(r.Body)
		if err != nil {
			t.Error(err)
		}
		header := append(webhook.Header{{Name: "Host", Value: r.Host}}, webhook.HeaderOf(r.Header)...)
		arrived <- &webhook.Delivery{Method: r.Method, URL: "http://" + r.Host + r.RequestURI, Header: header, Body: body.Bytes()}
	}))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")

	ran := 0
	for _, shell := range []string{"dash", "bash", "zsh", "busybox"} {
		path, err := exec.LookPath(shell)
		if err != nil {
			t.Logf("%s is not installed", shell)
			continue
		}
		for name, d := range nasty() {
			t.Run(shell+"/"+name, func(t *testing.T) {
				ran++
				d.URL = strings.Replace(d.URL, "localhost:1", host, 1)
				d.Header.Set("Host", host)
				var command bytes.Buffer
				if err := WriteCurl(&command, d); err != nil {
					t.Fatal(err)
				}
				if bytes.ContainsFunc(command.Bytes(), func(r rune) bool { return isControl(r) && r != '\n' }) {
					t.Error("the command holds control characters")
				}
				cmd := exec.Command(path, "-s")
				if shell == "busybox" {
					cmd.Args = []string{"busybox", "sh", "-s"}
				}
				cmd.Stdin = &command
				cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "HOME=" + t.TempDir()}
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("%v: %s", err, out)
				}
				got := <-arrived
				got.Header.Del("User-Agent")
				got.Header.Del("Accept")
				want := *d
				want.Header = append(webhook.Header{{Name: "Host", Value: host}}, sortedWithoutHost(d.Header)...)
				checkSame(t, &want, got)
			})
		}
	}
	if ran == 0 {
		tool.Lacking(t, "no shell is installed")
	}
}

// sortedWithoutHost gives headers the order in which net/http hands them on.
func sortedWithoutHost(h webhook.Header) webhook.Header {
	h = h.Clone()
	h.Del("Host")
	return webhook.HeaderOf(h.HTTP())
}

func FuzzHTTP(f *testing.F) {
	f.Add([]byte("POST /hooks?x=1 HTTP/1.1\nHost: example.com:8080\nX-Sig:  a b \t\n\nbody\n"))
	f.Add([]byte("PUT https://a/b HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody\r\n"))
	f.Add([]byte("POST / HTTP/1.1\nHost: h\nTransfer-Encoding: chunked\n\n2;a\r\nbo\r\n0\r\nT: 1\r\n\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		entry, err := parseHTTP(data)
		if err != nil {
			return // refusing is fine
		}
		var out bytes.Buffer
		if err := WriteHTTP(&out, entry.Delivery); err != nil {
			t.Fatalf("%q is read and cannot be written: %v", data, err)
		}
		again, err := parseHTTP(out.Bytes())
		if err != nil || len(again.Warnings) > 0 {
			t.Fatalf("%q cannot be read again: %v %q", out.Bytes(), err, again.Warnings)
		}
		want := *entry.Delivery
		if !want.Header.Has("Host") {
			host, _, _ := splitURL(want.URL)
			want.Header = append(webhook.Header{{Name: "Host", Value: host}}, want.Header...)
		}
		checkSame(t, &want, again.Delivery)
		if err := WriteCurl(&out, entry.Delivery); err != nil {
			t.Fatalf("%q is no curl command: %v", data, err)
		}
	})
}
