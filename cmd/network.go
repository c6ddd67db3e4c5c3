package cmd

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/sender"
)

// networkFlags are how a target is reached.
type networkFlags struct {
	Timeout     durationFlag
	InsecureTLS bool
	CACert      string

	refuse func(address string) error // addresses that are not to be connected to
}

func (f *networkFlags) add(cmd *cobra.Command) {
	cmd.Flags().Var(&f.Timeout, "timeout", "how long an attempt may take in all (30s unless the provider states less)")
	cmd.Flags().BoolVar(&f.InsecureTLS, "insecure-tls", false, "accept any certificate; for tests only")
	cmd.Flags().StringVar(&f.CACert, "cacert", "", "trust the certificates in this PEM `file`")
}

// longestPolicyTimeout is the longest timeout of a provider that applies here:
// nobody waits ten minutes for a test.
const longestPolicyTimeout = 30 * time.Second

// newSender makes a sender. policy is the provider's own timeout, 0 for none.
func (app *App) newSender(f networkFlags, policy time.Duration) (*sender.Sender, error) {
	opts := sender.Options{Proxy: http.ProxyFromEnvironment, UserAgent: "whk/" + strings.Trim(currentVersion().Version, "()"), Refuse: f.refuse}
	switch {
	case f.Timeout.given && f.Timeout.d == 0:
		return nil, usageError(errors.New("--timeout 0: an attempt needs some time"), "give it with a unit: --timeout 10s")
	case f.Timeout.given:
		opts.FirstByte, opts.Whole = f.Timeout.d, f.Timeout.d
		opts.Connect = min(f.Timeout.d, 5*time.Second)
	case policy > 0 && policy <= longestPolicyTimeout:
		opts.FirstByte, opts.Whole = policy, policy
		opts.Connect = min(policy, 5*time.Second)
	}
	if f.InsecureTLS {
		opts.InsecureTLS = true
		app.IO.Warn("certificates are not checked: anybody on the way can read and change what is sent")
	}
	if f.CACert != "" {
		pem, err := os.ReadFile(app.path(f.CACert))
		if err != nil {
			return nil, failed(readError("--cacert "+f.CACert, err), "name a file that can be read, with certificates in PEM form")
		}
		opts.RootCAs = x509.NewCertPool()
		if !opts.RootCAs.AppendCertsFromPEM(pem) {
			return nil, failed(fmt.Errorf("%s holds no certificate in PEM form", f.CACert), "a PEM file has a line -----BEGIN CERTIFICATE-----")
		}
	}
	return sender.New(opts), nil
}
