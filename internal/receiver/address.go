package receiver

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"unicode"
)

// DefaultPort is listened on when an address names none.
const DefaultPort = 8080

// Address is where to listen.
type Address struct {
	Host string // "localhost" is every loopback address there is; "" never occurs
	Port int    // 0 lets the system pick one
}

// ParseAddress reads what a person types for an address: "" and "localhost",
// ":8080", "8080", "0.0.0.0:8080", "[::1]:8080", "name:8080", "name".
//
// A port alone means this machine only, unlike in most servers: who wants
// strangers to reach it has to type a host.
func ParseAddress(text string) (Address, error) {
	host, port, err := splitAddress(text)
	if err != nil {
		return Address{}, err
	}
	if !isHost(host) {
		return Address{}, notAddress(text)
	}
	a := Address{Host: host, Port: DefaultPort}
	if host == "" || strings.EqualFold(host, "localhost") {
		a.Host = "localhost"
	}
	if port == "" {
		return a, nil
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return Address{}, fmt.Errorf("address %q: port %q is not a number from 0 to 65535", text, port)
	}
	a.Port = int(n)
	return a, nil
}

func splitAddress(text string) (host, port string, err error) {
	switch {
	case strings.Contains(text, "://") || strings.ContainsAny(text, "/?#@ \t\r\n\x00"):
		return "", "", notAddress(text)
	case text != "" && strings.Trim(text, "0123456789") == "":
		return "", text, nil
	case net.ParseIP(unbracket(text)) != nil:
		return unbracket(text), "", nil
	case !strings.Contains(text, ":"):
		return text, "", nil
	}
	host, port, err = net.SplitHostPort(text)
	if err != nil {
		return "", "", notAddress(text)
	}
	if port == "" {
		return "", "", fmt.Errorf("address %q lacks the port after its colon", text)
	}
	return host, port, nil
}

func notAddress(text string) error {
	return fmt.Errorf("address %q is not a host and a port, such as localhost:8080", text)
}

// isHost reports whether a host is an IP address, zone included, or has only
// characters of names. "" is one.
func isHost(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return !strings.ContainsFunc(host, func(r rune) bool { return !unicode.IsGraphic(r) || r == '[' || r == ']' })
	}
	return !strings.ContainsFunc(host, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-._", r)
	})
}

func unbracket(host string) string {
	if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		return host[1 : len(host)-1]
	}
	return host
}

// Loopback reports whether only this machine can reach the address.
func (a Address) Loopback() bool {
	ip := net.ParseIP(a.Host)
	return a.Host == "localhost" || ip != nil && ip.IsLoopback()
}

// String is the address as host:port.
func (a Address) String() string { return net.JoinHostPort(a.Host, strconv.Itoa(a.Port)) }

// URL is how programs on this machine reach the address, without a final slash.
func (a Address) URL() string {
	if ip := net.ParseIP(a.Host); ip != nil && ip.IsUnspecified() {
		a.Host = "localhost"
	}
	return "http://" + a.String()
}
