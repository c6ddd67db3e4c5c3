package cmd

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/ui"
)

// fact is one line about something: a name, and a value that may be a stranger's.
type fact struct{ name, value string }

func endpointFacts(j *endpointJSON) []fact {
	state := j.State
	if j.PausedAt != "" {
		if j.State != "paused" {
			state += ", and paused"
		}
		state += " since " + shownTime(j.PausedAt) + ", after " + j.PausedWhy + ": whk endpoint resume " + format.ShellWord(j.Name)
	}
	of := j.Provider
	if len(j.Variants) > 0 {
		of += " (" + strings.Join(j.Variants, ", ") + ")"
	}
	events := "all"
	if len(j.Events) > 0 {
		events = strings.Join(j.Events, ", ")
	}
	facts := []fact{{"id", j.ID}, {"state", state}, {"provider", of}, {"deliveries", j.Method + " " + j.URL}, {"events", events}}
	for _, h := range j.Headers {
		facts = append(facts, fact{"header", h.Name + ": " + h.Value})
	}
	secret := j.Secret
	if secret == "" {
		secret = "none of its own: that which whk trigger finds"
	}
	facts = append(facts, fact{"custom data", onOneLine(j.CustomData)}, fact{"description", j.Description}, fact{"secret", secret}, fact{"public key", j.PublicKey})
	for _, one := range j.EarlierSecrets {
		facts = append(facts, fact{"earlier", one.Secret + ", valid until " + shownTime(one.ValidUntil)})
	}
	return append(facts, fact{"created", shownTime(j.CreatedAt)})
}

// onOneLine is JSON without its line breaks.
func onOneLine(data []byte) string {
	var line bytes.Buffer
	if json.Compact(&line, data) != nil {
		return string(data)
	}
	return line.String()
}

// shownTime is a time of JSON as a person reads it.
func shownTime(text string) string {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return text
	}
	return at.Local().Format(time.RFC3339)
}

// printFacts prints a title and the facts that are known, in two columns.
func (app *App) printFacts(title string, facts []fact) error {
	st := app.IO.Style()
	width := 0
	for _, f := range facts {
		width = max(width, len(f.name))
	}
	out := st.AppendSafe(nil, ui.Bold, title)
	out = append(out, '\n')
	for _, f := range facts {
		if f.value == "" {
			continue
		}
		out = append(out, "  "+st.Key(f.name)+strings.Repeat(" ", width-len(f.name)+2)...)
		out = append(st.AppendSafe(out, ui.Plain, f.value), '\n')
	}
	_, err := app.IO.Out.Write(out)
	return err
}
