package ui

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/lipgloss"

	"github.com/whk-cli/whk/internal/webhook"
)

var noon = time.Date(2026, 11, 22, 12, 3, 44, 120e6, time.UTC)

func delivery() *webhook.Delivery {
	return &webhook.Delivery{
		ID: "01k3v7q0m2xyz", ReceivedAt: noon, Method: "POST", URL: "http://localhost:8080/webhooks/saas?x=1",
		Remote:   "127.0.0.1:53422",
		Header:   webhook.Header{{Name: "Host", Value: "localhost:8080"}, {Name: "X-Webhook-Signature", Value: "abc"}, {Name: "X-Empty", Value: ""}},
		Body:     []byte(`{"id":"evt_1","amount":1.10}`),
		Provider: "saas", Event: "invoice.paid", MessageID: "evt_1",
		Verification: webhook.Verification{Status: webhook.Authentic},
		Response:     webhook.Response{Status: 200},
	}
}

func refused() *webhook.Delivery {
	d := delivery()
	d.Verification = webhook.Verification{Status: webhook.NotAuthentic, Reason: webhook.ReasonMismatch,
		Detail: "the signature is not what the secret gives", Candidates: []string{"saas", "machnet"}}
	d.Response.Status = 401
	return d
}

func unknown() *webhook.Delivery {
	d := delivery()
	d.Provider, d.Event, d.Method, d.URL = "", "", "GET", "http://localhost:8080"
	d.Verification.Status = webhook.Unverified
	d.Body = make([]byte, 10_485_760)
	d.Response.Status = 0
	return d
}

func hostile() *webhook.Delivery {
	d := delivery()
	d.Event = "a\nb\x1b[2J\u202e"
	d.Method = "PO\x00ST"
	d.URL = "http://x/" + strings.Repeat("é", 60) + "\r\n"
	d.Verification.Warnings = []string{"seen\nbefore", "short secret"}
	return d
}

func played(status int, by string) *webhook.Delivery {
	d := refused()
	d.Response = webhook.Response{Status: status, Played: by}
	return d
}

func TestLine(t *testing.T) {
	const reason = "mismatch: the signature is not what the secret gives"
	for _, c := range []struct {
		name string
		line Line
		d    *webhook.Delivery
		took time.Duration
		want string
	}{
		{"piped", Line{}, delivery(), 3100 * time.Microsecond,
			"12:03:44  01k3v7q0m2xyz  ✓ authentic      200     28 B  3.1 ms  saas/invoice.paid                 POST /webhooks/saas?x=1\n"},
		{"piped with a reason", Line{}, refused(), 400 * time.Microsecond,
			"12:03:44  01k3v7q0m2xyz  ✗ not authentic  401     28 B  400 µs  saas/invoice.paid                 POST /webhooks/saas?x=1  " + reason + "\n"},
		{"little known", Line{}, unknown(), 0,
			"12:03:44  01k3v7q0m2xyz  ? unverified     -    10.5 MB    0 µs  -                                 GET /\n"},
		{"with date, time taken unknown", Line{Date: true}, delivery(), -1,
			"2026-11-22T12:03:44Z  01k3v7q0m2xyz  ✓ authentic      200     28 B  saas/invoice.paid                 POST /webhooks/saas?x=1\n"},
		{"hostile", Line{}, hostile(), time.Second,
			`12:03:44  01k3v7q0m2xyz  ✓ authentic      200     28 B  1.00 s  saas/a\nb\x1b[2J\u202e            PO\x00ST /` +
				strings.Repeat("é", 60) + `\r\n  warning: seen\nbefore; short secret` + "\n"},
		{"terminal of 80 columns", Line{Width: 80}, delivery(), time.Millisecond,
			"12:03:44  01k3v7q0m2xyz  ✓ authentic      200     28 B  1.0 ms  saas/invoice.pa…\n"},
		{"terminal of 120 columns", Line{Width: 120}, refused(), time.Millisecond,
			"12:03:44  01k3v7q0m2xyz  ✗ not authentic  401     28 B  1.0 ms  saas/invoice.paid                 POST /webhooks/saas?x…\n" +
				"          └ " + reason + "\n"},
		{"wide terminal", Line{Width: 200}, refused(), time.Millisecond,
			"12:03:44  01k3v7q0m2xyz  ✗ not authentic  401     28 B  1.0 ms  saas/invoice.paid                 POST /webhooks/saas?x=1  " + reason + "\n"},
		{"a script's answer", Line{}, played(503, "delay=6s,503"), time.Millisecond,
			"12:03:44  01k3v7q0m2xyz  ✗ not authentic  503     28 B  1.0 ms  saas/invoice.paid                 POST /webhooks/saas?x=1  played delay=6s,503  " + reason + "\n"},
		{"a script's answer, short", Line{Width: 120}, played(0, "reset"), time.Millisecond,
			"12:03:44  01k3v7q0m2xyz  ✗ not authentic  -       28 B  1.0 ms  saas/invoice.paid                 POST /webhooks/saas?x…\n" +
				"          └ played reset\n          └ " + reason + "\n"},
		{"a script's status", Line{}, played(401, "401"), time.Millisecond,
			"12:03:44  01k3v7q0m2xyz  ✗ not authentic  401     28 B  1.0 ms  saas/invoice.paid                 POST /webhooks/saas?x=1  " + reason + "\n"},
		{"colour", Line{Style: NewStyler(true), Width: 120}, refused(), time.Millisecond,
			"\x1b[2m12:03:44\x1b[0m  \x1b[2m01k3v7q0m2xyz\x1b[0m  \x1b[1;31m✗ not authentic\x1b[0m  \x1b[1;31m401\x1b[0m     28 B  1.0 ms  " +
				"saas/\x1b[36minvoice.paid\x1b[0m                 POST /webhooks/saas?x…\n" +
				"          \x1b[2m└ \x1b[0m\x1b[1;31m" + reason + "\x1b[0m\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.line.Zone = time.UTC
			if got := string(c.line.Append(nil, c.d, c.took)); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestLineKeepsToTheWidth(t *testing.T) {
	for _, d := range []*webhook.Delivery{delivery(), unknown(), refused(), hostile()} {
		d.Verification.Reason, d.Verification.Detail, d.Verification.Warnings = "", "", nil
		for width := 80; width < 200; width += 7 {
			line := Line{Width: width}
			got := strings.TrimSuffix(string(line.Append(nil, d, time.Second)), "\n")
			if strings.Contains(got, "\n") || lipgloss.Width(got) > width || strings.HasSuffix(got, " ") {
				t.Errorf("width %d: %d columns: %q", width, lipgloss.Width(got), got)
			}
		}
	}
}

func TestPipedLineIsOneLine(t *testing.T) {
	d := hostile()
	d.ID, d.Provider, d.Verification.Status = "i\nd", "p\n", webhook.NotAuthentic
	d.Verification.Reason, d.Verification.Detail = "r\n", "\nwhk: d\u2028\u0085"
	line := Line{}
	got := string(line.Append(nil, d, 0))
	if strings.Count(got, "\n") != 1 || strings.ContainsAny(got, "\x1b\r\u2028\u0085") {
		t.Errorf("%q", got)
	}
}

func TestForwardLine(t *testing.T) {
	for _, c := range []struct {
		name string
		f    webhook.Forward
		want string
	}{
		{"taken", webhook.Forward{URL: "http://u:p@localhost:3000/x", Status: 204, DurationMS: 12.34},
			"12:03:44  01k3v7q0m2xyz  → forwarded      204           12.3 ms  http://redacted@localhost:3000/x\n"},
		{"not wanted", webhook.Forward{URL: "http://localhost:3000/x", Status: 500, DurationMS: 0.5},
			"12:03:44  01k3v7q0m2xyz  → answered       500           500 µs  http://localhost:3000/x\n"},
		{"no answer", webhook.Forward{URL: "http://localhost:3000/x", Error: "refused", DurationMS: 1},
			"12:03:44  01k3v7q0m2xyz  → not forwarded  -             1.0 ms  http://localhost:3000/x  refused\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			line := Line{Zone: time.UTC}
			if got := string(line.AppendForward(nil, noon, "01k3v7q0m2xyz", c.f)); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestHumanNumbers(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 99_949: "99.9 kB", 99_950: "100 kB",
		999_499: "999 kB", 999_500: "1.0 MB", 10_485_760: "10.5 MB", 5 << 30: "5.4 GB", 2e12: "2.0 TB"} {
		if got := Size(n); got != want {
			t.Errorf("Size(%d) = %q, want %q", n, got, want)
		}
	}
	for d, want := range map[time.Duration]string{-1: "0 µs", 400: "0 µs", 999_499: "999 µs", 999_500: "1.0 ms",
		99_949 * time.Microsecond: "99.9 ms", 99_950 * time.Microsecond: "100 ms", 999_499 * time.Microsecond: "999 ms",
		999_500 * time.Microsecond: "1.00 s", 9_995 * time.Millisecond: "10.0 s", 100 * time.Second: "100 s"} {
		if got := Took(d); got != want {
			t.Errorf("Took(%d) = %q, want %q", d, got, want)
		}
	}
}

func BenchmarkLine(b *testing.B) {
	for name, line := range map[string]*Line{"plain": {}, "color": {Style: NewStyler(true), Width: 160}} {
		b.Run(name, func(b *testing.B) {
			d, dst := refused(), make([]byte, 0, 1024)
			b.ReportAllocs()
			for b.Loop() {
				dst = line.Append(dst[:0], d, 3*time.Millisecond)
			}
		})
	}
}
