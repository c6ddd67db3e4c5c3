package provider

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/whk-cli/whk/internal/near"
)

// flowsDir is where a provider's folder has its flows, one file each.
const flowsDir = "flows"

// UnknownFlowError is a flow that a provider does not have.
type UnknownFlowError struct {
	Provider, Name string
	Known, Near    []string
}

func (e *UnknownFlowError) Error() string {
	if len(e.Known) == 0 {
		return fmt.Sprintf("%s has no flows", e.Provider)
	}
	return fmt.Sprintf("%s has no flow %q", e.Provider, e.Name)
}

// FlowNames lists the provider's sample flows in alphabetical order.
func (p *Provider) FlowNames() []string { return p.folder.flowNames() }

// FlowNames lists a provider's sample flows without parsing it.
func (r *Registry) FlowNames(name string) []string {
	f := r.find(name)
	if f == nil {
		return nil
	}
	return f.flowNames()
}

func (f folder) flowNames() []string {
	entries, err := fs.ReadDir(f.fsys, flowsDir)
	if err != nil {
		return nil // a directory that is not there holds none
	}
	var names []string
	for _, entry := range entries {
		if name, ok := strings.CutSuffix(entry.Name(), ".yaml"); ok && !entry.IsDir() {
			names = append(names, name)
		}
	}
	return names
}

// Flow reads a sample flow. file is its name for messages, and dir the folder
// that holds it and its bodies. The error is an [*UnknownFlowError], or one of
// reading.
func (p *Provider) Flow(name string) (src []byte, file string, dir fs.FS, err error) {
	unknown := &UnknownFlowError{Provider: p.Name, Name: name, Known: p.FlowNames()}
	unknown.Near = near.Names(name, unknown.Known)
	if strings.ContainsAny(name, `/\`) {
		return nil, "", nil, unknown
	}
	if dir, err = fs.Sub(p.folder.fsys, flowsDir); err != nil {
		return nil, "", nil, err
	}
	src, err = readFile(p.folder.fsys, path.Join(flowsDir, name+".yaml"))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		return nil, "", nil, unknown
	}
	return src, path.Join(p.folder.path, flowsDir, name+".yaml"), dir, err
}
