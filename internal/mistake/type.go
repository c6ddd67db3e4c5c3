package mistake

import (
	"regexp"
	"strings"
	"sync"
)

// unmarshal is what the YAML package says of a value of the wrong type: the
// value's tag, the beginning of a text, and the Go type.
var unmarshal = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile("^cannot unmarshal !!(\\w+)(?: `(.*)`)? into (.+)$")
})

// plain says in the words of YAML what the package says in those of Go.
func plain(what string) string {
	m := unmarshal().FindStringSubmatch(what)
	if m == nil {
		return what
	}
	found := kinds[m[1]]
	switch {
	case m[2] != "":
		found = "`" + m[2] + "`"
	case found == "":
		found = "something else"
	}
	return wanted(m[3]) + " is needed, and " + found + " stands there"
}

// kinds are the tags that have no text to show.
var kinds = map[string]string{"seq": "a list", "map": "a mapping", "null": "nothing", "str": "an empty text"}

func wanted(goType string) string {
	switch {
	case goType == "string":
		return "a text"
	case goType == "bool":
		return "true or false"
	case strings.HasPrefix(goType, "int") || strings.HasPrefix(goType, "uint"):
		return "a whole number"
	case strings.HasPrefix(goType, "float"):
		return "a number"
	case strings.HasPrefix(goType, "["):
		return "a list"
	}
	return "a mapping"
}
