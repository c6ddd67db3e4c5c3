package cmd_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Start-up must not grow with the number of providers: signing for one of 60
// and for one of 600, in turns, and without any, give one ratio each.
func BenchmarkProviders(b *testing.B) {
	file := released(b)
	homes := map[int]string{0: homeWith(b, 0), 60: homeWith(b, 60), 600: homeWith(b, 600)}
	body := filepath.Join(b.TempDir(), "body")
	if err := os.WriteFile(body, []byte(`{"event":"x"}`), 0o600); err != nil {
		b.Fatal(err)
	}
	least := map[int]time.Duration{}
	for b.Loop() {
		for n, home := range homes {
			cmd := exec.Command(file, "sign", "-q", "-p", "saas", "--secret-env", "KEY", body)
			cmd.Env = []string{"HOME=" + home, "KEY=" + strings.Repeat("k", 32)}
			begin := time.Now()
			if out, err := cmd.CombinedOutput(); err != nil {
				b.Fatalf("%v: %s", err, out)
			}
			if took := time.Since(begin); least[n] == 0 || took < least[n] {
				least[n] = took
			}
		}
	}
	b.ReportMetric(float64(least[60])/float64(least[0]), "60/none")
	b.ReportMetric(float64(least[600])/float64(least[0]), "600/none")
}

// homeWith is a home with n providers of its owner.
func homeWith(b *testing.B, n int) string {
	b.Helper()
	home := b.TempDir()
	yaml, err := os.ReadFile(filepath.Join("..", "fixtures", "machnet", "provider.yaml"))
	if err != nil {
		b.Fatal(err)
	}
	for i := range n {
		name := fmt.Sprintf("own-%03d", i)
		dir := filepath.Join(home, ".config", "whk", "providers", name)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			b.Fatal(err)
		}
		text := strings.Replace(string(yaml), "name: machnet", "name: "+name, 1)
		if err := os.WriteFile(filepath.Join(dir, "provider.yaml"), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	return home
}
