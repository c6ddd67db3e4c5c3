package cmd

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/flow"
	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/near"
	"github.com/whk-cli/whk/internal/provider"
)

// flowFlags choose a flow, whose steps are delivered in place of one event.
type flowFlags struct{ Flow string }

func (f *flowFlags) add(cmd *cobra.Command, app *App) {
	cmd.Flags().StringVar(&f.Flow, "flow", "", "deliver the steps of this `flow`, a YAML file or PROVIDER/NAME, in place of an event")
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("flow", app.completeFlows))
}

// onlyForEvents are the flags that change one event; in a flow its file does
// that in each step.
var onlyForEvents = []string{"data", "override", "add", "remove", "edit"}

// check refuses what does not go with a flow.
func (f *flowFlags) check(cmd *cobra.Command, opts *triggerOptions) error {
	if opts.Event != "" {
		return usageError(fmt.Errorf("--flow has its own events, and %s is one more", opts.Event), "whk trigger --flow "+format.ShellWord(f.Flow)+" --to localhost")
	}
	for _, name := range onlyForEvents {
		if cmd.Flags().Changed(name) {
			return usageError(fmt.Errorf("--%s is for one event; a flow says it in each step", name), "write it into the step: data, override, add and remove are keys of a step")
		}
	}
	if opts.many() {
		return usageError(errors.New("a flow delivers each of its steps once, in order"), "leave --count, --duration, --rate, --concurrency and --histogram out")
	}
	if opts.Faults.Any() {
		return usageError(errors.New("a flow is delivered as it is; flags that misbehave are for events"), "give the event itself: whk trigger EVENT --to localhost")
	}
	return nil
}

// openedFlow is a flow with where it came from.
type openedFlow struct {
	*flow.Flow
	name string // for messages
	file string
	dir  fs.FS // what steps may take bodies from
}

// openFlow finds a flow: a provider's by PROVIDER/NAME, or by its name alone with
// --provider, else a file.
func (app *App) openFlow(name, preferred string) (*openedFlow, error) {
	if own, rest, ok := strings.Cut(name, "/"); ok && !isFlowFile(rest) && app.providers().Has(own) {
		return app.providerFlow(own, rest)
	}
	if !isFlowFile(name) && preferred != "" && !strings.ContainsAny(name, `/\`) {
		return app.providerFlow(preferred, name)
	}
	path := app.path(name)
	src, err := readSome(path, flow.MaxFile+1)
	if errors.Is(err, fs.ErrNotExist) && !isFlowFile(name) {
		return nil, app.unknownFlow(name)
	}
	if err != nil {
		return nil, failed(readError(name, err), "name a YAML file that can be read, or a sample: "+strings.Join(app.allFlows(), ", "))
	}
	f, err := flow.Parse(name, src)
	if err != nil {
		return nil, app.flowError(err)
	}
	root, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return nil, failed(readError(name, err), "move the flow to a directory that can be read")
	}
	return &openedFlow{f, name, name, root.FS()}, nil
}

func isFlowFile(name string) bool {
	return strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml")
}

// providerFlow reads a flow of a provider's folder.
func (app *App) providerFlow(providerName, name string) (*openedFlow, error) {
	p, err := app.loadProvider(providerFlags{Provider: providerName})
	if err != nil {
		return nil, err
	}
	opened, err := parseFlow(p, name)
	var unknown *provider.UnknownFlowError
	switch {
	case err == nil:
		return opened, nil
	case !errors.As(err, &unknown):
		return nil, app.flowError(err)
	case len(unknown.Known) == 0:
		return nil, usageError(err, "there are "+strings.Join(app.allFlows(), ", "), "a flow of your own is a YAML file: --flow FILE.yaml")
	case len(unknown.Near) > 0:
		return nil, usageError(err, "did you mean "+p.Name+"/"+unknown.Near[0]+"?")
	}
	return nil, usageError(err, "it has "+strings.Join(unknown.Known, ", "))
}

// parseFlow reads a flow of p's own folder.
func parseFlow(p *provider.Provider, name string) (*openedFlow, error) {
	src, file, dir, err := p.Flow(name)
	if err != nil {
		return nil, err
	}
	f, err := flow.Parse(file, src)
	if err != nil {
		return nil, err
	}
	if f.Provider == "" {
		f.Provider = p.Name
	}
	return &openedFlow{f, p.Name + "/" + name, file, dir}, nil
}

// unknownFlow is the error for a word that is neither a file nor a sample.
func (app *App) unknownFlow(name string) error {
	all := app.allFlows()
	hint := "the samples are " + strings.Join(all, ", ")
	if meant := near.Names(name, all); len(meant) > 0 {
		hint = "did you mean " + strings.Join(meant, " or ") + "?"
	}
	return usageError(fmt.Errorf("--flow %s: there is no such file and no such sample", name), hint, "a file of your own ends in .yaml")
}

// allFlows lists the sample flows of all providers as they are typed.
func (app *App) allFlows() []string {
	var all []string
	for _, name := range app.providers().Ordered() {
		for _, flow := range app.providers().FlowNames(name) {
			all = append(all, name+"/"+flow)
		}
	}
	return all
}

func (app *App) completeFlows(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	if app.settle(cmd) != nil {
		return nil, cobra.ShellCompDirectiveDefault
	}
	var fit []string
	for _, name := range app.allFlows() {
		if strings.HasPrefix(name, typed) {
			fit = append(fit, name)
		}
	}
	return fit, cobra.ShellCompDirectiveDefault
}

// flowError gives a mistake in a flow's file a hint: what is allowed there.
func (app *App) flowError(err error) error {
	var e *flow.FileError
	switch {
	case !errors.As(err, &e):
		return failed(err, "name another flow")
	case e.Hint != "":
		return usageError(err, e.Hint)
	}
	return usageError(err, "correct the file; one that works: whk trigger --flow "+strings.Join(app.allFlows()[:1], "")+" --dry-run")
}

// readSome reads the beginning of a file.
func readSome(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, most))
}
