package webhook

import "strings"

// Target returns the path and query of an absolute URL byte for byte, as they
// were in the request; "/" where there are none. Any other text is its own.
func Target(url string) string {
	_, rest, ok := strings.Cut(url, "://")
	if !ok {
		return url
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		return rest[i:]
	}
	return "/"
}
