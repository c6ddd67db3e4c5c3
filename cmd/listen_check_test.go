package cmd

import "testing"

// The path that a sender asks for follows the public URL as it stands.
func TestListenURL(t *testing.T) {
	for given, want := range map[string]string{
		"":                              "",
		"https://hooks.example":         "https://hooks.example",
		"https://hooks.example/":        "https://hooks.example",
		"http://localhost:8080/base//":  "http://localhost:8080/base",
		"hooks.example":                 "refused",
		"ftp://hooks.example":           "refused",
		"https://":                      "refused",
		"https://hooks.example?a":       "refused",
		"https://hooks.example#a":       "refused",
		"https://user:pw@hooks.example": "refused",
		"https://%zz":                   "refused",
	} {
		o := &listenOptions{URL: given}
		got := "refused"
		if err := o.settleURL(); err == nil {
			got = o.URL
		}
		if got != want {
			t.Errorf("--url %q is %q, want %q", given, got, want)
		}
	}
}
