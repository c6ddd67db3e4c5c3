package signing

import (
	"fmt"
	"time"
)

// Reason says in one word why a message is not authentic. The words are those
// of whk's JSON.
type Reason string

// The reasons that verifying can give.
const (
	Missing         Reason = "missing"
	Malformed       Reason = "malformed"
	DuplicateHeader Reason = "duplicate_header"
	Mismatch        Reason = "mismatch"
	Stale           Reason = "stale"
	Future          Reason = "future"
	Expired         Reason = "expired"
	NotYetValid     Reason = "not_yet_valid"
	WrongAlgorithm  Reason = "wrong_algorithm"
	EmptySecret     Reason = "empty_secret"
)

// Error says that a message is not authentic and explains it to a person. It
// holds no secret and no expected signature, so it may be shown anywhere; Found
// quotes what the message said and so is a stranger's text.
type Error struct {
	Reason   Reason
	Detail   string // what is wrong, one clause
	Expected string // what the scheme asks for; "" when Detail says it
	Found    string // what the message has; "" when Detail says it
	Next     string // what to do about it; "" when nothing is known

	// At is a time as of which the message is neither too old nor too early, where
	// that is all that is wrong with it; else zero.
	At time.Time
}

func (e *Error) Error() string { return e.Detail }

// Is makes errors.Is compare reasons, so that the values below match any error
// of their reason.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Reason == e.Reason
}

// One value a reason, for errors.Is.
var (
	ErrMissing         = &Error{Reason: Missing, Detail: "no signature"}
	ErrMalformed       = &Error{Reason: Malformed, Detail: "malformed signature"}
	ErrDuplicateHeader = &Error{Reason: DuplicateHeader, Detail: "signature header stands twice"}
	ErrMismatch        = &Error{Reason: Mismatch, Detail: "signature does not match"}
	ErrStale           = &Error{Reason: Stale, Detail: "timestamp too old"}
	ErrFuture          = &Error{Reason: Future, Detail: "timestamp in the future"}
	ErrExpired         = &Error{Reason: Expired, Detail: "token expired"}
	ErrNotYetValid     = &Error{Reason: NotYetValid, Detail: "token not yet valid"}
	ErrWrongAlgorithm  = &Error{Reason: WrongAlgorithm, Detail: "token of another algorithm"}
	ErrEmptySecret     = &Error{Reason: EmptySecret, Detail: "the secret is empty"}
)

func refuse(reason Reason, format string, args ...any) *Error {
	return &Error{Reason: reason, Detail: fmt.Sprintf(format, args...)}
}
