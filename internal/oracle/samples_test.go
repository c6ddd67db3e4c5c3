package oracle

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/signing"
)

// program is a whk as people run it, with a home of its own.
type program struct{ path, home string }

func build(t *testing.T) program {
	t.Helper()
	home := t.TempDir()
	p := program{filepath.Join(home, "whk"), home}
	cmd := exec.Command("go", "build", "-o", p.path, ".")
	cmd.Dir = filepath.Join("..", "..") // another module
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return p
}

func (p program) run(t *testing.T, stdin string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(p.path, args...)
	cmd.Dir, cmd.Env, cmd.Stdin = p.home, []string{"HOME=" + p.home}, strings.NewReader(stdin)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("whk %q: %v\n%s", args, err, stderr.Bytes())
	}
	return out
}

// triggers is what `whk trigger` sends of an event.
func (p program) triggers(t *testing.T, name, variant, event, secret string) *signing.Message {
	t.Helper()
	args := []string{"trigger", "-p", name, event, "--to", "https://example.com/hooks", "--dry-run", "--json", "--secret-file", "-"}
	if variant != "" {
		args = append(args, "--variant", variant)
	}
	var sent struct {
		Method, URL string
		Headers     [][2]string
		Body        string
	}
	if err := json.Unmarshal(p.run(t, secret, args...), &sent); err != nil {
		t.Fatal(err)
	}
	m := &signing.Message{Method: sent.Method, URL: sent.URL, Header: http.Header{}, Body: []byte(sent.Body)}
	for _, h := range sent.Headers {
		m.Header.Add(h[0], h[1])
	}
	return m
}

// Every sample that whk sends is taken by the provider's own library, with the
// headers that it comes with.
func TestSamples(t *testing.T) {
	whk := build(t)
	each := func(t *testing.T, name, variant string, takes func(t *testing.T, event, secret string, m *signing.Message)) {
		p, err := provider.NewRegistry().Load(name)
		if err != nil {
			t.Fatal(err)
		}
		secret := strings.TrimSpace(string(whk.run(t, "", "gen-secret", "-p", name)))
		for _, event := range p.EventTypes() {
			t.Run(event.Name, func(t *testing.T) { takes(t, event.Name, secret, whk.triggers(t, name, variant, event.Name, secret)) })
		}
	}
	t.Run("Go", func(t *testing.T) {
		for _, r := range receivers() {
			t.Run(strings.TrimSpace(r.provider+" "+r.variant), func(t *testing.T) {
				each(t, r.provider, r.variant, func(t *testing.T, event, secret string, m *signing.Message) {
					request, err := http.NewRequestWithContext(t.Context(), m.Method, m.URL, bytes.NewReader(m.Body))
					if err != nil {
						t.Fatal(err)
					}
					request.Header = m.Header
					if err := r.takes(request, secret, event); err != nil {
						t.Error(err)
					}
				})
			})
		}
	})
	t.Run("Node", func(t *testing.T) {
		n := startNode(t)
		for _, c := range officials() {
			t.Run(c.provider, func(t *testing.T) {
				each(t, c.provider, "", func(t *testing.T, _, secret string, m *signing.Message) {
					if err := n.check(t, c.provider, secret, m); err != nil {
						t.Error(err)
					}
				})
			})
		}
	})
}
