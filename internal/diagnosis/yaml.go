package diagnosis

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/whk-cli/whk/internal/signing"
)

// yamlOf writes a provider with a scheme that was found. Every text is quoted,
// since some come from a stranger's headers.
func yamlOf(name string, spec signing.Spec) string {
	var b strings.Builder
	text := func(indent, key, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s%s: %s\n", indent, key, strconv.QuoteToASCII(value))
		}
	}
	list := func(key string, values []string) {
		if len(values) > 0 {
			quoted := make([]string, len(values))
			for i, v := range values {
				quoted[i] = strconv.QuoteToASCII(v)
			}
			fmt.Fprintf(&b, "  %s: [%s]\n", key, strings.Join(quoted, ", "))
		}
	}
	text("", "name", name)
	text("", "title", name)
	fmt.Fprintf(&b, "\nrecognise: {headers: [%s]}\n\nsignature:\n", strconv.QuoteToASCII(spec.Header))
	text("  ", "header", spec.Header)
	text("  ", "grammar", spec.Grammar)
	text("  ", "prefix", spec.Prefix)
	text("  ", "separator", spec.Separator)
	list("versions", spec.Versions)
	text("  ", "algorithm", spec.Algorithm)
	text("  ", "key", spec.Key)
	list("key_prefix", spec.KeyPrefix)
	text("  ", "encoding", spec.Encoding)
	list("signed", spec.Signed)
	text("  ", "id", spec.ID)
	if c := spec.Timestamp; c != nil {
		fmt.Fprintf(&b, "  timestamp: {from: %s", strconv.QuoteToASCII(c.From))
		if c.Unit != "" {
			fmt.Fprintf(&b, ", unit: %s", c.Unit)
		}
		b.WriteString("}   # how old it may be: 5m, unless past says otherwise\n")
	}
	return b.String()
}
