package signing

import "time"

// Spec is a signature scheme as provider.yaml states it; [Compile] checks it
// and makes it usable. A field's comment says what its zero value means.
type Spec struct {
	// Where the signature travels: exactly one of Header, Numbered, PerKey and From.
	Header   string   `yaml:"header"`   // the header that carries the signature; as spelled here on what is sent
	Accept   []string `yaml:"accept"`   // header: others that may carry it instead, tried in this order on receipt
	Send     []string `yaml:"send"`     // header: those that carry it on what is sent; none means Header
	Numbered string   `yaml:"numbered"` // the beginning of header names: NAME1, NAME2 and so on carry one signature each
	PerKey   []string `yaml:"per_key"`  // headers with the signature of one key each
	From     string   `yaml:"from"`     // a place in the body: json:PATH or form:NAME
	Each     string   `yaml:"each"`     // from: the JSON path of an array; From, and json: among Signed, are then paths in each item

	Grammar   string   `yaml:"grammar"`   // bare (default), pairs (t=…,v1=…), list (v1,… v1,…), bearer
	Prefix    string   `yaml:"prefix"`    // bare: text that must stand before the signature, such as "sha256="
	Separator string   `yaml:"separator"` // pairs: between fields; a comma unless stated. Blanks around it are allowed
	Versions  []string `yaml:"versions"`  // pairs and list: the keys whose values are signatures; others are passed over

	Algorithm string   `yaml:"algorithm"` // see Algorithms
	Encoding  string   `yaml:"encoding"`  // of the signature: hex (default), base64, base64url
	Signed    []string `yaml:"signed"`    // the message, parts joined; the body alone unless stated
	SignedOr  []string `yaml:"signed_or"` // whole messages that are accepted on receipt besides

	Key               string  `yaml:"key"`                 // how the secret becomes the key: text (default), base64, base64url, hex, spki, jwk
	KeyPrefix         Strings `yaml:"key_prefix"`          // what secrets of this scheme begin with; taken off before decoding
	KeyPrefixRequired bool    `yaml:"key_prefix_required"` // a secret without any of them is not for this scheme
	KeyBytes          *Range  `yaml:"key_bytes"`           // how long a key may be once it is decoded

	ID        string     `yaml:"id"`        // where ${id} comes from: header:NAME
	Timestamp *ClockSpec `yaml:"timestamp"` // where ${timestamp} comes from, and how old it may be
	Guards    []Guard    `yaml:"guards"`    // what must hold besides the signature

	Claims *ClaimsSpec `yaml:"claims"` // tokens only
}

// Strings is one text or a list of texts.
type Strings []string

// UnmarshalYAML takes one text as well as a list.
func (s *Strings) UnmarshalYAML(unmarshal func(any) error) error {
	var one string
	if unmarshal(&one) == nil {
		*s = Strings{one}
		return nil
	}
	var many []string
	err := unmarshal(&many)
	*s = many
	return err
}

// Range is a number of bytes, both ends included; Max of 0 is no limit.
type Range struct {
	Min int `yaml:"min"`
	Max int `yaml:"max"`
}

// ClockSpec is a scheme's timestamp.
type ClockSpec struct {
	From   string `yaml:"from"`   // header:NAME, field:KEY (of the signature header), json:PATH, form:NAME, query:NAME, claim:NAME (of a token)
	Unit   string `yaml:"unit"`   // s (default), ms, rfc3339, http-date
	Past   string `yaml:"past"`   // how old it may be; 5m unless stated; none switches the check off
	Future string `yaml:"future"` // how far ahead it may be; as Past unless stated
}

// Guard is a condition on the request besides its signature. What is sent gets
// the header, the query parameter or the claim; the body is never changed for it.
type Guard struct {
	Header string `yaml:"header"` // the one that must have a value: a header,
	Query  string `yaml:"query"`  // a parameter of the URL's query,
	JSON   string `yaml:"json"`   // a JSON path in the body,
	Claim  string `yaml:"claim"`  // or a claim of the token

	Is       string `yaml:"is"`       // the value; parts such as ${body:sha256} are allowed
	Optional bool   `yaml:"optional"` // it may also be absent
}

// ClaimsSpec says what a token claims.
type ClaimsSpec struct {
	Alone   bool        `yaml:"alone"`   // the claims repeat nothing of the body: they are those of Else, none without it
	Else    string      `yaml:"else"`    // the file with the claims for a body that does not carry Compare's first field
	Expires ExpiresSpec `yaml:"expires"` // how exp is made; the zero value makes none
	Compare []string    `yaml:"compare"` // claims that the body repeats; a difference is a warning
	Leeway  string      `yaml:"leeway"`  // how long past exp, and before nbf, a token is still taken
}

// ExpiresSpec is the claim exp: a sum of two other claims, or a time from now.
type ExpiresSpec struct {
	After string `yaml:"after"` // the claim that holds the start, RFC 3339
	By    string `yaml:"by"`    // the claim that holds the seconds from there
	In    string `yaml:"in"`    // the time from now where no claim says it; 10m unless stated
}

// DefaultTolerance is the greatest distance from now, either way, of a
// timestamp whose scheme states none.
const DefaultTolerance = 5 * time.Minute

// Limits on what a stranger can make a verifier look at.
const (
	MaxSignatureHeader = 8 << 10 // bytes of the signature header
	MaxCandidates      = 16      // signatures in one request
	MaxID              = 256     // bytes of a message ID that is part of the signed bytes
	MaxItems           = 1000    // items of a body that are signed one by one
)

// Clone copies s deeply enough that decoding YAML into the copy does not change
// s.
func (s Spec) Clone() Spec {
	if s.Timestamp != nil {
		c := *s.Timestamp
		s.Timestamp = &c
	}
	if s.Claims != nil {
		c := *s.Claims
		s.Claims = &c
	}
	if s.KeyBytes != nil {
		c := *s.KeyBytes
		s.KeyBytes = &c
	}
	return s
}
