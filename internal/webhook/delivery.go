// Package webhook is the vocabulary of whk: what a delivery, an attempt and a
// verdict are, and the one JSON form in which every command reads and writes
// them. It has types and little behaviour, and knows no other package of whk.
package webhook

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// Delivery is one message to one endpoint, as it was received, or as it is to
// be sent.
//
// Body is the exact bytes; nothing in whk changes them. URL is absolute. The
// zero values of the other fields mean "not known".
type Delivery struct {
	ID         string    // given by the store; sorts by time of capture; "" when not captured
	ReceivedAt time.Time // nanoseconds, UTC
	Method     string
	URL        string
	Remote     string // the peer's address and port
	Header     Header
	Body       []byte

	Provider  string // its folder's name; "" when none was recognised
	Event     string // the event type
	MessageID string // the sender's own id of the message
	Handshake bool   // it checks that the endpoint is its user's, and has no event

	Verification Verification
	Response     Response  // what the sender was answered
	Forwards     []Forward // what targets answered, in the order in which they did
}

// Status is a verdict on a delivery's authenticity.
type Status string

// The three verdicts. Unverified means that no check was made: no provider
// matched, or checking was switched off.
const (
	Authentic    Status = "authentic"
	NotAuthentic Status = "not_authentic"
	Unverified   Status = "unverified"
)

// Reason says why a delivery is not authentic, in one word of a fixed list.
type Reason string

// The reasons. Only ever added to, since scripts read them.
const (
	ReasonMissing         Reason = "missing"              // no signature where the scheme has one
	ReasonMalformed       Reason = "malformed"            // a signature, timestamp or id that the scheme does not allow
	ReasonDuplicateHeader Reason = "duplicate_header"     // a header that must be single stands twice
	ReasonMismatch        Reason = "mismatch"             // well formed, and not what any of the secrets gives
	ReasonStale           Reason = "stale"                // signed longer ago than the tolerance
	ReasonFuture          Reason = "future"               // signed further ahead than the tolerance
	ReasonExpired         Reason = "expired"              // a token past its exp
	ReasonNotYetValid     Reason = "not_yet_valid"        // a token before its nbf
	ReasonWrongAlgorithm  Reason = "wrong_algorithm"      // a token that asks for another algorithm
	ReasonEmptySecret     Reason = "empty_secret"         // nothing to check with
	ReasonNoSecret        Reason = "no_secret_configured" // only whk's development secret was known, and it does not match
	ReasonReplayed        Reason = "replayed"             // authentic, and seen before, where that is refused
	ReasonStrict          Reason = "strict"               // a warning, where warnings are refusals
)

// Verification is the verdict on one delivery.
type Verification struct {
	Status     Status   `json:"status"`
	Reason     Reason   `json:"reason,omitempty"`     // set when not authentic
	Detail     string   `json:"detail,omitempty"`     // one sentence for a person; holds no secret and no expected signature
	Warnings   []string `json:"warnings,omitempty"`   // what an authentic delivery leaves open
	Candidates []string `json:"candidates,omitempty"` // the providers tried, when none authenticated it
}

// Response is the answer to the sender of a delivery.
type Response struct {
	Status int    `json:"status"`           // 0 when not known, or when there was none
	Played string `json:"played,omitempty"` // the script's item that made it: delay=6s,503, or reset
}

// Forward is the outcome of passing a captured delivery on to one target.
type Forward struct {
	URL        string  `json:"url"`
	Status     int     `json:"status"`      // 0 when there was no answer
	DurationMS float64 `json:"duration_ms"` // from dialling to the end of the answer
	Error      string  `json:"error"`       // the error's class when there was no answer, "" otherwise
}

type deliveryJSON struct {
	ID           string        `json:"id,omitempty"`
	ReceivedAt   string        `json:"received_at,omitempty"`
	Method       string        `json:"method,omitempty"`
	URL          string        `json:"url,omitempty"`
	Remote       string        `json:"remote,omitempty"`
	Headers      Header        `json:"headers"`
	Body         *string       `json:"body,omitempty"`
	BodyBase64   *string       `json:"body_base64,omitempty"`
	BodySize     *int          `json:"body_size,omitempty"`
	BodySHA256   string        `json:"body_sha256,omitempty"`
	Provider     string        `json:"provider,omitempty"`
	Event        string        `json:"event,omitempty"`
	MessageID    string        `json:"message_id,omitempty"`
	Handshake    bool          `json:"handshake,omitempty"`
	Verification *Verification `json:"verification,omitempty"`
	Response     *Response     `json:"response,omitempty"`
	Forwards     []Forward     `json:"forwards,omitempty"`
}

// MarshalJSON writes the one form of a delivery. The body is "body" when it is
// valid UTF-8 and "body_base64" otherwise, so that its bytes survive.
func (d *Delivery) MarshalJSON() ([]byte, error) {
	sum := sha256.Sum256(d.Body)
	size := len(d.Body)
	j := deliveryJSON{
		ID: d.ID, Method: d.Method, URL: d.URL, Remote: d.Remote, Headers: d.Header,
		BodySize: &size, BodySHA256: hex.EncodeToString(sum[:]),
		Provider: d.Provider, Event: d.Event, MessageID: d.MessageID, Handshake: d.Handshake, Forwards: d.Forwards,
	}
	if !d.ReceivedAt.IsZero() {
		j.ReceivedAt = d.ReceivedAt.UTC().Format(time.RFC3339Nano)
	}
	if utf8.Valid(d.Body) {
		text := string(d.Body)
		j.Body = &text
	} else {
		text := base64.StdEncoding.EncodeToString(d.Body)
		j.BodyBase64 = &text
	}
	if d.Verification.Status != "" {
		j.Verification = &d.Verification
	}
	if d.Response != (Response{}) {
		j.Response = &d.Response
	}
	return marshal(j)
}

// Errors of reading a delivery's JSON.
var (
	// ErrNoBody is JSON that has neither body nor body_base64.
	ErrNoBody = errors.New(`a delivery needs "body" or "body_base64"`)
	// ErrNoHeaders is JSON that has no headers.
	ErrNoHeaders = errors.New(`a delivery needs "headers"`)
	// ErrChanged is a body that is not the one that was captured. The delivery is
	// read all the same, with the body that is there.
	ErrChanged = errors.New("its bytes were changed")
)

// UnmarshalJSON reads the form that MarshalJSON writes. Only headers and a body
// are needed: [ErrNoHeaders] and [ErrNoBody] say what is missing. A body whose
// size or digest contradicts body_size or body_sha256 is [ErrChanged].
func (d *Delivery) UnmarshalJSON(data []byte) error {
	var j deliveryJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	if j.Headers == nil && !bytes.Contains(data, []byte(`"headers"`)) {
		return ErrNoHeaders
	}
	*d = Delivery{
		ID: j.ID, Method: j.Method, URL: j.URL, Remote: j.Remote, Header: j.Headers,
		Provider: j.Provider, Event: j.Event, MessageID: j.MessageID, Handshake: j.Handshake, Forwards: j.Forwards,
	}
	switch {
	case j.Body != nil && j.BodyBase64 != nil:
		return errors.New(`a delivery has both "body" and "body_base64"`)
	case j.Body != nil:
		d.Body = []byte(*j.Body)
	case j.BodyBase64 != nil:
		body, err := base64.StdEncoding.Strict().DecodeString(*j.BodyBase64)
		if err != nil {
			return fmt.Errorf("body_base64: %w", err)
		}
		d.Body = body
	default:
		return ErrNoBody
	}
	if j.ReceivedAt != "" {
		at, err := time.Parse(time.RFC3339Nano, j.ReceivedAt)
		if err != nil {
			return fmt.Errorf("received_at %q is not RFC 3339", j.ReceivedAt)
		}
		d.ReceivedAt = at.UTC()
	}
	if j.Verification != nil {
		d.Verification = *j.Verification
	}
	if j.Response != nil {
		d.Response = *j.Response
	}
	return j.checkBody(d.Body)
}

// checkBody compares a body with the size and digest from when it was captured.
func (j *deliveryJSON) checkBody(body []byte) error {
	if j.BodySize != nil && *j.BodySize != len(body) {
		return fmt.Errorf("body has %d bytes, body_size says %d: %w", len(body), *j.BodySize, ErrChanged)
	}
	if j.BodySHA256 != "" {
		if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != j.BodySHA256 {
			return fmt.Errorf("body does not match body_sha256: %w", ErrChanged)
		}
	}
	return nil
}

// marshal is json.Marshal without the escaping of <, > and &, which would make
// captured text harder to read and compare.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
