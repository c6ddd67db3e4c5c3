package provider

import (
	"fmt"
	"sync"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/whk-cli/whk/internal/signing"
)

// Provider is one provider's conventions, as its provider.yaml states them with
// the chosen variants laid over. The zero value of a field means that the
// provider has none of it.
type Provider struct {
	Name  string `yaml:"name"`
	Title string `yaml:"title"`
	Docs  string `yaml:"docs"` // where the provider documents its webhooks

	Recognise Recognise      `yaml:"recognise"`
	Signature Signature      `yaml:"signature"`
	Secret    SecretFormat   `yaml:"secret"`
	Event     EventPlaces    `yaml:"event"`
	Checks    []Check        `yaml:"checks"`
	Request   RequestShape   `yaml:"request"`
	Delivery  DeliveryPolicy `yaml:"delivery"`
	Endpoint  EndpointShape  `yaml:"endpoint"`
	Handshake []Handshake    `yaml:"handshake"`
	Answers   []EventAnswer  `yaml:"answers"` // to deliveries that want more than an acknowledgement

	Example  string               `yaml:"example"` // the event type of examples; the first one unless stated
	Events   map[string]EventInfo `yaml:"events"`
	Variants map[string]Variant   `yaml:"variants"`

	// BodySets and ClaimSets are fields that the chosen variants set in a sample's
	// body and in its token's claims, placeholders allowed. Only a variant has them.
	BodySets  Sets `yaml:"body"`
	ClaimSets Sets `yaml:"claims"`

	Chosen []string `yaml:"-"` // the variants laid over

	scheme *signing.Scheme
	folder folder

	impliedMu sync.Mutex
	implied   map[string]*Provider // by the variant that a message showed
}

// Signature is the provider's signature scheme.
type Signature struct {
	signing.Spec `yaml:",inline"`
	// Or are alternatives, each laid over the rest: a message is authentic when
	// it is under any of them. See [signing.Compile] for which secret goes where.
	Or []yaml.Node `yaml:"or"`
}

// SecretFormat is what a signing secret of the provider looks like. Where the
// scheme has a pair of keys, its key says how they are written, and Prefix and
// PublicPrefix are all that is used here.
type SecretFormat struct {
	Bytes        int    `yaml:"bytes"`         // random bytes in a generated one; 32 unless stated
	Encoding     string `yaml:"encoding"`      // of the random bytes: hex (default), base64, base64url
	Prefix       string `yaml:"prefix"`        // before the encoded bytes
	PublicPrefix string `yaml:"public_prefix"` // before the public key of a pair
	MaxChars     int    `yaml:"max_chars"`     // the provider's limit; 0 is none
}

// EventPlaces says where a request tells its event type, message ID and time.
type EventPlaces struct {
	Type    Rules `yaml:"type"`
	ID      Rules `yaml:"id"`
	Created Rules `yaml:"created"`
	// Groups are for event types that can not be told apart on receipt: the
	// suffix under which they arrive, with globs of those types.
	Groups map[string][]string `yaml:"groups"`
}

// Rules are tried in order; the first that gives a text wins.
type Rules []Rule

// Rule reads one text from a request. In YAML it may be just the place.
type Rule struct {
	Of         string            `yaml:"of"`          // the place: header:NAME, json:PATH, form:NAME, query:NAME, jwt:CLAIM
	If         string            `yaml:"if"`          // another place, which must not be empty
	Map        map[string]string `yaml:"map"`         // the text is looked up here
	Starts     map[string]string `yaml:"starts"`      // the text's beginning is looked up here
	TrimSuffix string            `yaml:"trim_suffix"` // taken off the text, once
	Then       string            `yaml:"then"`        // put behind it
	Plus       string            `yaml:"plus"`        // a place whose text is put behind that; if it is empty, Then is left out, too
}

// UnmarshalYAML takes a place as well as a mapping.
func (r *Rule) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		return node.Decode(&r.Of)
	}
	type plain Rule
	return node.Decode((*plain)(r))
}

// UnmarshalYAML takes one rule as well as a list.
func (r *Rules) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.SequenceNode {
		*r = nil
		for _, item := range node.Content {
			var rule Rule
			if err := rule.UnmarshalYAML(item); err != nil {
				return err
			}
			*r = append(*r, rule)
		}
		return nil
	}
	var rule Rule
	if err := rule.UnmarshalYAML(node); err != nil {
		return err
	}
	*r = Rules{rule}
	return nil
}

// Check is a check of an authentic delivery; if it fails, that is a warning.
// Exactly one field is set.
type Check struct {
	Present  []string `yaml:"present"`   // JSON paths that must be there
	Same     []string `yaml:"same"`      // places that must hold one text, where both are there
	AsSample string   `yaml:"as_sample"` // a JSON path whose value must be that of the event type's sample
	Time     string   `yaml:"time"`      // a JSON path that must hold a time
}

// RequestShape is what a request of the provider looks like besides its body.
type RequestShape struct {
	Method   string `yaml:"method"`   // POST unless stated
	Path     string `yaml:"path"`     // where samples go on a target without a path
	Encoding string `yaml:"encoding"` // how a sample, which is JSON, is sent: json (default), or form for its fields
	Headers  Sets   `yaml:"headers"`
}

// Set gives a name a value; placeholders are allowed in the value.
type Set struct{ Name, Value string }

// Sets keep the order of the file, which is the order on the wire.
type Sets []Set

// UnmarshalYAML reads a mapping in its order.
func (s *Sets) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: a mapping is needed", node.Line)
	}
	*s = nil
	for i := 0; i+1 < len(node.Content); i += 2 {
		*s = append(*s, Set{node.Content[i].Value, node.Content[i+1].Value})
	}
	return nil
}

// Duration is a time.Duration written as in Go: 5s, 10m, 1h30m.
type Duration time.Duration

// UnmarshalYAML reads Go's form.
func (d *Duration) UnmarshalYAML(node *yaml.Node) error {
	v, err := time.ParseDuration(node.Value)
	if err != nil || v < 0 {
		return fmt.Errorf("line %d: %q is not a duration such as 5s or 10m", node.Line, node.Value)
	}
	*d = Duration(v)
	return nil
}

// EventInfo is what the sample's file name can not say about an event type.
type EventInfo struct {
	Title    string   `yaml:"title"`
	Aliases  []string `yaml:"aliases"`  // other names that select it
	Assumed  bool     `yaml:"assumed"`  // the provider does not state its name or form
	Encoding string   `yaml:"encoding"` // how its sample is sent, where not as the request's encoding says: json, form
	File     string   `yaml:"file"`     // the sample's file below events/, for a name that no file system takes
}

// Variant is a part of provider.yaml that is laid over the rest when it is
// chosen: what it states replaces what is stated outside.
type Variant struct {
	Title   string
	Default bool       // the provider is this without a choice
	Overlay *yaml.Node // what is laid over the rest, a mapping
}

// UnmarshalYAML keeps the part that is laid over the rest for later.
func (v *Variant) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: a variant is a mapping", node.Line)
	}
	rest := *node
	rest.Content = nil
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		var err error
		switch key.Value {
		case "title":
			err = value.Decode(&v.Title)
		case "default":
			err = value.Decode(&v.Default)
		case "name", "variants":
			err = fmt.Errorf("line %d: a variant has no %s", key.Line, key.Value)
		default:
			rest.Content = append(rest.Content, key, value)
		}
		if err != nil {
			return err
		}
	}
	v.Overlay = &rest
	return nil
}
