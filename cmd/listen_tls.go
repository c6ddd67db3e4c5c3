package cmd

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/certificate"
	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/receiver"
	"github.com/whk-cli/whk/internal/statedir"
)

// tlsFlags say whether a listener speaks TLS, and with whose certificate.
type tlsFlags struct {
	TLS  bool
	Cert string
	Key  string

	pair *certificate.Pair // nil: plain HTTP, or a certificate that is still to be made
	own  bool              // it is whk's own
}

func (f *tlsFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVar(&f.TLS, "tls", false, "speak HTTPS, HTTP/2 too, with a certificate that whk makes for this machine")
	flags.StringVar(&f.Cert, "cert", "", "speak HTTPS with the certificate in this PEM `file`")
	flags.StringVar(&f.Key, "key", "", "the key of --cert, a PEM `file`")
}

// load reads the certificate that was given.
func (f *tlsFlags) load(app *App) error {
	switch {
	case f.Cert == "" && f.Key == "":
		f.own = f.TLS
		return nil
	case f.Cert == "" || f.Key == "":
		return usageError(errors.New("--cert and --key belong together: a certificate and its key"), "whk listen --cert cert.pem --key key.pem", "whk listen --tls   with a certificate of whk's own")
	}
	pair, err := certificate.Load(app.path(f.Cert), app.path(f.Key))
	if err != nil {
		return usageError(err, "both are files in PEM form, with lines -----BEGIN …-----; without files: whk listen --tls")
	}
	f.TLS, f.pair = true, pair
	return nil
}

// secure has the sockets speak TLS.
func (f *tlsFlags) secure(app *App, dir *statedir.Dir, sockets *receiver.Sockets, public string) error {
	if f.own {
		pair, err := certificate.Own(dir, certified(sockets.Address, public), app.Now())
		if err != nil {
			return failed(fmt.Errorf("the listener's certificate: %w", err))
		}
		f.pair = pair
	}
	if f.pair != nil {
		sockets.Secure(f.pair.Certificate)
	}
	return nil
}

// certified are the certificate's names besides localhost and its addresses.
func certified(a receiver.Address, public string) []string {
	var names []string
	switch ip := net.ParseIP(a.Host); {
	case a.Loopback():
	case ip != nil && ip.IsUnspecified():
		names = otherNames()
	default:
		names = []string{a.Host}
	}
	if u, err := url.Parse(public); err == nil {
		names = append(names, u.Hostname())
	}
	return names
}

// fits reports whether the certificate is for the host of url.
func (f *tlsFlags) fits(own string) bool {
	u, err := url.Parse(own)
	return err == nil && f.pair.Leaf.VerifyHostname(u.Hostname()) == nil
}

// words are the flags with which whk trusts the certificate.
func (f *tlsFlags) words(own string) string {
	switch {
	case f.pair == nil:
		return ""
	case f.fits(own):
		return " --cacert " + format.ShellWord(f.pair.Trust)
	}
	return " --insecure-tls"
}

// trust is the file that senders need in order to trust the certificate, ""
// without TLS.
func (f *tlsFlags) trust() string {
	if f.pair == nil {
		return ""
	}
	return f.pair.Trust
}

// warn tells of a certificate that senders will not take.
func (f *tlsFlags) warn(app *App, own string) {
	if f.pair == nil {
		return
	}
	leaf := f.pair.Leaf
	if now := app.Now(); now.After(leaf.NotAfter) || now.Before(leaf.NotBefore) {
		app.warn(fmt.Sprintf("the certificate is valid from %s to %s only: senders refuse it", leaf.NotBefore.Format("2006-01-02"), leaf.NotAfter.Format("2006-01-02")))
	}
	if !f.fits(own) {
		holds := "it names no host, and a common name does not count"
		if names := f.pair.Names(); len(names) > 0 {
			holds = "it is for " + strings.Join(names, ", ")
		}
		app.warn(fmt.Sprintf("the certificate is not for %s: %s", hostOf(own), holds))
	}
}

// notes say how senders can trust a certificate of whk's own.
func (f *tlsFlags) notes(app *App) {
	if f.own {
		app.note("the certificate is whk's own, for %s; to trust it:", strings.Join(f.pair.Names(), ", "))
		app.note("  whk, curl: --cacert %s", format.ShellWord(f.pair.Trust))
		app.note("  Node.js, Python: NODE_EXTRA_CA_CERTS, SSL_CERT_FILE in the environment, with that file")
	}
}
