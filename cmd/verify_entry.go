package cmd

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/webhook"
)

// entryFlag chooses among the requests of an HTTP archive, by their numbers and
// by patterns of their URLs.
type entryFlag struct {
	given    []string
	numbers  map[int]bool
	patterns webhook.Patterns
	seen     int // requests that were there to choose from
}

func (f *entryFlag) add(cmd *cobra.Command) {
	cmd.Flags().Var(f, "entry", "of a HAR, only this request: its number, or a pattern of its URL such as '*/hooks*'; ! excludes (repeatable)")
}

// Set reads a number, from 1, or a pattern.
func (f *entryFlag) Set(text string) error {
	n, err := strconv.Atoi(text)
	switch {
	case text == "" || text == "!":
		return errors.New("name a request's number, or a pattern of its URL")
	case err != nil:
		f.patterns = append(f.patterns, text)
	case n < 1:
		return errors.New("requests are numbered from 1")
	default:
		if f.numbers == nil {
			f.numbers = map[int]bool{}
		}
		f.numbers[n] = true
	}
	f.given = append(f.given, text)
	return nil
}
func (f *entryFlag) String() string { return "" }

// Type is what help calls the value.
func (f *entryFlag) Type() string { return "number|pattern" }

// only is the choice; nil when there is none to make.
func (f *entryFlag) only() func(int, string) bool {
	if len(f.given) == 0 {
		return nil
	}
	return func(number int, url string) bool {
		f.seen++
		if len(f.patterns) == 0 {
			return f.numbers[number]
		}
		for _, p := range f.patterns {
			if !strings.HasPrefix(p, "!") {
				return f.numbers[number] || f.patterns.Match(url)
			}
		}
		// Patterns that only exclude select everything else, unless numbers are
		// given.
		return (len(f.numbers) == 0 || f.numbers[number]) && f.patterns.Match(url)
	}
}

// none is the error of a choice that chose nothing.
func (f *entryFlag) none(name string) error {
	return failed(fmt.Errorf("read %s: none of its %d requests is --entry %s", inputTitle(name), f.seen, strings.Join(f.given, " --entry ")),
		"without --entry all of them are judged")
}

// check refuses a choice where there is nothing to choose from.
func (f *entryFlag) check(kind format.Kind) error {
	if len(f.given) == 0 || kind == format.HAR {
		return nil
	}
	what := "a captured delivery"
	if kind != "" {
		what = kindTitle(kind)
	}
	return usageError(fmt.Errorf("--entry chooses among the requests of a HAR, and the input is %s", what), "leave --entry out")
}
