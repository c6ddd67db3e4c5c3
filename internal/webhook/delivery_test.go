package webhook

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What is written is read again, to the byte.
func TestDeliveryJSON(t *testing.T) {
	full := Delivery{
		ID: "0akxedtwbjk8z", ReceivedAt: time.Date(2026, 1, 31, 8, 15, 0, 123456789, time.UTC), Method: "PUT", URL: "http://localhost:8080/a?b=<c>",
		Remote: "127.0.0.1:5", Header: Header{{"X-A", "1"}, {"x-a", "2"}}, Body: []byte(`{"a": "ä<&>"}`),
		Provider: "acme", Event: "a.b", MessageID: "m", Handshake: true,
		Verification: Verification{Status: NotAuthentic, Reason: ReasonMismatch, Detail: "d", Warnings: []string{"w"}, Candidates: []string{"c"}},
		Response:     Response{Status: 401, Played: "401"},
		Forwards:     []Forward{{URL: "http://h", Status: 500, DurationMS: 1.5}, {URL: "http://i", Error: ClassTimeout}},
	}
	binary, played, empty := full, full, Delivery{Body: []byte{}}
	binary.Body = []byte{0, 0xff, '\n', 0xc3}
	played.Response, played.Verification = Response{Played: "reset"}, Verification{}
	for name, d := range map[string]Delivery{"text": full, "binary": binary, "no answer, no verdict": played, "empty": empty} {
		text, err := json.Marshal(&d)
		if err != nil {
			t.Fatal(err)
		}
		var got Delivery
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(d, got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
		for member, want := range map[string]bool{
			`"body":`: name != "binary", `"body_base64":`: name == "binary", `"received_at":`: name != "empty",
			`"verification":`: name == "text" || name == "binary", `"response":`: name != "empty", `"headers":[`: true,
		} {
			if strings.Contains(string(text), member) != want {
				t.Errorf("%s has, or lacks, %s: %s", name, member, text)
			}
		}
	}
}

func TestDeliveryJSONRefusals(t *testing.T) {
	const sum = `"body_sha256":"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"` // of hello
	for text, want := range map[string]string{
		`{"headers":[],"body":"hello","body_size":5,` + sum + `}`: "",
		`{"headers":[],"body_base64":"aGVsbG8=",` + sum + `}`:     "",
		`{"headers":null,"body":""}`:                              "",
		`{"headers":[],"body":"hello","body_size":4}`:             "body has 5 bytes, body_size says 4",
		`{"headers":[],"body":"","body_size":1}`:                  "body has 0 bytes",
		`{"headers":[],"body":"Hello",` + sum + `}`:               "does not match body_sha256",
		`{"headers":[],"body":"","body_base64":""}`:               "both",
		`{"headers":[],"body_base64":"aGVsbG9="}`:                 "body_base64: ", // stray bits
		`{"headers":[],"body_base64":"?"}`:                        "body_base64: ",
		`{"headers":[],"body":"","received_at":"yesterday"}`:      `received_at "yesterday" is not RFC 3339`,
		`{"headers":{"A":1},"body":""}`:                           `header "A"`,
		`{"headers":[]}`:                                          ErrNoBody.Error(),
		`{"body":""}`:                                             ErrNoHeaders.Error(),
		`[]`:                                                      "cannot unmarshal",
	} {
		var d Delivery
		err := json.Unmarshal([]byte(text), &d)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	for text, want := range map[string]error{`{"headers":[]}`: ErrNoBody, `{"body":""}`: ErrNoHeaders} {
		if err := new(Delivery).UnmarshalJSON([]byte(text)); !errors.Is(err, want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
