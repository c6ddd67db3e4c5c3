package payload

import (
	"strings"
	"testing"
)

// A bulk run makes a fresh body for every delivery.
func BenchmarkAppend(b *testing.B) {
	src := `{"id":"evt_${hex:16}","event":"invoice.paid","created_at":"${now}","data":{"user":{"id":"user_${digits:6}","name":"${fake:name#u}",
		"email":"${fake:email#u}","company":"${fake:company#u}"},"amount":"${fake:amount}","currency":"${fake:currency}","trace":"${uuid}",
		"note":"` + strings.Repeat("x", 600) + `"}}`
	template, err := Parse("sample.json", []byte(src))
	if err != nil {
		b.Fatal(err)
	}
	g := testGenerator(1)
	var dst []byte
	b.ReportAllocs()
	for n := 1; b.Loop(); n++ {
		if dst, err = template.Append(dst[:0], g.Payload(n)); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(dst)))
}

func BenchmarkApply(b *testing.B) {
	body := []byte(`{"id":"evt_1","data":{"note":"` + strings.Repeat("x", 800) + `","items":[{"id":1},{"id":2}],"amount":4900}}`)
	edits := []Edit{{Override, "data.amount", "100"}, {Add, "data.items[-]", `{"id":3}`}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Apply(body, edits); err != nil {
			b.Fatal(err)
		}
	}
}
