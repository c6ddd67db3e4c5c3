package diagnosis

import (
	"regexp"
	"sync"
)

// pattern compiles when it is first used: most runs of the program explain
// nothing.
func pattern(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}
