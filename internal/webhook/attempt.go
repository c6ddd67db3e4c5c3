package webhook

import "time"

// Request is one HTTP request that is to be sent: the product of building and
// signing, or of a capture that is replayed.
type Request struct {
	Method string
	URL    string // absolute
	Header Header // in the order in which they go on the wire; an empty User-Agent sends none
	Body   []byte // exact bytes; nil sends none
}

// Attempt is the result of one HTTP request of a delivery.
type Attempt struct {
	Status   int    // the answer's status, 0 when there was none
	Error    string // the class of the error, one of the Class constants; "" after an answer
	Detail   string // one sentence about the error for a person
	Hint     string // what to do about it, "" when there is nothing to say
	Header   Header // of the answer
	Body     []byte // of the answer, at most what the sender keeps
	BodySize int64  // bytes read of the answer's body; more than len(Body) when it was cut
	Location string // where a redirect pointed
	Duration time.Duration
	Success  Answers // what acknowledges; nil is 2xx
}

// The classes of an attempt without a usable answer.
const (
	ClassRefused   = "refused"    // nothing listens there
	ClassDNS       = "dns"        // the name has no address
	ClassTLS       = "tls"        // no trusted encrypted connection
	ClassTimeout   = "timeout"    // connect, first byte or the whole took too long
	ClassReset     = "reset"      // the peer broke the connection
	ClassBadAnswer = "bad_answer" // not HTTP, or cut short
	ClassCanceled  = "canceled"   // interrupted here
	ClassNetwork   = "network"    // anything else between here and there
	ClassInvalid   = "invalid"    // a request that HTTP cannot carry; nothing was sent
	ClassDropped   = "dropped"    // too much was waiting to be sent; nothing was sent
	ClassAborted   = "aborted"    // broken off here on purpose
)

// Acknowledged reports whether the answer was one of Success.
func (a *Attempt) Acknowledged() bool {
	if a.Success != nil {
		return a.Success.Match(a)
	}
	return a.Error == "" && a.Status >= 200 && a.Status < 300
}
