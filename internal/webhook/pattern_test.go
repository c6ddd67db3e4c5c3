package webhook

import "testing"

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		name     string
		patterns Patterns
		event    string
		want     bool
	}{
		{"none selects all", nil, "invoice.paid", true},
		{"itself", Patterns{"invoice.paid"}, "invoice.paid", true},
		{"another", Patterns{"invoice.paid"}, "invoice.failed", false},
		{"case counts", Patterns{"Invoice.*"}, "invoice.paid", false},
		{"star crosses dots", Patterns{"invoice*"}, "invoice.paid.late", true},
		{"star crosses slashes", Patterns{"*create"}, "orders/create", true},
		{"star takes nothing", Patterns{"*invoice*"}, "invoice", true},
		{"star tries again", Patterns{"*ab*abc"}, "ababxabababc", true},
		{"star is not enough", Patterns{"*abc"}, "ababxababab", false},
		{"one character", Patterns{"tier?"}, "tier1", true},
		{"one character is not none", Patterns{"tier?"}, "tier", false},
		{"one character of several bytes", Patterns{"?.x"}, "ü.x", true},
		{"classes are text", Patterns{"[ab]"}, "a", false},
		{"classes match themselves", Patterns{"[ab]"}, "[ab]", true},
		{"any of several", Patterns{"a.*", "b.*"}, "b.x", true},
		{"exclusion", Patterns{"a.*", "!*.x"}, "a.x", false},
		{"exclusion alone", Patterns{"!a.*"}, "b.x", true},
		{"exclusion before", Patterns{"!a.x", "a.*"}, "a.x", false},
		{"no event", Patterns{"a"}, "", false},
		{"empty pattern", Patterns{""}, "", true},
	} {
		if got := c.patterns.Match(c.event); got != c.want {
			t.Errorf("%s: %q.Match(%q) = %v", c.name, c.patterns, c.event, got)
		}
	}
}
