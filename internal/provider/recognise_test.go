package provider

import "testing"

// A token that a provider has in the URL of its handshake is as secret as a header.
func TestSensitiveParameter(t *testing.T) {
	r := NewRegistry()
	for name, want := range map[string]bool{"query:hub.verify_token": true, "query:hub.mode": false, "hub.verify_token": false, "query:": false} {
		if got := r.Sensitive(name); got != want {
			t.Errorf("%s is sensitive: %v, want %v", name, got, want)
		}
	}
}
