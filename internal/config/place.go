package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

const (
	projectName   = ".whk.yaml"
	projectFolder = ".whk"
)

// places are the user's own.
type places struct {
	home      string // "" when unknown
	config    string // the user's file, "" when unknown
	providers string // the user's folder of providers, "" when unknown
}

// placesOf follows https://specifications.freedesktop.org/basedir-spec/latest/,
// and the platform's habit where XDG_CONFIG_HOME is not set.
func placesOf(opts Options) places {
	p := places{home: opts.Getenv("HOME")}
	if opts.GOOS == "windows" {
		p.home = opts.Getenv("USERPROFILE")
	}
	if !filepath.IsAbs(p.home) {
		p.home = ""
	}
	dir := opts.Getenv("XDG_CONFIG_HOME")
	switch {
	case filepath.IsAbs(dir):
	case opts.GOOS == "windows":
		dir = opts.Getenv("APPDATA")
	case p.home == "":
		dir = ""
	case opts.GOOS == "darwin":
		dir = filepath.Join(p.home, "Library", "Application Support")
	default:
		dir = filepath.Join(p.home, ".config")
	}
	if dir != "" {
		p.config = filepath.Join(dir, "whk", "config.yaml")
		p.providers = filepath.Join(dir, "whk", "providers")
	}
	return p
}

// findProject sets the project's directory and its folder of providers.
func (c *Config) findProject(opts Options, home string) error {
	dir, err := filepath.EvalSymlinks(opts.Dir)
	if err != nil {
		return &Error{File: opts.Dir, Msg: "the working directory cannot be read: " + cause(err)}
	}
	homeInfo, err := os.Stat(home)
	if err != nil {
		homeInfo = nil
	}
	for {
		if c.holdsProject(dir) {
			c.ProjectDir = dir
			if folder := filepath.Join(dir, projectFolder); c.own(folder) {
				c.ProjectProviders = filepath.Join(folder, "providers")
			}
			return nil
		}
		if endsSearch(dir, homeInfo) || filepath.Dir(dir) == dir {
			return nil
		}
		dir = filepath.Dir(dir)
	}
}

func (c *Config) holdsProject(dir string) bool {
	return c.own(filepath.Join(dir, projectName)) || c.own(filepath.Join(dir, projectFolder))
}

// own reports whether path exists and is this user's, link and target both, and
// warns if it is another's.
func (c *Config) own(path string) bool {
	link, err := os.Lstat(path)
	if err != nil {
		return false
	}
	target, err := os.Stat(path)
	if err != nil {
		target = link // a dangling link: reading it will say so
	}
	if !ownedByUser(link) || !ownedByUser(target) {
		c.warnOnce(fmt.Sprintf("%s belongs to another user and is not read", path))
		return false
	}
	return true
}

func (c *Config) warnOnce(text string) {
	if slices.Contains(c.Warnings, text) {
		return
	}
	c.Warnings = append(c.Warnings, text)
}

// endsSearch reports whether dir is the last one in which to look.
func endsSearch(dir string, home fs.FileInfo) bool {
	if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
		return true
	}
	info, err := os.Stat(dir)
	return err == nil && home != nil && os.SameFile(info, home)
}

// cause is an error's text without the path, which the message has already.
func cause(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	return err.Error()
}
