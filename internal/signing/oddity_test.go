package signing

import (
	"strings"
	"testing"
)

// A secret that does not decode is told what keeps it from that, and is not quoted.
func TestOddSecrets(t *testing.T) {
	for text, want := range map[string]string{
		"base64:AAECAwQFBgc= ":        "blanks or a line break around it",
		"base64:\tAAECAwQFBgc=":       "blanks or a line break around it",
		"base64:\"AAECAwQFBgc=\"":     "quotes around it",
		"base64:AAEC AwQFBgc=":        "character 5 is a blank or a line break",
		"base64:AAEC\nAwQFBgc=":       "character 5 is a blank or a line break",
		"base64:AAEC_wQFBgc=":         "character 5 is of base64url's alphabet",
		"base64:AAECAwQFBgc":          "not a multiple of 4",
		"base64:AAECAw=QFBgc=":        "before its padding",
		"base64:\"whsec_AAECAwQFBgc=": "character 1 is a quote",
		"base64:AAEC€":                "character 5 is not in its alphabet",
		"base64url:AAEC+w":            "character 5 is of base64's alphabet",
		"base64url:AAECA":             "its length or its last character",
		"hex:00112":                   "an odd number of digits",
		"hex:0011zz":                  "character 5 is not in its alphabet",
		"hex:0011\r\n":                "blanks or a line break around it",
	} {
		form, given, _ := strings.Cut(text, ":")
		s := compile(t, Spec{Header: "Sig", Algorithm: "hmac-sha256", Key: form})
		err := s.CheckSecret(secret(given))
		if err == nil || !strings.HasPrefix(err.Error(), "the secret is not "+form+": ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		} else if strings.Contains(err.Error(), given[:4]) {
			t.Errorf("%q is quoted: %v", text, err)
		}
	}
}
