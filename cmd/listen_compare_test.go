package cmd

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/receiver"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

// differing keeps what was told of differences.
type differing struct {
	listenOutput
	told []string
}

func (o *differing) differ(id string, found []string, a, b answered) {
	o.told = append(o.told, fmt.Sprintf("%s of %s and %s: %s", id, a.url, b.url, strings.Join(found, "; ")))
}

// answerTo is a target's answer to a delivery.
func answerTo(id string, target int, status int, kind, body string) forwarded {
	return forwarded{Forwarded: receiver.Forwarded{
		Forward: receiver.Forward{ID: id}, Target: target, Result: webhook.Forward{URL: fmt.Sprint("http://", target), Status: status},
		Attempt: webhook.Attempt{Status: status, Header: webhook.Header{{Name: "content-type", Value: kind}}, Body: []byte(body), BodySize: int64(len(body))},
	}}
}

func failedTo(id string, target int, class string) forwarded {
	f := answerTo(id, target, 0, "", "")
	f.Result.Error, f.Attempt.Error = class, class
	return f
}

func newTestComparison(targets int) (*comparison, *differing, func() string) {
	streams, _, stderr := ui.Buffers("")
	out := &differing{}
	return newComparison(&listenView{app: &App{IO: streams, Now: time.Now}, out: out}, targets), out, stderr.String
}

// What a receiver would notice is a difference, and what JSON leaves open is none.
func TestCompare(t *testing.T) {
	const object = `{"a":1,"b":[1,2]}`
	for _, tt := range []struct {
		name string
		a, b forwarded
		want string
	}{
		{"the same", answerTo("d", 0, 200, "text/plain", "ok"), answerTo("d", 1, 200, "text/plain", "ok"), ""},
		{"status", answerTo("d", 0, 200, "", ""), answerTo("d", 1, 204, "", ""), "status 200 and 204"},
		{"body", answerTo("d", 0, 200, "text/plain", "ok"), answerTo("d", 1, 200, "text/plain", "no!"), "bodies of 2 and 3 bytes"},
		{"body of the same size", answerTo("d", 0, 200, "text/plain", "ok"), answerTo("d", 1, 200, "text/plain", "no"), "bodies of 2 and 2 bytes"},
		{"no body", answerTo("d", 0, 200, "", "x"), answerTo("d", 1, 200, "", ""), "bodies of 1 and 0 bytes"},
		{"content type", answerTo("d", 0, 200, "text/plain", "1"), answerTo("d", 1, 200, "text/html", "1"), `content type "text/plain" and "text/html"`},
		{"all", answerTo("d", 0, 200, "text/plain", "a"), answerTo("d", 1, 500, "", "bc"), `status 200 and 500; content type "text/plain" and ""; bodies of 1 and 2 bytes`},
		{"a parameter", answerTo("d", 0, 200, "text/plain; charset=utf-8", "1"), answerTo("d", 1, 200, "Text/Plain", "1"), ""},
		{"order and blanks", answerTo("d", 0, 200, "", object), answerTo("d", 1, 200, "", "{\"b\": [1, 2],\n \"a\": 1}"), ""},
		{"order of a list", answerTo("d", 0, 200, "", object), answerTo("d", 1, 200, "", `{"a":1,"b":[2,1]}`), "bodies of 17 and 17 bytes"},
		{"a number's text", answerTo("d", 0, 200, "", `{"a":12345678901234567890}`), answerTo("d", 1, 200, "", `{"a":12345678901234567891}`), "bodies of 26 and 26 bytes"},
		{"two values", answerTo("d", 0, 200, "", "1 2"), answerTo("d", 1, 200, "", "1 3"), "bodies of 3 and 3 bytes"},
		{"no answer", answerTo("d", 0, 200, "text/plain", "ok"), failedTo("d", 1, webhook.ClassRefused), "status 200 and refused"},
		{"no answer of both", failedTo("d", 0, webhook.ClassRefused), failedTo("d", 1, webhook.ClassRefused), ""},
		{"no answer of two kinds", failedTo("d", 0, webhook.ClassTimeout), failedTo("d", 1, webhook.ClassRefused), "status timeout and refused"},
	} {
		for _, turned := range []bool{false, true} {
			t.Run(fmt.Sprint(tt.name, turned), func(t *testing.T) {
				c, out, said := newTestComparison(2)
				first, second := tt.a, tt.b
				if turned { // who answers first makes no difference
					first, second = second, first
				}
				c.note(first)
				c.note(second)
				var want []string
				if tt.want != "" {
					want = []string{"d of http://0 and http://1: " + tt.want}
				}
				if !slices.Equal(out.told, want) {
					t.Errorf("told %q, want %q", out.told, want)
				}
				c.end()
				if want := fmt.Sprintf("1 delivery compared, %d with different answers\n", len(want)); said() != want {
					t.Errorf("said %q, want %q", said(), want)
				}
			})
		}
	}
}

// Only the last answers of the two targets are held against each other, each with
// that to the same delivery.
func TestCompareWhatBelongsTogether(t *testing.T) {
	c, out, said := newTestComparison(3)
	again := answerTo("a", 1, 503, "", "")
	again.Again = true
	c.note(again)
	for _, f := range []forwarded{
		answerTo("a", 0, 404, "", ""), // another target
		answerTo("a", 1, 200, "", ""), answerTo("b", 2, 500, "", ""), answerTo("a", 2, 200, "", ""),
		answerTo("b", 1, 201, "", ""), answerTo("c", 1, 200, "", ""), answerTo("d", 2, 200, "", ""),
	} {
		c.note(f)
	}
	c.end()
	if want := []string{"b of http://1 and http://2: status 201 and 500"}; !slices.Equal(out.told, want) {
		t.Errorf("told %q, want %q", out.told, want)
	}
	if want := "2 deliveries compared, 1 with different answers\n2 deliveries answered by one target only\n"; said() != want {
		t.Errorf("said %q, want %q", said(), want)
	}
}

// With --reply target it is the first of the two that answers the sender.
func TestCompareWithReply(t *testing.T) {
	c, out, _ := newTestComparison(2)
	c.note(answerTo("a", -1, 200, "", ""))
	c.note(answerTo("a", 1, 202, "", ""))
	if len(out.told) != 1 || !strings.Contains(out.told[0], "status 200 and 202") {
		t.Errorf("told %q", out.told)
	}
}

// Answers whose counterpart never comes take a bounded room.
func TestCompareIsBounded(t *testing.T) {
	c, _, _ := newTestComparison(2)
	for n := range 2 * mostFirst {
		c.note(answerTo(fmt.Sprint(n), 0, 200, "", ""))
	}
	if len(c.first) != mostFirst || len(c.order) != mostFirst {
		t.Errorf("%d are remembered, in an order of %d", len(c.first), len(c.order))
	}
}
