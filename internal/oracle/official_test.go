package oracle

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/signing"
)

// official is a provider whose own library, for Node, is asked.
type official struct {
	provider string
	header   string              // of the signature; "" is in the body
	clock    string              // the header of a time that is signed; "" is none
	old      time.Duration       // an age that both refuse; 0 is none
	key      func([]byte) string // nil is hex
	set      func(http.Header)   // what the library wants besides
	body     func(random *rand.Rand, at time.Time) []byte
	url      bool // is signed, with its query
	method   bool // is signed
	noBody   bool // is not signed
	again    bool // the library writes the body again as JSON before it looks
}

func officials() []official {
	return []official{
		{provider: "adyen", body: payment, again: true},
		{provider: "adyen-platform", header: "HmacSignature"},
		{provider: "box", header: "Box-Signature-Primary", clock: "Box-Delivery-Timestamp", old: 11 * time.Minute},
		{provider: "coinbase-commerce", header: "X-Cc-Webhook-Signature"},
		{provider: "contentful", header: "X-Contentful-Signature", clock: "X-Contentful-Timestamp", old: time.Minute, url: true, method: true,
			set: func(h http.Header) { h.Set("X-Contentful-Topic", "ContentManagement.Entry.publish") }},
		{provider: "github", header: "X-Hub-Signature-256"},
		{provider: "gocardless", header: "Webhook-Signature"},
		{provider: "hubspot-v1", header: "X-Hubspot-Signature"},
		{provider: "hubspot-v2", header: "X-Hubspot-Signature", url: true, method: true},
		{provider: "hubspot-v3", header: "X-Hubspot-Signature-V3", clock: "X-Hubspot-Request-Timestamp", old: 6 * time.Minute, url: true, method: true},
		{provider: "linear", header: "Linear-Signature", old: 2 * time.Minute},
		{provider: "mux", header: "Mux-Signature", clock: "Mux-Signature", old: 6 * time.Minute},
		{provider: "notion", header: "X-Notion-Signature"},
		{provider: "onfido", header: "X-Sha2-Signature"},
		{provider: "plivo-v2", header: "X-Plivo-Signature-V2", noBody: true,
			set: func(h http.Header) { h.Set("X-Plivo-Signature-V2-Nonce", "05429567804466091622") }},
		{provider: "pusher", header: "X-Pusher-Signature", set: func(h http.Header) {
			h.Set("X-Pusher-Key", "278d425bdf160c739803")
			h.Set("Content-Type", "application/json")
		}},
		{provider: "sanity", header: "Sanity-Webhook-Signature", clock: "Sanity-Webhook-Signature"},
		{provider: "shopify", header: "X-Shopify-Hmac-Sha256", key: func(b []byte) string { return "shpss_" + hex.EncodeToString(b) }, set: func(h http.Header) {
			for name, value := range map[string]string{"Topic": "orders/create", "Shop-Domain": "example.myshopify.com", "Api-Version": "2025-07", "Webhook-Id": "1"} {
				h.Set("X-Shopify-"+name, value)
			}
		}},
		{provider: "square", header: "X-Square-Hmacsha256-Signature", url: true},
		{provider: "workos", header: "Workos-Signature", clock: "Workos-Signature", old: 4 * time.Minute, again: true},
		{provider: "zoom", header: "X-Zm-Signature", clock: "X-Zm-Request-Timestamp", again: true},
	}
}

// What whk signs, a provider's own library accepts; what the library signs, whk
// does; and both refuse whatever was changed on the way.
func TestOfficials(t *testing.T) {
	n := startNode(t)
	signs := map[string]bool{}
	for _, l := range n.ask(t, question{Do: "list"}).Libraries {
		signs[l.Provider] = l.Signs
	}
	var asked []string
	for _, c := range officials() {
		asked = append(asked, c.provider)
		t.Run(c.provider, func(t *testing.T) {
			random := rand.New(rand.NewPCG(31, 17))
			for round := range 12 {
				c.round(t, n, random, signs[c.provider] && round%2 == 1)
			}
		})
	}
	if there := slices.Sorted(maps.Keys(signs)); !slices.Equal(asked, there) {
		t.Errorf("asked are %q, there are %q", asked, there)
	}
}

// round signs a message, by whk or by the library, and shows it and its twins to
// both.
func (c official) round(t *testing.T, n *node, random *rand.Rand, theirs bool) {
	t.Helper()
	scheme, seed := builtIn(c.provider)(t), bytesOf(random, 32)
	key := plainKey
	if c.key != nil {
		key = c.key
	}
	secret := key(seed)
	ask := verdicts(func(secret string, m *signing.Message) (error, error) {
		return verified(scheme, secret, m), n.check(t, c.provider, secret, m)
	})
	sign := func(m *signing.Message, at time.Time) {
		if theirs {
			n.sign(t, c.provider, secret, m, at)
			return
		}
		fields, err := scheme.Sign(m, signing.NewSecret([]byte(secret)), at)
		if err != nil {
			t.Fatal(err)
		}
		signing.Apply(m.Header, fields)
	}
	m := c.message(random, time.Now())
	sign(m, time.Now())
	by := map[bool]string{true: "the library's", false: "whk's"}[theirs]
	ask.told(t, by+" own", secret, m, true)
	ask.told(t, by+" with another secret", key(flipped(random, seed)), m, false)
	for what, change := range c.twins() {
		ask.told(t, by+" with another "+what, secret, with(m, change), false)
	}
	if c.old > 0 {
		at := time.Now().Add(-c.old)
		late := c.message(random, at)
		sign(late, at)
		ask.told(t, by+", but late", secret, late, false)
	}
}

func (c official) message(random *rand.Rand, at time.Time) *signing.Message {
	m := &signing.Message{
		Method: http.MethodPost, URL: fmt.Sprintf("https://example.com/hooks/%d", random.Uint32()), Header: http.Header{},
	}
	if c.url {
		m.URL += "?a=b&c=%20d"
	}
	if c.set != nil {
		c.set(m.Header)
	}
	if c.body != nil {
		m.Body = c.body(random, at)
	} else {
		m.Body = event(random, at)
	}
	return m
}

// twins change one thing each that is signed.
func (c official) twins() map[string]func(*signing.Message) {
	all := map[string]func(*signing.Message){"signature": func(m *signing.Message) {
		if c.header == "" { // in the last item of the body
			at := bytes.LastIndex(m.Body, []byte(`"hmacSignature":"`)) + len(`"hmacSignature":"`)
			copy(m.Body[at:], otherDigit(string(m.Body[at:at+44])))
			return
		}
		m.Header.Set(c.header, otherDigit(m.Header.Get(c.header)))
	}}
	if !c.noBody {
		all["number in the body"] = func(m *signing.Message) { m.Body = otherNumber(m.Body) }
	}
	if !c.noBody && !c.again {
		all["end of the body"] = func(m *signing.Message) { m.Body = append(m.Body, '\n') }
		all["blank in the body"] = func(m *signing.Message) { m.Body = bytes.Replace(m.Body, []byte(`:`), []byte(`: `), 1) }
	}
	if c.clock != "" {
		all["time"] = func(m *signing.Message) { m.Header.Set(c.clock, earlier(m.Header.Get(c.clock))) }
	}
	if c.url {
		all["query"] = func(m *signing.Message) { m.URL += "e" }
	}
	if c.url || c.noBody {
		all["path"] = func(m *signing.Message) { m.URL = strings.Replace(m.URL, "/hooks/", "/hook/", 1) }
	}
	if c.method {
		all["method"] = func(m *signing.Message) { m.Method = http.MethodPut }
	}
	return all
}

// event is a body that every library takes: JSON, as JavaScript writes it.
func event(random *rand.Rand, at time.Time) []byte {
	return fmt.Appendf(nil, `{"event":"é☃ 😀","n":%d,"events":[{"s":"%x"}],"webhookTimestamp":%d,"payload":{"object":{"</a>":null}}}`,
		random.Uint32(), bytesOf(random, random.IntN(500)), at.UnixMilli())
}

// payment is a body of two items, signed each for itself.
func payment(random *rand.Rand, at time.Time) []byte {
	item := func() string {
		return fmt.Sprintf(`{"NotificationRequestItem":{"eventCode":"AUTHORISATION","success":"true","eventDate":%q,`+
			`"amount":{"currency":"EUR","value":%d},"merchantAccountCode":"Test:Merchant","merchantReference":"é\\:%x","originalReference":"","pspReference":"%d","additionalData":{}}}`,
			at.Format(time.RFC3339), random.Uint32(), bytesOf(random, 4), random.Uint64())
	}
	return fmt.Appendf(nil, `{"live":"false","notificationItems":[%s,%s]}`, item(), item())
}

// otherNumber changes the last digit of the first number of a body, one bit of it.
func otherNumber(body []byte) []byte {
	out := bytes.Clone(body)
	out[signedNumber.FindIndex(body)[1]-1] ^= 1
	return out
}

var (
	signedNumber = regexp.MustCompile(`"(n|value)":[0-9]+`)
	firstNumber  = regexp.MustCompile(`[0-9]+`)
)

// earlier is a time some seconds or milliseconds before, in the form that it has.
func earlier(text string) string {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at.Add(-7 * time.Second).Format(time.RFC3339)
	}
	place := firstNumber.FindStringIndex(text)
	at, _ := strconv.ParseInt(text[place[0]:place[1]], 10, 64)
	return text[:place[0]] + strconv.FormatInt(at-7, 10) + text[place[1]:]
}
