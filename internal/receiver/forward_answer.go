package receiver

import (
	"net/http"

	"github.com/whk-cli/whk/internal/webhook"
)

// AnswerOf is a target's answer as one to the sender of the delivery: 504 where
// there was none in time, 502 where there was none at all. A body that the
// attempt did not keep whole is left out.
func AnswerOf(a webhook.Attempt) Answer {
	switch {
	case a.Error == webhook.ClassTimeout:
		return *text(http.StatusGatewayTimeout, "the target did not answer in time\n")
	case a.Error != "" || a.Status < 200:
		return *text(http.StatusBadGateway, "the target did not answer\n")
	case a.BodySize > int64(len(a.Body)):
		return Answer{Status: a.Status}
	}
	return Answer{Status: a.Status, Header: a.Header, Body: a.Body}
}
