package provider

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// A field about an endpoint holds what is known of one, and nothing else.
func TestEndpointFields(t *testing.T) {
	for _, c := range []struct{ fields, want string }{
		{"{a: id, b: name, c: url, d: data, e: last_success, f: last_failure}", ""},
		{"{a: last_success:offset, b: last_failure:unix:text}", ""},
		{"{a: last_succes}", `endpoint.fields.a: "last_succes" is not known of an endpoint: did you mean last_success`},
		{"{a: secret}", `"secret" is not known of an endpoint`},
		{"{a: id:offset}", "only a time has a form"},
		{"{a: 'last_success:'}", "only a time has a form"},
	} {
		var e EndpointShape
		if err := yaml.Unmarshal([]byte("fields: "+c.fields), &e); err != nil {
			t.Fatal(err)
		}
		switch err := e.check(); {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.fields, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v, want %s", c.fields, err, c.want)
		}
	}
}

// Custom data goes to the providers whose payloads have a place for it.
func TestTakesData(t *testing.T) {
	for text, want := range map[string]bool{"{a: id}": false, "{a: id, b: data}": true, "{}": false} {
		var e EndpointShape
		if err := yaml.Unmarshal([]byte("fields: "+text), &e); err != nil {
			t.Fatal(err)
		}
		if got := e.TakesData(); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}
