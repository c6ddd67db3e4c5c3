package cmd

import (
	"crypto/rand"
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/ui"
)

// A target may be this listener by a name that only its look-up tells.
func TestListenConnectsNotToItself(t *testing.T) {
	streams, _, stderr := ui.Buffers("")
	app := &App{IO: streams, Now: time.Now, Random: rand.Reader, Dir: t.TempDir(), LookupEnv: func(string) (string, bool) { return "", false }}
	app.global.State = t.TempDir()
	var opts *listenOptions
	listen := newListenCmd(app, func(cmd *cobra.Command, app *App, o *listenOptions) error {
		opts = o
		return runListen(cmd, app, o)
	})
	listen.SetContext(t.Context())
	listen.SetArgs([]string{"127.0.0.1:0", "--expect", "x", "--within", "1ns"})
	listen.SilenceErrors, listen.SilenceUsage = true, true
	listen.Execute() // x does not come
	ready := regexp.MustCompile(`listening on (\S+) `).FindStringSubmatch(stderr.String())
	if len(ready) == 0 {
		t.Fatalf("it did not become ready: %s", stderr)
	}
	own, _ := url.Parse(ready[1])
	if opts.refuse == nil || opts.refuse(own.Host) == nil {
		t.Fatalf("%s may be connected to", own.Host)
	}
	if opts.refuse("192.0.2.1:"+own.Port()) != nil {
		t.Error("another machine may not be connected to")
	}
}
