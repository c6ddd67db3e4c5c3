package diagnosis

import (
	"strings"

	"github.com/whk-cli/whk/internal/signing"
)

// messageForms are the messages that schemes in use sign. T is a time, I an ID,
// B the body, D the body's hash in hex, U the URL, M the method, P the path, S the
// secret; the rest is literal, with n for a line break.
var messageForms = []string{
	"B", "T.B", "I.T.B", "T:B", "v0:T:B", "v1:T:B", "TB", "BT", "B.T", "B:T", "T.I.B", "I.B", "IB", "ITB", "TIB", "I:T:B", "TnB", "T|B", "T,B",
	"UB", "BU", "MUB", "MUBT", "TMUB", "TMPB", "MPB", "MPTB", "PB", "TPB", "TU.B", "UTB", "MnPnB", "TnMnPnB", "MnPnTnB",
	"D", "TD", "T.D", "T:D", "I.T.D", "MnPnD", "MnPnTnD", "TnMnPnD",
	"SB", "BS", "S.B", "ST.B", "SMUB", "STB",
}

var formParts = map[rune]string{'B': "body", 'D': "body:sha256", 'T': "timestamp", 'I': "id", 'U': "url", 'M': "method", 'P': "target", 'S': "secret"}

// commonForms are the message forms filled with the times and IDs that the
// request's headers have.
func commonForms(m *signing.Message, spec *signing.Spec) []form {
	times, ids := timesIn(m.Header), idsIn(m.Header)
	if spec.Timestamp != nil && !strings.HasPrefix(spec.Timestamp.From, "header:") {
		if text := readPlace(m, spec, spec.Timestamp.From); text != "" {
			times = append(times, named{text: text, name: ""})
		}
	}
	var out []form
	for _, letters := range messageForms {
		// The body's hash alone is one of the body's own mistakes, and what has a part
		// that is not there is what it is without it.
		if letters == "D" || (m.URL == "" && strings.ContainsAny(letters, "UP")) || (m.Method == "" && strings.Contains(letters, "M")) {
			continue
		}
		for _, t := range orOne(times, strings.Contains(letters, "T")) {
			for _, id := range orOne(ids, strings.Contains(letters, "I")) {
				out = append(out, letterForm(letters, t, id))
			}
		}
	}
	return out
}

// orOne is all of them where they are needed, else one empty one.
func orOne(all []named, needed bool) []named {
	if !needed {
		return []named{{}}
	}
	return all
}

func letterForm(letters string, t, id named) form {
	var f form
	for _, r := range letters {
		p := piece{name: formParts[r]}
		switch r {
		case 'T':
			p = piece{literal: t.text}
		case 'I':
			p = piece{literal: id.text}
		case 'n':
			p = piece{literal: "\n"}
		default:
			if p.name == "" {
				p.literal = string(r)
			}
		}
		f.pieces = append(f.pieces, p)
	}
	f.title = formTitle(letters, t.name, id.name)
	return f
}

func formTitle(letters, timeName, idName string) string {
	var b strings.Builder
	for _, r := range letters {
		switch name := formParts[r]; {
		case r == 'T' && timeName != "":
			b.WriteString("{" + timeName + "}")
		case r == 'I' && idName != "":
			b.WriteString("{" + idName + "}")
		case r == 'n':
			b.WriteString(`\n`)
		case name != "":
			b.WriteString("{" + name + "}")
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
