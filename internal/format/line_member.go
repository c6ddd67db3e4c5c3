package format

import (
	"slices"

	"github.com/whk-cli/whk/internal/webhook"
)

// member is one of the members that a delivery in JSON may have.
type member uint8

const (
	memberID member = iota
	memberReceivedAt
	memberMethod
	memberURL
	memberRemote
	memberHeaders
	memberBody
	memberBase64
	memberSize
	memberDigest
	memberProvider
	memberEvent
	memberMessageID
	memberVerification
	memberResponse
	memberForwards
	memberType // of the lines that listen prints
	memberCount
)

var memberNames = [memberCount]string{"id", "received_at", "method", "url", "remote", "headers", "body", "body_base64", "body_size",
	"body_sha256", "provider", "event", "message_id", "verification", "response", "forwards", "type"}

// memberTexts are the names as whk writes them.
var memberTexts = [memberCount][]byte{[]byte(`"id":`), []byte(`"received_at":`), []byte(`"method":`), []byte(`"url":`), []byte(`"remote":`),
	[]byte(`"headers":`), []byte(`"body":`), []byte(`"body_base64":`), []byte(`"body_size":`), []byte(`"body_sha256":`), []byte(`"provider":`),
	[]byte(`"event":`), []byte(`"message_id":`), []byte(`"verification":`), []byte(`"response":`), []byte(`"forwards":`), []byte(`"type":`)}

// memberOf is the member of that name, memberCount if there is none.
func memberOf(name []byte) member {
	if i := slices.Index(memberNames[:], string(name)); i >= 0 {
		return member(i)
	}
	return memberCount
}

// copyMember copies a member that is often the same in many lines; false for one
// that is not.
func copyMember(dst, src *webhook.Delivery, m member) bool {
	switch m {
	case memberMethod:
		dst.Method = src.Method
	case memberURL:
		dst.URL = src.URL
	case memberRemote:
		dst.Remote = src.Remote
	case memberProvider:
		dst.Provider = src.Provider
	case memberEvent:
		dst.Event = src.Event
	case memberVerification:
		dst.Verification = src.Verification
	case memberResponse:
		dst.Response = src.Response
	case memberForwards:
		dst.Forwards = src.Forwards
	case memberType:
	default:
		return false
	}
	return true
}
