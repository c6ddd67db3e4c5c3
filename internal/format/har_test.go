package format

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// The archives in testdata/har have the shapes that the programs they are named
// after write, with their extensions, for the same delivery.
func TestArchivesOfPrograms(t *testing.T) {
	want := &webhook.Delivery{Method: "POST", URL: "https://shop.example/hooks?x=1",
		Body: []byte(`{"id":"evt_1","note":"café 😀"}` + "\n")}
	for _, name := range []string{"chrome", "firefox", "mitmproxy", "charles", "http-toolkit"} {
		t.Run(name, func(t *testing.T) {
			file, err := os.ReadFile("testdata/har/" + name + ".har")
			if err != nil {
				t.Fatal(err)
			}
			kind, entries, errs := read(t, string(file), "", Options{
				Only: func(_ int, url string) bool { return strings.Contains(url, "/hooks") },
			})
			if kind != HAR || len(entries) != 1 || errs[0] != nil {
				t.Fatal(kind, entries, errs)
			}
			e := entries[0]
			d := e.Delivery
			if d.Method != want.Method || d.URL != want.URL || !bytes.Equal(d.Body, want.Body) {
				t.Errorf("got %+v", d)
			}
			if host, sig := d.Header.Values("Host"), d.Header.Values("X-Webhook-Signature"); len(host) != 1 || host[0] != "shop.example" || len(sig) != 1 || sig[0] != "0a1b" {
				t.Errorf("header %q", d.Header)
			}
			if at := time.Date(2026, 3, 1, 9, 30, 0, 250e6, time.UTC); !d.ReceivedAt.Equal(at) {
				t.Errorf("received at %v", d.ReceivedAt)
			}
			if e.Number != 2 || e.Warnings != nil {
				t.Errorf("number %d, warnings %q", e.Number, e.Warnings)
			}
			if line := strings.TrimSpace(strings.Split(string(file), "\n")[e.Line-1]); !strings.HasPrefix(line, "{") {
				t.Errorf("line %d: %.50s", e.Line, line)
			}
		})
	}
}

// requests is an archive with these requests.
func requests(list ...string) string {
	for i, r := range list {
		list[i] = `{"request":` + r + `,"response":{"content":{"text":"\ud800"}}}`
	}
	return `{"log":{"version":"1.2","entries":[` + strings.Join(list, ",\n") + "]}}"
}

func TestReadHAR(t *testing.T) {
	head := `"method":"POST","url":"http://h/",`
	for _, c := range []struct {
		name, request, body, warning, err string
	}{
		{name: "no body", request: `{` + head + `"headers":[],"bodySize":0}`},
		{name: "unknown size", request: `{` + head + `"headers":[],"bodySize":-1,"postData":{"text":"x"}}`, body: "x"},
		{name: "base64", request: `{` + head + `"postData":{"encoding":"base64","text":"AP8="},"bodySize":2}`, body: "\x00\xff"},
		{name: "body not saved", request: `{` + head + `"bodySize":5}`, err: "its body of 5 bytes was not saved"},
		{name: "fields only", request: `{` + head + `"postData":{"mimeType":"x","params":[{"name":"a"}]}}`, err: "only the decoded fields"},
		{name: "another file", request: `{` + head + `"postData":{"_file":"x.json"}}`, err: "a file beside the archive"},
		{name: "unknown encoding", request: `{` + head + `"postData":{"encoding":"rot13","text":"x"}}`, err: `the encoding "rot13"`},
		{name: "broken base64", request: `{` + head + `"postData":{"encoding":"base64","text":"A"}}`, err: "the base64 of its body"},
		{name: "changed", request: `{` + head + `"headers":[{"name":"Content-Length","value":"3"}],"postData":{"text":"x"}}`, body: "x", warning: "had 3 when it was sent"},
		{name: "changed by its size", request: `{` + head + `"bodySize":3,"postData":{"text":"x"}}`, body: "x", warning: "had 3 when it was sent"},
		{name: "packed", request: `{` + head + `"headers":[{"name":"content-encoding","value":"gzip"}],"postData":{"text":"x"}}`, body: "x", warning: "Content-Encoding gzip"},
		{name: "half a character", request: `{` + head + `"postData":{"text":"\ud83d"}}`, err: "half of a surrogate pair"},
		{name: "not UTF-8", request: `{` + head + "\"postData\":{\"text\":\"\xff\"}}", err: "not UTF-8"},
		{name: "no URL", request: `{"method":"POST"}`, err: `the URL ""`},
		{name: "websocket", request: `{"method":"GET","url":"wss://h/"}`, err: "not an absolute http or https URL"},
		{name: "wrong type", request: `{"method":5}`, err: `"request.method" cannot be a number`},
		{name: "no request", request: `null`, err: `it has no "request"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, entries, errs := read(t, requests(c.request, `{`+head+`"headers":[]}`), HAR, Options{})
			if len(entries) != 2 || errs[1] != nil || entries[1].Number != 2 || entries[1].Line != 2 {
				t.Fatal("the entry after it:", entries, errs)
			}
			if c.err != "" {
				if errs[0] == nil || !strings.HasPrefix(errs[0].Error(), "entry 1: ") || !strings.Contains(errs[0].Error(), c.err) {
					t.Errorf("got %v, want %s", errs[0], c.err)
				}
				return
			}
			if errs[0] != nil || string(entries[0].Delivery.Body) != c.body {
				t.Fatalf("%+v, %v", entries[0].Delivery, errs[0])
			}
			if w := strings.Join(entries[0].Warnings, ""); !strings.Contains(w, c.warning) || (w == "") != (c.warning == "") {
				t.Errorf("warnings %q, want %q", w, c.warning)
			}
		})
	}
}

func TestReadHARPseudoHeaders(t *testing.T) {
	fields := func(names ...string) string {
		var list []string
		for _, n := range names {
			list = append(list, `{"name":"`+n+`","value":"v"}`)
		}
		return requests(`{"method":"GET","url":"http://h/","headers":[` + strings.Join(list, ",") + `]}`)
	}
	for want, names := range map[string][]string{
		"[{Host v} {A v}]": {":method", ":authority", ":path", "A"},
		"[{host v}]":       {":authority", "host"},
	} {
		if _, entries, errs := read(t, fields(names...), HAR, Options{}); errs[0] != nil || fmt.Sprint(entries[0].Delivery.Header) != want {
			t.Errorf("%q: %+v %v", names, entries, errs)
		}
	}
}

func TestReadHARBroken(t *testing.T) {
	whole := requests(`{"method":"GET","url":"http://h/"}`)
	for _, c := range []struct {
		input, want string
		is          error
	}{
		{"", "the input is empty", ErrEmpty},
		{" \n", "the input is empty", ErrEmpty},
		{requests(), "the input is empty", ErrEmpty},
		{"[]", "no HTTP archive", errNotArchive},
		{"{}", "no HTTP archive", errNotArchive},
		{`{"log":[]}`, "no HTTP archive", errNotArchive},
		{`{"log":{}}`, "no HTTP archive", errNotArchive},
		{`{"log":{"entries":5}}`, "no HTTP archive", errNotArchive},
		{whole[:len(whole)-3], "ends too early", ErrIncomplete},
		{whole[:len(whole)-20], "ends too early", ErrIncomplete},
		{"{\n\"log\":{\"entries\":[\n{},!", "line 3, column 4", nil},
	} {
		_, _, errs := read(t, c.input, HAR, Options{})
		err := errs[len(errs)-1]
		if err == nil || !strings.Contains(err.Error(), c.want) || c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%q: %v, want %s", c.input, err, c.want)
		}
	}
	long := requests(`{"method":"GET","url":"http://h/"}`, `{"method":"GET","url":"http://h/`+strings.Repeat("x", 200)+`"}`)
	if _, entries, errs := read(t, long, HAR, Options{Limit: 150}); len(entries) != 2 || errs[0] != nil || !errors.Is(errs[1], ErrTooLarge) {
		t.Error(entries, errs)
	}
	if _, entries, _ := read(t, long, HAR, Options{Only: func(int, string) bool { return false }}); len(entries) != 0 {
		t.Error("what is not wanted is read", entries)
	}
}

// An archive of many answers is read without holding more than one of them.
func TestReadHARInLittleMemory(t *testing.T) {
	const size, many = 1 << 20, 100
	entry := `{"request":{"method":"GET","url":"http://h/"},"response":"` + strings.Repeat("x", size) + `"},`
	parts := []io.Reader{strings.NewReader(`{"log":{"entries":[`)}
	for range many {
		parts = append(parts, strings.NewReader(entry))
	}
	parts = append(parts, strings.NewReader(`{"request":{"method":"GET","url":"http://h/"}}]}}`))
	_, all, err := Open(io.MultiReader(parts...), HAR, Options{})
	if err != nil {
		t.Fatal(err)
	}
	n, most := 0, uint64(0)
	for _, err := range all {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n%10 == 0 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
	}
	if n != many+1 || most > 30*size {
		t.Errorf("%d entries, %d bytes in memory", n, most)
	}
}

func FuzzHAR(f *testing.F) {
	f.Add([]byte(requests(`{"method":"POST","url":"http://h/","headers":[{"name":"A","value":"b"}],"postData":{"text":"x"}}`)))
	f.Add([]byte(requests(`{"method":"POST","url":"http://h/","headers":[{"name":":authority","value":"b"}],"postData":{"encoding":"base64","text":"AA=="}}`)))
	f.Fuzz(func(t *testing.T, data []byte) {
		for entry, err := range (Options{Limit: 1 << 20}).readHAR(bytes.NewReader(data)) {
			if err != nil {
				continue // refusing is fine
			}
			// What is read is a request, and is the same when it is archived again.
			d := entry.Delivery
			var fields []map[string]string
			for _, f := range d.Header {
				fields = append(fields, map[string]string{"name": f.Name, "value": f.Value})
			}
			request, err := json.Marshal(map[string]any{"method": d.Method, "url": d.URL, "headers": fields,
				"postData": map[string]string{"encoding": "base64", "text": base64.StdEncoding.EncodeToString(d.Body)}})
			if err != nil {
				t.Fatal(err)
			}
			for again, err := range (Options{Limit: 1 << 24}).readHAR(strings.NewReader(requests(string(request)))) {
				if err != nil {
					t.Fatalf("%s: %v", request, err)
				}
				got := again.Delivery
				if got.Method != d.Method || got.URL != d.URL || !bytes.Equal(got.Body, d.Body) || !reflect.DeepEqual(got.Header, d.Header) {
					t.Fatalf("got %+v, want %+v", got, d)
				}
			}
		}
	})
}
