package cmd_test

import (
	"path/filepath"
	"slices"
	"testing"
)

// No command about endpoints shows a secret: neither one that is theirs, nor one
// in a header of theirs, nor what a target has said of either.
func TestEndpointsShowNoSecret(t *testing.T) {
	l := newLeaks(t, needle)
	l.env["WHK_SECRET"] = needle
	secret := filepath.Join(l.home, "secret")
	writeFile(t, secret, needle)
	target := echo(t)
	for _, name := range []string{"rosaas", "cloudblue-connect", "github"} {
		event := map[string]string{"rosaas": "Tenant.StatusChanged", "cloudblue-connect": "usage_file.event", "github": "ping"}[name]
		for _, shape := range shapes {
			run := func(args ...string) { l.run("", slices.Concat([]string{"endpoint"}, args, shape)...) }
			run("add", name, "-p", name, "--url", target+"/500", "--secret-file", secret, "-H", "X-Api-Key: "+needle)
			l.run("", slices.Concat([]string{"trigger", event, "--endpoint", name}, shape)...)
			l.run("", slices.Concat([]string{"trigger", event, "--endpoint", name, "--retry", "--speed", "max", "--max-attempts", "2"}, shape)...)
			run("edit", name, "--url", target+"/200")
			run("rotate-secret", name)
			l.run("", slices.Concat([]string{"trigger", event, "--endpoint", name}, shape)...)
			run("list")
			run("show", name)
			run("show", name, "--attempts")
			run("show", name, "--attempt", "1")
			run("show", name, "--attempt", "4")
			run("stats")
			run("add", name, "-p", name, "--url", target, "--secret-file", secret)
			run("rotate-secret", name, "--secret-file", secret, "--generate")
			run("disable", name)
			run("resume", name)
			run("remove", name)
		}
	}
}
