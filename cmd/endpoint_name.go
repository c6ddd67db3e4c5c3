package cmd

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/whk-cli/whk/internal/ui"
)

// longestName is how many characters a name may have.
const longestName = 100

// checkEndpointName refuses what can not be a name: it is typed on command lines
// and stands in the payloads of some providers.
func checkEndpointName(name string) error {
	err := func() error {
		switch {
		case name == "":
			return errors.New("a name is needed")
		case utf8.RuneCountInString(name) > longestName:
			return fmt.Errorf("a name has at most %d characters", longestName)
		case strings.TrimSpace(name) != name:
			return fmt.Errorf("the name %q begins or ends with a blank", name)
		case strings.ContainsFunc(name, func(r rune) bool { return !nameChar(r) }), ui.Safe(name) != name:
			return fmt.Errorf("the name %q holds something else than letters, digits, blanks and . _ -", name)
		case name[0] == '-':
			return fmt.Errorf("the name %q begins like a flag", name)
		}
		return nil
	}()
	if err != nil {
		return usageError(err, "such as orders, or \"Orders hook\"")
	}
	return nil
}

func nameChar(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.M, r) || strings.ContainsRune(" ._-", r)
}
