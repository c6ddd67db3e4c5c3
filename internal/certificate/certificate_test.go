package certificate

import (
	"bytes"
	"crypto/x509"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/statedir"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func open(t *testing.T) *statedir.Dir {
	t.Helper()
	dir, err := statedir.Open(filepath.Join(t.TempDir(), "whk"), func(w string) { t.Error(w) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dir.Close() })
	return dir
}

func own(t *testing.T, dir *statedir.Dir, at time.Time, more ...string) *Pair {
	t.Helper()
	pair, err := Own(dir, more, at)
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

// Whoever trusts the file's certificate trusts the listener, under each of its
// names, and nothing else.
func TestOwn(t *testing.T) {
	dir := open(t)
	pair := own(t, dir, now, "Hooks.Example.", "192.0.2.7", "localhost")
	text, err := os.ReadFile(pair.Trust)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte("KEY")) {
		t.Error("the file to trust holds the key")
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		t.Fatal("the file to trust holds no certificate")
	}
	for name, want := range map[string]bool{"localhost": true, "127.0.0.1": true, "::1": true, "hooks.example": true, "192.0.2.7": true, "example": false, "192.0.2.8": false} {
		_, err := pair.Leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: roots, CurrentTime: now})
		if (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if pair.Leaf.IsCA {
		t.Error("it is an authority")
	}
	if d := pair.Leaf.NotAfter.Sub(pair.Leaf.NotBefore); d > 398*24*time.Hour {
		t.Errorf("it is valid for %v", d)
	}
	if want := []string{"localhost", "hooks.example", "127.0.0.1", "::1", "192.0.2.7"}; !slices.Equal(pair.Names(), want) {
		t.Errorf("names %v, want %v", pair.Names(), want)
	}
	files, _ := filepath.Glob(filepath.Join(dir.Path(), "tls", "*"))
	if len(files) != 2 {
		t.Errorf("files %v", files)
	}
	for _, name := range files {
		if info, err := os.Stat(name); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

// It stays the same until it is about to end, is of the wrong time, or damaged.
func TestOwnIsKept(t *testing.T) {
	dir := open(t)
	first := own(t, dir, now)
	same := func(at time.Time) bool {
		return bytes.Equal(own(t, dir, at).Certificate.Certificate[0], first.Certificate.Certificate[0])
	}
	if !same(now.Add(300*24*time.Hour)) || !same(now) {
		t.Error("it was made anew without a need")
	}
	other := own(t, dir, now, "hooks.example")
	if other.Trust == first.Trust || !same(now) {
		t.Error("one for another name took its place")
	}
	for _, at := range []time.Time{now.Add(380 * 24 * time.Hour), now} {
		if same(at) {
			t.Errorf("as of %s it is still the same", at)
		}
		first = own(t, dir, at)
	}
	for _, text := range []string{"", "-----BEGIN PRIVATE KEY-----"} {
		if err := os.WriteFile(filepath.Join(dir.Path(), "tls", "localhost.pem"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if same(now) {
			t.Error("it is the same after its file was damaged")
		}
		first = own(t, dir, now)
		if shown, err := os.ReadFile(first.Trust); err != nil || len(shown) == 0 {
			t.Error("the file to trust is empty")
		}
	}
}

// Two that start together have one certificate, and the file to trust is its.
func TestOwnByMany(t *testing.T) {
	dir := open(t)
	got := make([]string, 12)
	var all sync.WaitGroup
	for i := range got {
		all.Go(func() {
			pair, err := Own(dir, nil, now)
			if err != nil {
				t.Error(err)
				return
			}
			got[i] = string(pair.Certificate.Certificate[0])
		})
	}
	all.Wait()
	if len(slices.Compact(got)) != 1 {
		t.Error("they have different certificates")
	}
}

func TestFileNames(t *testing.T) {
	for want, more := range map[string][]string{
		"localhost":              nil,
		"for-a.example+10.0.0.1": {"a.example", "10.0.0.1"},
		"for-fe80__1_eth0":       {"fe80::1%eth0"},
		"for-.._.._x":            {"../../x"},
	} {
		if got := fileName(more); got != want {
			t.Errorf("%v: %s, want %s", more, got, want)
		}
	}
	if n := len(fileName([]string{strings.Repeat("a", 300)})); n > 100 {
		t.Errorf("%d characters", n)
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, text []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	both, err := generate([]string{"localhost"}, now)
	if err != nil {
		t.Fatal(err)
	}
	second, err := generate([]string{"localhost"}, now)
	if err != nil {
		t.Fatal(err)
	}
	key, cert, _ := bytes.Cut(both, []byte("-----BEGIN CERT"))
	cert = append([]byte("-----BEGIN CERT"), cert...)
	good, goodKey := file("cert.pem", cert), file("key.pem", key)
	for _, c := range []struct{ name, cert, key, want string }{
		{"good", good, goodKey, ""},
		{"both in one", file("both.pem", both), file("both.pem", both), ""},
		{"missing", filepath.Join(dir, "no.pem"), goodKey, "--cert " + filepath.Join(dir, "no.pem") + ": no such file"},
		{"a missing key", good, filepath.Join(dir, "no.pem"), "--key " + filepath.Join(dir, "no.pem") + ": no such file"},
		{"a directory", dir, goodKey, "is a directory"},
		{"swapped", goodKey, good, "this is a key; the certificate goes here"},
		{"no PEM", file("der", []byte{0x30, 0x82}), goodKey, "holds no certificate in PEM form"},
		{"a certificate as the key", good, good, "holds no key in PEM form"},
		{"of another key", good, file("second.pem", second), "private key does not match public key"},
		{"encrypted", good, file("enc.pem", []byte("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n")), "is encrypted"},
		{"encrypted as of old", good, file("dek.pem", []byte("-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END EC PRIVATE KEY-----\n")), "is encrypted"},
		{"broken", file("broken.pem", []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")), goodKey, "--cert "},
		{"too large", file("large.pem", make([]byte, maxFile+1)), goodKey, "too large"},
	} {
		t.Run(c.name, func(t *testing.T) {
			pair, err := Load(c.cert, c.key)
			switch {
			case c.want == "":
				if err != nil || pair.Trust != c.cert || pair.Leaf == nil {
					t.Errorf("%+v, %v", pair, err)
				}
			case err == nil || !strings.Contains(err.Error(), c.want) && !(strings.Contains(c.want, "no such file") && runtime.GOOS == "windows"):
				t.Errorf("error %v, want %s", err, c.want)
			}
		})
	}
}

// FuzzLoad states that a pair is whole, or that the error says which file is wrong
// without showing what is in it.
func FuzzLoad(f *testing.F) {
	dir := f.TempDir()
	state, err := statedir.Open(filepath.Join(dir, "whk"), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { state.Close() })
	if _, err := Own(state, nil, now); err != nil {
		f.Fatal(err)
	}
	made, err := filepath.Glob(filepath.Join(state.Path(), "tls", "*"))
	if err != nil || len(made) == 0 {
		f.Fatal(made, err)
	}
	var texts [][]byte
	for _, name := range made {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		texts = append(texts, text)
	}
	for _, cert := range texts {
		for _, key := range texts {
			f.Add(cert, key)
			f.Add(cert[:len(cert)/2], key)
		}
	}
	f.Add([]byte("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"), []byte("-----BEGIN ENCRYPTED PRIVATE KEY-----\n-----END ENCRYPTED PRIVATE KEY-----\n"))
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	f.Fuzz(func(t *testing.T, cert, key []byte) {
		for name, text := range map[string][]byte{certFile: cert, keyFile: key} {
			if err := os.WriteFile(name, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		pair, err := Load(certFile, keyFile)
		switch {
		case err == nil && (pair.Leaf == nil || pair.PrivateKey == nil || pair.Trust != certFile):
			t.Errorf("%+v", pair)
		case err == nil:
		case !strings.Contains(err.Error(), certFile) && !strings.Contains(err.Error(), keyFile):
			t.Errorf("which file? %v", err)
		case len(key) > 20 && strings.Contains(err.Error(), string(key)):
			t.Errorf("it shows the key: %v", err)
		}
	})
}
