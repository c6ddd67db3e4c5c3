package cmd

import (
	"context"
	"errors"
	"fmt"
)

// The exit codes. Scripts rely on them; docs/exit-codes.md explains them.
const (
	exitOK           = 0
	exitFailed       = 1   // could not do it: file, network, no answer at all
	exitUsage        = 2   // wrong command line or configuration
	exitNotAuthentic = 3   // checked, and not authentic
	exitUnwanted     = 4   // answered, but not as wanted
	exitInterrupted  = 130 // interrupted before a verdict
)

// exitError is an error with the code that whk exits with.
type exitError struct {
	code  int
	err   error // nil when it was printed already
	hints []string
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usageError is a mistake in the command line or configuration.
func usageError(err error, hints ...string) error {
	return &exitError{code: exitUsage, err: err, hints: hints}
}

func usagef(format string, args ...any) error { return usageError(fmt.Errorf(format, args...)) }

// failed is something that could not be done.
func failed(err error, hints ...string) error {
	return &exitError{code: exitFailed, err: err, hints: hints}
}

// ended is an error that carries only a code, whose reason was printed already;
// nil for success.
func ended(code int) error {
	if code == exitOK {
		return nil
	}
	return &exitError{code: code}
}

// hinted adds hints to an error without changing its code.
func hinted(err error, hints ...string) error {
	var e *exitError
	if errors.As(err, &e) {
		return &exitError{code: e.code, err: e.err, hints: append(e.hints, hints...)}
	}
	return failed(err, hints...)
}

// interruptedOr is err, or the end of ctx where that may be its cause: not every
// package says so in its error.
func interruptedOr(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// worse combines the codes of several results: a result that could not be had
// counts most, then one that is not authentic, then one that was not wanted.
func worse(a, b int) int {
	for _, code := range []int{exitInterrupted, exitUsage, exitFailed, exitNotAuthentic, exitUnwanted} {
		if a == code || b == code {
			return code
		}
	}
	return exitOK
}

// finish prints what an error has to say and returns its code.
func (app *App) finish(err error) int {
	if app.held.stop != nil {
		defer app.held.stop()
	}
	if err == nil {
		return exitOK
	}
	e := &exitError{code: exitFailed, err: err}
	errors.As(err, &e)
	if errors.Is(err, context.Canceled) {
		e = &exitError{code: exitInterrupted, err: errors.New("interrupted"), hints: e.hints}
	}
	if e.err == nil {
		return e.code
	}
	e.hints = append(e.hints, damageHints(err)...)
	if len(e.hints) == 0 {
		e.hints = diskHints(err)
	}
	text := app.scrub(e.err.Error())
	if app.global.JSON {
		app.IO.PrintErrorJSON(errors.New(text), e.code, e.hints...)
	} else {
		app.IO.PrintError(errors.New(text), e.hints...)
	}
	return e.code
}

// hintsOf are the hints of an error that has some.
func hintsOf(err error) []string {
	var e *exitError
	if errors.As(err, &e) {
		return e.hints
	}
	return nil
}
