package cmd

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/ui"
)

// newPlan makes the plan of a trigger command line, whose secret the tests know.
func newPlan(t *testing.T, args ...string) *plan {
	t.Helper()
	streams, _, _ := ui.Buffers("")
	app := &App{
		IO: streams, Now: time.Now, Random: rand.Reader, Dir: t.TempDir(),
		LookupEnv: func(string) (string, bool) { return "", false },
	}
	var made *plan
	cmd := newTriggerCmd(app, func(cmd *cobra.Command, _ *App, opts *triggerOptions) (err error) {
		made, _, err = app.planTrigger(cmd, opts)
		return err
	})
	cmd.SetContext(t.Context())
	cmd.SetArgs(append(args, "--to", "localhost", "--secret", planSecret))
	if err := cmd.Execute(); err != nil {
		t.Fatal(err)
	}
	return made
}

const planSecret = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA"

// wire is a delivery as text, to compare it.
func wire(t *testing.T, b *built) string {
	t.Helper()
	var out bytes.Buffer
	if err := format.WriteHTTP(&out, b.delivery()); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s %s\n%s", b.messageID, b.request.URL, out.String())
}

// A plan's deliveries depend on their number, the seed and the time alone, and
// not on what was made before, in which memory, or by how many at once.
func TestPlanRepeats(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	for _, event := range []string{"saas/invoice.paid", "rosaas/Tenant.StatusChanged", "machnet/transaction_processed", "cloudblue-connect/usage_file.event", "github/push", "razorpay/payment.captured", "trello/updateCard"} {
		p, again := newPlan(t, event, "--seed", "7"), newPlan(t, event, "--seed", "7")
		const n = 20
		want := make([]string, n+1)
		for i := 1; i <= n; i++ {
			b, err := p.next(i, now)
			if err != nil {
				t.Fatalf("%s: %v", event, err)
			}
			want[i] = wire(t, b)
			if i > 1 && want[i] == want[i-1] {
				t.Errorf("%s: two deliveries are the same:\n%s", event, want[i])
			}
		}
		var workers sync.WaitGroup
		for w := range 4 {
			workers.Go(func() {
				b := new(built)
				for i := n; i > 0; i-- {
					if err := again.fill(b, (i+w)%n+1, now); err != nil {
						t.Error(err)
						return
					}
					if got := wire(t, b); got != want[(i+w)%n+1] {
						t.Errorf("%s: delivery %d differs:\n%s\nis not\n%s", event, (i+w)%n+1, got, want[(i+w)%n+1])
					}
				}
			})
		}
		workers.Wait()
		if t.Failed() {
			t.FailNow()
		}
	}
}

// Every delivery of a plan is authentic, and none once a byte of it is changed.
func TestPlanSigns(t *testing.T) {
	for _, args := range [][]string{
		{"saas/invoice.paid"},
		{"saas/invoice.paid", "--override", "data.amount=5"},
		{"machnet/transaction_processed", "--variant", "raas"},
		{"github/push", "-H", "X-Other: 1"},
		{"invoice.other", "-p", "saas", "--data", `{"id":"evt_1","event":"invoice.other"}`},
	} {
		p := newPlan(t, args...)
		verifier, err := p.steps[0].provider.Scheme().Verifier(p.keys.Secrets, -1)
		if err != nil {
			t.Fatal(err)
		}
		b := new(built)
		for n := 1; n <= 5; n++ {
			if err := p.fill(b, n, p.now()); err != nil {
				t.Fatal(err)
			}
			m := signing.Message{Method: b.request.Method, URL: b.message.URL, Header: b.request.Header.HTTP(), Body: b.request.Body}
			if _, err := verifier.Verify(&m, time.Now()); err != nil {
				t.Errorf("%v: %v", args, err)
			}
			if m.Body = append([]byte(" "), m.Body...); p.steps[0].provider.Scheme().Token() {
				continue
			}
			if _, err := verifier.Verify(&m, time.Now()); err == nil {
				t.Errorf("%v: a changed body is authentic", args)
			}
		}
	}
}

// What was given as the body is sent as it is, whatever is made between.
func TestPlanKeepsTheData(t *testing.T) {
	p := newPlan(t, "x.y", "-p", "saas", "--data", `{"a":1}`)
	sample := newPlan(t, "saas/invoice.paid")
	b := new(built)
	for n := range 3 {
		for _, p := range []*plan{p, sample} {
			if err := p.fill(b, n+1, p.now()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := p.fill(b, 9, p.now()); err != nil || string(b.request.Body) != `{"a":1}` {
		t.Errorf("%q, %v", b.request.Body, err)
	}
}

func BenchmarkPlanFill(b *testing.B) {
	streams, _, _ := ui.Buffers("")
	app := &App{IO: streams, Now: time.Now, Random: rand.Reader, LookupEnv: func(string) (string, bool) { return "", false }}
	var made *plan
	cmd := newTriggerCmd(app, func(cmd *cobra.Command, _ *App, opts *triggerOptions) (err error) {
		made, _, err = app.planTrigger(cmd, opts)
		return err
	})
	cmd.SetContext(b.Context())
	cmd.SetArgs([]string{"saas/invoice.paid", "--to", "localhost", "--secret", planSecret})
	if err := cmd.Execute(); err != nil {
		b.Fatal(err)
	}
	into := new(built)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		if err := made.fill(into, n, made.now()); err != nil {
			b.Fatal(err)
		}
	}
}
