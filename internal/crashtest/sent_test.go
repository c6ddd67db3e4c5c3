//go:build unix

package crashtest

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/whk-cli/whk/internal/webhook"
	"github.com/whk-cli/whk/internal/wire"
)

const (
	secret          = wire.Secret
	signatureHeader = "X-Webhook-Signature"
	bodyFile        = 256 << 10 // larger bodies are kept in a file of their own
)

// message is a delivery to be sent. Its number says all about it.
type message struct {
	number    int
	body      []byte
	signature string
	authentic bool
}

// newMessage makes the message of a number: its body has all byte values, some
// are too large for a row of the store, and one in eight is wrongly signed.
func newMessage(number int) message {
	random := rand.New(rand.NewPCG(uint64(number), 11))
	size := random.IntN(4 << 10)
	switch random.IntN(20) {
	case 0:
		size = bodyFile + 1 + random.IntN(bodyFile)
	case 1, 2:
		size = random.IntN(bodyFile)
	}
	body := fmt.Appendf(nil, `{"id":"evt_%d","event":"invoice.paid","data":"`, number)
	filler := make([]byte, size)
	rand.NewChaCha8([32]byte(fmt.Appendf(nil, "%32d", number))).Read(filler) //nolint:errcheck // it never fails
	body = append(body, filler...)
	for b := range 256 {
		body = append(body, byte(b))
	}
	m := message{number: number, body: body, authentic: number%8 != 0}
	m.signature = signature(body)
	if !m.authentic {
		m.signature = signature(append([]byte("not "), body...))
	}
	return m
}

func signature(body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// path says on the wire which message it is, whatever becomes of the body.
func (m message) path() string { return fmt.Sprintf("/hooks/%d", m.number) }

// wanted is the status that acknowledges the message.
func (m message) wanted() int {
	if m.authentic {
		return 200
	}
	return 401
}

// check compares a listed delivery with the message; "" is no difference.
func (m message) check(d *webhook.Delivery) string {
	verdict := webhook.Authentic
	if !m.authentic {
		verdict = webhook.NotAuthentic
	}
	signatures := d.Header.Values(signatureHeader)
	switch {
	case !bytes.Equal(d.Body, m.body):
		return fmt.Sprintf("its body of %d bytes is not the one of %d bytes that was sent", len(d.Body), len(m.body))
	case d.Verification.Status != verdict:
		return fmt.Sprintf("it is %s (%s), want %s", d.Verification.Status, d.Verification.Reason, verdict)
	case d.Response.Status != m.wanted():
		return fmt.Sprintf("it was answered %d, want %d", d.Response.Status, m.wanted())
	case len(signatures) != 1 || signatures[0] != m.signature:
		return fmt.Sprintf("its signature is %q, want %q", signatures, m.signature)
	case d.Method != "POST" || d.Provider != "saas" || d.ReceivedAt.IsZero():
		return fmt.Sprintf("it is a %s of %q, received %v", d.Method, d.Provider, d.ReceivedAt)
	}
	return ""
}

// numberOf is the number of a listed delivery's message; -1 for none.
func numberOf(d *webhook.Delivery) int {
	_, text, _ := strings.Cut(d.URL, "/hooks/")
	n, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return n
}

// compare holds what is listed, newest first, against what was sent, numbers 1
// to sent, and what of it was acknowledged.
func compare(t *testing.T, listed []*webhook.Delivery, sent int, acknowledged map[int]bool) {
	t.Helper()
	seen := map[int]bool{}
	last := "~"
	for _, d := range listed {
		if d.ID >= last {
			t.Errorf("the id %s is listed after %s", d.ID, last)
		}
		last = d.ID
		n := numberOf(d)
		if n < 1 || n > sent {
			t.Errorf("%s at %s was never sent", d.ID, d.URL)
			continue
		}
		if seen[n] {
			t.Errorf("message %d is listed twice", n)
		}
		seen[n] = true
		if text := newMessage(n).check(d); text != "" {
			t.Errorf("message %d, listed as %s: %s", n, d.ID, text)
		}
	}
	for n := range acknowledged {
		if !seen[n] {
			t.Errorf("message %d was acknowledged and is lost", n)
		}
	}
}

// upTo is that every message up to a number was acknowledged.
func upTo(number int) map[int]bool {
	all := map[int]bool{}
	for n := 1; n <= number; n++ {
		all[n] = true
	}
	return all
}
