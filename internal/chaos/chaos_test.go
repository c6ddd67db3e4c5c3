package chaos

import (
	"encoding/base64"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"github.com/whk-cli/whk/internal/webhook"
)

func TestPlanRepeats(t *testing.T) {
	f := Faults{Duplicate: 2, Shuffle: true, Drop: 0.3, From: time.Millisecond, To: time.Second, Tamper: []Target{Body, Signature}}
	one := Plan(7, 200, f)
	if !reflect.DeepEqual(one, Plan(7, 200, f)) {
		t.Error("the same seed makes another plan")
	}
	if reflect.DeepEqual(one, Plan(8, 200, f)) {
		t.Error("another seed makes the same plan")
	}
	// What becomes of a delivery depends on neither the order nor the number.
	f.Shuffle = false
	if long, short := Plan(7, 200, f), Plan(7, 20, f); !reflect.DeepEqual(long[:len(short)], short) {
		t.Error("a longer run treats the first deliveries in another way")
	}
	for i, op := range Plan(7, 3, Faults{}) {
		if op.Delivery != i+1 || op.Copy != 0 || op.Drop || op.Tamper != "" || op.Delay != 0 {
			t.Errorf("without faults: %+v", op)
		}
	}
	plain := Plan(7, 50, Faults{Drop: 0.3})
	for i, op := range Plan(7, 50, Faults{Drop: 0.3, Tamper: []Target{Body}, To: time.Second}) {
		if op.Drop != plain[i].Drop {
			t.Fatalf("delivery %d is lost only with other flags", op.Delivery)
		}
	}
}

func TestPlanCounts(t *testing.T) {
	const n = 1000
	ops := Plan(1, n, Faults{Duplicate: 2, Shuffle: true, Drop: 0.25})
	per, dropped, order := map[int]int{}, 0, 0
	for i, op := range ops {
		switch {
		case op.Drop:
			dropped++
		case op.Copy != per[op.Delivery]:
			t.Fatalf("request %d is copy %d of delivery %d, after %d others", i, op.Copy, op.Delivery, per[op.Delivery])
		}
		if !op.Drop {
			per[op.Delivery]++
		}
		if i > 0 && op.Delivery < ops[i-1].Delivery {
			order++
		}
	}
	if dropped < 200 || dropped > 300 || len(per)+dropped != n {
		t.Errorf("%d of %d are lost, %d are sent", dropped, n, len(per))
	}
	for d, requests := range per {
		if requests != 3 {
			t.Errorf("delivery %d is sent %d times", d, requests)
		}
	}
	if order < len(ops)/3 {
		t.Errorf("only %d of %d requests are out of order", order, len(ops))
	}
	delayed := Plan(1, n, Faults{From: time.Second, To: 2 * time.Second})
	for _, op := range delayed {
		if op.Delay < time.Second || op.Delay > 2*time.Second {
			t.Fatalf("held back for %s", op.Delay)
		}
	}
	kinds := map[Target]int{}
	for _, op := range Plan(1, n, Faults{Tamper: Targets}) {
		kinds[op.Tamper]++
	}
	for _, target := range Targets {
		if kinds[target] < n/10 {
			t.Errorf("%s is changed in %d of %d", target, kinds[target], n)
		}
	}
	if got := Plan(1, 2, Faults{}); len(got) != 2 || got[0].Drop || got[0].Tamper != "" || got[0].Delay != 0 || (Faults{}).Any() {
		t.Errorf("without faults: %+v", got)
	}
}

func token(claims string) string {
	b64 := base64.RawURLEncoding.EncodeToString
	return b64([]byte(`{"alg":"HS256"}`)) + "." + b64([]byte(claims)) + ".c2lnbmF0dXJl"
}

func TestSignature(t *testing.T) {
	for _, value := range []string{
		"8982ff64ce80174c84ba9c8c7d1bcfc278f2f9bf557f239ed18fa133d32c5aac", "sha256=00ff00ff", "t=1767000000,v1=5257a869e7ecebed,",
		"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "Bearer " + token(`{"a":1}`), `keyId="k", signature="abc/def+0=="`, "static secret",
	} {
		r := &webhook.Request{Header: webhook.Header{{Name: "other", Value: value}, {Name: "x-sig", Value: value}}}
		before := r.Header
		c, err := (&Tamperer{Signed: []string{"X-Sig"}}).Signature(r)
		got := r.Header.Get("X-Sig")
		if err != nil || got == value || len(got) != len(value) || c.Old != "" {
			t.Errorf("%q became %q, %v", value, got, err)
		}
		at := differs(value, got)
		if cut := strings.LastIndexAny(strings.TrimRight(value, `="', `), `=,. "`); at <= cut || value[at+1:] != got[at+1:] {
			t.Errorf("%q became %q: not one character of the signature", value, got)
		}
		if before.Get("X-Sig") != value || r.Header.Get("other") != value {
			t.Error("another header was changed")
		}
	}
	r := &webhook.Request{Body: []byte(`{"signature":{"signature":"00ff"},"n":1.0}`)}
	if _, err := (&Tamperer{From: "json:signature.signature"}).Signature(r); err != nil || string(r.Body) != `{"signature":{"signature":"00af"},"n":1.0}` && string(r.Body) != `{"signature":{"signature":"00fa"},"n":1.0}` {
		t.Errorf("%s, %v", r.Body, err)
	}
	if _, err := (&Tamperer{Signed: []string{"X"}}).Signature(&webhook.Request{}); err == nil {
		t.Error("a signature was changed that is not there")
	}
}

func differs(a, b string) int {
	for i := range a {
		if a[i] != b[i] {
			return i
		}
	}
	return len(a)
}

func TestTimestamp(t *testing.T) {
	header := func(value string) *webhook.Request {
		return &webhook.Request{Header: webhook.Header{{Name: "X-Sig", Value: value}}}
	}
	for _, c := range []struct{ clock, value, want string }{
		{"header:X-Sig", "1767000000", "1767000001"},
		{"header:X-Sig", "1767000009", "1767000000"},
		{"header:X-Sig", "2026-01-31T08:15:00Z", "2026-01-31T08:15:01Z"},
		{"header:X-Sig", "2026-01-31T08:15:00.120Z", "2026-01-31T08:15:00.121Z"},
		{"header:X-Sig", "2026-01-31T08:15:00+00:00", "2026-01-31T08:15:01+00:00"},
		{"header:X-Sig", "Sat, 31 Jan 2026 08:15:00 GMT", "Sat, 31 Jan 2026 08:15:01 GMT"},
		{"field:t", "t=1767000000,v1=1767000000", "t=1767000001,v1=1767000000"},
		{"claim:exp", "Bearer " + token(`{"a":"b","exp":1767000000}`), "Bearer " + token(`{"a":"b","exp":1767000001}`)},
	} {
		r := header(c.value)
		change, err := (&Tamperer{Signed: []string{"X-Sig"}, Clock: c.clock}).Timestamp(r)
		if got := r.Header.Get("X-Sig"); err != nil || got != c.want || change.Old == "" {
			t.Errorf("%s of %q became %q, %v", c.clock, c.value, got, err)
		}
	}
	r := &webhook.Request{URL: "http://x/?a=1&t=5", Body: []byte("a=%20&ts=7&b=")}
	if _, err := (&Tamperer{Clock: "query:t"}).Timestamp(r); err != nil || r.URL != "http://x/?a=1&t=6" {
		t.Error(r.URL, err)
	}
	if _, err := (&Tamperer{Clock: "form:ts"}).Timestamp(r); err != nil || string(r.Body) != "a=%20&ts=8&b=" {
		t.Errorf("%s %v", r.Body, err)
	}
	for _, clock := range []string{"", "header:none", "field:t", "claim:exp", "json:a"} {
		if _, err := (&Tamperer{Signed: []string{"X-Sig"}, Clock: clock}).Timestamp(header("abc")); err == nil {
			t.Errorf("a time was changed at %q", clock)
		}
	}
}

func TestBody(t *testing.T) {
	const src = "{ \"id\":\"evt_1\", \"event\":\"a.b\",\n \"data\":{\"n\":10.50,\"list\":[{\"q\":\"5\"}],\"x\":\"\\u00e9 z\",\"t\":true,\"e\":\"\"} }"
	tamperer := &Tamperer{Spare: []string{"json:id", "json:event"}}
	seen := map[string]bool{}
	for choice := range uint64(60) {
		r := &webhook.Request{Body: []byte(src)}
		c, err := tamperer.Body(r, choice)
		if err != nil || !gjson.ValidBytes(r.Body) || string(r.Body) == src {
			t.Fatalf("%s, %v", r.Body, err)
		}
		if gjson.GetBytes(r.Body, "id").String() != "evt_1" || gjson.GetBytes(r.Body, "event").String() != "a.b" {
			t.Errorf("what tells the event was changed: %s", r.Body)
		}
		again := &webhook.Request{Body: []byte(src)}
		if other, _ := tamperer.Body(again, choice); other != c || string(again.Body) != string(r.Body) {
			t.Error("the same choice changes something else")
		}
		seen[c.String()] = true
	}
	for _, want := range []string{"data.n: 10.50 → 10.51", "data.list.0.q: 5 → 6", "data.x: é z → é y"} {
		if !seen[want] {
			t.Errorf("never changed: %s; only %v", want, seen)
		}
	}
	if len(seen) != 3 {
		t.Errorf("changed: %v", seen)
	}
	for _, body := range []string{"", "{}", `[true,null]`, "%&=", "a=%41%42&b="} {
		if c, err := tamperer.Body(&webhook.Request{Body: []byte(body)}, 1); err == nil {
			t.Errorf("%q: %s", body, c)
		}
	}
}

// Of a form one letter or digit of one value is changed: no name, no escape, and
// nothing that is spared. Of any other text it is just one.
func TestBodyOfAForm(t *testing.T) {
	tamperer := &Tamperer{Spare: []string{"form:id"}}
	const form, text = "id=evt_1&name=two%41x&b=%7B7%7D", "plain text"
	seen := map[string]bool{}
	for choice := range uint64(200) {
		r := &webhook.Request{Body: []byte(form)}
		if _, err := tamperer.Body(r, choice); err != nil {
			t.Fatal(err)
		}
		seen[string(r.Body)] = true
		r = &webhook.Request{Body: []byte(text)}
		if _, err := tamperer.Body(r, choice); err != nil || string(r.Body) == text || len(r.Body) != len(text) {
			t.Fatalf("%q, %v", r.Body, err)
		}
	}
	for _, want := range []string{"uwo%41x", "txo%41x", "twp%41x", "two%41y"} {
		want = "id=evt_1&name=" + want + "&b=%7B7%7D"
		if !seen[want] {
			t.Errorf("never changed: %s", want)
		}
		delete(seen, want)
	}
	delete(seen, "id=evt_1&name=two%41x&b=%7B8%7D")
	if len(seen) > 0 {
		t.Errorf("changed, too: %v", seen)
	}
}

func TestFlip(t *testing.T) {
	const hex = "0123456789abcdef"
	for c := range 256 {
		was, is := byte(c), flip(byte(c))
		if plain(was) != (was != is) {
			t.Errorf("%q becomes %q", was, is)
		}
		for _, kind := range []string{"0123456789", hex, strings.ToUpper(hex), "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"} {
			if strings.IndexByte(kind, was) >= 0 && strings.IndexByte(kind, is) < 0 {
				t.Errorf("%q becomes %q, which is not of %s", was, is, kind)
			}
		}
	}
}

// Each fault alone is one, and those that contradict each other are refused.
func TestFaults(t *testing.T) {
	for name, f := range map[string]Faults{
		"duplicate": {Duplicate: 1}, "shuffle": {Shuffle: true}, "drop": {Drop: 0.1}, "delay": {To: 1}, "tamper": {Tamper: []Target{Body}},
		"stale": {Shift: -1}, "split": {Split: true}, "abort": {Abort: true}, "no signature": {NoSignature: true},
	} {
		if !f.Any() || f.Check() != nil {
			t.Errorf("%s: %v, %v", name, f.Any(), f.Check())
		}
	}
	if (Faults{}).Any() {
		t.Error("no fault is one")
	}
	for _, f := range []Faults{{Split: true, Abort: true}, {NoSignature: true, Tamper: []Target{Body}}} {
		if f.Check() == nil {
			t.Errorf("%+v is taken", f)
		}
	}
}

func TestEventOf(t *testing.T) {
	make := func(event string) *webhook.Request {
		return &webhook.Request{Header: webhook.Header{{Name: "X-Event", Value: event}}, Body: []byte(`{"event": "` + event + `" }`)}
	}
	r := make("a")
	c, err := (&Tamperer{Event: []string{"json:type", "json:event", "header:X-Event"}}).EventOf(r, make("b"))
	if err != nil || string(r.Body) != `{"event": "b" }` || r.Header.Get("X-Event") != "a" || c.String() != "event: a → b" {
		t.Errorf("%s, %s, %v", r.Body, c, err)
	}
	if _, err := (&Tamperer{Event: []string{"header:X-Event"}}).EventOf(r, make("a")); err == nil {
		t.Error("it had another event type than itself")
	}
}

func TestLongChangesAreShort(t *testing.T) {
	c := Change{Place: "p", Old: strings.Repeat("ä", 500) + "1" + strings.Repeat("b", 500)}
	c.New = strings.Replace(c.Old, "1", "2", 1)
	if text := c.String(); len(text) > 200 || !strings.Contains(text, "1bb") || !strings.Contains(text, "2bb") || strings.Contains(text, "\ufffd") {
		t.Errorf("%q", text)
	}
}

// Whatever a delivery holds, changing it ends, and changes only what it says.
func FuzzTamper(f *testing.F) {
	f.Add([]byte(`{"a":{"b":"c1"},"t":5}`), "t=1,v1=ab", uint64(1))
	f.Add([]byte("a=1&b=%zz&=x"), "Bearer "+token(`{"exp":1}`), uint64(2))
	f.Fuzz(func(t *testing.T, body []byte, header string, choice uint64) {
		tamperer := &Tamperer{Signed: []string{"S"}, From: "json:a.b", Clock: "claim:exp", Event: []string{"json:a", "form:a"}}
		make := func() *webhook.Request {
			return &webhook.Request{Header: webhook.Header{{Name: "S", Value: header}}, Body: body, URL: "http://x/?t=1"}
		}
		before := string(body)
		for _, change := range []func(*webhook.Request) (Change, error){
			tamperer.Signature, tamperer.Timestamp,
			func(r *webhook.Request) (Change, error) { return tamperer.Body(r, choice) },
			func(r *webhook.Request) (Change, error) { return tamperer.EventOf(r, make()) },
		} {
			r := make()
			c, err := change(r)
			same := string(r.Body) == before && r.Header.Get("S") == header
			if err != nil && !same {
				t.Errorf("%v, and %q, %q became %q, %q", err, body, header, r.Body, r.Header.Get("S"))
			}
			if err == nil && same {
				t.Errorf("%s, and nothing changed", c)
			}
		}
		if string(body) != before {
			t.Error("the given bytes were changed")
		}
	})
}
