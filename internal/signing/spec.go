package signing

import "time"

// Spec is a signature scheme as provider.yaml states it; [Compile] checks it
// and makes it usable. The zero value of a field means what its comment says.
type Spec struct {
	Header string   `yaml:"header"` // the header that carries the signature; as spelled here on what is sent
	Accept []string `yaml:"accept"` // other headers that may carry it instead, tried in this order on receipt
	Send   []string `yaml:"send"`   // the headers that carry it on what is sent; none means Header

	Grammar   string   `yaml:"grammar"`   // bare (default), pairs (t=…,v1=…), list (v1,… v1,…), bearer
	Prefix    string   `yaml:"prefix"`    // bare: text that must stand before the signature, such as "sha256="
	Separator string   `yaml:"separator"` // pairs: between fields; a comma unless stated. Blanks around it are allowed
	Versions  []string `yaml:"versions"`  // pairs and list: the keys whose values are signatures; others are passed over

	Algorithm string   `yaml:"algorithm"`  // see Algorithms
	Key       string   `yaml:"key"`        // how the secret becomes the key: text (default), base64, hex
	KeyPrefix string   `yaml:"key_prefix"` // taken off the secret before decoding, where present
	Encoding  string   `yaml:"encoding"`   // of the signature: hex (default), base64, base64url
	Signed    []string `yaml:"signed"`     // the message, parts joined; the body alone unless stated

	ID        string     `yaml:"id"`        // where ${id} comes from: header:NAME
	Timestamp *ClockSpec `yaml:"timestamp"` // where ${timestamp} comes from, and how old it may be
	Guards    []Guard    `yaml:"guards"`    // what must hold besides the signature

	Claims *ClaimsSpec `yaml:"claims"` // tokens only
}

// ClockSpec is a scheme's timestamp.
type ClockSpec struct {
	From   string `yaml:"from"`   // header:NAME, field:KEY (of the signature header), json:PATH
	Unit   string `yaml:"unit"`   // s (default), ms, rfc3339, http-date
	Past   string `yaml:"past"`   // how old it may be; 5m unless stated; none switches the check off
	Future string `yaml:"future"` // how far ahead it may be; as Past unless stated
}

// Guard is a condition on the request besides its signature.
type Guard struct {
	Header string `yaml:"header"` // this header …
	Is     string `yaml:"is"`     // … must have this value
}

// ClaimsSpec says what a token claims.
type ClaimsSpec struct {
	Else    string      `yaml:"else"`    // the file with the claims for a body that does not carry Compare's first field
	Expires ExpiresSpec `yaml:"expires"` // how exp is made
	Compare []string    `yaml:"compare"` // claims that the body repeats; a difference is a warning
	Leeway  string      `yaml:"leeway"`  // how long past exp, and before nbf, a token is still taken
}

// ExpiresSpec is the claim exp as a sum of two other claims.
type ExpiresSpec struct {
	After string `yaml:"after"` // the claim that holds the start, RFC 3339
	By    string `yaml:"by"`    // the claim that holds the seconds from there
}

// DefaultTolerance is the greatest distance from now, either way, of a
// timestamp whose scheme states none.
const DefaultTolerance = 5 * time.Minute

// Limits on what a stranger can make a verifier look at.
const (
	MaxSignatureHeader = 8 << 10 // bytes of the signature header
	MaxCandidates      = 16      // signatures in one header
	MaxID              = 256     // bytes of a message ID that is part of the signed bytes
)
