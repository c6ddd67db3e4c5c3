// Package secret finds the signing secrets of a provider.
//
// They come from the first of these that names any: the flags --secret-file,
// --secret-env and --secret in the order given, or else their variables
// WHK_SECRET_FILE and WHK_SECRET_ENV; WHK_SECRET_<PROVIDER>; the configuration;
// WHK_SECRET; secrets that the provider handed over and that were accepted; and,
// where the caller allows it, a development secret that whk makes once per
// provider and keeps in the state directory.
//
// Once a source is named, no other is tried: an empty variable, an unreadable
// file and a failing command are errors. Otherwise a mistake in a script would
// have deliveries checked with another secret than its author thinks.
//
// One line break at the end of a file, of standard input or of a command's
// output is not part of the secret, since editors and commands add one. Nothing
// else is trimmed; white space at either end is warned of.
package secret

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/statedir"
)

// ErrNone is wrapped by the error of [Finder.Find] when nothing names a secret.
var ErrNone = errors.New("no signing secret")

// Error means that a secret could not be read. Its text names the source and
// holds no secret, unless a failed command has printed one.
type Error struct {
	Source string // such as "--secret-file key.txt"; "" when there is none
	Msg    string
	Hint   string // what to do about it, "" when there is nothing to say
	Err    error  // the cause; may be nil
}

func (e *Error) Error() string {
	if e.Source == "" {
		return e.Msg
	}
	return e.Source + ": " + e.Msg
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// The kinds of sources.
const (
	KindFile    = "file"    // a path; for [Source] also "-", standard input
	KindEnv     = "env"     // the name of an environment variable
	KindValue   = "value"   // the secret itself, on the command line; [Source] only
	KindCommand = "command" // a command line; [Ref] only
)

// Source is one flag about a secret: KindFile is --secret-file, KindEnv is
// --secret-env, KindValue is --secret. It holds a secret in the last case.
type Source struct{ Kind, Value string }

// Ref is one secret that the configuration refers to, after its rules of trust
// were applied.
type Ref struct {
	Kind   string // KindEnv, KindFile or KindCommand
	Value  string
	Dir    string // what a relative path is relative to, and where a command runs
	Root   string // the directory that a file must not be outside of, links followed; "" for anywhere
	Origin string // where the configuration says so, for messages
}

// Finder finds secrets during one run of whk. Its methods may be called
// concurrently, but not while its fields change.
type Finder struct {
	Given     []Source                      // the flags, in the order of the command line
	LookupEnv func(string) (string, bool)   // os.LookupEnv but in tests
	Stdin     io.Reader                     // for --secret-file -
	State     func() (*statedir.Dir, error) // opens the state directory; called only for a development secret

	// Accepted are the secrets that a provider handed over, the newest first; nil
	// looks for none.
	Accepted func(provider string) ([]string, error)

	mu    sync.Mutex
	given *Found // what the flags gave: standard input and pipes can be read once only
}

// Query asks for the secrets of one provider.
type Query struct {
	Provider string // "" when it is not known
	Refs     []Ref  // what the configuration says for it
	Usual    int    // how many bytes the provider's own secrets have, which are not too short; 0 when it is not known

	// Development makes a secret in the provider's own format. Nil means that a
	// development secret will not do.
	Development func() ([]byte, error)
}

// Found is the secrets of one provider, none of them empty.
type Found struct {
	Secrets     []signing.Secret // the first one signs, any of them verifies
	Source      string           // where they come from, for messages
	Development bool             // it is whk's own development secret
	Warnings    []string         // one sentence each, naming the source

	short []size // of those that are shorter than what is safe in general
}

// size is how long a secret is.
type size struct {
	label string
	bytes int
}

// Find looks for the secrets of a provider. If a source that is named can not
// be read, the error is an [*Error]; if nothing names a secret, it wraps
// [ErrNone], too. When ctx ends, its error is returned; a read that never
// returns then stays behind until the process ends.
func (f *Finder) Find(ctx context.Context, q Query) (Found, error) {
	found, err := f.find(ctx, q)
	for _, s := range found.short {
		if q.Usual == 0 || s.bytes < q.Usual {
			found.Warnings = append(slices.Clip(found.Warnings), fmt.Sprintf("%s: the secret is short: %d bytes, where %d are the least to be safe", s.label, s.bytes, signing.MinSecretBytes))
		}
	}
	return found, err
}

func (f *Finder) find(ctx context.Context, q Query) (Found, error) {
	if found, err := f.fromFlags(ctx); err != nil || found.Secrets != nil {
		return found, err
	}
	if name := EnvName(q.Provider); name != "" {
		if value, ok := f.LookupEnv(name); ok {
			return gather(named(name, value))
		}
	}
	if len(q.Refs) > 0 {
		return f.fromRefs(ctx, q.Refs)
	}
	if value, ok := f.LookupEnv("WHK_SECRET"); ok {
		return gather(named("WHK_SECRET", value))
	}
	if found, err := f.accepted(q.Provider); err != nil || found.Secrets != nil {
		return found, err
	}
	if q.Development != nil {
		return f.development(q)
	}
	return Found{}, none(q.Provider)
}

// EnvName is the variable for a provider's secret, WHK_SECRET_<PROVIDER>. It is
// "" for no provider, and for the names file and env, whose variables belong to
// flags.
func EnvName(provider string) string {
	switch provider {
	case "", KindFile, KindEnv:
		return ""
	}
	return "WHK_SECRET_" + strings.ToUpper(strings.ReplaceAll(provider, "-", "_"))
}

func none(provider string) error {
	e := &Error{Msg: "no signing secret", Hint: "give one with --secret-file FILE, or set WHK_SECRET", Err: ErrNone}
	if name := EnvName(provider); name != "" {
		e.Msg = "no signing secret for " + provider
		e.Hint = "give one with --secret-file FILE, or set " + name
	}
	return e
}

// Named reads what the flags name, so that a wrong source is an error before
// any provider's secrets are needed.
func (f *Finder) Named(ctx context.Context) error {
	_, err := f.fromFlags(ctx)
	return err
}

// fromFlags reads what the flags or their variables name, once.
func (f *Finder) fromFlags(ctx context.Context) (Found, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.given != nil {
		return *f.given, nil
	}
	var pieces []piece
	for _, source := range f.sources() {
		p, err := f.fromSource(ctx, source)
		if err != nil {
			return Found{}, err
		}
		pieces = append(pieces, p)
	}
	found, err := gather(pieces...)
	if err == nil {
		f.given = &found
	}
	return found, err
}

// labelled is a source with its name in messages.
type labelled struct {
	Source
	label string
}

func (f *Finder) sources() []labelled {
	var all []labelled
	for _, s := range f.Given {
		switch s.Kind {
		case KindValue:
			all = append(all, labelled{s, "--secret"})
		default:
			all = append(all, labelled{s, "--secret-" + s.Kind + " " + s.Value})
		}
	}
	if all != nil {
		return all
	}
	for _, kind := range []string{KindFile, KindEnv} {
		name := "WHK_SECRET_" + strings.ToUpper(kind)
		if value, ok := f.LookupEnv(name); ok {
			all = append(all, labelled{Source{kind, value}, name})
		}
	}
	return all
}

func (f *Finder) fromSource(ctx context.Context, s labelled) (piece, error) {
	if s.Value == "" {
		return piece{}, &Error{Source: strings.TrimSpace(s.label), Msg: "is empty"}
	}
	switch s.Kind {
	case KindValue:
		p := named(s.label, s.Value)
		p.warnings = []string{"--secret shows in process lists and the shell's history; --secret-file and --secret-env do not"}
		return p, nil
	case KindEnv:
		return f.fromEnv(s.label, s.Value)
	case KindFile:
		if s.Value == "-" {
			return readStdin(ctx, f.Stdin)
		}
		return readFile(ctx, s.label, s.Value, "")
	}
	return piece{}, &Error{Source: s.label, Msg: fmt.Sprintf("unknown kind of source %q", s.Kind)}
}

func (f *Finder) fromRefs(ctx context.Context, refs []Ref) (Found, error) {
	pieces := make([]piece, len(refs))
	for i, ref := range refs {
		var err error
		if pieces[i], err = f.fromRef(ctx, ref); err != nil {
			return Found{}, err
		}
	}
	return gather(pieces...)
}

func (f *Finder) fromRef(ctx context.Context, ref Ref) (piece, error) {
	label := fmt.Sprintf("%s:%s (%s)", ref.Kind, ref.Value, ref.Origin)
	switch ref.Kind {
	case KindEnv:
		return f.fromEnv(label, ref.Value)
	case KindFile:
		path := ref.Value
		if !filepath.IsAbs(path) {
			path = filepath.Join(ref.Dir, path)
		}
		return readFile(ctx, label, path, ref.Root)
	case KindCommand:
		return runCommand(ctx, fmt.Sprintf("command: (%s)", ref.Origin), ref.Value, ref.Dir)
	}
	return piece{}, &Error{Source: label, Msg: "unknown kind of source"}
}

func (f *Finder) fromEnv(label, name string) (piece, error) {
	value, ok := f.LookupEnv(name)
	if !ok {
		return piece{}, &Error{Source: label, Msg: fmt.Sprintf("the environment has no variable %q", name)}
	}
	return named(label, value), nil
}

// AcceptedSource is the Source of a [Found] that a provider handed over.
const AcceptedSource = "the accepted secret"

// accepted returns the secrets that the provider handed over, if any are known.
func (f *Finder) accepted(provider string) (Found, error) {
	if f.Accepted == nil || !fileName(provider) {
		return Found{}, nil
	}
	texts, err := f.Accepted(provider)
	if err != nil {
		return Found{}, fmt.Errorf("%s of %s: %w", AcceptedSource, provider, err)
	}
	if len(texts) == 0 {
		return Found{}, nil
	}
	pieces := make([]piece, len(texts))
	for i, text := range texts {
		pieces[i] = named(AcceptedSource, text)
	}
	found, err := gather(pieces...)
	found.Source = AcceptedSource
	return found, err
}

// development returns the provider's development secret, made on its first use.
func (f *Finder) development(q Query) (Found, error) {
	const label = "development secret"
	if !fileName(q.Provider) {
		return Found{}, none(q.Provider)
	}
	dir, err := f.State()
	if err != nil {
		return Found{}, err
	}
	data, err := dir.CreateOnce("secrets/"+q.Provider, q.Development)
	if err != nil {
		return Found{}, fmt.Errorf("%s of %s: %w", label, q.Provider, err)
	}
	if len(data) == 0 {
		path := filepath.Join(dir.Path(), "secrets", q.Provider)
		return Found{}, &Error{Source: path, Msg: "the " + label + " is empty", Hint: "remove the file; whk makes a new one"}
	}
	return Found{Secrets: []signing.Secret{signing.NewSecret(data)}, Source: label, Development: true}, nil
}

// fileName reports whether a provider's name can be the name of a file.
func fileName(name string) bool {
	return name != "" && name[0] != '.' && !strings.ContainsAny(name, `/\`) && filepath.IsLocal(name)
}

// piece is one secret with its source.
type piece struct {
	label    string
	bytes    []byte
	warnings []string
}

func named(label, value string) piece { return piece{label: label, bytes: []byte(value)} }

// gather makes the result of what was found, and refuses empty secrets.
func gather(pieces ...piece) (Found, error) {
	var found Found
	labels := make([]string, len(pieces))
	for i, p := range pieces {
		if len(p.bytes) == 0 {
			return Found{}, &Error{Source: p.label, Msg: "is empty"}
		}
		labels[i] = p.label
		found.Secrets = append(found.Secrets, signing.NewSecret(p.bytes))
		found.Warnings = append(found.Warnings, p.warnings...)
		found.Warnings = append(found.Warnings, oddities(p)...)
		if len(p.bytes) < signing.MinSecretBytes {
			found.short = append(found.short, size{p.label, len(p.bytes)})
		}
	}
	found.Source = strings.Join(labels, ", ")
	return found, nil
}

// oddities lists what is probably a mistake about a secret.
func oddities(p piece) []string {
	var all []string
	if len(bytes.TrimSpace(p.bytes)) != len(p.bytes) {
		all = append(all, p.label+": the secret begins or ends with white space, which counts")
	}
	if bytes.HasPrefix(p.bytes, []byte("\xef\xbb\xbf")) || bytes.HasPrefix(p.bytes, []byte("\xff\xfe")) {
		all = append(all, p.label+": the secret begins with a byte order mark, which counts; save the file as plain UTF-8 without one")
	}
	return all
}
