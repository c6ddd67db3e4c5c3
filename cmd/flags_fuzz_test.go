package cmd

import (
	"fmt"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/chaos"
	"github.com/whk-cli/whk/internal/payload"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

// FuzzNumbers states what every flag of a number takes is within its bounds, and
// that what is shown of a flag is what it takes.
func FuzzNumbers(f *testing.F) {
	for _, seed := range []string{
		"1", "0", "-1", "off", "5GiB", "10MB", "64 KiB", "9223372036854775807", "9007199254740993KiB", "30d", "1.5d", "12h", "1h30m", "-2h", "+1d",
		"10/s", "30/m", "0.000001/h", "1e9/s", "NaN", "Inf", "1x", "0.5x", "max", "0.3", "30%", "1s..2s", "2s..1s", "106751d", "0x10", "1_000",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		survives[sizeFlag](t, text, 0)
		survives[countFlag](t, text, 0)
		survives[ageFlag](t, text, 0)
		var (
			copies              int
			part                float64
			from, to, past, fut time.Duration
			attempts            attemptsFlag
			speed               speedFlag
			rate                rateFlag
			within              durationFlag
			seed                seedFlag
			number              = numberFlag{most: 100}
		)
		for name, holds := range map[string]func() bool{
			"copies":   func() bool { return 1 <= copies && copies <= mostCopies },
			"part":     func() bool { return 0 <= part && part <= 1 },
			"delay":    func() bool { return 0 <= from && from <= to },
			"past":     func() bool { return past < 0 },
			"future":   func() bool { return fut > 0 },
			"attempts": func() bool { return attempts >= 1 },
			"speed":    func() bool { return speed.given && speed.factor > 0 },
			"rate":     func() bool { return ascends(rate) },
			"within":   func() bool { return within.given && within.d >= 0 },
			"seed":     func() bool { return seed.value != nil },
			"number":   func() bool { return 1 <= number.n && number.n <= 100 },
		} {
			flag := map[string]interface{ Set(string) error }{
				"copies": &copiesFlag{&copies}, "part": &shareFlag{&part}, "delay": &delayFlag{&from, &to}, "past": &shiftFlag{&past, -1},
				"future": &shiftFlag{&fut, 1}, "attempts": &attempts, "speed": &speed, "rate": &rate, "within": &within, "seed": &seed, "number": &number,
			}[name]
			if flag.Set(text) == nil && !holds() {
				t.Errorf("%s %q is out of bounds", name, text)
			}
		}
	})
}

// survives checks a flag whose value help and messages show.
func survives[T interface{ ~int | ~int64 }, P interface {
	*T
	Set(string) error
	String() string
}](t *testing.T, text string, least T) {
	t.Helper()
	var value, again T
	if P(&value).Set(text) != nil {
		return
	}
	if value < least {
		t.Errorf("%q is %v", text, value)
	}
	if err := P(&again).Set(P(&value).String()); err != nil || again != value {
		t.Errorf("%q is shown as %q, which is %v and not %v: %v", text, P(&value).String(), again, value, err)
	}
}

// ascends reports whether what is sent at a rate is due one after the other.
func ascends(rate rateFlag) bool {
	for n := range 20 {
		if rate.after(n) > rate.after(n+1) || rate.after(n) < 0 {
			return false
		}
	}
	return rate > 0 && !math.IsInf(float64(rate), 0) && rate.after(1) > 0
}

// FuzzTime states that a time is written in one of three ways and means what it
// says.
func FuzzTime(f *testing.F) {
	for _, seed := range []string{"now", "-2h", "+1.5d", "0", "1700000000", "-1", "999999999999", "2026-01-31T08:15:00Z", "2026-01-31T08:15:00.123456789+05:30", "2026-01-31", "2h", ""} {
		f.Add(seed)
	}
	now := time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC)
	seconds := regexp.MustCompile(`^(0|-?[1-9][0-9]*)$`)
	f.Fuzz(func(t *testing.T, text string) {
		at, err := parseTime(text, now)
		if err != nil {
			return
		}
		if at.Year() < 0 || at.Year() > 9999 {
			t.Fatalf("%q is %v, which no record can hold", text, at)
		}
		if again, err := parseTime(at.Format(time.RFC3339Nano), now); err != nil || !again.Equal(at) {
			t.Errorf("%q is %v, and then %v: %v", text, at, again, err)
		}
		if seconds.MatchString(text) && fmt.Sprint(at.Unix()) != text {
			t.Errorf("%q is %v", text, at)
		}
		var past time.Time
		value := pastValue{timeValue{&past, func() time.Time { return now }}}
		if err := value.Set(text); err != nil || !past.Equal(at) {
			t.Errorf("%q is %v, and of what was %v: %v", text, at, past, err)
		}
	})
}

// FuzzHeaderFlag states that a header on the command line can not carry another
// one, and is what was typed.
func FuzzHeaderFlag(f *testing.F) {
	for _, seed := range []string{"X-Team: mine", "X-Empty;", "X: a: b", "X:", ": a", "X: a\r\nY: b", "X: \x00", "X : a", "Ä: b", "X:\ta\t", "X;Y"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		field, err := parseHeader(text)
		if err != nil {
			return
		}
		if !webhook.IsToken(field.Name) || strings.ContainsAny(field.Value, "\r\n\x00") {
			t.Errorf("%q is %q", text, field)
		}
		if again, err := parseHeader(field.Name + ": " + field.Value); err != nil || again != field {
			t.Errorf("%q is %q, and then %q: %v", text, field, again, err)
		}
	})
}

// FuzzTargets states that a target of listen is one to which requests can go, and
// that a delivery's own path can not change its host.
func FuzzTargets(f *testing.F) {
	for _, seed := range []string{"3000", ":3000", "localhost", "invoice.*=localhost:3000/billing", "http://user:pass@a/b?c=d#e", "a=b=c", "x?y=z", "https://[::1]:8443", "=3000", "\x00=a"} {
		f.Add(seed, "http://localhost:8080/hooks?x=1")
	}
	f.Add("localhost", "http://localhost:8080//evil.example/")
	f.Add("localhost:3000", "http://localhost:8080?x")
	f.Add("localhost:3000", "http://localhost:8080@evil.example/")
	f.Fuzz(func(t *testing.T, text, received string) {
		targets, err := parseTargets([]string{text})
		if err != nil {
			return
		}
		if _, err := url.Parse(received); err != nil {
			return // net/http hands on none of these
		}
		target := targets[0]
		if strings.ContainsAny(target.pattern, ":?") || (target.fixed == "") == (target.base == "") {
			t.Fatalf("%q is %+v", text, target)
		}
		host := hostOf(target.fixed + target.base)
		to := target.url(&webhook.Delivery{URL: received})
		if !strings.HasPrefix(to, "http://") && !strings.HasPrefix(to, "https://") || host == "" {
			t.Errorf("%q sends %q to %q", text, received, to)
		}
		if path := webhook.Target(received); target.base != "" && strings.HasPrefix(path, "/") && hostOf(to) != "" && hostOf(to) != host {
			t.Errorf("%q sends %q to %q, and not to %q", text, received, to, host)
		}
	})
}

// FuzzOn states that a rule of --on is shown as it can be typed.
func FuzzOn(f *testing.F) {
	for _, seed := range []string{"invoice.*=503x2,200", "a=delay=6s,200", "=200", "a", "a=b=c", "*=redirect=http://localhost/a=b,200"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		pattern, script, err := parseOn(text)
		if err != nil {
			return
		}
		again, same, err := parseOn(pattern + "=" + script.String())
		if err != nil || pattern == "" || again != pattern || same.String() != script.String() {
			t.Errorf("%q is %s=%s, and then %s=%v: %v", text, pattern, script, again, same, err)
		}
	})
}

// FuzzEndpointName states that a name is shown as it is, and is not taken for
// anything else on a command line.
func FuzzEndpointName(f *testing.F) {
	for _, seed := range []string{"orders", "Orders hook", " a", "a\u00a0b", "-a", "a\nb", "\u202ea", "é", "e\u0301", "a/b", "\xff", strings.Repeat("ä", 101)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if checkEndpointName(name) == nil && (ui.Safe(name) != name || strings.HasPrefix(name, "-") || strings.TrimSpace(name) != name || name == "") {
			t.Errorf("%q is a name, and shown as %q", name, ui.Safe(name))
		}
	})
}

// FuzzLists states that what is chosen from a list is on it.
func FuzzLists(f *testing.F) {
	for _, seed := range []string{"auto", "ALWAYS", "", "body", "Secret", "1", "0", "!", "*/hooks*", "a=1", "a.b[0]=\"x\"", "=", "a"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var value string
		one := oneOf{&value, []string{"auto", "always", "never"}}
		if one.Set(text) == nil && (!strings.EqualFold(value, text) || !slices.Contains(one.allowed, value)) {
			t.Errorf("%q is %q", text, value)
		}
		var targets []chaos.Target
		if (&tamperFlag{&targets}).Set(text) == nil && (len(targets) != 1 || !strings.EqualFold(string(targets[0]), text)) {
			t.Errorf("%q is %q", text, targets)
		}
		var entry entryFlag
		if entry.Set(text) == nil {
			for n := range entry.numbers {
				if n < 1 {
					t.Errorf("%q is request %d", text, n)
				}
			}
			entry.only()(1, "http://localhost/hooks") // whatever it is, it can be asked
		}
		for _, op := range []payload.Op{payload.Override, payload.Add, payload.Remove} {
			var edits []payload.Edit
			if (&editFlag{op, &edits}).Set(text) == nil {
				_, _ = payload.Apply([]byte(`{"a":{"b":[1]}}`), edits) // an error says what is wrong with it
			}
		}
	})
}
