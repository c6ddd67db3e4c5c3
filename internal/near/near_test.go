package near

import (
	"slices"
	"testing"
)

func TestNames(t *testing.T) {
	names := []string{"invoice.paid", "user.created", "user.deleted", "Tenant.StatusChanged", "a", "line"}
	for typed, want := range map[string][]string{
		"invoice.piad":        {"invoice.paid"},
		"Invoice.Paid":        {"invoice.paid"},
		"user":                {"user.created", "user.deleted"},
		"tenant.statuschangd": {"Tenant.StatusChanged"},
		"b":                   nil,
		"":                    nil,
		"something else":      nil,
	} {
		if got := Names(typed, names); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"ab", "ba", 1}, {"paid", "piad", 1}, {"kitten", "sitting", 3}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("%q to %q: %d, want %d", c.a, c.b, got, c.want)
		}
		if back := distance(c.b, c.a); back != c.want {
			t.Errorf("%q to %q: %d, want %d", c.b, c.a, back, c.want)
		}
	}
}
