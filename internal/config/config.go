// Package config settles the values of flags. A value comes from the first of
// these that has one: the flag itself, the environment (WHK_*), the project's
// file (.whk.yaml), the user's file (whk/config.yaml in the platform's place
// for configuration), the flag's default.
//
//	provider: acme                  # a flag of any command, by its long name
//	listen:                         # the flags of one command
//	  to: [localhost:3000]
//	providers:
//	  acme: {secret: env:WHK_ACME, variant: paas}
//	trust: [~/work/shop]            # in the user's file only
//
// Within one file a command's own section goes before the rest of the file. A
// value means what it would mean on the command line, except for a secret's
// file, which is relative to the directory of the file that names it.
//
// # The project's directory
//
// It is the nearest one, from the working directory upwards, that holds a
// .whk.yaml or a .whk. The search ends with the root of a repository (it holds
// a .git) or the home directory, both included, and passes over what another
// user owns. A file given with --config stands in place of the project's file;
// the user's own still lies beneath.
//
// # Trust
//
// A project's files come with a repository, and so perhaps from a stranger, who
// would like the user's secrets, deliveries signed with them, files overwritten,
// or a check switched off. Unless the user's file lists the project's directory
// (that very one, not those below it) under trust, its .whk.yaml
//
//   - sets only flags that can do none of that. The list is closed, so that a new
//     flag is refused until somebody has thought about it. Flags that name files,
//     saved endpoints, or what is sent are not on it, nor are those about
//     certificates, clocks, tolerance, redaction, retention and state;
//   - names targets on this machine only: a delivery to a stranger's host would
//     carry what the user's secret signs, for some schemes the secret itself;
//   - reads secrets only from files inside the project, also after following
//     links, and from variables that begin with WHK_.
//
// Only the user's own file can name a command to run or other projects to
// trust. No file can hold a secret itself. What is refused is an error rather
// than ignored, since a project that asks for it does not work without it.
package config

import (
	"fmt"
	"os"
	"path/filepath"
)

// Options are what [Load] needs to know of the world.
type Options struct {
	Dir      string              // the working directory, absolute
	Explicit string              // --config; relative to Dir; "" searches for the project's file
	GOOS     string              // runtime.GOOS but in tests
	Getenv   func(string) string // of the environment only HOME and XDG_CONFIG_HOME, or their counterparts, are looked at

	// Flags returns the long names of the flags of each command, by the command's
	// name ("listen", "endpoint add"). Anything else in a file is an error. Nil
	// allows every name. It is called only when there is a file.
	Flags func() map[string][]string
}

// Config is what the files say. The zero value is that of no files at all.
type Config struct {
	Providers map[string]ProviderConfig // by name; of two files that set the same, the stronger one counts

	ProjectDir string   // absolute and without links; "" when there is none
	Trusted    bool     // the user's file lists ProjectDir
	Files      []string // that were read, the strongest first
	Warnings   []string // one sentence each; for example of what was passed over

	UserProviders    string // the user's folder of providers, "" without a home; perhaps missing
	ProjectProviders string // the project's, "" without a project; perhaps missing

	layers []*file // the weakest first
}

// ProviderConfig is what the files say about one provider.
type ProviderConfig struct {
	Secret  []SecretRef // in the order of the file; the first one signs
	Variant []string
	Origin  Origin // where the provider's name stands in the strongest file
}

// SecretRef says where to find a secret. It has passed the checks that the
// package comment lists. Links may change before the secret is read, so whoever
// reads a file must stay inside Root again.
type SecretRef struct {
	Kind   string // "env", "file" or "command"
	Value  string // the variable's name, the path, the command line
	Dir    string // what a relative path is relative to, and where the command runs
	Root   string // the directory that the file must not be outside of, links followed; "" for anywhere
	Origin string // "FILE:LINE", for messages
}

// Origin is a place in a file.
type Origin struct {
	File string
	Line int // from 1
}

func (o Origin) String() string { return fmt.Sprintf("%s:%d", o.File, o.Line) }

// Error is anything wrong with the configuration. Its text never holds a
// secret.
type Error struct {
	File string // "" when the environment is at fault
	Line int    // 0 when the whole file is meant
	Msg  string
	Hint string // what to do about it, "" when there is nothing to say
}

func (e *Error) Error() string {
	switch {
	case e.File == "":
		return e.Msg
	case e.Line == 0:
		return e.File + ": " + e.Msg
	default:
		return Origin{e.File, e.Line}.String() + ": " + e.Msg
	}
}

// Load reads the files. That none exists is no error; everything that is wrong
// with one is an [*Error].
func Load(opts Options) (*Config, error) {
	places := placesOf(opts)
	c := &Config{Providers: map[string]ProviderConfig{}, UserProviders: places.providers}
	user := &file{path: places.config, kind: userFile, home: places.home, names: opts.Flags}
	if err := c.read(user); err != nil {
		return nil, err
	}
	if err := c.findProject(opts, places.home); err != nil {
		return nil, err
	}
	c.Trusted = c.ProjectDir != "" && trusts(user.trust, c.ProjectDir)

	next := &file{kind: projectFile, home: places.home, names: opts.Flags, userConfig: places.config}
	switch {
	case opts.Explicit != "":
		next.kind, next.path = explicitFile, opts.Explicit
		if !filepath.IsAbs(next.path) {
			next.path = filepath.Join(opts.Dir, next.path)
		}
	case c.ProjectDir != "" && c.own(filepath.Join(c.ProjectDir, projectName)):
		next.path = filepath.Join(c.ProjectDir, projectName)
		next.free = c.Trusted
	}
	if err := c.read(next); err != nil {
		return nil, err
	}
	return c, nil
}

// read reads one file as a layer above those that are already there.
func (c *Config) read(f *file) error {
	if f.path == "" {
		return nil
	}
	found, err := f.load()
	if err != nil || !found {
		return err
	}
	c.layers = append(c.layers, f)
	c.Files = append([]string{f.path}, c.Files...)
	for name, p := range f.providers {
		merged := c.Providers[name]
		merged.Origin = p.Origin
		if p.Secret != nil {
			merged.Secret = p.Secret
		}
		if p.Variant != nil {
			merged.Variant = p.Variant
		}
		c.Providers[name] = merged
	}
	return nil
}

// trusts reports whether one of the directories is dir, whatever links and
// spellings lead there.
func trusts(dirs []string, dir string) bool {
	want, err := os.Stat(dir)
	if err != nil {
		return false
	}
	for _, d := range dirs {
		if info, err := os.Stat(d); err == nil && os.SameFile(info, want) {
			return true
		}
	}
	return false
}
