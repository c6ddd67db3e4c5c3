package cmd

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A body over the limit is hashed from its file, and the result is the same.
func TestLargeBody(t *testing.T) {
	body := append(bytes.Repeat([]byte("0123456789abcdef"), largeBody/16), "end\n"...)
	mac := hmac.New(sha256.New, []byte(bulkSecret))
	mac.Write(body)
	want := hex.EncodeToString(mac.Sum(nil))

	var out bytes.Buffer
	app, errs := bulkApp(t, strings.NewReader(""), &out)
	file := filepath.Join(app.Dir, "large.bin")
	if err := os.WriteFile(file, body, 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) int {
		out.Reset()
		errs.Reset()
		app, e := bulkApp(t, strings.NewReader(""), &out)
		errs = e
		return Run(t.Context(), app, args)
	}
	if code := run("sign", "-p", "saas", "--print", "value", file); code != exitOK || out.String() != want+"\n" || !strings.Contains(errs.String(), "signed 8388612 bytes, read in pieces") {
		t.Errorf("sign: %d %s %s", code, out.String(), errs)
	}
	if code := run("sign", "-p", "saas", "--json", file); code != exitOK || !strings.Contains(out.String(), `"body_size":8388612`) {
		t.Errorf("sign --json: %d %s %s", code, out.String(), errs)
	}
	if code := run("sign", "-p", "saas", "--print", "curl", file); code != exitUsage || out.Len() > 0 {
		t.Errorf("sign --print curl: %d %s", code, errs)
	}
	header := "X-Webhook-Signature: " + want
	if code := run("verify", "-p", "saas", "-H", header, file); code != exitOK || !strings.Contains(out.String(), "✓ authentic") || !strings.Contains(errs.String(), "only its signature is checked") {
		t.Errorf("verify: %d %s %s", code, out.String(), errs)
	}
	if code := run("verify", "-p", "saas", "-H", strings.Replace(header, want[:1], "x", 1), file); code != exitNotAuthentic {
		t.Errorf("a malformed signature: %d %s", code, errs)
	}
	if err := os.WriteFile(file, body[:len(body)-1], 0o600); err != nil {
		t.Fatal(err)
	}
	if code := run("--json", "verify", "-p", "saas", "-H", header, file); code != exitNotAuthentic ||
		!strings.Contains(out.String(), "over the 8388611 bytes of the body") || !strings.Contains(out.String(), "the body has lost the line break at its end") {
		t.Errorf("a body without its last byte: %d %s %s", code, out.String(), errs)
	}
	if err := os.Truncate(file, int64(len(body)-2)); err != nil {
		t.Fatal(err)
	}
	if code := run("verify", "-p", "saas", "-H", header, file); code != exitNotAuthentic || !strings.Contains(errs.String(), "tried ") {
		t.Errorf("a changed body: %d %s", code, errs)
	}
}

// A body that ends before its time is no body.
func TestLargeFileThatShrinks(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "large.bin"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(largeBody + 10); err != nil {
		t.Fatal(err)
	}
	large := asLarge(f)
	if large == nil {
		t.Fatal("it is not large")
	}
	if err := f.Truncate(largeBody); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, large.section()); !errors.Is(large.err, io.ErrUnexpectedEOF) {
		t.Errorf("read to the end: %v, %v", err, large.err)
	}
	if asLarge(f) != nil {
		t.Error("what is at the limit is large")
	}
}

// What does not fit into memory has a way that does.
func TestTooLargeIsToldWhatToDo(t *testing.T) {
	var out bytes.Buffer
	app, errs := bulkApp(t, io.LimitReader(zeros{}, 65<<20), &out)
	code := Run(t.Context(), app, []string{"verify", "-p", "saas", "-H", "X-Webhook-Signature: 00", "-"})
	if want := "too large: more than 64 MiB\nhint: the bytes of a body are read in pieces, however many, from a file\n"; code != exitFailed || !strings.HasSuffix(errs.String(), want) {
		t.Errorf("exit %d: %s, want %s", code, errs, want)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
