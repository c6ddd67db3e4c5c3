package diagnosis

import (
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/whk-cli/whk/internal/signing"
)

// Names under which bodies tell their event type and their ID.
var (
	typeFields = []string{"type", "event", "event_type", "eventType", "event_name", "eventName", "topic", "action", "name"}
	idFields   = []string{"id", "event_id", "eventId", "message_id", "uuid"}
	typeWords  = []string{"event", "topic"}
)

var eventText = pattern{text: `^[A-Za-z][A-Za-z0-9]*(?:[._:/-][A-Za-z0-9]+)*$`}

// eventPlace is where a request of nobody's seems to tell its event type, "" when
// nothing looks like one.
func eventPlace(m *signing.Message) string {
	looks := func(text string) bool { return len(text) <= 80 && eventText.regexp().MatchString(text) }
	for _, name := range otherHeaders(m.Header, nil) {
		last := name[strings.LastIndexByte(name, '-')+1:]
		isEvent := slices.ContainsFunc(append(typeWords, "type"), func(w string) bool { return strings.EqualFold(last, w) })
		if isEvent && name != "Content-Type" && looks(m.Header[name][0]) {
			return "header:" + name
		}
	}
	for _, name := range typeFields {
		if v := gjson.GetBytes(m.Body, name); v.Type == gjson.String && looks(v.Str) {
			return "json:" + name
		}
	}
	return ""
}

// idPlace is where such a request seems to tell its message ID.
func idPlace(m *signing.Message) string {
	for _, h := range idsIn(m.Header) {
		return "header:" + h.name
	}
	for _, name := range idFields {
		if v := gjson.GetBytes(m.Body, name); v.Type == gjson.String && v.Str != "" || v.Type == gjson.Number {
			return "json:" + name
		}
	}
	return ""
}
