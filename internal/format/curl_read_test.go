package format

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/whk-cli/whk/internal/webhook"
)

func files(name string) ([]byte, error) {
	switch name {
	case "body.json":
		return []byte("{\"a\":\r\n1}\n\x00\xff"), nil
	case "headers":
		return []byte("X-One: 1\r\n\nX-Two: 2\n"), nil
	}
	return nil, errors.New("no such file")
}

func TestReadCurl(t *testing.T) {
	form := webhook.Field{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}
	post := func(url, body string, header ...webhook.Field) *webhook.Delivery {
		return &webhook.Delivery{Method: "POST", URL: url, Header: append(webhook.Header{}, header...), Body: []byte(body)}
	}
	get := func(url string, header ...webhook.Field) *webhook.Delivery {
		return &webhook.Delivery{Method: "GET", URL: url, Header: append(webhook.Header{}, header...)}
	}
	field := func(name, value string) webhook.Field { return webhook.Field{Name: name, Value: value} }
	for _, c := range []struct {
		name, command string
		want          *webhook.Delivery
	}{
		{"get", "curl http://h/a?b=1", get("http://h/a?b=1")},
		{"no scheme, no path", "curl h:8080", get("http://h:8080/")},
		{"query without a path, and a fragment", "curl HTTPS://h?a=1#top", get("https://h/?a=1")},
		{"data", "curl http://h/ -d a=1 --data b=2 --data-ascii=c", post("http://h/", "a=1&b=2&c", form)},
		{"data stuck to its option", `curl -sSXPUT -d'{"a":1}' http://h/`, &webhook.Delivery{Method: "PUT", URL: "http://h/", Header: webhook.Header{form}, Body: []byte(`{"a":1}`)}},
		{"data of a file", "curl http://h/ -d @body.json", post("http://h/", "{\"a\":1}\xff", form)},
		{"binary data of a file", "curl http://h/ --data-binary @body.json -H content-type:text/plain", post("http://h/", "{\"a\":\r\n1}\n\x00\xff", field("content-type", "text/plain"))},
		{"raw data keeps its at sign", "curl http://h/ --data-raw @body.json", post("http://h/", "@body.json", form)},
		{"encoded data", `curl http://h/ --data-urlencode 'a b/ü' --data-urlencode =x=y --data-urlencode 'n=1 2' --data-urlencode f@headers`,
			post("http://h/", "a%20b%2F%C3%BC&x%3Dy&n=1%202&f=X-One%3A%201%0D%0A%0AX-Two%3A%202%0A", form)},
		{"json", `curl --json '{"a":' --json '1}' http://h/`, post("http://h/", `{"a":1}`, field("Content-Type", "application/json"), field("Accept", "application/json"))},
		{"get with data", "curl -G http://h/?x=1 -d a=1 -d b=2", get("http://h/?x=1&a=1&b=2")},
		{"get with data and no query", "curl --get http://h --data-urlencode 'a=1 2'", get("http://h/?a=1%202")},
		{"head", "curl -I http://h/", &webhook.Delivery{Method: "HEAD", URL: "http://h/", Header: webhook.Header{}}},
		{"headers", `curl http://h/ -H 'A: b ' -H "C:d" -H 'E;' -H 'Accept:' -H @headers`,
			get("http://h/", field("A", "b"), field("C", "d"), field("E", ""), field("X-One", "1"), field("X-Two", "2"))},
		{"content type taken out", "curl http://h/ -d x -H 'Content-Type:'", post("http://h/", "x")},
		{"user", "curl -u 'a:b c' http://h/", get("http://h/", field("Authorization", "Basic YTpiIGM="))},
		{"user in the URL", "curl http://a:b@h/", get("http://h/", field("Authorization", "Basic YTpi"))},
		{"bearer", "curl --oauth2-bearer t http://h/", get("http://h/", field("Authorization", "Bearer t"))},
		{"agent, cookies, referer", "curl -A me -b a=1 -b 'b=2; c=3' -e 'http://r/;auto' --url http://h/",
			get("http://h/", field("User-Agent", "me"), field("Referer", "http://r/"), field("Cookie", "a=1; b=2; c=3"))},
		{"a header is over an option", "curl -A me -H 'user-agent: you' http://h/", get("http://h/", field("user-agent", "you"))},
		{"options of no matter", "curl -sSLkivf --compressed -o out -w '%{http_code}' -m 5 --http1.1 --retry 3 -x p:1 http://h/ # a remark", get("http://h/")},
		{"quotes", `curl http://h/ -d 'it'\''s '"\"\$\x \
y"' 'a\ b`, post("http://h/", "it's \"$\\x y 'a b"[:len("it's \"$\\x y")]+" a b", form)},
		{"bash's quotes", `curl http://h/ -d $'a\'b\\\n\t\x41\u00e9\U0001f600\101\u0021\q'`, post("http://h/", "a'b\\\n\tAé😀A!\\q", form)},
		{"a dollar for itself", `curl http://h/ -d "5$ $" -d a$`, post("http://h/", "5$ $&a$", form)},
		{"globoff", "curl -g 'http://h/{a}?x[]=1'", get("http://h/{a}?x[]=1")},
		{"an IPv6 host", "curl 'http://[::1]:8080/'", get("http://[::1]:8080/")},
		{"path as is", "curl --path-as-is http://h/a/../b", get("http://h/a/../b")},
		{"after two dashes", "curl -- http://h/", get("http://h/")},
		{"Windows line ends", "curl http://h/ \\\r\n  -d x\r\n", post("http://h/", "x", form)},
		{"printf", `printf '%%\1012\0a\n' | curl http://h/ --data-binary @-`, post("http://h/", "%A2\x00a\n", form)},
		{"printf with %s", `printf %s '{"a":"%d\n"}' | curl http://h/ --json @-`, post("http://h/", `{"a":"%d\n"}`, field("Content-Type", "application/json"), field("Accept", "application/json"))},
		{"echo", `echo '{"a":1}' | curl http://h/ --data-binary @-`, post("http://h/", "{\"a\":1}\n", form)},
		{"echo -n", `echo -n a  b | curl http://h/ --data-binary @-`, post("http://h/", "a b", form)},
		{"printf in a word", `curl http://h/ -H "X: $(printf 'a\351!\n\n')"`, get("http://h/", field("X", "a\xe9!"))},

		// As browsers and mitmproxy copy a request.
		{"Chrome", "curl 'https://h/api?x=1' \\\n  -X 'POST' \\\n  -H 'accept: */*' \\\n  -b 'sid=1' \\\n  --data-raw $'{\"a\":\"it\\'s\\u0021\"}' \\\n  --compressed \\\n  --insecure",
			post("https://h/api?x=1", `{"a":"it's!"}`, field("accept", "*/*"), field("Cookie", "sid=1"), form)},
		{"Firefox", `curl 'https://h/hook' --compressed -X POST -H 'User-Agent: Mozilla/5.0' -H 'Content-Type: application/json' --data-raw '{"a":1}'`,
			post("https://h/hook", `{"a":1}`, field("User-Agent", "Mozilla/5.0"), field("Content-Type", "application/json"))},
		{"Safari", "curl 'https://h/hook' \\\n-X 'POST' \\\n-H 'Content-Type: application/json' \\\n--data-binary '{\"a\":1}'",
			post("https://h/hook", `{"a":1}`, field("Content-Type", "application/json"))},
		{"mitmproxy", `curl -H 'content-type: application/json' --compressed -X PUT https://h/x -d '{"a": 1}'`,
			&webhook.Delivery{Method: "PUT", URL: "https://h/x", Header: webhook.Header{field("content-type", "application/json")}, Body: []byte(`{"a": 1}`)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, entries, errs := read(t, c.command, Curl, Options{ReadFile: files})
			if len(errs) != 1 || errs[0] != nil {
				t.Fatal(errs)
			}
			if got := entries[0].Delivery; !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %q\nwant %q", fmt.Sprint(got, string(got.Body)), fmt.Sprint(c.want, string(c.want.Body)))
			}
		})
	}
}

func TestReadCurlRefuses(t *testing.T) {
	for _, c := range []struct{ command, want string }{
		{"curl", "line 1, column 1: half a delivery: the command has no URL"},
		{"curl http://h/ http://i/", `line 1, column 16: "http://i/" is a second URL: put each in a command of its own`},
		{"curl http://h/ \\\n  -F a=b", "line 2, column 3: --form makes a multipart body"},
		{"curl http://h/ -T x", "line 1, column 16: --upload-file is not read"},
		{"curl http://h/ -K x", "--config is not read"},
		{"curl http://h/ --frob", "--frob is not an option that whk reads"},
		{"curl http://h/ -sQ", "-Q is not an option that whk reads"},
		{"curl http://h/ --silent=1", "--silent takes no value"},
		{"curl http://h/ -d", "half a delivery: --data needs a value"},
		{"curl http://h/ -d @-", "@- is the command's standard input"},
		{"curl http://h/ -d @missing", "@missing: no such file"},
		{"curl http://h/ -b jar.txt", "is a file of cookies"},
		{"curl http://h/ -u me", "curl would ask for it"},
		{"curl http://h/ -H nonsense", `a header is "Name: value", not "nonsense"`},
		{"curl http://h/ -H 'A B: c'", `"A B" is not the name of a header`},
		{"curl http://h/ -H $'A: b\\nC: d'", "the value of the header A has control characters"},
		{"curl http://h/ -I -d x", "curl refuses --head with data"},
		{"curl http://h/ --next -d x", "--next begins another request"},
		{"curl ftp://h/", `"ftp://h/" is not an http or https URL`},
		{"curl 'http://h/{a,b}'", "several requests of the brackets"},
		{"curl http://h/a/../b", "curl rewrites the dots"},
		{"curl 'http://h/", "line 1, column 6: half a delivery: the quote ' has no end"},
		{`curl "http://h/`, `half a delivery: the quote " has no end`},
		{`curl $'http://h/`, "half a delivery: the quote $' has no end"},
		{`curl http://h/ \`, "half a delivery: a \\ with nothing after it"},
		{`curl http://h/ -H "A: $TOKEN"`, "line 1, column 23: the value of $TOKEN is the shell's"},
		{`curl http://h/ -H "A: ${TOKEN}"`, "the value of $TOKEN is the shell's"},
		{`curl http://h/ -H "A: $(cat token)"`, "a shell would run what is in $(…)"},
		{`curl http://h/ -H "A: $(printf 'a' b)"`, "a shell would run what is in $(…)"},
		{"curl http://h/ -H \"A: `id`\"", "a shell would run what is between"},
		{"curl http://h/ -d `id`", "is the shell's, and no shell is run"},
		{"curl http://h/ > out", "'>' is the shell's"},
		{"curl http://h/?a=1&b=2", "'&' is the shell's"},
		{"curl http://h/ | jq .", "the command ends here"},
		{"curl http://h/ || true", `"||" is the shell's`},
		{"curl http://h/ -d {a,b}", "a shell may take the {"},
		{"curl http://h/ -d @~/x", "@~/x: no such file"},
		{"curl ~/x", "a shell takes ~ for a directory"},
		{`curl http://h/ -d $"x"`, "is a translation"},
		{`curl http://h/ -d $'\ud83d'`, "is not a character"},
		{`curl http://h/ -d $'a\0'`, "a word cannot hold a NUL byte"},
		{`curl http://h/ -d $'\cA'`, `\c is not read`},
		{"curl ^\"http://h/^\" ^\r\n -d x", "for the cmd of Windows"},
		{"cat x | curl http://h/ -d @-", "only echo or printf may write into curl"},
		{"printf a | printf b | curl http://h/", "only echo or printf may write into curl"},
		{"printf %d 1 | curl http://h/", `printf: "%d" is not read`},
		{"printf '%s' a b | curl http://h/", "printf: a second round of the format is not read"},
		{`echo 'a\n' | curl http://h/`, "depends on the shell"},
		{"printf a |", "half a delivery: the pipe leads nowhere"},
		{"wget http://h/", `"wget" is not curl`},
		{"TOKEN=1 curl http://h/", `"TOKEN=1" is not curl`},
		{"  \n", "the input is empty"},
	} {
		_, entries, errs := read(t, c.command, Curl, Options{ReadFile: files})
		if len(errs) != 1 || errs[0] == nil || !strings.Contains(errs[0].Error(), c.want) {
			t.Errorf("%s\ngot  %v %+v\nwant %s", c.command, errs, entries, c.want)
		}
	}
	if _, _, errs := read(t, "curl http://h/ -d @body.json", Curl, Options{}); errs[0] == nil {
		t.Error("a file is read without leave")
	}
	if _, _, errs := read(t, "curl http://h/ -d @body.json", Curl, Options{ReadFile: files, Limit: 30}); errs[0] != nil {
		t.Error(errs)
	}
	large := func(string) ([]byte, error) { return make([]byte, 101), nil }
	if _, _, errs := read(t, "curl http://h/ -d @x", Curl, Options{ReadFile: large, Limit: 100}); !errors.Is(errs[0], ErrTooLarge) {
		t.Error(errs)
	}
}

func TestReadCurlCommands(t *testing.T) {
	_, entries, errs := read(t, "$ curl 'http://h/1' ;\n# two\ncurl http://h/2 \\\n -d x\n\ncurl http://h/3; \n", "", Options{})
	var got []string
	for i, e := range entries {
		if errs[i] != nil {
			t.Fatal(errs)
		}
		got = append(got, fmt.Sprint(e.Line, " ", e.Delivery.URL))
	}
	if want := []string{"1 http://h/1", "3 http://h/2", "6 http://h/3"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What WriteCurl writes reads back as the same request.
func TestWriteCurlReadsBack(t *testing.T) {
	for name, d := range nasty() {
		t.Run(name, func(t *testing.T) {
			var command bytes.Buffer
			if err := WriteCurl(&command, d); err != nil {
				t.Fatal(err)
			}
			kind, entries, err := Open(&command, "", Options{}) // megabytes, byte by byte, would take seconds
			if kind != Curl || err != nil {
				t.Fatal(kind, err)
			}
			var got *webhook.Delivery
			for entry, err := range entries {
				if got = entry.Delivery; err != nil {
					t.Fatal(err)
				}
			}
			got.Header = append(webhook.Header{{Name: "Host", Value: "localhost:1"}}, got.Header...)
			got.Header.Del("Expect")
			checkSame(t, d, got)
		})
	}
}

func FuzzCurl(f *testing.F) {
	f.Add([]byte("curl 'http://h/a?b=1' -H \"A: b\" --data-raw $'it\\'s'"))
	f.Add([]byte("printf '\\1%%' |\ncurl -X PUT https://h/ \\\n  -H 'Content-Type:' --data-binary @-\n"))
	f.Add([]byte("$ curl -G h -d a=1 --data-urlencode 'x y' -u a:b; curl -I http://[::1]/"))
	f.Add([]byte("curl http://h/ -H \"$(printf 'X: \\351')\" -b a=1 --json {}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for entry, err := range (Options{Limit: 1 << 20}).readCurl(bytes.NewReader(data)) {
			if err != nil {
				return // refusing is fine
			}
			var out bytes.Buffer
			if err := WriteCurl(&out, entry.Delivery); err != nil {
				t.Fatalf("%q is read and cannot be written: %v", data, err)
			}
			_, again, err := Open(&out, Curl, Options{})
			if err != nil {
				t.Fatal(err)
			}
			for e, err := range again {
				if err != nil {
					t.Fatalf("%q of %q cannot be read again: %v", out.Bytes(), data, err)
				}
				want, got := *entry.Delivery, *e.Delivery
				for _, d := range []*webhook.Delivery{&want, &got} {
					for _, name := range []string{"Host", "Content-Length", "Transfer-Encoding", "Expect"} {
						d.Header.Del(name)
					}
				}
				if got.Method != want.Method || got.URL != want.URL || !bytes.Equal(got.Body, want.Body) || fmt.Sprint(got.Header) != fmt.Sprint(want.Header) {
					t.Fatalf("%q\ngot  %q\nwant %q", data, fmt.Sprint(got), fmt.Sprint(want))
				}
			}
		}
	})
}
