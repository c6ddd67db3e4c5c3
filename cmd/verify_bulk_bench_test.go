package cmd

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

const bulkSecret = "saas-demo-key-01-long-enough"

// bulkLine is a delivery with a body of 1 KiB as list --json prints it.
func bulkLine(t testing.TB, n int) []byte {
	t.Helper()
	body := fmt.Sprintf(`{"id":"evt_%08d","event":"invoice.paid","created_at":"2025-03-04T08:15:00Z","data":{"items":[%s{}],"pad":"`,
		n, strings.Repeat(`{"sku":"sku_1","qty":1,"price":"12.50"},`, 15))
	body += strings.Repeat("p", 1024-len(body)-3) + `"}}`
	mac := hmac.New(sha256.New, []byte(bulkSecret))
	mac.Write([]byte(body))
	line, err := json.Marshal(&webhook.Delivery{
		ID: fmt.Sprintf("%013d", n), ReceivedAt: time.Unix(1772357400, 123456789), Method: "POST", URL: "http://localhost:8080/webhooks/saas", Remote: "127.0.0.1:50000",
		Header: webhook.Header{{Name: "Accept-Encoding", Value: "gzip"}, {Name: "Content-Length", Value: "1024"}, {Name: "Content-Type", Value: "application/json"},
			{Name: "Host", Value: "localhost:8080"}, {Name: "User-Agent", Value: "x/1"}, {Name: "X-Webhook-Signature", Value: hex.EncodeToString(mac.Sum(nil))}},
		Provider: "saas", Event: "invoice.paid", MessageID: fmt.Sprintf("evt_%08d", n), Body: []byte(body),
		Verification: webhook.Verification{Status: webhook.Authentic}, Response: webhook.Response{Status: 200},
	})
	if err != nil {
		t.Fatal(err)
	}
	return append(line, '\n')
}

// repeatedLines gives the same lines again and again.
type repeatedLines struct {
	lines []byte
	n, at int
}

func (r *repeatedLines) Read(p []byte) (int, error) {
	if r.n == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.lines[r.at:])
	if r.at += n; r.at == len(r.lines) {
		r.at = 0
		r.n--
	}
	return n, nil
}

// BenchmarkVerifyBulk reports the rate of verify over NDJSON as a share of the
// rate at which one core makes the same MACs and does nothing else. Both are
// measured in turns, since a machine is not equally fast from one minute to the
// next.
func BenchmarkVerifyBulk(b *testing.B) {
	var lines []byte
	for i := range 1000 {
		lines = append(lines, bulkLine(b, i)...)
	}
	const rounds = 50
	body := bytes.Repeat([]byte("x"), 1024)
	mac := hmac.New(sha256.New, []byte(bulkSecret))
	var sum [sha256.Size]byte
	var bulk, macs time.Duration
	for b.Loop() {
		start := time.Now()
		for range rounds * 1000 {
			mac.Reset()
			mac.Write(body)
			mac.Sum(sum[:0])
		}
		macs += time.Since(start)

		app, errs := bulkApp(b, &repeatedLines{lines: lines, n: rounds}, io.Discard)
		start = time.Now()
		if code := Run(b.Context(), app, []string{"verify", "-p", "saas", "-"}); code != exitOK {
			b.Fatal(code, errs)
		}
		bulk += time.Since(start)
	}
	b.ReportMetric(float64(macs)/float64(bulk), "of-mac-rate")
	b.ReportMetric(float64(bulk.Nanoseconds())/float64(b.N*rounds*1000), "ns/record")
	b.ReportMetric(0, "ns/op")
}
