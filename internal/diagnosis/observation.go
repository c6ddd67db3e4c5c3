package diagnosis

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/whk-cli/whk/internal/signing"
)

// Observation is what catches the eye of a request that nothing explains. It is a
// fact about the request or the secret, and no explanation: nobody can compute
// whether it is why. Its texts are as those of a [Hypothesis].
type Observation struct {
	Code     string
	Where    Where
	Title    string
	Fix      string // what to change, if that is it
	Evidence string
}

// observe looks for what is worth telling.
func observe(c *Case) []Observation {
	var out []Observation
	add := func(o *Observation) {
		if o != nil {
			out = append(out, *o)
		}
	}
	if c.refused(signing.Missing) {
		return nil // there is nothing to wonder about
	}
	add(truncated(c))
	add(cut(c))
	add(emptied(c))
	add(replaced(c))
	add(stillCompressed(c))
	if c.refused(signing.Mismatch) {
		add(resorted(c))
		for _, secret := range c.Secrets {
			add(wrongKind(secret, c))
		}
	}
	spec := c.Provider.Scheme().Spec()
	if c.Provider.Scheme().Token() {
		add(tokenAlgorithm(c, &spec))
	} else if !c.Provider.Scheme().Static() {
		add(oddSize(c, &spec))
	}
	return out
}

// truncated compares the body with what its header announces.
func truncated(c *Case) *Observation {
	text := c.Message.Header.Get("Content-Length")
	n, err := strconv.Atoi(text)
	if err != nil || n == len(c.Message.Body) {
		return nil
	}
	return &Observation{Code: "length", Where: InBody, Title: "the body has not the length that it had when it was sent",
		Fix:      "capture the whole body, as it arrived",
		Evidence: fmt.Sprintf("Content-Length is %d, and %d bytes are here", n, len(c.Message.Body))}
}

// cut notes JSON that ends before its time.
func cut(c *Case) *Observation {
	body := bytes.TrimSpace(c.Message.Body)
	if len(body) == 0 || (body[0] != '{' && body[0] != '[') || len(body) > largeBody || c.Message.Header.Get("Content-Length") != "" {
		return nil
	}
	if err := json.NewDecoder(bytes.NewReader(body)).Decode(new(json.RawMessage)); !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return &Observation{Code: "json-cut", Where: InBody, Title: "the body ends in the middle of its JSON: its end is lost",
		Fix:      "keep the whole body: a length that counts characters instead of bytes, a log's limit, or a copy in a terminal cuts it",
		Evidence: fmt.Sprintf("it ends with %s, at offset %d", excerpt(body[max(0, len(body)-16):]), len(body))}
}

// refused reports whether c was refused for a reason.
func (c *Case) refused(reason signing.Reason) bool {
	return c.Failure != nil && c.Failure.Reason == reason
}

// emptied notes that there is no body, where what is signed has one.
func emptied(c *Case) *Observation {
	m := c.Message
	if len(m.Body) > 0 || m.Method == http.MethodGet || m.Method == http.MethodHead || !c.Provider.Scheme().Covers().Body {
		return nil
	}
	return &Observation{Code: "body-empty", Where: InBody, Title: "there is no body here, and the signature is over one",
		Fix: "keep the bytes when they are first read: a stream that some middleware has read to its end gives nothing the second time"}
}

func replaced(c *Case) *Observation {
	at := bytes.Index(c.Message.Body, []byte("\ufffd"))
	if at < 0 {
		return nil
	}
	return &Observation{Code: "replacement-characters-here", Where: InBody,
		Title: "the body holds U+FFFD: it was decoded as UTF-8 where it was not, and the bytes that were signed are lost",
		Fix:   fixCoding + "; join chunks as bytes, too, since one may end within a character", Evidence: fmt.Sprintf("U+FFFD at offset %d", at)}
}

func stillCompressed(c *Case) *Observation {
	coding := c.Message.Header.Get("Content-Encoding")
	if coding == "" || strings.EqualFold(coding, "identity") || bytes.HasPrefix(c.Message.Body, []byte{0x1f, 0x8b}) {
		return nil
	}
	return &Observation{Code: "decompressed", Where: InBody, Title: "the body was sent compressed and is plain here: the compressed bytes may be what was signed",
		Fix: "verify the compressed bytes, before the server or a proxy decompresses them", Evidence: "Content-Encoding is " + excerpt([]byte(coding))}
}

// resorted notes keys in an order that parsers and databases make, where a
// provider writes them in another: the order that was signed is lost then.
func resorted(c *Case) *Observation {
	body := c.Message.Body
	if len(body) > largeBody || !c.Provider.Scheme().Covers().Body {
		return nil
	}
	v, ok := parseJSON(body)
	if !ok {
		return nil
	}
	for _, o := range []struct {
		order keyOrder
		Observation
	}{
		{sortedOrder, Observation{Code: "json-keys-sorted", Where: InBody, Fix: fixRaw,
			Title: "the keys of all its objects stand in alphabetical order: a parser may have sorted them, and then the order that was signed is lost"}},
		{lengthOrder, Observation{Code: "json-keys-by-length", Where: InBody, Fix: fixColumn,
			Title: "the shorter keys of all its objects stand first: a database column for JSON, such as PostgreSQL's jsonb, does that, and then the order that was signed is lost"}},
	} {
		const many = 6 // of fewer, the order may well be the provider's own
		if n, is := keysIn(&v, o.order); is && n >= many && !writesSo(c, o.order) {
			return &o.Observation
		}
	}
	return nil
}

// writesSo reports whether the provider's own sample has its keys in that order.
func writesSo(c *Case, order keyOrder) bool {
	sample, err := c.Provider.Sample(c.Provider.EventOf(c.Message))
	if err != nil {
		sample, err = c.Provider.Sample(c.Provider.ExampleEvent())
	}
	if err != nil {
		return false
	}
	v, ok := parseJSON(sample.Source)
	_, is := keysIn(&v, order)
	return ok && is
}

// keysIn counts the keys of objects that have several, and says whether all of
// them are in an order.
func keysIn(v *jsonValue, order keyOrder) (n int, is bool) {
	compare := order.compare(len(v.members))
	is = slices.IsSortedFunc(v.members, func(a, b jsonMember) int { return compare(a.key.text, b.key.text) })
	if len(v.members) > 1 {
		n = len(v.members)
	}
	all := v.items
	for i := range v.members {
		all = append(all, v.members[i].value)
	}
	for i := range all {
		if !is {
			return n, false
		}
		var more int
		more, is = keysIn(&all[i], order)
		n += more
	}
	return n, is
}

// kinds are beginnings that tell what a credential is for.
var kinds = []struct{ prefix, title string }{
	{"sk_live_", "an API key"}, {"sk_test_", "an API key"}, {"rk_live_", "a restricted API key"}, {"rk_test_", "a restricted API key"},
	{"pk_live_", "a publishable key"}, {"pk_test_", "a publishable key"}, {"pk_", "a public key"}, {"whpk_", "a public key, with which nothing is signed"},
	{"ghp_", "a personal access token"}, {"github_pat_", "a personal access token"}, {"gho_", "an access token"}, {"ghs_", "an access token"},
	{"xoxb-", "a bot token"}, {"xoxp-", "a user token"}, {"xapp-", "an app token"}, {"shpat_", "an access token"}, {"shpca_", "an access token"},
	{"glpat-", "a personal access token"}, {"SG.", "an API key"}, {"AKIA", "an access key's ID"}, {"AC", "an account's ID"}, {"key-", "an API key"},
	{"we_", "an endpoint's ID"}, {"ep_", "an endpoint's ID"}, {"-----BEGIN", "a key in PEM form"}, {"sk-", "an API key"}, {"eyJ", "a token"},
	{"http://", "a URL"}, {"https://", "a URL"},
}

var accountID = pattern{text: `^AC[0-9a-f]{32}$`}

// wrongKind recognises credentials that are no signing secrets by their usual
// beginning. Only the beginning is told, which every such credential has.
func wrongKind(secret signing.Secret, c *Case) *Observation {
	text := string(secret.Bytes())
	for _, k := range kinds {
		if !strings.HasPrefix(text, k.prefix) || (k.prefix == "AC" && !accountID.regexp().MatchString(text)) {
			continue
		}
		if own := c.Provider.Secret.Prefix; own != "" && strings.HasPrefix(text, own) {
			continue
		}
		return &Observation{Code: "secret-kind", Where: InSecret, Title: "the secret given looks like " + k.title + ", not like a signing secret",
			Fix: "take the signing secret of this very endpoint from the provider's settings", Evidence: "it begins with " + strconv.Quote(k.prefix)}
	}
	if own := c.Provider.Secret.Prefix; own != "" && !strings.HasPrefix(text, own) {
		return &Observation{Code: "secret-prefix", Where: InSecret, Title: fmt.Sprintf("the secret given does not begin with %q, as those of %s do", own, c.Provider.Title),
			Fix: "take the signing secret of this very endpoint from the provider's settings"}
	}
	return nil
}

// tokenAlgorithm tells what the token says of itself.
func tokenAlgorithm(c *Case, spec *signing.Spec) *Observation {
	want := tokenName(spec.Algorithm)
	for _, r := range readings(c.Message, spec) {
		alg := algOf(r.text)
		if alg == "" || alg == want {
			continue
		}
		o := &Observation{Code: "jwt-alg", Where: InScheme, Title: "the token's header says that it is signed with another algorithm than the scheme's " + want,
			Fix: "make the token with " + want + ": whatever a token says of itself, it is never checked by that", Evidence: "alg is " + excerpt([]byte(alg))}
		if strings.EqualFold(alg, "none") {
			o.Code, o.Title = "jwt-alg-none", "the token's header says that it is not signed at all"
		}
		return o
	}
	return nil
}

// otherSizes are digests that no scheme here makes.
var otherSizes = map[int]string{16: "MD5", 28: "SHA-224", 48: "SHA-384"}

func oddSize(c *Case, spec *signing.Spec) *Observation {
	for _, value := range c.Message.Header[http.CanonicalHeaderKey(spec.Header)] {
		for _, r := range valueReadings(strings.Trim(value, " \t"), spec) {
			for n, name := range otherSizes {
				if len(r.text) == 2*n && strings.Trim(r.text, "0123456789abcdefABCDEF") == "" {
					return &Observation{Code: "signature-size", Where: InScheme, Title: "the signature has the length of " + name + ", which the scheme does not use",
						Fix: "use the algorithm that the provider documents", Evidence: fmt.Sprintf("%d hex digits", len(r.text))}
				}
			}
		}
	}
	return nil
}
