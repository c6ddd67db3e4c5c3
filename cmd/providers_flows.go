package cmd

import (
	"fmt"
	"strings"

	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/ui"
)

type flowJSON struct {
	Name  string `json:"name"` // as trigger --flow takes it
	Title string `json:"title"`
	Steps int    `json:"steps"`
}

type providerShownJSON struct {
	providerJSON
	Delivery policyJSON `json:"delivery"`
	Flows    []flowJSON `json:"flows"`
}

// flowsOf reads the sample flows of a provider.
func flowsOf(p *provider.Provider) ([]*openedFlow, error) {
	var all []*openedFlow
	for _, name := range p.FlowNames() {
		f, err := parseFlow(p, name)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

func flowsAsJSON(flows []*openedFlow) []flowJSON {
	all := []flowJSON{}
	for _, f := range flows {
		all = append(all, flowJSON{f.name, f.Title, len(f.Steps)})
	}
	return all
}

// writeFlows lists flows below the event types, with the line to type.
func writeFlows(out *strings.Builder, st *ui.Styler, flows []*openedFlow) {
	if len(flows) == 0 {
		return
	}
	fmt.Fprintf(out, "  %s%s%d, delivered with: whk trigger --flow %s --to localhost\n", st.Key("flows"), strings.Repeat(" ", 9), len(flows), ui.Safe(flows[0].name))
	for _, f := range flows {
		fmt.Fprintf(out, "    %s  %s\n", st.Event(ui.Safe(f.name)), st.Dim(ui.Safe(fmt.Sprintf("%s: %d steps", f.Title, len(f.Steps)))))
	}
}
