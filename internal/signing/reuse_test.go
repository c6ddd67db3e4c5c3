package signing

import (
	"strings"
	"sync"
	"testing"
	"time"
)

// A message that is judged leaves no garbage, so that millions of them cost what
// their MACs do. The least of several runs counts: a pool may lose what it holds.
func TestVerifyMakesNoGarbage(t *testing.T) {
	for name, spec := range map[string]Spec{"plain": plain, "pairs": paired, "list": timed} {
		s, key := compile(t, spec), hmacKey
		if spec.Key == "base64" {
			key = "whsec_" + strings.Repeat("QUJD", 11)
		}
		m, v := signed(t, s, key, strings.Repeat("a", 1024)), verifier(t, s, key)
		least := 1.0
		for range 20 {
			least = min(least, testing.AllocsPerRun(1, func() {
				if _, err := v.Verify(m, now); err != nil {
					t.Fatal(name, err)
				}
			}))
		}
		if least > 0 {
			t.Errorf("%s: %v pieces of garbage", name, least)
		}
	}
}

// Nothing of one message is taken for a part of the next.
func TestMessagesShareNothing(t *testing.T) {
	s := compile(t, paired)
	m, v := signed(t, s, hmacKey, "body"), verifier(t, s, hmacKey)
	whole := m.Header.Get("X-Signature")
	_, alone, _ := strings.Cut(whole, ",")
	for range 20 {
		for value, want := range map[string]Reason{whole: "", alone: Missing, "t=1741076100": Missing, whole + ",v1=" + strings.Repeat("0", 64): "", "v1=00": Malformed} {
			m.Header.Set("X-Signature", value)
			if _, err := v.Verify(m, now); reason(err) != want {
				t.Fatalf("%s: %v, want %s", value, err, want)
			}
		}
	}
}

func TestSignerSignsAsTheScheme(t *testing.T) {
	s := compile(t, timed)
	key := secret("whsec_" + strings.Repeat("QUJD", 11))
	signer, err := s.Signer(key)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 50 {
				m := Message{Body: []byte(strings.Repeat("x", i*n)), ID: "msg_1"}
				other, at := m, now.Add(time.Duration(n)*time.Second)
				got, err := signer.Sign(&m, at)
				want, werr := s.Sign(&other, key, at)
				if err != nil || werr != nil || len(got) != 3 || len(want) != 3 || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
					t.Errorf("got %v, %v; want %v, %v", got, err, want, werr)
				}
			}
		})
	}
	all.Wait()
	if _, err := s.Signer(secret("")); err == nil {
		t.Error("a signer without a secret")
	}
}
