package signing

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// grammar splits the value of a signature header, and puts one together.
type grammar struct {
	kind      string
	prefix    string
	separator string
	versions  []string
}

func compileGrammar(spec *Spec) (grammar, error) {
	g := grammar{kind: spec.Grammar, prefix: spec.Prefix, separator: spec.Separator, versions: spec.Versions}
	switch g.kind {
	case "":
		g.kind = "bare"
	case "bare", "bearer":
	case "pairs", "list":
		if len(g.versions) == 0 {
			return g, fmt.Errorf("grammar %s needs versions: the keys whose values are signatures", g.kind)
		}
	default:
		return g, fmt.Errorf("grammar: %q is not one of bare, pairs, list, bearer", spec.Grammar)
	}
	if g.separator == "" {
		g.separator = ","
	}
	if g.prefix != "" && g.kind != "bare" {
		return g, errors.New("prefix goes with grammar bare only")
	}
	return g, nil
}

// split returns the signatures in value, in in's memory; the other fields of
// pairs go to in. A field that stands twice is refused unless it is a version.
func (g *grammar) split(in *values, value string) ([]string, *Error) {
	clear(in.fields)
	in.signatures = in.signatures[:0]
	switch g.kind {
	case "bearer":
		token, err := bearerToken(value)
		in.signatures = append(in.signatures, token)
		return in.signatures, err
	case "pairs":
		return g.splitPairs(in, value)
	case "list":
		return g.splitList(in, value)
	}
	rest, ok := strings.CutPrefix(value, g.prefix)
	if !ok {
		return nil, &Error{Reason: Malformed, Detail: "the signature does not begin with " + g.prefix, Found: describe(value)}
	}
	in.signatures = append(in.signatures, rest)
	return in.signatures, nil
}

func (g *grammar) splitPairs(in *values, value string) ([]string, *Error) {
	if in.fields == nil {
		in.fields = make(map[string]string, 4)
	}
	for item := range strings.SplitSeq(value, g.separator) {
		key, v, ok := strings.Cut(strings.Trim(item, " \t"), "=")
		if !ok {
			return nil, &Error{Reason: Malformed, Detail: "the signature header is not a list of key=value",
				Found: fmt.Sprintf("%q among its fields", shorten(item))}
		}
		if slices.Contains(g.versions, key) {
			in.signatures = append(in.signatures, v)
		} else if _, twice := in.fields[key]; twice {
			return nil, refuse(Malformed, "field %s stands twice in the signature header", key)
		} else {
			in.fields[key] = v
		}
	}
	return g.known(in.signatures)
}

func (g *grammar) splitList(in *values, value string) ([]string, *Error) {
	for item := range strings.FieldsFuncSeq(value, func(r rune) bool { return r == ' ' }) {
		version, v, ok := strings.Cut(item, ",")
		if ok && slices.Contains(g.versions, version) {
			in.signatures = append(in.signatures, v)
		}
	}
	return g.known(in.signatures)
}

func (g *grammar) known(signatures []string) ([]string, *Error) {
	switch {
	case len(signatures) == 0:
		return nil, refuse(Missing, "no signature of version %s in the signature header", strings.Join(g.versions, " or "))
	case len(signatures) > MaxCandidates:
		return nil, refuse(Malformed, "%d signatures in one header, %d are looked at", len(signatures), MaxCandidates)
	}
	return signatures, nil
}

// join is the header value for a signature that was made at the time in
// timestamp.
func (g grammar) join(signature string, at source, timestamp string) string {
	switch g.kind {
	case "bearer":
		return "Bearer " + signature
	case "list":
		return g.versions[0] + "," + signature
	case "pairs":
		pair := g.versions[0] + "=" + signature
		if at.kind == sourceField {
			return at.name + "=" + timestamp + g.separator + pair
		}
		return pair
	}
	return g.prefix + signature
}

// bearerToken takes the token from "Bearer TOKEN": the scheme in any case, one
// or more blanks. https://www.rfc-editor.org/rfc/rfc6750#section-2.1
func bearerToken(value string) (string, *Error) {
	scheme, rest, ok := strings.Cut(value, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return "", &Error{Reason: Malformed, Detail: "not a bearer token", Expected: "Bearer, a blank, one token", Found: describe(value)}
	}
	token := strings.TrimLeft(rest, " ")
	if strings.ContainsAny(token, " \t,") {
		return "", &Error{Reason: Malformed, Detail: "more than one token after Bearer", Expected: "one token"}
	}
	return token, nil
}

// describe names the form of a value without showing it, since it may be a
// secret in the wrong place.
func describe(value string) string {
	kind := "characters"
	switch {
	case strings.Trim(value, "0123456789abcdefABCDEF") == "":
		kind = "hex digits"
	case strings.Count(value, ".") == 2 && strings.HasPrefix(value, "ey"):
		return "a token"
	}
	if prefix, _, ok := strings.Cut(value, "="); ok && len(prefix) < 12 && len(prefix)+1 < len(value) && strings.Trim(prefix, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" {
		return fmt.Sprintf("%d %s beginning with %q", len(value), kind, prefix+"=")
	}
	return fmt.Sprintf("%d %s", len(value), kind)
}
