package signing

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// FuzzClock states that a timestamp is in the one form that its unit has: two
// readers of a text must not disagree about the time it means.
func FuzzClock(f *testing.F) {
	for _, seed := range []string{
		"0", "1741076100", "01741076100", "-1", "+1", "1e9", "1741076100.5", "1741076100000", "999999999999", " 1", "",
		"2026-01-31T08:15:00Z", "2026-01-31T08:15:00.25+05:30", "2026-01-31t08:15:00z", "2026-01-31T8:15:00Z", "2026-01-31T08:15:00,5Z", "2026-01-31T24:00:00Z", "2026-01-31T08:15:00+24:00",
		"Sat, 31 Jan 2026 08:15:00 GMT", "sat, 31 jan 2026 08:15:00 GMT", "Sun, 31 Jan 2026 08:15:00 GMT", "Saturday, 31-Jan-26 08:15:00 GMT", "Sat Jan 31 08:15:00 2026",
	} {
		f.Add(seed)
	}
	forms := map[string]*regexp.Regexp{
		"s":  regexp.MustCompile(`^(0|[1-9][0-9]{0,11})$`),
		"ms": regexp.MustCompile(`^[1-9][0-9]{12}$`),
		"rfc3339": regexp.MustCompile(`^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?` +
			`(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`),
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, unit := range []string{"s", "ms", "rfc3339", "http-date"} {
			c, err := compileClock(&ClockSpec{From: "header:X", Unit: unit})
			if err != nil {
				t.Fatal(err)
			}
			at, wrong := c.parse(text)
			if wrong != nil {
				if wrong.Reason != Malformed || wrong.Expected == "" {
					t.Errorf("%s: %q: %+v", unit, text, wrong)
				}
				continue
			}
			form, known := forms[unit]
			if known && !form.MatchString(text) || !known && at.UTC().Format(http.TimeFormat) != text {
				t.Errorf("%s: %q is taken for %v", unit, text, at)
			}
			if year := at.UTC().Year(); year < 0 || year > 9999 {
				continue // by its offset out of what can be written
			}
			if again, wrong := c.parse(c.format(at)); wrong != nil || again.Sub(at).Abs() >= time.Second {
				t.Errorf("%s: %q is %v, and then %v", unit, text, at, again)
			}
		}
	})
}

// FuzzSecret states that what is signed with a secret is authentic with it, and
// that nobody is told a secret that is refused.
func FuzzSecret(f *testing.F) {
	for _, seed := range []string{"", "a", hmacKey, "whsec_" + hmacKey, "deadbeef", "DEADBEEF", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw=", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", `{"kty":"oct","k":"AAAA"}`, "\x00", "a\n"} {
		f.Add(seed)
	}
	specs := map[string]Spec{"clock": timed, "list": paired}
	for _, key := range []string{"text", "base64", "hex"} {
		specs[key] = Spec{Header: "X-Sig", Algorithm: "hmac-sha256", Key: key}
	}
	f.Fuzz(func(t *testing.T, text string) {
		for name, spec := range specs {
			s := compile(t, spec)
			m := &Message{Method: "POST", URL: "https://example.com/", Header: http.Header{}, Body: []byte("{}"), ID: "msg_1"}
			fields, err := s.Sign(m, secret(text), now)
			if err != nil {
				if len(text) >= 12 && strings.Contains(err.Error(), text) {
					t.Errorf("%s: %v", name, err)
				}
				continue
			}
			if text == "" {
				t.Errorf("%s: an empty secret signs", name)
			}
			Apply(m.Header, fields)
			if _, err := verifier(t, s, text).Verify(m, now); err != nil {
				t.Errorf("%s: what %q signs is not authentic: %v", name, text, err)
			}
		}
	})
}
