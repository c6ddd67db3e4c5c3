package diagnosis_test

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/whk-cli/whk/internal/diagnosis"
	"github.com/whk-cli/whk/internal/signing"
)

// hopeless is a request that nothing explains, so that all is tried.
func hopeless(body string) (*signing.Message, []signing.Secret) {
	h := http.Header{}
	h.Set("X-Plain-Signature", hex.EncodeToString(make([]byte, 32)))
	h.Set("Paired-Signature", "t="+unix+",v1="+hex.EncodeToString(make([]byte, 32)))
	h.Set("X-Located-Signature", std64(make([]byte, 20)))
	h.Set("Webhook-Signature", "v1,"+std64(make([]byte, 32)))
	h.Set("Webhook-Id", "msg_1")
	h.Set("Webhook-Timestamp", unix)
	m := &signing.Message{Method: "POST", URL: "http://example.com:8080/hook?a=1", Header: h, Body: []byte(body)}
	return m, []signing.Secret{signing.NewSecret([]byte(textSecret))}
}

func bodyOf(size int) string {
	var b strings.Builder
	b.WriteString("[")
	for i := 0; b.Len() < size; i++ {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, `{"id":%d,"name":"Zoë Müller","url":"https://example.com/a/%d","amount":%d.50,"tags":["a","b"],"empty":{}}`, i, i, i)
	}
	return b.String() + "]"
}

// BenchmarkExplain bounds the time for a request that nothing explains.
func BenchmarkExplain(b *testing.B) {
	for _, size := range []int{1 << 10, 64 << 10, 1 << 20, 8 << 20} {
		for _, name := range []string{"plain", "standard", "located", "static"} {
			b.Run(fmt.Sprintf("%s/%dKiB", name, size>>10), func(b *testing.B) {
				m, secrets := hopeless(bodyOf(size))
				if name == "standard" {
					secrets = []signing.Secret{signing.NewSecret([]byte(standardSecret))}
				}
				c := diagnosis.Case{Provider: load(b, name), Message: m, Secrets: secrets, Now: now, Failure: signing.ErrMismatch}
				b.ReportAllocs()
				var ex diagnosis.Explanation
				for b.Loop() {
					ex = diagnosis.Explain(b.Context(), c)
				}
				n := 0
				for _, g := range ex.Tried {
					n += g.N
				}
				b.ReportMetric(float64(n), "trials")
			})
		}
	}
}
