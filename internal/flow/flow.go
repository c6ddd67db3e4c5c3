// Package flow reads flows: files of steps, each of which is an event that is
// delivered, with values that may be taken from the steps before it.
//
//	title: a user signs up and pays
//	provider: acme
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

	"github.com/whk-cli/whk/internal/webhook"
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
	Wait     time.Duration   // before it
	Expect   webhook.Answers // what it is to get; nil is 2xx
	Retry    bool            // by the provider's own policy

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

// OwnData reports whether the step's body is its own and not the event's sample.
func (s *Step) OwnData() bool { return s.file != "" || s.data != nil }

// Wants reports whether an outcome is what the step is to get.
func (s *Step) Wants(a *webhook.Attempt) bool {
	if len(s.Expect) == 0 {
		return a.Acknowledged()
	}
	return s.Expect.Match(a)
}

// Wanted says for a person what answer the step is to get: its own, else
// success, which is what acknowledges its deliveries; nil is 2xx.
func (s *Step) Wanted(success webhook.Answers) string {
	wanted := s.Expect
	if len(wanted) == 0 {
		wanted = success
	}
	if len(wanted) == 0 {
		return "2xx"
	}
	return strings.Join(wanted, " or ")
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
