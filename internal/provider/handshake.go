package provider

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Handshake is a request with which a provider checks an endpoint before it
// delivers there, and the answer that it wants.
type Handshake struct {
	Method string     `yaml:"method"` // POST unless stated
	When   Conditions `yaml:"when"`   // all of these hold for such a request
	Signed bool       `yaml:"signed"` // it carries a signature like a delivery, which is checked before it is answered
	Keep   string     `yaml:"keep"`   // the place of the signing secret that it hands over: header:NAME, json:PATH
	Token  string     `yaml:"token"`  // the place of a text that the user entered beside the URL: query:NAME
	Answer Answer     `yaml:"answer"`
}

// Condition holds for a request that has a text at one place.
type Condition struct {
	Header string `yaml:"header"` // exactly one of these: a header,
	Query  string `yaml:"query"`  // a parameter of the query,
	JSON   string `yaml:"json"`   // a JSON path in the body,
	Form   string `yaml:"form"`   // a field of the body's form

	Is   string `yaml:"is"`   // the text; "" is any
	Only bool   `yaml:"only"` // the body has nothing else: with json, a name, and form
}

// Conditions are one or several of them.
type Conditions []Condition

// UnmarshalYAML takes one condition as well as a list.
func (c *Conditions) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.SequenceNode {
		var many []Condition
		err := node.Decode(&many)
		*c = many
		return err
	}
	var one Condition
	err := node.Decode(&one)
	*c = Conditions{one}
	return err
}

func (h *Handshake) check() error {
	if h.Method != "" && !slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodOptions}, h.Method) {
		return fmt.Errorf("method: %q is not one of GET, HEAD, POST, PUT, OPTIONS", h.Method)
	}
	if len(h.When) == 0 && h.Method == "" {
		return errors.New("when: it is missing: how a handshake differs from a delivery, unless its method does")
	}
	for _, c := range h.When {
		if err := c.check(); err != nil {
			return fmt.Errorf("when: %w", err)
		}
	}
	if err := checkPlace(h.Keep); err != nil {
		return fmt.Errorf("keep: %w", err)
	}
	if err := checkPlace(h.Token); err != nil {
		return fmt.Errorf("token: %w", err)
	}
	if h.Token != "" && h.Signed {
		return errors.New("token: a signed handshake needs none; remove signed or token")
	}
	if err := h.Answer.check(); err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	if h.Answer.keyed() && !h.Signed {
		return errors.New("answer: what is computed with the secret is for a request that is signed; add signed: true")
	}
	return nil
}

func (c Condition) check() error {
	stated := 0
	for _, name := range []string{c.Header, c.Query, c.JSON, c.Form} {
		if name != "" {
			stated++
		}
	}
	if stated != 1 {
		return errors.New("a condition looks at one of header, query, json, form: {json: type, is: ping}")
	}
	if c.Only && (c.Header+c.Query != "" || strings.ContainsAny(c.JSON, ".#*?|@")) {
		return errors.New("only goes with json, a name and no path, or form")
	}
	return nil
}
