package store

import (
	"errors"
	"fmt"
)

var (
	// ErrNotRunning is returned for an attempt to an endpoint that is disabled
	// or paused.
	ErrNotRunning = errors.New("the endpoint takes no deliveries")
	// ErrNoAttempt is returned for an attempt that was never made, or is no
	// longer kept.
	ErrNoAttempt = errors.New("no such attempt")
)

// UnknownEndpointError is a name that no endpoint has.
type UnknownEndpointError struct {
	Name  string
	Known []string // all names there are, in alphabetical order
}

func (e *UnknownEndpointError) Error() string { return fmt.Sprintf("no endpoint is called %q", e.Name) }

// EndpointExistsError is a name that is taken.
type EndpointExistsError struct{ Name string } // as the one that has it spells it

func (e *EndpointExistsError) Error() string {
	return fmt.Sprintf("there is an endpoint called %q already", e.Name)
}
