package provider

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/whk-cli/whk/internal/webhook"
)

// Answer is the response that a provider wants to a request. Its texts may hold
// ${query:NAME}, ${json:PATH}, ${form:NAME}, ${header:NAME}, ${body}, and
// ${hmac:PLACE}, the HMAC-SHA256 in hex of what is at a place, keyed with the
// signing secret.
type Answer struct {
	Status  int       `yaml:"status"`  // 200 to 299; 200 unless stated
	Type    string    `yaml:"type"`    // text/plain or application/json; the latter for JSON, else the former, unless stated
	Body    string    `yaml:"body"`    // a text; at most one of Body and JSON
	JSON    yaml.Node `yaml:"json"`    // a value, sent as JSON in its order
	Headers Sets      `yaml:"headers"` // in addition
}

// EventAnswer is the answer to deliveries of some event types.
type EventAnswer struct {
	Event  string `yaml:"event"` // a glob of event types as they arrive
	Answer `yaml:",inline"`
}

func (a *EventAnswer) check() error {
	if a.Event == "" {
		return errors.New("event: it is missing: the event types that the answer is for")
	}
	return a.Answer.check()
}

// ownHeaders are set by the server, or would make a browser act.
var ownHeaders = []string{"Connection", "Content-Encoding", "Content-Length", "Content-Type", "Date", "Keep-Alive", "Link", "Location",
	"Refresh", "Set-Cookie", "Trailer", "Transfer-Encoding", "Upgrade", "Www-Authenticate"}

func (a *Answer) check() error {
	if a.Status != 0 && (a.Status < 200 || a.Status > 299) {
		return fmt.Errorf("status: %d is not 200 to 299", a.Status)
	}
	// What a stranger sent must not come back as a page.
	if kind, _, err := mime.ParseMediaType(a.Type); a.Type != "" && (err != nil || kind != "text/plain" && kind != "application/json") {
		return fmt.Errorf("type: %q is not one of text/plain, application/json", a.Type)
	}
	if a.Body != "" && !a.JSON.IsZero() {
		return errors.New("body and json are two ways to say it; leave one out")
	}
	for _, h := range a.Headers {
		name := http.CanonicalHeaderKey(h.Name)
		if !webhook.IsToken(name) || slices.Contains(ownHeaders, name) || strings.HasPrefix(name, "Access-Control-") {
			return fmt.Errorf("headers: %q cannot be set here", h.Name)
		}
	}
	for _, text := range a.texts() {
		if err := checkAnswerText(text); err != nil {
			return err
		}
	}
	return nil
}

// keyed reports whether the answer is computed with the secret.
func (a *Answer) keyed() bool {
	return slices.ContainsFunc(a.texts(), func(text string) bool { return strings.Contains(text, "${hmac:") })
}

func (a *Answer) texts() []string {
	texts := []string{a.Body}
	for _, h := range a.Headers {
		texts = append(texts, h.Value)
	}
	return appendTexts(texts, &a.JSON)
}

// appendTexts collects the strings inside a YAML value.
func appendTexts(texts []string, node *yaml.Node) []string {
	if node.Kind == yaml.ScalarNode {
		return append(texts, node.Value)
	}
	for _, child := range node.Content {
		texts = appendTexts(texts, child)
	}
	return texts
}

// checkAnswerText refuses placeholders that an answer can not have.
func checkAnswerText(text string) error {
	for {
		_, rest, ok := strings.Cut(text, "${")
		if !ok {
			return nil
		}
		name, after, ok := strings.Cut(rest, "}")
		if !ok {
			return fmt.Errorf("%q has no closing }", text)
		}
		if name != "body" {
			place := strings.TrimPrefix(name, "hmac:")
			if err := checkPlace(place); err != nil || place == "" || strings.HasPrefix(place, "jwt:") {
				return fmt.Errorf("${%s} is not known: use body, query:NAME, json:PATH, form:NAME, header:NAME or hmac: before one of these", name)
			}
		}
		text = after
	}
}
