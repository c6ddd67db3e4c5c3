package signing

import (
	"slices"
	"testing"
)

// What OpenSSL makes, with the secret below, of {} at the tests' time, of {}, of 1
// and of 2.
const (
	sumTimed = "cb16e5a247f83c8905cf42faf289fa7bd7075ea305f438f0d02762823162218b"
	sumBody  = "1a5af9722519df5f1d71c653980c502c87e52bf18aecce877a02ae6cd576199d"
	sumOne   = "e98d4f2faed1b9ace0fe831a7e6777d416170bc5ec03291437d920d09fa63a93"
	sumTwo   = "eca3df1468f4d58d1bd768c50f89016e48a094e5042860b351bcccf66927676c"
)

// Signatures are what signing put there, wherever that is and whatever else it
// added.
func TestSignatures(t *testing.T) {
	for name, c := range map[string]struct {
		spec Spec
		body string
		want []string
	}{
		"one header of several": {Spec{Header: "Sig", Algorithm: "hmac-sha256", Signed: []string{"${timestamp}.${body}"}, Timestamp: &ClockSpec{From: "header:At"}}, "{}",
			[]string{sumTimed}},
		"the first of one for each key": {Spec{PerKey: []string{"Sig-A", "Sig-B"}, Algorithm: "hmac-sha256"}, "{}", []string{sumBody}},
		"numbered":                      {Spec{Numbered: "Sig-", Algorithm: "hmac-sha256"}, "{}", []string{sumBody}},
		"with its prefix":               {Spec{Header: "Sig", Prefix: "sha256=", Algorithm: "hmac-sha256"}, "{}", []string{"sha256=" + sumBody}},
		"in the body":                   {Spec{From: "json:sig", Algorithm: "hmac-sha256", Signed: []string{"${json:a}"}}, `{"a":"1","sig":"x"}`, []string{sumOne}},
		"in a form":                     {Spec{From: "form:sig", Algorithm: "hmac-sha256", Signed: []string{"${form:a}"}}, `a=1&sig=x`, []string{sumOne}},
		"in each item": {Spec{From: "json:sig", Each: "all", Algorithm: "hmac-sha256", Signed: []string{"${json:a}"}},
			`{"all":[{"a":"1","sig":"x"},{"a":"2","sig":"x"}]}`, []string{sumOne, sumTwo}},
	} {
		s := compile(t, c.spec)
		m := signed(t, s, "a secret of some length", c.body)
		if got := s.Signatures(m); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if got := compile(t, plain).Signatures(&Message{}); got != nil {
		t.Errorf("a message without any: %q", got)
	}
}
