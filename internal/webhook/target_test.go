package webhook

import "testing"

func TestTarget(t *testing.T) {
	for url, want := range map[string]string{
		"http://localhost:8080/a//b/../c?x=%2F&y": "/a//b/../c?x=%2F&y", "https://h?x=1": "?x=1", "http://h": "/", "http://h/": "/",
		"http://h#f": "#f", "http:///x": "/x", "/path": "/path", "": "", "http://h/?to=http://i/j": "/?to=http://i/j",
	} {
		if got := Target(url); got != want {
			t.Errorf("%q: %q, want %q", url, got, want)
		}
	}
}
