package cmd

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/whk-cli/whk/internal/payload"
	"github.com/whk-cli/whk/internal/signing"
)

// repeats reports whether a token's claims are made from this body.
func repeats(spec *signing.ClaimsSpec, body []byte) bool {
	return len(body) > 0 && (spec.Else == "" || !lacksClaims(spec, body))
}

// renewedClaims are an old token's claims as of now: without its end, and with
// the time that the end is counted from in the form that it had.
func renewedClaims(spec *signing.ClaimsSpec, old []byte, now time.Time) ([]byte, error) {
	after := gjson.GetBytes(old, spec.Expires.After)
	if spec.Expires.After != "" && after.Type == gjson.String {
		quoted, err := json.Marshal(timeLike(after.Str, now))
		if err != nil {
			return nil, err
		}
		if old, err = payload.Apply(old, []payload.Edit{{Op: payload.Override, Path: spec.Expires.After, Value: string(quoted)}}); err != nil {
			return nil, usageError(err)
		}
	}
	return withoutClaim(old, "exp")
}

// withoutClaim removes a claim if it is there.
func withoutClaim(claims []byte, name string) ([]byte, error) {
	if !gjson.GetBytes(claims, name).Exists() {
		return claims, nil
	}
	out, err := payload.Apply(claims, []payload.Edit{{Op: payload.Remove, Path: name}})
	if err != nil {
		return nil, usageError(err)
	}
	return out, nil
}

// timeLike writes t as model is written: with as many digits after the second,
// in its zone, and with Z or +00:00 as it has. If model is not RFC 3339, it is
// plain RFC 3339 in UTC.
func timeLike(model string, t time.Time) string {
	was, err := time.Parse(time.RFC3339Nano, model)
	if err != nil {
		return t.UTC().Format(time.RFC3339)
	}
	layout := "2006-01-02T15:04:05"
	if _, fraction, ok := strings.Cut(model, "."); ok {
		layout += "." + strings.Repeat("0", len(fraction)-len(strings.TrimLeft(fraction, "0123456789")))
	}
	if strings.HasSuffix(model, "Z") {
		return t.UTC().Format(layout + "Z")
	}
	return t.In(was.Location()).Format(layout + "-07:00")
}
