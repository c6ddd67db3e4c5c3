package oracle

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/signing"
)

// node is a process with the libraries of providers that have none in Go. It
// answers questions one after the other.
type node struct {
	in  *json.Encoder
	out *json.Decoder
}

// question is what oracle.mjs says that it reads.
type question struct {
	Do       string            `json:"do"`
	Provider string            `json:"provider,omitempty"`
	Secret   string            `json:"secret,omitempty"`
	Method   string            `json:"method,omitempty"`
	URL      string            `json:"url,omitempty"`
	Headers  map[string]string `json:"headers,omitempty"`
	Body     []byte            `json:"body"`
	At       int64             `json:"at,omitempty"` // milliseconds
}

type reply struct {
	Accepted  bool              `json:"accepted"`
	Refused   string            `json:"refused"`
	Headers   map[string]string `json:"headers"`
	Body      []byte            `json:"body"`
	Fault     string            `json:"fault"`
	Libraries []library         `json:"libraries"`
}

type library struct {
	Provider string `json:"provider"`
	Package  string `json:"package"`
	Signs    bool   `json:"signs"`
}

// startNode starts the process, and ends it with the test.
func startNode(t *testing.T) *node {
	t.Helper()
	program, err := exec.LookPath("node")
	if err != nil {
		without(t, "node is not installed")
	}
	// That it looks at each of them tells go test to run again when one has changed.
	for _, file := range []string{"oracle.mjs", "libraries.mjs", "node_modules/.package-lock.json"} {
		if _, err := os.Stat(filepath.Join("node", file)); err != nil {
			without(t, "node has no libraries; get them with: npm ci --ignore-scripts --prefix internal/oracle/node")
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	cmd := exec.CommandContext(ctx, program, filepath.Join("node", "oracle.mjs"))
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		defer cancel()
		in.Close()
		if err := cmd.Wait(); err != nil || t.Failed() {
			t.Logf("node: %v\n%s", err, complaints.String())
		}
	})
	return &node{json.NewEncoder(in), json.NewDecoder(out)}
}

// without skips the test, unless every tool is required.
func without(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("WHK_TEST_TOOLS") == "required" {
		t.Fatal(what)
	}
	t.Skip(what)
}

func (n *node) ask(t *testing.T, q question) reply {
	t.Helper()
	if err := n.in.Encode(q); err != nil {
		t.Fatal(err)
	}
	var r reply
	if err := n.out.Decode(&r); err == io.EOF {
		t.Fatal("node has ended")
	} else if err != nil {
		t.Fatal(err)
	}
	if r.Fault != "" {
		t.Fatalf("node: %s: %s", q.Provider, r.Fault)
	}
	return r
}

// about is a question about a message. Node's header names are lower case.
func about(do, provider, secret string, m *signing.Message) question {
	q := question{Do: do, Provider: provider, Secret: secret, Method: m.Method, URL: m.URL, Headers: map[string]string{}, Body: m.Body}
	for name := range m.Header {
		q.Headers[strings.ToLower(name)] = m.Header.Get(name)
	}
	return q
}

// check is what a provider's library says of a message; nil is authentic.
func (n *node) check(t *testing.T, provider, secret string, m *signing.Message) error {
	t.Helper()
	return accepted(n.ask(t, about("verify", provider, secret, m)).Accepted, nil)
}

// sign has a provider's library sign a message.
func (n *node) sign(t *testing.T, provider, secret string, m *signing.Message, at time.Time) {
	t.Helper()
	q := about("sign", provider, secret, m)
	q.At = at.UnixMilli()
	r := n.ask(t, q)
	for name, value := range r.Headers {
		m.Header.Set(name, value)
	}
	if r.Body != nil {
		m.Body = r.Body
	}
}
