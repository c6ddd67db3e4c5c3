package diagnosis

import (
	"slices"
	"strings"

	"github.com/whk-cli/whk/internal/signing"
)

// detectFields looks for a signature among the fields of the body, or in a header,
// that is over other fields of the body.
func (s *search) detectFields(secrets []signing.Secret) *proposal {
	m := s.c.Message
	all := leaves(m)
	for _, carrier := range carriersIn(all) {
		if found := s.fieldsSigned(groupOf(all, carrier.group, carrier.place), &carrier, secrets); found != nil {
			return found
		}
		if found := s.fieldsSigned(groupOf(all, "", carrier.place), &carrier, secrets); carrier.group != "" && found != nil {
			return found
		}
	}
	return s.fieldsSigned(groupOf(all, "", ""), nil, secrets)
}

// carriersIn are the leaves that may be signatures.
func carriersIn(all []leaf) []leaf {
	const most = 4
	var out []leaf
	for _, l := range all {
		if len(signaturesIn(l.text)) > 0 {
			out = append(out, l)
		}
	}
	return out[:min(len(out), most)]
}

// signaturesIn reads a text as a signature, with what may stand before it.
func signaturesIn(text string) []decoding {
	out := decodings(text, "")
	if p := anyPrefix.regexp().FindString(text); p != "" {
		out = append(out, decodings(text[len(p):], "")...)
	}
	return out
}

// fieldsSigned tries what may have been signed of a group, with a signature in
// carrier, or where that is nil in the headers.
func (s *search) fieldsSigned(group []leaf, carrier *leaf, secrets []signing.Secret) *proposal {
	ms := &macSearch{search: s}
	if carrier != nil {
		for _, d := range signaturesIn(carrier.text) {
			ms.candidates = append(ms.candidates, candidate{sum: d.sum})
		}
		ms.header = probeHeaders(s.c.Message.Header, ms.candidates...)
	} else if ms = s.detectAmong(); ms == nil {
		return nil
	}
	specs, keys := keySpecs(secrets)
	var found *proposal
	messagesOf(group, func(set []leaf, by string, named bool) {
		for _, algorithm := range algorithmsFrom("hmac-sha256") {
			if found != nil {
				return
			}
			l := fieldLocation(set, by, named)
			secret, ok := ms.fits(&l, algorithm, keys, len(keys)*trialWork)
			if !ok {
				continue
			}
			spec := specs[secret]
			spec.Algorithm = algorithm
			if spec = l.on(spec); carrier == nil {
				found = s.carried(spec, secrets)
			} else {
				found = s.carriedIn(carrier, spec, secrets)
			}
		}
	})
	return found
}

// fieldLocation is a message of leaves. A time among them is the scheme's clock.
func fieldLocation(set []leaf, by string, named bool) location {
	var l location
	for i, f := range set {
		before := ""
		if i > 0 {
			before = by
		}
		if named {
			before += f.key + "="
		}
		l.literal = append(l.literal, piece{literal: before + f.text})
		l.signed = append(l.signed, template([]piece{{literal: before}, {name: f.place}})...)
		if isTimeText(f.text) && l.clock == nil {
			l.clock = &signing.ClockSpec{From: f.place, Unit: unitOf(f.text)}
		}
	}
	l.signed = []string{strings.Join(l.signed, "")}
	return l
}

// carriedIn completes spec with the field that carries the signature; in an array,
// with every item of it that does.
func (s *search) carriedIn(carrier *leaf, spec signing.Spec, secrets []signing.Secret) *proposal {
	prefixes := []string{"", anyPrefix.regexp().FindString(carrier.text)}
	for _, encoding := range []string{"hex", "base64", "base64url"} {
		for _, prefix := range slices.Compact(prefixes) {
			spec.From, spec.Encoding, spec.Prefix = carrier.place, encoding, prefix
			for _, full := range []signing.Spec{ofEach(spec), spec, withoutClock(spec)} {
				if found := s.proves(&proposal{spec: full}, secrets); found != nil {
					return found
				}
			}
		}
	}
	return nil
}

func withoutClock(spec signing.Spec) signing.Spec {
	spec.Timestamp = nil
	return spec
}

// ofEach is spec for every item of the array that its signature stands in.
func ofEach(spec signing.Spec) signing.Spec {
	array, path, ok := strings.Cut(spec.From, ".0.")
	array, isJSON := strings.CutPrefix(array, "json:")
	if !ok || !isJSON {
		return spec
	}
	spec = withoutClock(spec.Clone())
	spec.Each, spec.From = array, "json:"+path
	spec.Signed = []string{strings.ReplaceAll(spec.Signed[0], "${json:"+array+".0.", "${json:")}
	return spec
}
