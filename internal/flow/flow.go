// Package flow reads flows: files of steps, each of which is an event that is
// delivered, with values that may be taken from the steps before it.
//
//	title: a user signs up and pays
//	provider: saas
//	steps:
//	  - id: signup
//	    event: user.created
//	    override: {data.plan: Free}
//	  - event: invoice.paid
//	    wait: 2s
//	    override:
//	      data.user_id: ${steps.signup.body.data.user_id}
//	    expect: 2xx
//
// A flow does not say where it is sent to: that is for whoever runs it. Nothing
// here opens a file or reads a clock.
package flow

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Flow is a sequence of steps.
type Flow struct {
	Title    string
	Provider string   // of steps that name none; "" leaves it to the event types
	Variants []string // of that provider
	Steps    []Step
}

// Step is one delivery of a flow.
type Step struct {
	ID       string // the name that later steps call it by; "" is none, but its number always serves
	Number   int    // from 1
	Line     int    // where it begins in the file
	Event    string
	Provider string
	Variants []string
	Wait     time.Duration // before it
	Expect   Answers
	Retry    bool // by the provider's own policy

	data  *value // in place of the sample
	file  string // the same, as a file's exact bytes
	edits []edit
}

// Name is what messages call the step: its ID, else its number.
func (s *Step) Name() string {
	if s.ID != "" {
		return s.ID
	}
	return strconv.Itoa(s.Number)
}

// File is the file beside the flow whose bytes are the step's body, "" when it has
// none. It is a local path with slashes, as [io/fs.ValidPath] has it.
func (s *Step) File() string { return s.file }

// Answers are the answers that a step is to get: statuses such as 409, and classes
// such as 2xx. None are 2xx.
type Answers []string

// Fit reports whether a status is one of a.
func (a Answers) Fit(status int) bool {
	if len(a) == 0 {
		return status/100 == 2
	}
	for _, text := range a {
		if text == strconv.Itoa(status) || strings.HasSuffix(text, "xx") && text[:1] == strconv.Itoa(status/100) {
			return true
		}
	}
	return false
}

func (a Answers) String() string {
	if len(a) == 0 {
		return "2xx"
	}
	return strings.Join(a, " or ")
}

// FileError is something wrong with a flow's file.
type FileError struct {
	File string
	Line int // 0 when it is the file as a whole
	Msg  string
	Hint string // what is allowed, "" when Msg says it
}

func (e *FileError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Msg)
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Msg)
}
