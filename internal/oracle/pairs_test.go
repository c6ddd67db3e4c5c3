package oracle

import (
	"bytes"
	"crypto/ed25519"
	crand "crypto/rand"
	"encoding/hex"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"

	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/signing"
)

// Discord signs a time and the body with Ed25519; the library that most Go
// programs take only verifies.
// https://discord.com/developers/docs/interactions/overview#setting-up-an-endpoint-validating-security-request-headers
func TestDiscord(t *testing.T) {
	p, err := provider.NewRegistry().Load("discord")
	if err != nil {
		t.Fatal(err)
	}
	const header, clock = "X-Signature-Ed25519", "X-Signature-Timestamp"
	random := rand.New(rand.NewPCG(8, 12))
	ask := verdicts(func(public string, m *signing.Message) (error, error) {
		key, err := hex.DecodeString(public)
		if err != nil {
			t.Fatal(err)
		}
		request := &http.Request{Method: m.Method, Header: m.Header, Body: io.NopCloser(bytes.NewReader(m.Body))}
		return verified(p.Scheme(), public, m), accepted(discordgo.VerifyInteraction(request, key), nil)
	})
	for round := range 40 {
		m := &signing.Message{Method: http.MethodPost, Header: http.Header{}, Body: body(random, round)}
		private, public := pair(t, p)
		if round%2 == 0 {
			signed(t, p.Scheme(), private, m)
		} else {
			key, secret, err := ed25519.GenerateKey(crand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			public = hex.EncodeToString(key)
			at := strconv.FormatInt(time.Now().Unix(), 10)
			m.Header.Set(clock, at)
			m.Header.Set(header, hex.EncodeToString(ed25519.Sign(secret, append([]byte(at), m.Body...))))
		}
		_, stranger := pair(t, p)
		ask.told(t, "its own", public, m, true)
		ask.told(t, "another key", stranger, m, false)
		ask.told(t, "another body", public, with(m, func(m *signing.Message) { m.Body = append(m.Body, '\n') }), false)
		ask.told(t, "another time", public, with(m, func(m *signing.Message) {
			m.Header.Set(clock, strconv.FormatInt(time.Now().Unix()-60, 10))
		}), false)
		ask.told(t, "another signature", public, with(m, func(m *signing.Message) {
			raw, _ := hex.DecodeString(m.Header.Get(header))
			m.Header.Set(header, hex.EncodeToString(flipped(random, raw)))
		}), false)
	}
}
