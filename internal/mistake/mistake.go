// Package mistake tells from an error of the YAML package where a file is wrong
// and how, so that the messages about all of whk's files read alike.
package mistake

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

// In returns the first mistake that err tells of: its line, counted from 1, and
// what is wrong there, in one line. The line is 0 where the error names none,
// as for mistakes in the first line and for bytes that are not text.
func In(err error) (line int, what string) {
	what, _, _ = strings.Cut(err.Error(), "\n")
	var many *yaml.TypeError
	if errors.As(err, &many) && len(many.Errors) > 0 {
		what = many.Errors[0]
	}
	if at := place().FindStringSubmatchIndex(what); at != nil {
		line, _ = strconv.Atoi(what[at[2]:at[3]])
		what = what[:at[0]] + what[at[1]:]
	}
	what = strings.TrimPrefix(what, "yaml: ")
	if line > 0 && parserText().MatchString(what) {
		line++
	}
	return line, plain(what)
}

// Both are compiled when something is wrong: start-up pays for nothing.
var (
	place = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`line (\d+): `) })

	// parserText are the messages that come with the line before the right one: the
	// package counts lines from 0 and corrects that for its scanner alone.
	parserText = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^did not find expected (<|node content|'-' indicator|key$|',' or )`)
	})
)
