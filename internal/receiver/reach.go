package receiver

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Reaches reports whether an http URL leads back to these sockets, so that
// forwarding to it would never end. Names are not looked up: see
// [Sockets.Refuse] for another name of this machine.
func (s *Sockets) Reaches(rawURL string) bool {
	u, err := url.Parse(rawURL)
	if err != nil || portOf(u) != strconv.Itoa(s.Address.Port) {
		return false
	}
	host, own := strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")), strings.ToLower(s.Address.Host)
	bound := boundTo(own)
	if target, err := netip.ParseAddr(host); err == nil {
		return slices.ContainsFunc(bound, func(b netip.Addr) bool { return leads(target, b) })
	}
	local := host == "localhost" || strings.HasSuffix(host, ".localhost")
	return host == own || local && slices.ContainsFunc(bound, func(b netip.Addr) bool { return b.IsUnspecified() || b.IsLoopback() })
}

// Refuse gives a reason not to connect to an address, an IP and a port, that leads
// back to these sockets; nil for any other.
func (s *Sockets) Refuse(address string) error {
	target, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil
	}
	for _, l := range s.listeners {
		bound := l.Addr().(*net.TCPAddr).AddrPort()
		if bound.Port() == target.Port() && leads(target.Addr(), bound.Addr()) {
			return fmt.Errorf("%s is this listener itself", address)
		}
	}
	return nil
}

// boundTo are the addresses of a host to listen on; none for a name.
func boundTo(host string) []netip.Addr {
	if host == "localhost" {
		return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{ip}
	}
	return nil
}

// leads reports whether connecting to an address comes out at a bound one. What
// is bound to :: takes IPv4, too.
func leads(target, bound netip.Addr) bool {
	target, everywhere := target.Unmap(), bound.IsUnspecified() && (bound.Is6() || target.Unmap().Is4())
	switch {
	case target.IsUnspecified(): // the system makes it loopback
		return everywhere || bound.IsLoopback()
	case everywhere:
		return target.IsLoopback() || isOwnAddress(target)
	}
	return target.WithZone("") == bound.Unmap().WithZone("")
}

func portOf(u *url.URL) string {
	switch {
	case u.Port() == "" && u.Scheme == "http":
		return "80"
	case u.Port() == "" && u.Scheme == "https":
		return "443"
	}
	return u.Port()
}

// isOwnAddress reports whether one of this machine's interfaces has the address.
func isOwnAddress(ip netip.Addr) bool {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	return slices.ContainsFunc(addrs, func(a net.Addr) bool {
		own, ok := a.(*net.IPNet)
		return ok && own.IP.Equal(ip.AsSlice())
	})
}
