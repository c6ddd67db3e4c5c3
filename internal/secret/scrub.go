package secret

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/whk-cli/whk/internal/signing"
)

// Redacted stands where a secret was.
const Redacted = "[redacted]"

// minScrubbed is the length in bytes from which a form of a secret is looked
// for. Shorter ones occur by chance, and removing them would garble every text.
const minScrubbed = 4

// Scrub replaces secrets in a text by [Redacted], in any of their [Forms]. It
// is a safety net for messages with parts from elsewhere, not a permission to
// put secrets into them.
func Scrub(text string, secrets ...signing.Secret) string {
	var forms []string
	for _, s := range secrets {
		forms = append(forms, Forms(s)...)
	}
	// A longer form may contain a shorter one, and what it leaves would give
	// part of the secret away.
	slices.SortStableFunc(forms, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	for _, form := range forms {
		if len(form) >= minScrubbed {
			text = strings.ReplaceAll(text, form, Redacted)
		}
	}
	return text
}

// Forms returns the ways in which a secret can stand in a text, each once: as it
// is, quoted for Go and JSON, in hex, in base64 of both alphabets with and
// without padding, and escaped for URLs. An empty secret has none.
func Forms(s signing.Secret) []string {
	if s.Empty() {
		return nil
	}
	b, raw := s.Bytes(), string(s.Bytes())
	lower := hex.EncodeToString(b)
	forms := []string{
		raw,
		unquoted(strconv.Quote(raw)),
		unquoted(inJSON(raw)),
		lower,
		strings.ToUpper(lower),
		base64.StdEncoding.EncodeToString(b),
		base64.RawStdEncoding.EncodeToString(b),
		base64.URLEncoding.EncodeToString(b),
		base64.RawURLEncoding.EncodeToString(b),
		url.QueryEscape(raw),
		url.PathEscape(raw),
	}
	slices.Sort(forms)
	return slices.Compact(forms)
}

func inJSON(text string) string {
	out, err := json.Marshal(text)
	if err != nil {
		return `""` // a string always has a JSON form
	}
	return string(out)
}

func unquoted(text string) string { return text[1 : len(text)-1] }
